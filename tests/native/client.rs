//! Whole clients in many tabs, against a server: storms.

use core::time::Duration;

use tabcast::client::Delivery;

use crate::sim::client::adapter::Adapter;
use crate::sim::client::check;
use crate::sim::client::shortcuts::Way;
use crate::sim::client::storm::Storm;
use crate::sim::client::world::World;
use crate::sim::seeds::seeds;

/// How many storms of each kind there are in a usual run.
const SEEDS: u64 = 60;

#[test]
fn orderly_storms_lose_and_double_nothing() {
    for seed in seeds(SEEDS) {
        let mut world = Storm::ORDERLY.world(seed);
        world.law = check::one_connection_one_claim;

        Storm::ORDERLY.play(&mut world, 0..80);

        world.must(check::sent_means_carried_out(&world));
    }
}

#[test]
fn harsh_storms_double_nothing() {
    for seed in seeds(SEEDS) {
        let mut world = Storm::HARSH.world(seed);
        world.law = check::one_connection_one_claim;

        Storm::HARSH.play(&mut world, 0..80);
    }
}

#[test]
fn storms_of_hanging_tabs_keep_one_connection() {
    for seed in seeds(SEEDS) {
        let mut world = Storm::HANGING.world(seed);
        world.law = check::one_connection_but_for_hung_tabs;

        Storm::HANGING.play(&mut world, 0..80);
    }
}

#[test]
fn wild_storms_end_connected() {
    for seed in seeds(SEEDS) {
        let mut world = Storm::WILD.world(seed);

        Storm::WILD.play(&mut world, 0..80);
    }
}

#[test]
fn storms_of_tabs_that_share_nothing_double_nothing_and_end_connected() {
    for seed in seeds(SEEDS) {
        let mut world = Storm::ALONE.world(seed);
        world.law = check::one_connection_each;

        Storm::ALONE.play(&mut world, 0..80);
    }
}

#[test]
fn the_short_ways_of_a_tab_that_shares_nothing_do_the_same_through_every_storm() {
    // A timer that comes late would draw a number more where one is set anew more often.
    let mut storm = Storm::ALONE;
    storm.tabs.weather.timer_lateness = Duration::ZERO;
    for adapter in [Adapter::SingleUse, Adapter::Plain] {
        storm.adapter = adapter;
        let mut shortened = [0; 3];
        for seed in seeds(SEEDS) {
            let worlds = [Way::Long, Way::Short, Way::Past].map(|way| {
                let mut world = storm.world(seed);
                world.habits.way = way;
                storm.play(&mut world, 0..80);
                world
            });

            let [long, short, past] = worlds.each_ref().map(what_was_heard);
            assert_eq!(short, long, "seed {seed}: short");
            assert_eq!(past, long, "seed {seed}: past the client");
            for (shortened, world) in shortened.iter_mut().zip(worlds) {
                *shortened +=
                    world.browser.pages.iter().map(|page| page.program.shortened).sum::<usize>();
            }
        }
        assert!(shortened[0] == 0 && shortened[1] > 0 && shortened[2] > 0, "{shortened:?}");
    }
}

/// What the apps were told, and what the server heard.
fn what_was_heard(world: &World) -> (Vec<String>, String) {
    let pages = world.browser.pages.iter().map(|page| &page.program);
    let apps = pages.map(|app| format!("{:?} {:?}", app.sockets, app.emits)).collect();
    (apps, format!("{:?}", world.server.record))
}

/// A server that restarts forgets; every other fault is survived.
#[test]
fn what_is_for_exactly_once_is_carried_out_once_and_acknowledged_through_every_storm() {
    let storm = Storm { restart: 0, delivery: Some(Delivery::ExactlyOnce), ..Storm::PATIENT };
    for seed in seeds(SEEDS) {
        let mut world = storm.world(seed);

        storm.play(&mut world, 0..80);

        world.must(check::all_acked(&world));
    }
}

#[test]
fn what_is_for_at_least_once_is_acknowledged_through_every_storm() {
    let storm = Storm { delivery: Some(Delivery::AtLeastOnce), ..Storm::PATIENT };
    for seed in seeds(SEEDS) {
        let mut world = storm.world(seed);

        storm.play(&mut world, 0..80);

        world.must(check::all_acked(&world));
    }
}

/// The rest of the promise is a law of every storm: nothing is carried out twice.
#[test]
fn what_is_for_exactly_once_fails_when_the_server_forgot() {
    let storm = Storm { restart: 4, delivery: Some(Delivery::ExactlyOnce), ..Storm::PATIENT };
    let mut unknown = 0;
    for seed in seeds(SEEDS) {
        let mut world = storm.world(seed);

        storm.play(&mut world, 0..80);

        let emits = world.running().flat_map(|page| world.app(page).emits.values());
        unknown += emits.filter(|emit| emit.ends == ["unknown"]).count();
    }
    assert!(unknown > 0);
}

#[test]
fn same_seed_gives_the_same_trace() {
    let fingerprint = |seed| {
        let mut world = Storm::WILD.world(seed);
        Storm::WILD.play(&mut world, 0..40);
        world.browser.trace.fingerprint()
    };

    assert_eq!(fingerprint(7), fingerprint(7));
    assert_ne!(fingerprint(7), fingerprint(8));
}
