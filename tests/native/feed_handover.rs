//! What an heir and those that were away get of a shared event stream: scripts of its rules.

use crate::sim::faults::Weather;
use crate::sim::feed::reader::GAP;
use crate::sim::feed::world::World;

const A: usize = 0;
const B: usize = 1;
const C: usize = 2;
const D: usize = 3;

#[test]
fn an_heir_goes_on_behind_the_last_id_that_any_tab_heard() {
    let mut world = World::with_tabs(3);
    world.publish(4);
    world.run_for(100);

    world.kill(A);
    world.publish(2);
    world.run_for(500);

    assert_eq!(world.requests[1].1.as_deref(), Some("4"));
    for page in [B, C] {
        assert_eq!(world.heard(page), [1, 2, 3, 4, 5, 6]);
    }
}

#[test]
fn what_a_server_repeats_is_left_out() {
    let mut world = World::with_tabs(2);
    world.publish(9);
    world.run_for(100);

    world.overlap = 5;
    world.cut();
    world.publish(2);
    world.run_for(500);
    world.kill(A);
    world.publish(2);
    world.run_for(500);

    assert_eq!(world.heard(B), (1..=13).collect::<Vec<_>>());
}

#[test]
fn a_tab_that_was_away_catches_up_from_the_others() {
    let mut world = World::with_tabs(2);
    world.publish(2);
    world.run_for(100);

    world.act(|browser| browser.navigate_away(B));
    world.publish(20);
    world.run_for(100);
    world.act(|browser| browser.navigate_back(B));
    world.run_for(100);

    assert_eq!(world.heard(B), (1..=22).collect::<Vec<_>>());
}

#[test]
fn a_tab_goes_on_by_its_id_where_others_began_without_it() {
    let mut world = World::with_tabs(1);
    world.publish(2);
    world.run_for(100);
    world.act(|browser| browser.navigate_away(A));

    world.open();
    world.run_for(200);
    world.publish(2);
    world.run_for(100);
    world.act(|browser| browser.navigate_back(A));
    world.run_for(200);

    assert_eq!(world.requests[1], (B, None));
    assert_eq!(world.heard(A), [1, 2, 3, 4]);
}

#[test]
fn a_tab_that_was_away_for_too_long_is_told_of_the_gap() {
    let mut world = World::with_tabs(2);
    world.gaps = true;
    world.publish(2);
    world.run_for(100);

    world.act(|browser| browser.navigate_away(B));
    // One chunk each, and more of them than the tabs keep.
    world.publish(300);
    world.run_for(2_000);
    world.act(|browser| browser.navigate_back(B));
    world.run_for(100);

    let heard = world.heard(B);
    assert_eq!(heard[..3], [1, 2, GAP]);
    assert_eq!(heard.last(), Some(&302));
}

#[test]
fn a_stream_without_ids_begins_anew_with_an_heir_and_is_passed_on_without_a_hole() {
    let mut world = World::with_tabs(0);
    world.ids = false;
    for _ in [A, B] {
        world.open();
        world.run_for(200);
    }
    world.publish(3);
    world.run_for(100);

    world.kill(A);
    world.run_for(500);
    world.publish(2);
    world.run_for(100);
    let late = world.open_with("", |config| config.replay = 100);
    world.run_for(100);

    assert_eq!(world.heard(B), [1, 2, 3, 4, 5]);
    assert_eq!(world.heard(late), [4, 5]);
    assert_eq!(world.requests[1].1, None);
}

#[test]
fn a_tab_that_was_away_keeps_its_id_though_the_others_never_heard_of_one() {
    let mut world = World::with_tabs(0);
    (world.greets, world.gaps) = (false, true);
    for _ in [A, B, C] {
        world.open();
        world.run_for(200);
    }
    // A alone hears an event, and B leads without telling anybody.
    for page in [B, C] {
        world.browser.pages[page].deaf = true;
    }
    world.publish(1);
    world.run_for(100);
    for page in [B, C] {
        world.browser.pages[page].deaf = false;
    }
    world.act(|browser| browser.hang(C));
    world.act(|browser| browser.navigate_away(A));
    world.run_for(200);
    world.act(|browser| browser.silence(B));
    world.kill(B);
    world.run_for(100);
    world.publish(2);
    world.act(|browser| browser.navigate_back(A));
    world.act(|browser| browser.steal());
    world.act(|browser| browser.resume(C));
    world.run_for(1_000);

    assert_eq!(world.heard(A), [1, 2, 3]);
    assert_eq!(world.heard(C), [GAP, 2, 3]);
    assert_eq!(world.requests.last(), Some(&(A, Some("1".to_owned()))));
}

#[test]
fn what_a_leader_that_had_heard_less_asks_for_again_is_not_given_to_a_tab_that_has_had_it() {
    let mut world = World::with_tabs(2);
    world.publish(10);
    world.run_for(100);
    world.browser.pages[B].deaf = true;
    // More than tabs keep: C, which joins now, does not know where B goes on.
    world.publish(290);
    world.run_for(2_000);
    world.open();
    world.run_for(100);
    world.publish(1);
    world.run_for(100);

    world.act(|browser| browser.hang(C));
    world.browser.pages[B].deaf = false;
    world.kill(A);
    world.run_for(1_000);
    world.act(|browser| browser.resume(C));
    world.publish(1);
    world.run_for(1_000);

    assert_eq!(world.requests.last(), Some(&(B, Some("10".to_owned()))));
    assert_eq!(world.heard(C), [301, 302]);
}

#[test]
fn what_stood_behind_a_repetition_is_asked_for_again_by_an_heir_that_goes_back() {
    let mut world = World::with_tabs(4);
    world.publish(1);
    world.run_for(100);
    world.browser.pages[C].deaf = true;
    world.publish(2);
    world.run_for(100);
    // C asks for 2 and 3 again; 4 comes together with 3, which B has had.
    world.browser.pages[C].deaf = false;
    world.act(|browser| browser.navigate_away(D));
    world.act(|browser| browser.navigate_away(B));
    world.refusal = Some(503);
    world.kill(A);
    world.publish(1);
    world.run_for(200);
    world.act(|browser| browser.navigate_back(B));
    world.run_for(200);
    world.refusal = None;
    world.run_for(5_000);
    assert_eq!(world.heard(B), [1, 2, 3, 4]);
    // D leads, and hears nothing; B goes on from where D is.
    world.refusal = Some(503);
    world.act(|browser| browser.navigate_away(B));
    world.kill(C);
    world.act(|browser| browser.navigate_back(D));
    world.run_for(200);
    world.act(|browser| browser.navigate_back(B));
    world.run_for(200);
    world.refusal = None;
    world.act(|browser| browser.steal());
    world.run_for(1_000);
    world.publish(1);
    world.run_for(1_000);

    assert_eq!(world.requests.last(), Some(&(B, Some("3".to_owned()))));
    for page in [B, D] {
        assert_eq!(world.heard(page), [1, 2, 3, 4, 5], "tab {page}");
    }
}

#[test]
fn what_a_leader_gave_to_a_tab_that_joined_is_not_given_again_when_its_request_brings_it() {
    for seed in 0..20 {
        let mut world = World::new(seed, Weather::FAIR);
        for _ in [A, B, C] {
            world.open();
            world.run_for(200);
        }
        world.publish(1);
        world.run_for(100);
        // A and B hear more, but only C can tell where the log ends.
        world.browser.pages[C].deaf = true;
        world.publish(2);
        world.run_for(100);
        world.browser.pages[C].deaf = false;
        world.act(|browser| browser.navigate_away(B));
        world.act(|browser| browser.hang(C));
        world.kill(A);
        world.run_for(100);
        world.act(|browser| browser.navigate_back(B));
        world.act(|browser| browser.steal());
        world.act(|browser| browser.resume(C));
        while world.requests.len() == 1 {
            world.run_for(1);
        }

        let late = world.open_with("", |config| config.replay = 100);
        world.run_for(1_000);
        world.publish(1);
        world.run_for(100);

        assert_eq!(world.requests[1], (B, Some("1".to_owned())));
        for page in [B, C, late] {
            assert_eq!(world.heard(page), [1, 2, 3, 4], "seed {seed}, tab {page}");
        }
    }
}
