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

    /// Those that stand ahead of `place`.
    pub(super) fn ahead_of(&self, place: Place) -> impl Iterator<Item = &Delivery<H>> {
        let ahead = move |at: &Place| at.line != place.line || at.first < place.first;
        self.entries.iter().filter(move |(at, _)| ahead(at)).map(|(_, delivery)| delivery)
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
                return Some((place, delivery));
            }
            let mut skip = here;
            let rest = delivery.keep(|_| {
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
