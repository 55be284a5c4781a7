//! What a tab takes from the log: news, what it missed, and where it begins.

use super::Feed;
use crate::feed::delivery::Delivery;
use crate::feed::port::Notice;
use crate::feed::recent::Recent;
use crate::feed::wire::{self, Down, Place};
use crate::host::Host;

impl<H: Host> Feed<H> {
    /// Takes events from the log, unless they came already; before them, what the log has and was
    /// not given to this tab when it bid for the lead in vain.
    pub(super) fn take_turn(&mut self, place: Place, delivery: Delivery<H>) {
        if self.next.is_some_and(|next| next.is_behind_hole(place)) {
            self.adopt_inheritance();
        }
        if !self.next.is_some_and(|next| next.is_past(place)) {
            self.receive(place, delivery);
        }
    }

    fn receive(&mut self, place: Place, delivery: Delivery<H>) {
        let count = delivery.count();
        // Also of what came already: an heir goes on from here.
        self.next = Some(place.behind(count));
        self.last_event_id.clone_from(&delivery.last_event_id);
        let delivery = if self.overlap.is_armed() {
            delivery.keep(&mut |event| self.overlap.is_new(event))
        } else {
            Some(delivery)
        };
        if self.overlap.take_doubt() {
            // Nobody can tell what of this came: it goes on as if nothing had.
            self.recent = Recent::new(None);
            self.notice(Notice::Gap);
        }
        if let Some(delivery) = delivery {
            // What repeats stands at the head.
            let place = place.behind(count.saturating_sub(delivery.count()));
            self.recent.push(place, delivery.clone());
            self.notice(Notice::Received(delivery));
        }
    }

    pub(super) fn adopt(&mut self, next: Place, last_event_id: String, theirs: Recent<H>) {
        match self.next {
            Some(had) => self.catch_up(had, next, theirs),
            None => self.begin(&last_event_id, theirs),
        }
        self.next = Some(next);
        self.last_event_id = last_event_id;
        // What the leader had from an earlier one, and gave to us, its own request may bring again.
        self.expect_repetitions(next);
    }

    /// Expects that a leader at `next` asks again for what this tab has had, kept or not.
    pub(super) fn expect_repetitions(&mut self, next: Place) {
        self.overlap.arm(self.recent.deliveries());
        let ahead = self.recent.ends_behind(next);
        if ahead > 0 {
            self.overlap.look_back(ahead, self.recent.begins_behind(next));
        }
    }

    /// Takes what came since this tab last heard anything.
    fn catch_up(&mut self, had: Place, next: Place, mut theirs: Recent<H>) {
        // Up to there this tab has had all; what stands behind it may be the same, asked for again,
        // if this tab went on by another way.
        let is_shared = |at: Place| {
            let in_line = at.line == next.line && at.line == had.line;
            in_line && (at.leads_to(had) || self.recent.came_through(at))
        };
        let shared = match theirs.last_place(is_shared) {
            _ if is_shared(next) => Some((usize::MAX, next)),
            shared => shared,
        };
        theirs.drop_oldest(shared.map_or(0, |(count, _)| count));
        self.overlap.arm(self.recent.deliveries());
        let had_already = match shared {
            Some((_, place)) if place == had => None,
            Some(_) => self.overlap.count_up_to_newest(theirs.deliveries()),
            None => {
                let newest = self.overlap.count_up_to_newest(theirs.deliveries());
                newest.or_else(|| theirs.count_up_to(&self.last_event_id))
            }
        };
        let mut news = theirs.tail(had_already.unwrap_or(0));
        if let (None, Some((_, place))) = (had_already, shared) {
            self.expect_repetitions(place);
        } else if had_already.is_none() {
            if next.line == had.line {
                self.overlap.break_off(self.recent.deliveries());
                self.notice(Notice::Gap);
            } else {
                self.overlap.begin_anew();
                // A stream without ids begins anew with each request: nobody can tell what is lost.
                if !self.last_event_id.is_empty() {
                    self.notice(Notice::Gap);
                }
            }
            // What is passed on to others must have no hole.
            self.recent = Recent::new(theirs.base());
            news.retain(|(place, _)| place.line == next.line);
        }
        for (place, delivery) in news {
            self.receive(place, delivery);
        }
    }

    /// Takes as much of what came before this tab as it wants.
    fn begin(&mut self, last_event_id: &str, theirs: Recent<H>) {
        self.recent = theirs;
        let count = self.recent.count();
        let had = if self.last_event_id.is_empty() {
            count.saturating_sub(self.config.replay)
        } else if let Some(had) = self.recent.count_up_to(&self.last_event_id) {
            had
        } else if self.last_event_id == last_event_id {
            count
        } else {
            self.notice(Notice::Gap);
            0
        };
        for (_, delivery) in self.recent.tail(had) {
            self.notice(Notice::Received(delivery));
        }
    }

    /// Adopts what an heir took over from other tabs and was not given as news.
    pub(super) fn adopt_inheritance(&mut self) {
        let Some(tab) = &self.tab else { return };
        let downs =
            tab.kept().filter_map(|parcel| Some((wire::unpack::<H, Down>(parcel)?, parcel)));
        let Some(newest) = tab.kept().rev().find_map(wire::unpack::<H, Down>) else { return };
        if self.next == Some(newest.next) || self.knows_more_than(&newest) {
            return;
        }
        let mut theirs = Recent::new(None);
        for (down, parcel) in downs {
            let next = down.next;
            let events = down.events(parcel.texts.first().cloned());
            let ahead = events.as_ref().map_or(next, |(place, _)| *place);
            // A leader that did not go on from here knew of more, or of nothing.
            if theirs.end().is_none_or(|end| end.is_behind_hole(ahead)) {
                theirs = Recent::new(Some(ahead));
            }
            if let Some((place, delivery)) = events {
                theirs.push(place, delivery);
            }
        }
        self.adopt(newest.next, newest.last_event_id, theirs);
    }

    /// Whether what others said last is older than what this tab had when it last led: an heir that
    /// knew less, and heard nothing of the server, may have said it.
    fn knows_more_than(&self, newest: &Down) -> bool {
        let loses_id = newest.last_event_id.is_empty() && !self.last_event_id.is_empty();
        loses_id && self.next.is_some_and(|had| !had.is_behind_hole(newest.next))
    }
}
