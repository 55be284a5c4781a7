//! Tabs that share a stream, under whatever happens to pages, channel, lock and server.

use crate::sim::faults::Faults;
use crate::sim::feed::world::World;
use crate::sim::seeds::seeds;

/// How many storms of each kind there are in a usual run.
const SEEDS: u64 = 150;

#[test]
fn storms_of_responsive_tabs_give_every_tab_every_event_once() {
    for seed in seeds(SEEDS) {
        let mut world = World::new(seed, Faults::RESPONSIVE.weather);
        world.overlap = seed % 2;

        // A tab that is away can be forgotten by all that stay.
        world.storm(&Faults { navigate: 0, ..Faults::RESPONSIVE }, 80);
    }
}

#[test]
fn wild_storms_give_every_tab_every_event_once_or_tell_of_a_gap() {
    for seed in seeds(SEEDS) {
        let mut world = World::new(seed, Faults::WILD.weather);
        // A tab may be frozen for so long that the others have forgotten where it was.
        world.gaps = true;
        // Behind a gap, the tab that asks may know no more than the last event.
        world.overlap = seed % 2;

        world.storm(&Faults::WILD, 80);
    }
}
