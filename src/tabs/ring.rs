//! The newest part of the log, kept by every tab for those that lack it.

use std::collections::VecDeque;

use crate::host::Host;

use super::id::{Position, Span};
use super::{Config, Parcel, TabId};

#[derive(Debug)]
pub(super) struct Ring<H: Host> {
    /// The place before the oldest entry; `None` while this tab has no place in the log.
    base: Option<Position>,
    entries: VecDeque<Entry<H>>,
    units: usize,
    max_parcels: usize,
    max_units: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Entry<H: Host> {
    pub(super) position: Position,
    /// Whose owner gets it; everybody's if `None`.
    pub(super) only: Option<TabId>,
    pub(super) parcel: Parcel<H>,
}

impl<H: Host> Ring<H> {
    pub(super) const fn new(config: &Config) -> Self {
        Self {
            base: None,
            entries: VecDeque::new(),
            units: 0,
            max_parcels: config.ring_parcels,
            max_units: config.ring_units,
        }
    }

    /// The place of this tab: that of the newest entry.
    pub(super) fn position(&self) -> Option<Position> {
        self.entries.back().map(|entry| entry.position).or(self.base)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The number of the entry that comes next.
    pub(super) fn next_seq(&self) -> Option<u64> {
        self.position().map(|position| position.seq.saturating_add(1))
    }

    /// Empties the ring and moves it to another place.
    pub(super) fn reset(&mut self, base: Option<Position>) {
        self.base = base;
        self.entries.clear();
        self.units = 0;
    }

    /// Adds an entry, and drops the oldest as long as the limits are exceeded.
    pub(super) fn push(&mut self, entry: Entry<H>) {
        self.units = self.units.saturating_add(entry.parcel.units());
        self.entries.push_back(entry);
        while self.entries.len() > self.max_parcels || self.units > self.max_units {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.units = self.units.saturating_sub(oldest.parcel.units());
            self.base = Some(oldest.position);
        }
    }

    /// The parcels that are kept, oldest first.
    pub(super) fn parcels(&self) -> impl DoubleEndedIterator<Item = &Parcel<H>> {
        self.entries.iter().map(|entry| &entry.parcel)
    }

    /// What comes after `place`; `None` if the log does not pass through it, or no longer reaches
    /// back to it.
    pub(super) fn after(&self, place: Position) -> Option<impl Iterator<Item = &Entry<H>>> {
        let skip = if self.base == Some(place) {
            0
        } else {
            let oldest = self.entries.front()?.position.seq;
            let index = usize::try_from(place.seq.checked_sub(oldest)?).ok()?;
            (self.entries.get(index)?.position == place).then_some(index + 1)?
        };
        Some(self.entries.iter().skip(skip))
    }

    /// The newest entries within `limits` (parcels, units), and the place before them.
    pub(super) fn tail(
        &self,
        limits: (usize, usize),
    ) -> Option<(Position, impl Iterator<Item = &Entry<H>>)> {
        let (max_parcels, max_units) = limits;
        let mut units = 0;
        let fits = |entry: &&Entry<H>| {
            units += entry.parcel.units();
            units <= max_units
        };
        let count = self.entries.iter().rev().take(max_parcels).take_while(fits).count();
        let skip = self.entries.len().saturating_sub(count);
        let before = skip.checked_sub(1).and_then(|index| self.entries.get(index));
        let base = before.map(|entry| entry.position).or(self.base)?;
        Some((base, self.entries.iter().skip(skip)))
    }

    /// What this tab can give to others; `None` while it has no place in the log.
    pub(super) fn span(&self) -> Option<Span> {
        Some(Span { base: self.base?, position: self.position()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Native;
    use crate::tabs::Term;

    const OLD: Term = Term::NONE.outbid(TabId::from_random(1));
    const NEW: Term = OLD.outbid(TabId::from_random(2));

    fn at(term: Term, seq: u64) -> Position {
        Position { term, seq }
    }

    fn ring(max_parcels: usize, max_units: usize) -> Ring<Native> {
        let config =
            Config { ring_parcels: max_parcels, ring_units: max_units, ..Config::new(OLD.tab()) };
        let mut ring = Ring::new(&config);
        ring.reset(Some(at(OLD, 4)));
        for (term, seq) in [(OLD, 5), (OLD, 6), (NEW, 7), (NEW, 8)] {
            let parcel = Parcel { control: vec![0; 10], ..Parcel::default() };
            ring.push(Entry { position: at(term, seq), only: None, parcel });
        }
        ring
    }

    fn after(ring: &Ring<Native>, place: Position) -> Option<Vec<u64>> {
        ring.after(place).map(|entries| entries.map(|entry| entry.position.seq).collect())
    }

    #[test]
    fn gives_what_comes_after_a_place_on_the_log() {
        let ring = ring(10, 1000);

        assert_eq!(after(&ring, at(OLD, 4)), Some(vec![5, 6, 7, 8]));
        assert_eq!(after(&ring, at(OLD, 6)), Some(vec![7, 8]));
        assert_eq!(after(&ring, at(NEW, 8)), Some(vec![]));
    }

    #[test]
    fn gives_nothing_for_a_place_that_the_log_does_not_pass_through() {
        let ring = ring(10, 1000);

        assert_eq!(after(&ring, at(OLD, 7)), None);
        assert_eq!(after(&ring, at(OLD, 3)), None);
        assert_eq!(after(&ring, at(NEW, 9)), None);
    }

    #[test]
    fn drops_the_oldest_beyond_either_limit() {
        let by_count = ring(2, 1000);
        let by_units = ring(10, 25);

        assert_eq!(after(&by_count, at(OLD, 6)), Some(vec![7, 8]));
        assert_eq!(after(&by_count, at(OLD, 5)), None);
        assert_eq!(after(&by_units, at(OLD, 6)), Some(vec![7, 8]));
        assert_eq!(after(&by_units, at(OLD, 5)), None);
    }

    #[test]
    fn tail_holds_the_newest_within_either_limit() {
        let ring = ring(10, 1000);
        let tail = |parcels, units| {
            let (base, entries) = ring.tail((parcels, units)).unwrap();
            (base.seq, entries.map(|entry| entry.position.seq).collect::<Vec<_>>())
        };

        assert_eq!(tail(2, 1000), (6, vec![7, 8]));
        assert_eq!(tail(10, 35), (5, vec![6, 7, 8]));
        assert_eq!(tail(10, 1000), (4, vec![5, 6, 7, 8]));
        assert_eq!(tail(10, 5), (8, vec![]));
    }

    #[test]
    fn keeps_its_place_when_one_parcel_exceeds_the_limits() {
        let ring = ring(10, 5);

        assert_eq!(ring.position(), Some(at(NEW, 8)));
        assert_eq!(after(&ring, at(NEW, 8)), Some(vec![]));
    }
}
