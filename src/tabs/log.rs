//! The way down: one ordered log, and how a tab that lacks a part of it gets it.

use core::time::Duration;

use crate::host::Host;
use crate::time::Instant;

use super::election::Phase;
use super::id::Position;
use super::inspection::note;
use super::ring::{Entry, Ring};
use super::wire::Message;
use super::{Audience, Event, Parcel, Role, Tab, TabId};

/// What is sent ahead of a state: parcels and units that may be under way to other tabs.
const PAST: (usize, usize) = (64, 64 << 10);

/// How a follower stands to the log of its leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It has not compared places with this leader yet.
    Detached,
    /// It asked for what it lacks, or for the state of things.
    Wanting,
    /// It has all up to its place; the next parcel continues it.
    InStep,
}

impl<H: Host> Tab<H> {
    /// Adds a parcel to the log, or hands it to the owner of a tab that shares nothing.
    pub(super) fn append(&mut self, to: Audience, parcel: Parcel<H>) {
        let only = match to {
            Audience::All => None,
            Audience::Only(tab) => Some(tab),
        };
        let own = self.is_for_us(only);
        match (&self.phase, self.ring.next_seq()) {
            (Phase::Solo, _) if own => self.out.event(Event::Received { parcel }),
            (Phase::Leading, Some(seq)) => {
                let position = Position { term: self.seen, seq };
                // Nobody else will ever read what is for this tab alone.
                let shared =
                    if only == Some(self.config.id) { Parcel::default() } else { parcel.clone() };
                if !self.peers.is_empty() {
                    self.say_with(&Message::Log { seq, only }, &shared);
                }
                self.ring.push(Entry { position, only, parcel: shared });
                note(&mut self.counted.published);
                if own {
                    self.out.event(Event::Received { parcel });
                }
            }
            _ => {}
        }
    }

    /// Leader: what was published so far leaves with the next task, whatever the pace. A page whose
    /// timers come late is woken when that much time has gone by, if it can nap.
    pub fn hurry(&mut self, due_after: Duration) {
        self.out.hurry(due_after);
    }

    /// Leader: begins its part of the log with an entry for nobody. A log that ended here could
    /// else not be told from one that went on before, and an heir could bring back what this
    /// leader's followers were told to forget.
    pub(super) fn mark_term(&mut self, before: Position) {
        let (seq, only) = (before.seq.saturating_add(1), Some(self.config.id));
        self.say_with(&Message::Log { seq, only }, &Parcel::default());
        let position = Position { term: self.seen, seq };
        self.ring.push(Entry { position, only, parcel: Parcel::default() });
    }

    pub(super) fn on_open(&mut self, from: TabId, position: Position) {
        if self.leader != Some(self.seen) {
            self.leader = Some(self.seen);
            self.followed = self.seen;
            self.unaware = Some(from);
            self.set_role(Role::Follower);
            self.post_due_requests();
        }
        self.heard = position.seq;
        if self.ring.position() == Some(position) && !self.behind_gap {
            self.place = Place::InStep;
        } else if self.place != Place::Wanting {
            self.want(from);
        }
    }

    pub(super) fn on_log(&mut self, seq: u64, only: Option<TabId>, parcel: Parcel<H>) {
        self.heard = self.heard.max(seq);
        if self.place != Place::InStep {
            return;
        }
        match self.ring.next_seq() {
            Some(next) if seq > next => {
                note(&mut self.counted.gaps);
                self.want(self.seen.tab());
            }
            Some(next) if seq == next => {
                self.take(Position { term: self.seen, seq }, only, parcel, true);
            }
            _ => {}
        }
    }

    /// What is said ahead is said again, so there is no need to ask for what lies before it.
    pub(super) fn on_ahead(&mut self, seq: u64, parcel: Parcel<H>) {
        if self.place == Place::InStep && self.ring.next_seq() == Some(seq) {
            self.heard = seq;
            self.take(Position { term: self.seen, seq }, None, parcel, true);
        }
    }

    pub(super) fn on_want(&mut self, from: TabId, after: Option<Position>) {
        let header = self.header();
        let out = &mut self.out;
        let mut fill = |after: Position, entries: &mut dyn Iterator<Item = &Entry<H>>| {
            out.say(header, &Message::Fill { to: from, after }, None);
            for Entry { position, only, parcel } in entries {
                let entry = Message::Entry { to: from, position: *position, only: *only };
                out.say(header, &entry, Some(parcel));
            }
        };
        let known = after.and_then(|after| Some((after, self.ring.after(after)?)));
        match (known, &self.phase, self.ring.span()) {
            (Some((after, mut entries)), ..) => fill(after, &mut entries),
            (None, Phase::Leading, _) => self.out.event(Event::StateWanted { tab: from }),
            // An heir that missed a part takes over what there is.
            (None, _, Some(span)) => {
                if let Some(mut entries) = self.ring.after(span.base) {
                    fill(span.base, &mut entries);
                }
            }
            (None, _, None) => {}
        }
    }

    pub(super) fn on_fill(&mut self, from: TabId, after: Position, now: Instant) {
        let continues = self.ring.position() == Some(after);
        match &self.phase {
            Phase::Bidding(bid) => {
                if bid.fetch.is_none_or(|fetch| fetch.source != from) {
                    return;
                }
                if !continues {
                    self.move_place(Some(after));
                }
                self.end_fetch_at_target(now);
            }
            _ if continues && from == self.seen.tab() => {
                note(&mut self.counted.refilled);
                self.place = Place::InStep;
            }
            _ => {}
        }
    }

    pub(super) fn on_entry(
        &mut self,
        from: TabId,
        position: Position,
        only: Option<TabId>,
        parcel: Parcel<H>,
        now: Instant,
    ) {
        if let Some(past) = &mut self.past {
            if from == self.seen.tab() && past.next_seq() == Some(position.seq) {
                past.push(Entry { position, only, parcel });
            }
            return;
        }
        if self.ring.next_seq() != Some(position.seq) {
            return;
        }
        match &self.phase {
            Phase::Bidding(bid) => {
                if bid.fetch.is_none_or(|fetch| fetch.source != from) {
                    return;
                }
                self.take(position, only, parcel, !self.behind_gap);
                self.end_fetch_at_target(now);
            }
            _ if self.place == Place::InStep && from == self.seen.tab() => {
                self.take(position, only, parcel, true);
            }
            _ => {}
        }
    }

    /// Leader: answers that its ring does not reach back far enough.
    pub(super) fn give_state(&mut self, to: TabId, parcel: &Parcel<H>) {
        let (Phase::Leading, Some(position)) = (&self.phase, self.ring.position()) else { return };
        // So that the tab is soon as good an heir as any: what it got and others did not, it can
        // then give to them without a gap.
        if let Some((base, entries)) = self.ring.tail(PAST) {
            let header = self.header();
            self.out.say(header, &Message::Past { to, base }, None);
            for Entry { position, only, parcel } in entries {
                let entry = Message::Entry { to, position: *position, only: *only };
                self.out.say(header, &entry, Some(parcel));
            }
        }
        self.say_with(&Message::State { to, position }, parcel);
    }

    pub(super) fn on_past(&mut self, base: Position) {
        let mut past = Ring::new(&self.config);
        past.reset(Some(base));
        self.past = Some(past);
    }

    pub(super) fn on_state(&mut self, position: Position, parcel: Parcel<H>) {
        self.ring.reset(Some(position));
        self.behind_gap = false;
        if let Some(past) = self.past.take().filter(|past| past.position() == Some(position)) {
            self.ring = past;
        }
        note(&mut self.counted.restated);
        self.out.event(Event::StateReceived { parcel });
        self.place = Place::InStep;
    }

    /// Jumps to another place in the log, or to none, without the state of things there.
    pub(super) fn move_place(&mut self, place: Option<Position>) {
        if self.ring.position().is_some() {
            self.out.event(Event::PlaceLost);
        }
        self.ring.reset(place);
        self.behind_gap = place.is_some();
        self.detach();
    }

    /// Nothing more is taken from the leader of before.
    pub(super) fn detach(&mut self) {
        self.place = Place::Detached;
        self.past = None;
    }

    fn want(&mut self, from: TabId) {
        self.place = Place::Wanting;
        let after = self.ring.position().filter(|_| !self.behind_gap);
        self.say(&Message::Want { to: from, after });
    }

    fn take(&mut self, position: Position, only: Option<TabId>, parcel: Parcel<H>, deliver: bool) {
        if deliver && self.is_for_us(only) {
            self.out.event(Event::Received { parcel: parcel.clone() });
        }
        self.ring.push(Entry { position, only, parcel });
        note(&mut self.counted.received);
    }

    fn end_fetch_at_target(&mut self, now: Instant) {
        let position = self.ring.position();
        if let Phase::Bidding(bid) = &mut self.phase {
            bid.fetch = bid.fetch.filter(|fetch| Some(fetch.target) != position);
            self.settle(now);
        }
    }

    fn is_for_us(&self, only: Option<TabId>) -> bool {
        only.is_none_or(|tab| tab == self.config.id)
    }
}
