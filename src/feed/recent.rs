//! The newest deliveries, for tabs that join and for repetitions.

use std::collections::VecDeque;

use super::delivery::Delivery;
use super::wire::Place;
use crate::host::{Host, Text};

const MAX_DELIVERIES: usize = 256;
const MAX_UNITS: usize = 256 << 10;

#[derive(Clone, Debug)]
pub(super) struct Recent<H: Host> {
    /// Where the log was ahead of the oldest; `None` before anything is known.
    base: Option<Place>,
    entries: VecDeque<(Place, Delivery<H>)>,
    units: usize,
}

impl<H: Host> Recent<H> {
    pub(super) const fn new(base: Option<Place>) -> Self {
        Self { base, entries: VecDeque::new(), units: 0 }
    }

    /// Adds what came at `place`, and drops the oldest as long as the limits are exceeded.
    pub(super) fn push(&mut self, place: Place, delivery: Delivery<H>) {
        self.base.get_or_insert(place);
        self.units = self.units.saturating_add(units(&delivery));
        self.entries.push_back((place, delivery));
        while self.entries.len() > MAX_DELIVERIES || self.units > MAX_UNITS {
            self.drop_oldest(1);
        }
    }

    pub(super) fn drop_oldest(&mut self, count: usize) {
        for (place, oldest) in self.entries.drain(..count.min(self.entries.len())) {
            self.units = self.units.saturating_sub(units(&oldest));
            self.base = Some(place.behind(oldest.count()));
        }
    }

    pub(super) const fn base(&self) -> Option<Place> {
        self.base
    }

    /// The last place between these that `is_known`, and how many deliveries stand ahead of it.
    pub(super) fn last_place(&self, is_known: impl Fn(Place) -> bool) -> Option<(usize, Place)> {
        self.places().enumerate().filter(|(_, at)| is_known(*at)).last()
    }

    /// Whether what stands here came by way of `place`.
    pub(super) fn came_through(&self, place: Place) -> bool {
        self.places().any(|at| place.leads_to(at))
    }

    /// Where these end; `None` before anything is known.
    pub(super) fn end(&self) -> Option<Place> {
        self.entries.back().map(|(at, newest)| at.behind(newest.count())).or(self.base)
    }

    /// Where the log was ahead of each of these and behind the newest.
    fn places(&self) -> impl Iterator<Item = Place> {
        let ends = self.entries.iter().map(|(at, delivery)| at.behind(delivery.count()));
        self.base.into_iter().chain(ends)
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &(Place, Delivery<H>)> {
        self.entries.iter()
    }

    pub(super) fn deliveries(&self) -> impl Iterator<Item = &Delivery<H>> {
        self.entries.iter().map(|(_, delivery)| delivery)
    }

    /// Those that stand ahead of `place`, without what of them stands behind it, or behind the next id
    /// after `id`: the log may number them otherwise than the one that they came in.
    pub(super) fn ahead_of(&self, place: Place, id: &str) -> Vec<Delivery<H>> {
        let mut left = self.count_while(id, true).map_or(u64::MAX, |count| count as u64);
        let ahead = self.entries.iter().filter_map(|(at, delivery)| {
            let by_number = match place.first.checked_sub(at.first) {
                _ if at.line != place.line => u64::MAX,
                Some(room) => room,
                None => 0,
            };
            let mut room = by_number.min(left);
            left = left.saturating_sub(delivery.count() as u64);
            if delivery.count() as u64 <= room {
                return Some(delivery.clone());
            }
            delivery.clone().keep(&mut |_| {
                let keeps = room > 0;
                room = room.saturating_sub(1);
                keeps
            })
        });
        ahead.collect()
    }

    /// How many events behind `place` these end, as far as it is in their line.
    pub(super) fn ends_behind(&self, place: Place) -> u64 {
        let newest = self.entries.back().filter(|(at, _)| at.line == place.line);
        let end = newest.map_or(0, |(at, delivery)| at.behind(delivery.count()).first);
        end.saturating_sub(place.first)
    }

    /// Whether these do not reach back to `place`.
    pub(super) fn begins_behind(&self, place: Place) -> bool {
        self.entries.iter().all(|(at, _)| place.is_behind_hole(*at))
    }

    /// How many events there are.
    pub(super) fn count(&self) -> usize {
        self.deliveries().map(Delivery::count).sum()
    }

    /// How many events stand up to where `id` was set last.
    pub(super) fn count_up_to(&self, id: &str) -> Option<usize> {
        self.count_while(id, false)
    }

    /// How many events stand up to where `id` was set last, and, if `follows`, up to the next id.
    fn count_while(&self, id: &str, follows: bool) -> Option<usize> {
        let (mut count, mut found, mut holds) = (0, None, false);
        for delivery in self.deliveries() {
            let text = delivery.text_to_core();
            for event in delivery.cut(&text) {
                holds = if event.sets_id { event.last_event_id == id } else { holds && follows };
                count += 1;
                found = if holds { Some(count) } else { found };
            }
            if let Some(end) = delivery.last_event_id() {
                holds = end == id;
                found = if holds { Some(count) } else { found };
            }
        }
        found
    }

    /// All deliveries without the first `skipped` events.
    pub(super) fn tail(&self, skipped: usize) -> Vec<(Place, Delivery<H>)> {
        let mut left = skipped;
        let behind = self.entries.iter().cloned().filter_map(|(place, delivery)| {
            let here = left.min(delivery.count());
            left -= here;
            if here == 0 {
                // An id that was set ahead of what is skipped is of the past, too.
                return (left == 0).then_some((place, delivery));
            }
            let mut skip = here;
            let rest = delivery.keep(&mut |_| {
                let keeps = skip == 0;
                skip = skip.saturating_sub(1);
                keeps
            });
            Some((place.behind(here), rest?))
        });
        behind.collect()
    }
}

fn units<H: Host>(delivery: &Delivery<H>) -> usize {
    // A mark is four bytes, a unit of text two or less.
    delivery.text.units().saturating_add(delivery.marks.len() * 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Native;
    use crate::sse::{Batch, Event};
    use crate::tabs::Term;

    #[test]
    fn a_delivery_that_stands_across_a_place_is_ahead_of_it_only_with_its_first_part() {
        let start = Place::start(Term::NONE);
        let recent = recent([(start, delivery(&["1", "2"]))]);

        let parts = [0, 1, 2].map(|count| recent.ahead_of(start.behind(count), ""));

        assert_eq!(parts, [vec![], vec![delivery(&["1"])], vec![delivery(&["1", "2"])]]);
    }

    #[test]
    fn what_has_a_later_id_than_the_log_is_not_ahead_of_its_end_whatever_its_number() {
        let start = Place::start(Term::NONE);
        let recent = recent([(start, delivery(&["1", "2"])), (start.behind(2), delivery(&["3"]))]);

        let ahead = ["1", "2", "3"].map(|id| recent.ahead_of(start.behind(9), id));

        assert_eq!(ahead[0], [delivery(&["1"])]);
        assert_eq!(ahead[1], [delivery(&["1", "2"])]);
        assert_eq!(ahead[2], [delivery(&["1", "2"]), delivery(&["3"])]);
    }

    #[test]
    fn what_an_earlier_line_had_is_ahead_of_every_place() {
        let mut earlier = Place::start(Term::NONE).behind(5);
        earlier.line = postcard::from_bytes(&[7, 1]).unwrap();
        let recent = recent([(earlier, delivery(&["1"]))]);

        assert_eq!(recent.ahead_of(Place::start(Term::NONE), ""), [delivery(&["1"])]);
    }

    #[test]
    fn what_ends_behind_a_place_of_its_line_may_begin_behind_it() {
        let start = Place::start(Term::NONE);
        let mut other_line = start;
        other_line.line = postcard::from_bytes(&[7, 1]).unwrap();
        let recent = recent([2, 3].map(|at| (start.behind(at), delivery(&["1"]))));
        let places = [start, start.behind(1), start.behind(2), start.behind(4), other_line];

        let ends = places.map(|place| recent.ends_behind(place));
        let begins = places.map(|place| recent.begins_behind(place));

        assert_eq!(ends, [4, 3, 2, 0, 0]);
        assert_eq!(begins, [true, true, false, false, true]);
    }

    #[test]
    fn an_id_that_was_set_ahead_of_skipped_events_is_skipped_with_them() {
        let start = Place::start(Term::NONE);
        let mut only_id = Batch::default();
        only_id.end_at("0");
        let only_id = Delivery::new(only_id, "");
        let recent = recent([(start, only_id.clone()), (start, delivery(&["1", "2"]))]);

        let tails = [0, 1].map(|skipped| recent.tail(skipped));

        assert_eq!(
            tails,
            [
                vec![(start, only_id), (start, delivery(&["1", "2"]))],
                vec![(start.behind(1), delivery(&["2"]))],
            ]
        );
    }

    #[test]
    fn an_id_stands_where_it_was_set_last() {
        let start = Place::start(Term::NONE);
        let mut ends_with_id = Batch::default();
        ends_with_id.push(&event("2"));
        ends_with_id.push(&Event { sets_id: false, ..event("2") });
        ends_with_id.end_at("3");
        let recent = recent([
            (start, delivery(&["1", "1"])),
            (start.behind(2), Delivery::new(ends_with_id, "1")),
        ]);

        let counts = ["1", "2", "3", "4"].map(|id| recent.count_up_to(id));

        assert_eq!(counts, [Some(2), Some(3), Some(4), None]);
    }

    #[test]
    fn the_oldest_leave_when_the_texts_are_too_long() {
        let long = "x".repeat(MAX_UNITS / 4);
        let mut recent = Recent::new(None);

        for _ in 0..3 {
            recent.push(Place::start(Term::NONE), delivery(&[&long]));
        }

        assert_eq!(recent.count(), 1);
    }

    fn recent(entries: impl IntoIterator<Item = (Place, Delivery<Native>)>) -> Recent<Native> {
        let mut recent = Recent::new(None);
        for (place, delivery) in entries {
            recent.push(place, delivery);
        }
        recent
    }

    fn delivery(ids: &[&str]) -> Delivery<Native> {
        let mut batch = Batch::default();
        for id in ids {
            batch.push(&event(id));
        }
        Delivery::new(batch, "")
    }

    const fn event(id: &str) -> Event<'_> {
        Event { event_type: "message", data: id, last_event_id: id, sets_id: true }
    }
}
