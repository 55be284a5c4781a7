//! The newest deliveries, for tabs that join and for repetitions.

use std::collections::VecDeque;

use super::delivery::Delivery;
use super::wire::Place;
use crate::host::{Host, Text};

const MAX_DELIVERIES: usize = 256;
const MAX_UNITS: usize = 256 << 10;

#[derive(Clone, Debug)]
pub(super) struct Recent<H: Host> {
    entries: VecDeque<(Place, Delivery<H>)>,
    units: usize,
}

impl<H: Host> Recent<H> {
    pub(super) const fn new() -> Self {
        Self { entries: VecDeque::new(), units: 0 }
    }

    /// Adds what came at `place`, and drops the oldest as long as the limits are exceeded.
    pub(super) fn push(&mut self, place: Place, delivery: Delivery<H>) {
        self.units = self.units.saturating_add(units(&delivery));
        self.entries.push_back((place, delivery));
        while self.entries.len() > MAX_DELIVERIES || self.units > MAX_UNITS {
            let Some((_, oldest)) = self.entries.pop_front() else { break };
            self.units = self.units.saturating_sub(units(&oldest));
        }
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &(Place, Delivery<H>)> {
        self.entries.iter()
    }

    pub(super) fn deliveries(&self) -> impl Iterator<Item = &Delivery<H>> {
        self.entries.iter().map(|(_, delivery)| delivery)
    }

    /// Those that stand ahead of `place`, without what of them stands behind it.
    pub(super) fn ahead_of(&self, place: Place) -> Vec<Delivery<H>> {
        let ahead = self.entries.iter().filter_map(|(at, delivery)| {
            let mut room = match place.first.checked_sub(at.first) {
                _ if at.line != place.line => u64::MAX,
                Some(room) => room,
                None => 0,
            };
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

    /// How many events there are.
    pub(super) fn count(&self) -> usize {
        self.deliveries().map(Delivery::count).sum()
    }

    /// How many events stand up to where `id` was set last.
    pub(super) fn count_up_to(&self, id: &str) -> Option<usize> {
        let (mut count, mut found) = (0, None);
        for delivery in self.deliveries() {
            let text = delivery.text_to_core();
            for event in delivery.cut(&text) {
                count += 1;
                if event.sets_id && event.last_event_id == id {
                    found = Some(count);
                }
            }
            if delivery.last_event_id() == Some(id) {
                found = Some(count);
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

impl<H: Host> FromIterator<(Place, Delivery<H>)> for Recent<H> {
    fn from_iter<I: IntoIterator<Item = (Place, Delivery<H>)>>(entries: I) -> Self {
        let mut recent = Self::new();
        for (place, delivery) in entries {
            recent.push(place, delivery);
        }
        recent
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
        let recent = Recent::from_iter([(start, delivery(&["1", "2"]))]);

        let parts = [0, 1, 2].map(|count| recent.ahead_of(start.behind(count)));

        assert_eq!(parts, [vec![], vec![delivery(&["1"])], vec![delivery(&["1", "2"])]]);
    }

    #[test]
    fn what_an_earlier_line_had_is_ahead_of_every_place() {
        let mut earlier = Place::start(Term::NONE).behind(5);
        earlier.line = postcard::from_bytes(&[7, 1]).unwrap();
        let recent = Recent::from_iter([(earlier, delivery(&["1"]))]);

        assert_eq!(recent.ahead_of(Place::start(Term::NONE)), [delivery(&["1"])]);
    }

    #[test]
    fn an_id_that_was_set_ahead_of_skipped_events_is_skipped_with_them() {
        let start = Place::start(Term::NONE);
        let mut only_id = Batch::default();
        only_id.end_at("0");
        let only_id = Delivery::new(&only_id, "");
        let recent = Recent::from_iter([(start, only_id.clone()), (start, delivery(&["1", "2"]))]);

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
        let recent = Recent::from_iter([
            (start, delivery(&["1", "1"])),
            (start.behind(2), Delivery::new(&ends_with_id, "1")),
        ]);

        let counts = ["1", "2", "3", "4"].map(|id| recent.count_up_to(id));

        assert_eq!(counts, [Some(2), Some(3), Some(4), None]);
    }

    #[test]
    fn the_oldest_leave_when_the_texts_are_too_long() {
        let long = "x".repeat(MAX_UNITS / 4);
        let mut recent = Recent::new();

        for _ in 0..3 {
            recent.push(Place::start(Term::NONE), delivery(&[&long]));
        }

        assert_eq!(recent.count(), 1);
    }

    fn delivery(ids: &[&str]) -> Delivery<Native> {
        let mut batch = Batch::default();
        for id in ids {
            batch.push(&event(id));
        }
        Delivery::new(&batch, "")
    }

    const fn event(id: &str) -> Event<'_> {
        Event { event_type: "message", data: id, last_event_id: id, sets_id: true }
    }
}
