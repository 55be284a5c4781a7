//! What a tab takes from the log: news, what it missed, and where it begins.

use super::Feed;
use crate::feed::delivery::Delivery;
use crate::feed::port::Notice;
use crate::feed::recent::Recent;
use crate::feed::wire::{self, Down, Place};
use crate::host::Host;
use crate::tabs::Parcel;

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
        self.next = Some(place.behind(count));
        let delivery = if self.overlap.is_armed() {
            delivery.keep(&mut |event| self.overlap.is_new(event))
        } else {
            Some(delivery)
        };
        if let Some(delivery) = delivery {
            self.last_event_id.clone_from(&delivery.last_event_id);
            // What repeats stands at the head.
            let place = place.behind(count.saturating_sub(delivery.count()));
            self.recent.push(place, delivery.clone());
            self.notice(Notice::Received(delivery));
        }
    }

    pub(super) fn adopt(
        &mut self,
        next: Place,
        last_event_id: String,
        entries: Vec<(Place, Delivery<H>)>,
    ) {
        match self.next {
            Some(had) => self.catch_up(had, next, entries),
            None => self.begin(&last_event_id, entries),
        }
        self.next = Some(next);
        self.last_event_id = last_event_id;
        // What the leader had from an earlier one, and gave to us, its own request may bring again.
        self.overlap.arm(self.recent.deliveries());
    }

    /// Takes what came since this tab last heard anything.
    fn catch_up(&mut self, had: Place, next: Place, entries: Vec<(Place, Delivery<H>)>) {
        // What an older leader published this tab has had, up to where it is; what stands there
        // in the name of a later one may be the same, asked for again.
        let is_news = |place: Place| place.line == next.line && !had.is_past(place);
        let first = entries.iter().map(|(place, _)| *place).find(|place| is_news(*place));
        let hole = had.is_behind_hole(first.unwrap_or(next));
        // Its leader had heard less than this tab, and asked for all that again.
        let goes_back = first.is_some_and(|first| first.first < had.first);
        let known: Recent<H> = entries.into_iter().collect();
        self.overlap.arm(self.recent.deliveries());
        let had_already = if hole {
            known.count_up_to(&self.last_event_id)
        } else if goes_back {
            self.overlap.count_up_to_newest(known.deliveries())
        } else {
            None
        };
        let mut news = known.tail(had_already.unwrap_or(0));
        if had_already.is_none() {
            news.retain(|(place, _)| is_news(*place));
        }
        if hole && had_already.is_none() {
            // A stream without ids begins anew with each request: nobody can tell what is lost.
            if next.line == had.line || !self.last_event_id.is_empty() {
                self.notice(Notice::Gap);
            }
            // What is passed on to others must have no hole.
            self.recent = Recent::new();
            self.overlap.disarm();
        }
        for (place, delivery) in news {
            self.receive(place, delivery);
        }
    }

    /// Takes as much of what came before this tab as it wants.
    fn begin(&mut self, last_event_id: &str, entries: Vec<(Place, Delivery<H>)>) {
        self.recent = entries.into_iter().collect();
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
        let Some(newest) = tab.kept().rev().find_map(wire::unpack::<H, Down>) else { return };
        if self.next == Some(newest.next) || self.knows_more_than(&newest) {
            return;
        }
        let events = |parcel: &Parcel<H>| {
            wire::unpack::<H, Down>(parcel)?.events(parcel.texts.first().cloned())
        };
        let entries = tab.kept().filter_map(events).collect();
        self.adopt(newest.next, newest.last_event_id, entries);
    }

    /// Whether what others said last is older than what this tab had when it last led: an heir that
    /// knew less, and heard nothing of the server, may have said it.
    fn knows_more_than(&self, newest: &Down) -> bool {
        let loses_id = newest.last_event_id.is_empty() && !self.last_event_id.is_empty();
        loses_id && self.next.is_some_and(|had| !had.is_behind_hole(newest.next))
    }
}
