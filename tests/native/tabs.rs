//! Election, log, outbox and interests of many tabs.

use tabcast::tabs::OnHandover;

use crate::sim::check;
use crate::sim::faults::{Faults, Weather};
use crate::sim::seeds::seeds;
use crate::sim::world::World;

/// How many storms of each kind there are in a usual run.
const SEEDS: u64 = 150;

#[test]
fn storms_of_responsive_tabs_lose_nothing() {
    for seed in seeds(SEEDS) {
        let mut world = World::new(seed, Faults::RESPONSIVE.weather);
        world.law = check::of_responsive_tabs;

        world.storm(&Faults::RESPONSIVE, 0..80);
    }
}

#[test]
fn hanging_tabs_are_robbed_and_nobody_else_is() {
    let mut robbed = 0;
    for seed in seeds(SEEDS) {
        let mut world = World::new(seed, Faults::HANGING.weather);
        world.law = check::of_hanging_tabs;

        world.storm(&Faults::HANGING, 0..80);

        robbed += world.browser.thefts.len();
    }
    assert!(robbed > 0, "no tab hung for long");
}

#[test]
fn tabs_that_hear_nothing_take_nothing_from_the_others() {
    let mut world = World::new(1, Weather::FAIR);
    for _ in 0..4 {
        world.open();
    }
    world.run_for(1000);
    world.browser.pages[1].deaf = true;
    world.browser.pages[2].deaf = true;

    for _ in 0..600 {
        world.publish();
        world.request(1, OnHandover::Report);
        world.run_for(500);
    }

    assert!(world.browser.thefts.is_empty());
}

#[test]
fn wild_storms_end_in_agreement() {
    for seed in seeds(SEEDS) {
        let mut world = World::new(seed, Faults::WILD.weather);

        world.storm(&Faults::WILD, 0..80);
    }
}

#[test]
fn same_seed_gives_the_same_trace() {
    let fingerprint = |seed| {
        let mut world = World::new(seed, Faults::WILD.weather);
        world.storm(&Faults::WILD, 0..40);
        world.browser.trace.fingerprint()
    };

    assert_eq!(fingerprint(7), fingerprint(7));
    assert_ne!(fingerprint(7), fingerprint(8));
}
