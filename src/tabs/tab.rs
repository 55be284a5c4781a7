//! One tab's part in sharing a connection.

use crate::host::Host;
use crate::machine::{Machine, Timers, sooner};
use crate::sorted::SortedSet;
use crate::time::Instant;

use super::election::{Call, Phase};
use super::inspection::{Inspection, note};
use super::log::Place;
use super::outbox::Outbox;
use super::outgoing::Outgoing;
use super::peers::Peers;
use super::ring::Ring;
use super::stall::Stall;
use super::vigil::Vigil;
use super::wire::{self, Card, Header, MAX_KEY, MAX_KEYS, Message, Said, Unreadable};
use super::{
    Audience, Config, Envelope, Event, Input, InterestRefused, OnHandover, OutboxFull, Output,
    PageFact, Parcel, RequestNo, Role, Roster, SoloReason, TabId, Term,
};

/// One tab among those that share a connection.
///
/// The host holds the tab's own lock (named after its [`TabId`]) before it calls
/// [`start`](Self::start) and until the page is left: others learn from it that the tab is gone.
#[derive(Debug)]
pub struct Tab<H: Host> {
    pub(super) config: Config,
    pub(super) phase: Phase,
    pub(super) role: Role,
    /// The newest term heard of. What is older is not listened to.
    pub(super) seen: Term,
    /// The term whose leader is at work, as far as known.
    pub(super) leader: Option<Term>,
    pub(super) place: Place,
    /// The ring lies behind a gap: it was taken over for others, and the owner has heard nothing of
    /// it. Only the state of things ends that, or to lead.
    pub(super) behind_gap: bool,
    pub(super) ring: Ring<H>,
    /// What the leader sends ahead of the state of things.
    pub(super) past: Option<Ring<H>>,
    pub(super) outbox: Outbox<H>,
    pub(super) peers: Peers,
    pub(super) watched: SortedSet<TabId>,
    /// Keys that this tab holds.
    pub(super) interests: SortedSet<String>,
    /// Keys that the owner of a leader was told of.
    pub(super) announced: SortedSet<String>,
    pub(super) roster: Roster,
    pub(super) visible: bool,
    pub(super) out: Outgoing<H>,
    pub(super) timers: Timers<Timer>,
    pub(super) stall: Stall<H>,
    pub(super) vigil: Vigil,
    /// The lock was taken by force, or is being taken so, or somebody may have led in between.
    pub(super) forced: bool,
    /// The newest bid of another tab.
    pub(super) rival: Term,
    /// The newest term whose leader this tab followed.
    pub(super) followed: Term,
    /// The tab that this one followed last, unless it said that it leads no longer: it may not know.
    pub(super) unaware: Option<TabId>,
    pub(super) call: Call,
    /// When the event loop last came here.
    pub(super) turn: Instant,
    /// When it last came here after it stood still.
    pub(super) woken: Option<Instant>,
    pub(super) counted: Inspection,
    /// The newest entry that the leader is known to have written.
    pub(super) heard: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// When to go on without the tabs that have not answered an heir.
    Collect,
    /// When to look whether whoever holds the lock is alive.
    Vigil,
    /// When to hand over to a tab that somebody sees.
    Yield,
    /// When to stop waiting for an heir to take the lock.
    Cede,
}

impl<H: Host> Tab<H> {
    /// A tab that has not joined yet.
    pub fn new(config: Config) -> Self {
        Self {
            phase: Phase::Away,
            role: Role::Joining,
            seen: Term::NONE,
            leader: None,
            place: Place::Detached,
            behind_gap: false,
            ring: Ring::new(&config),
            past: None,
            outbox: Outbox::new(&config),
            peers: Peers::default(),
            watched: SortedSet::new(),
            interests: SortedSet::new(),
            announced: SortedSet::new(),
            roster: Roster::default(),
            visible: true,
            out: Outgoing::new(&config),
            timers: Timers::default(),
            stall: Stall::default(),
            vigil: Vigil::default(),
            forced: false,
            rival: Term::NONE,
            followed: Term::NONE,
            unaware: None,
            call: Call::None,
            turn: Instant::default(),
            woken: None,
            counted: Inspection::default(),
            heard: 0,
            config,
        }
    }

    /// Joins: greets the other tabs and queues for the lock. A second call does nothing.
    pub fn start(&mut self, now: Instant) {
        self.turn = now;
        self.out.set_time(now);
        if self.phase == Phase::Away && self.role == Role::Joining {
            self.join(now);
        }
    }

    /// Asks the leader for something; kept until accepted. Works in any role, before `start` too.
    ///
    /// # Errors
    /// [`OutboxFull`] if the limits of [`Config`] are reached.
    pub fn request(
        &mut self,
        parcel: Parcel<H>,
        on_handover: OnHandover,
        now: Instant,
    ) -> Result<RequestNo, OutboxFull> {
        self.check_stall(now);
        let no = self.outbox.add(parcel, on_handover)?;
        self.post_due_requests();
        self.expect(now);
        Ok(no)
    }

    /// Forgets a request of this tab, here and at the leader, unless it was accepted already.
    pub fn withdraw(&mut self, no: RequestNo, now: Instant) {
        self.check_stall(now);
        self.withdraw_request(no);
    }

    /// Leader: a request was carried out; its origin hears so.
    pub fn accept(&mut self, origin: TabId, no: RequestNo, now: Instant) {
        self.check_stall(now);
        self.accept_request(origin, no);
    }

    /// Leader: adds a parcel to the log. Ignored in any other role than leader and solo.
    pub fn publish(&mut self, to: Audience, parcel: Parcel<H>, now: Instant) {
        self.check_stall(now);
        self.append(to, parcel);
    }

    /// Leader: answers [`StateWanted`](Event::StateWanted) with how things stand now, after all
    /// that was published so far.
    pub fn answer_state(&mut self, to: TabId, parcel: Parcel<H>, now: Instant) {
        self.check_stall(now);
        self.give_state(to, &parcel);
    }

    /// Holds a key, or gives it up. A second call with the same arguments does nothing.
    ///
    /// # Errors
    /// [`InterestRefused`] if the key is too long or the tab holds too many.
    pub fn set_interest(
        &mut self,
        key: &str,
        held: bool,
        now: Instant,
    ) -> Result<(), InterestRefused> {
        self.check_stall(now);
        if held == self.interests.contains(key) {
            return Ok(());
        }
        if !held {
            self.interests.remove(key);
        } else if key.len() > MAX_KEY {
            return Err(InterestRefused::TooLong);
        } else if self.interests.len() >= MAX_KEYS {
            return Err(InterestRefused::TooMany);
        } else {
            self.interests.insert(key.to_owned());
        }
        if self.carries_out() {
            self.refresh_interest(key);
        } else {
            self.say(&Message::Interest { key, held });
        }
        Ok(())
    }

    /// Hands leadership over to another tab, with all that belongs to it; if that does not take the
    /// lock soon, to the tab that has waited longest for it.
    pub fn yield_to(&mut self, heir: TabId, now: Instant) {
        self.check_stall(now);
        if self.phase == Phase::Leading && !self.is_in_doubt() {
            self.cede(heir, now);
        }
    }

    /// The keys that this tab holds.
    pub fn interests(&self) -> impl Iterator<Item = &str> {
        self.interests.iter().map(String::as_str)
    }

    /// Leader: a tab that holds all of `keys`, visible if possible, neither this one nor in `except`.
    pub fn holder_of(&self, keys: &[String], except: &[TabId]) -> Option<TabId> {
        self.peers.holder_of(keys, except)
    }

    /// Leader: whether that tab holds all of `keys`.
    pub fn holds_all(&self, tab: TabId, keys: &[String]) -> bool {
        self.peers.holds_all(tab, keys)
    }

    /// Gives up leadership and goes to the end of the queue.
    pub fn resign(&mut self, now: Instant) {
        self.check_stall(now);
        if self.is_bidding_or_leading() {
            self.abdicate();
            self.queue_for_lock(now);
        }
    }

    /// Ends what all tabs share: each of them, this one included, hears
    /// [`LoggedOut`](Event::LoggedOut) and forgets its log, what waits to be sent and the keys that
    /// it holds. They stay together, and go on from nothing.
    pub fn log_out(&mut self, now: Instant) {
        self.check_stall(now);
        if self.is_bidding_or_leading() {
            // What was said in doubt is dropped; this counts whoever leads.
            self.close_posts();
        }
        self.say(&Message::LoggedOut);
        self.on_logged_out(now);
    }

    /// Leaves for good. What waits in the outbox is forgotten.
    pub fn leave(&mut self, _now: Instant) {
        self.part(Role::Left);
        self.outbox.clear();
        self.phase = Phase::Closed;
    }

    /// This tab.
    pub const fn id(&self) -> TabId {
        self.config.id
    }

    /// The part of this tab.
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The newest term known.
    pub const fn term(&self) -> Term {
        self.seen
    }

    /// The tab that leads, if any does.
    pub fn leader(&self) -> Option<TabId> {
        matches!(self.role, Role::Leader | Role::Follower).then(|| self.term().tab())
    }

    /// How many tabs share the connection, as the leader last told.
    pub const fn roster(&self) -> Roster {
        self.roster
    }

    /// The newest parcels of the log, oldest first: those that this tab received, and those that an
    /// heir took over behind a gap.
    pub fn kept(&self) -> impl DoubleEndedIterator<Item = &Parcel<H>> {
        self.ring.parcels()
    }

    /// Whether this tab leads because it stole the lock, or without having heard what became of the
    /// last bid of another: there may be a leader that is still connected, or has used what this
    /// tab was to inherit.
    pub const fn leads_by_force(&self) -> bool {
        self.forced && self.is_bidding_or_leading()
    }

    pub(super) fn take_in(&mut self, input: Input<H>, now: Instant) {
        match input {
            Input::LockGranted => self.on_lock_granted(now),
            Input::LockLost => self.on_lock_lost(now),
            Input::SharingUnavailable(reason) => self.go_solo(reason),
            Input::Posted(envelope) => self.on_posted(envelope, now),
            Input::TabsFound(tabs) => self.on_tabs_found(&tabs, now),
            Input::TabGone(tab) => self.on_tab_gone(tab, now),
            Input::Page(fact) => self.on_page(fact, now),
            Input::Flush => {
                self.out.flush();
                self.answer_late_call();
            }
            Input::NapOver => self.out.wake(),
            // There was no doubt.
            Input::LockConfirmed => {}
        }
    }

    fn on_posted(&mut self, envelope: Envelope<H>, now: Instant) {
        if !self.is_present() {
            return;
        }
        let Envelope { control, texts, blobs } = envelope;
        match wire::read::<H>(&control, texts, blobs) {
            Ok((header, said)) if header.from == self.config.id => match said.first() {
                Some(said) if said.message == Message::Ping => self.on_ping(header.from),
                _ => note(&mut self.counted.foreign),
            },
            Ok((header, said)) => {
                self.on_header(header, &said, now);
                if header.term < self.seen && header.from == header.term.tab() {
                    note(&mut self.counted.stale);
                }
                self.hear_leader(header, &said, now);
                for Said { message, parcel } in said {
                    self.on_message(header, message, parcel, now);
                }
            }
            Err(Unreadable::Version) => note(&mut self.counted.other_version),
            Err(Unreadable::Malformed) => note(&mut self.counted.foreign),
        }
    }

    fn on_message(
        &mut self,
        header: Header,
        message: Message<'_>,
        parcel: Parcel<H>,
        now: Instant,
    ) {
        let Header { from, term } = header;
        let addressed = |to: TabId| to == self.config.id;
        let current = term == self.seen;
        let leads = current && from == term.tab();
        let wants = self.place == Place::Wanting;
        match message {
            Message::Hello(card) => self.on_hello(from, &card, now),
            Message::Bye { leaving } => self.on_bye(from, leads, leaving, now),
            Message::Lead { .. } | Message::Open { .. } if !leads => self.say(&Message::Stale),
            Message::Lead { to } if to.is_none_or(addressed) => self.say_here(from),
            Message::Here { to, card, span } if addressed(to) && current => {
                self.on_here(from, &card, span, now);
            }
            Message::Open { position } => self.on_open(from, position),
            Message::Roster { count, visible } if leads => self.on_roster(count, visible),
            Message::Missed { to } if addressed(to) && leads => self.greet_again(),
            Message::Visible(visible) => self.on_visible(from, visible),
            Message::Interest { key, held } => self.on_interest(from, key, held),
            Message::Log { seq, only } if leads => self.on_log(seq, only, parcel),
            Message::Ahead { seq } if leads => self.on_ahead(seq, parcel),
            Message::Want { to, after } if addressed(to) && current => self.on_want(from, after),
            Message::Fill { to, after } if addressed(to) && current => {
                self.on_fill(from, after, now);
            }
            Message::Entry { to, position, only } if addressed(to) && current => {
                self.on_entry(from, position, only, parcel, now);
            }
            Message::Past { to, base } if addressed(to) && leads && wants => self.on_past(base),
            Message::State { to, position } if addressed(to) && leads && wants => {
                self.on_state(position, parcel);
            }
            Message::Request { no, again } if current => self.on_request(from, no, again, parcel),
            Message::Withdraw { no } if current => self.on_withdraw(from, no),
            Message::Accepted { to, no } if addressed(to) && leads => self.on_accepted(no),
            Message::Ping => self.on_ping(from),
            Message::Yield { to } if addressed(to) && leads => self.on_called(now),
            Message::LoggedOut => self.on_logged_out(now),
            Message::Stolen { ago } => self.on_stolen(ago, now),
            _ => {}
        }
    }

    fn on_page(&mut self, fact: PageFact, now: Instant) {
        match fact {
            PageFact::Shown => {
                self.set_visible(true);
                self.keep_vigil(now);
            }
            PageFact::Hidden => self.set_visible(false),
            PageFact::Frozen => self.stand_aside(),
            PageFact::Resumed => {
                self.out.forget_flush();
                self.rejoin(now);
            }
            PageFact::Left if self.is_present() => self.part(Role::Left),
            PageFact::Returned if self.phase == Phase::Away && self.role == Role::Left => {
                self.out.forget_flush();
                self.join(now);
            }
            // Whoever shares nothing has nothing to hand over.
            PageFact::Left | PageFact::Returned => {}
        }
    }

    fn go_solo(&mut self, reason: SoloReason) {
        if matches!(self.phase, Phase::Closed | Phase::Solo) {
            return;
        }
        self.part(Role::Solo(reason));
        self.phase = Phase::Solo;
        self.begin_carrying_out();
    }

    /// Whether this tab takes part: it posts and listens.
    pub(super) const fn is_present(&self) -> bool {
        !matches!(self.phase, Phase::Away | Phase::Closed | Phase::Solo)
    }

    /// Whether requests come to this tab's owner.
    pub(super) const fn carries_out(&self) -> bool {
        matches!(self.phase, Phase::Leading | Phase::Solo)
    }

    pub(super) fn set_role(&mut self, role: Role) {
        self.role = role;
        self.out.event(Event::RoleChanged { role, term: self.seen });
    }

    pub(super) fn say(&mut self, message: &Message<'_>) {
        if self.is_present() {
            self.out.say(self.header(), message, None);
        }
    }

    pub(super) fn say_with(&mut self, message: &Message<'_>, parcel: &Parcel<H>) {
        self.out.say(self.header(), message, Some(parcel));
    }

    pub(super) fn say_hello(&mut self) {
        let card = card(self.visible, &self.interests);
        self.out.say(self.header(), &Message::Hello(card), None);
    }

    pub(super) const fn header(&self) -> Header {
        Header { from: self.config.id, term: self.seen }
    }

    fn say_here(&mut self, to: TabId) {
        let card = card(self.visible, &self.interests);
        let here = Message::Here { to, card, span: self.ring.span() };
        self.out.say(self.header(), &here, None);
    }
}

impl<H: Host> Machine for Tab<H> {
    type Input = Input<H>;
    type Output = Output<H>;

    fn handle_input(&mut self, input: Input<H>, now: Instant) {
        self.check_stall_before(&input, now);
        if let Some(input) = self.hold_back(input, now) {
            self.take_in(input, now);
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.check_stall(now);
        if self.is_in_doubt() {
            return;
        }
        self.out.handle_timeout();
        while let Some(timer) = self.timers.pop_due(now) {
            match timer {
                Timer::Collect => self.on_collect_timeout(now),
                Timer::Vigil => self.look_after_leader(now),
                Timer::Yield => self.yield_to_visible(now),
                Timer::Cede => self.on_cede_timeout(now),
            }
        }
    }

    fn poll_output(&mut self) -> Option<Output<H>> {
        if self.is_in_doubt() { self.ask_for_certainty() } else { self.out.poll() }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        if self.is_in_doubt() { None } else { sooner(self.timers.next(), self.out.poll_timeout()) }
    }
}

fn card(visible: bool, interests: &SortedSet<String>) -> Card<'_> {
    Card { visible, interests: interests.iter().map(String::as_str).collect() }
}
