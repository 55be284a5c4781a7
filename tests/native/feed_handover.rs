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

    miss(&mut world, B);

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
fn what_a_tab_had_on_both_sides_of_a_gap_it_does_not_hear_again_nor_what_lies_in_it() {
    let mut world = World::with_tabs(3);
    world.gaps = true;
    world.publish(2);
    world.run_for(100);
    world.act(|browser| browser.navigate_away(C));
    world.publish(2);
    world.run_for(100);
    miss(&mut world, B);
    let heard = world.heard(B).to_vec();

    goes_back(&mut world, &[A], B, &[2]);

    assert_eq!(world.requests.last(), Some(&(C, Some("2".to_owned()))));
    assert_eq!(heard[..5], [1, 2, 3, 4, GAP]);
    assert_eq!(heard.last(), Some(&304));
    assert_eq!(world.heard(B), [heard, vec![305]].concat());
    assert_eq!(world.heard(C), (1..=305).collect::<Vec<_>>());
}

#[test]
fn a_tab_that_cannot_tell_what_it_has_had_is_told_of_a_gap_and_gets_all() {
    // What C has heard when B comes, and after that.
    for heard_by_leader in [&[12][..], &[20], &[100], &[20, 400]] {
        let mut world = World::with_tabs(3);
        world.gaps = true;
        world.publish(2);
        world.run_for(100);
        for missed in [10, 290, 300] {
            world.act(|browser| browser.navigate_away(B));
            world.publish(missed);
            world.run_for(2_000);
            world.act(|browser| browser.navigate_away(C));
            world.act(|browser| browser.navigate_back(B));
            world.run_for(100);
        }
        let heard = world.heard(B).to_vec();

        goes_back(&mut world, &[A], B, heard_by_leader);

        assert_eq!(heard.iter().filter(|number| **number == GAP).count(), 2);
        assert_eq!(world.heard(C), (1..=603).collect::<Vec<_>>());
        let all = (13..=603).collect();
        assert_eq!(world.heard(B), [heard, vec![GAP], all].concat(), "{heard_by_leader:?}");
    }
}

#[test]
fn a_tab_that_could_not_tell_what_it_has_had_passes_on_what_it_got_since() {
    let mut world = World::with_tabs(3);
    world.gaps = true;
    world.publish(2);
    world.run_for(100);
    world.act(|browser| browser.navigate_away(C));
    // More than tabs keep.
    world.publish(300);
    world.run_for(2_000);
    let late = world.open();
    world.run_for(100);
    world.act(|browser| browser.navigate_away(late));
    world.log = 9;
    for page in [A, B] {
        world.kill(page);
    }
    world.act(|browser| browser.navigate_back(C));
    world.run_for(500);
    world.act(|browser| browser.navigate_back(late));
    world.run_for(500);

    world.kill(C);
    world.run_for(500);
    let last = world.open_with("", |config| config.replay = 1_000);
    world.run_for(500);

    assert_eq!(world.heard(late), [GAP, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(world.heard(last), [3, 4, 5, 6, 7, 8, 9]);
}

#[test]
fn a_tab_whose_leader_began_anew_leaves_nothing_out_of_what_it_had_ahead_of_a_gap() {
    // What the new one has heard when B comes.
    for heard_by_leader in [1, 100] {
        let mut world = World::with_tabs(2);
        world.gaps = true;
        world.publish(2);
        world.run_for(100);
        miss(&mut world, B);
        let heard = world.heard(B).to_vec();

        goes_back_with(&mut world, &[A], B, &[heard_by_leader], |world| {
            world.open_with("1", |_| {});
        });

        assert_eq!(heard[..3], [1, 2, GAP]);
        assert_eq!(world.heard(B), [heard, vec![GAP], (2..=303).collect()].concat());
    }
}

#[test]
fn an_heir_that_heard_a_part_again_goes_on_behind_it() {
    let mut world = World::with_tabs(3);
    world.gaps = true;
    world.publish(2);
    world.run_for(100);
    world.act(|browser| browser.navigate_away(C));
    world.publish(20);
    world.run_for(100);
    miss(&mut world, B);
    // C leads, asks for all that B has had, and gets a part of it. Another tab joins.
    world.act(|browser| browser.navigate_away(B));
    world.refusal = Some(503);
    world.kill(A);
    world.act(|browser| browser.navigate_back(C));
    world.run_for(200);
    world.act(|browser| browser.navigate_back(B));
    world.run_for(200);
    let late = world.open();
    world.run_for(50);
    world.refusal = None;
    world.log = 10;
    world.run_for(2_000);

    world.kill(C);
    world.log = 322;
    world.run_for(1_000);
    world.publish(1);
    world.run_for(1_000);

    assert_eq!(world.requests.last(), Some(&(B, Some("10".to_owned()))));
    assert_eq!(world.heard(late), (3..=323).collect::<Vec<_>>());
    assert_eq!(world.heard(B)[22..24], [GAP, 67]);
    assert_eq!(world.heard(B)[24..], (68..=323).collect::<Vec<_>>());
}

/// `page` is away while more is told than tabs keep, in a chunk each.
fn miss(world: &mut World, page: usize) {
    world.act(|browser| browser.navigate_away(page));
    world.publish(300);
    world.run_for(2_000);
    world.act(|browser| browser.navigate_back(page));
    world.run_for(100);
}

/// C, which was away, leads after `others`, and `page`, which has heard more, follows it. The server
/// tells what it told before only up to the first of `steps` until then, up to the next for a while,
/// and at last all.
fn goes_back(world: &mut World, others: &[usize], page: usize, steps: &[u64]) {
    goes_back_with(world, others, page, steps, |world| {
        world.act(|browser| browser.navigate_back(C));
    });
}

/// The same with a leader that comes with `come`.
fn goes_back_with(
    world: &mut World,
    others: &[usize],
    page: usize,
    steps: &[u64],
    come: impl FnOnce(&mut World),
) {
    let all = world.log;
    world.act(|browser| browser.navigate_away(page));
    world.log = steps[0];
    for other in others {
        world.kill(*other);
    }
    come(world);
    world.run_for(500);
    world.act(|browser| browser.navigate_back(page));
    world.run_for(500);
    for step in steps[1..].iter().chain([&all]) {
        world.log = *step;
        world.cut();
        world.run_for(2_000);
    }
    world.publish(1);
    world.run_for(1_000);
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

#[test]
fn a_tab_that_another_leader_counted_further_hears_what_has_its_numbers_in_the_log_of_the_others() {
    let mut counted_twice = 0;
    for seed in 0..20 {
        let mut world = World::new(seed, Weather::FAIR);
        world.overlap = 1;
        for _ in [A, B] {
            world.open();
            world.run_for(200);
        }
        world.publish(3);
        world.run_for(100);
        world.act(|browser| browser.navigate_away(B));
        world.publish(4);
        world.run_for(100);
        // The server fails for so long that C, who joins, cannot pass on what came before.
        world.refusal = Some(503);
        world.cut();
        world.run_for(60_000);
        world.open();
        world.run_for(200);
        world.kill(A);
        world.run_for(200);
        // D leads with nothing but the place and the id, and counts 7 twice.
        world.open();
        world.run_for(2);
        world.act(|browser| browser.steal());
        world.refusal = None;
        world.run_for(1_000);
        world.publish(6);
        world.run_for(100);
        world.act(|browser| browser.navigate_away(D));
        world.kill(C);
        // B goes on from 3, in a term that D does not know, and others in later ones.
        world.act(|browser| browser.navigate_back(B));
        world.run_for(1_000);
        world.publish(1);
        world.run_for(100);
        world.open();
        for _ in 0..2 {
            world.run_for(1_000);
            world.act(|browser| browser.steal());
        }
        world.run_for(1_000);

        world.act(|browser| browser.navigate_back(D));
        world.run_for(1_000);
        world.publish(1);
        world.run_for(1_000);

        let first = world.heard(D)[0];
        counted_twice += u32::from(first == 7);
        assert_eq!(world.heard(D), (first..=15).collect::<Vec<_>>(), "seed {seed}");
        assert_eq!(world.heard(B), (1..=15).collect::<Vec<_>>(), "seed {seed}");
    }

    assert!(counted_twice > 0, "D always knew more than the place");
}
