//! Whole clients in many tabs, against a server: what each rule is for.

use std::time::Duration;

use tabcast::client::{Delivery, EmitId};
use tabcast::rng::Rng;
use tabcast::tabs::{Role, SoloReason};

use crate::sim::browser::can_nap;
use crate::sim::client::adapter::Adapter;
use crate::sim::client::app::{AuthHabit, Manner};
use crate::sim::client::check;
use crate::sim::client::server::Answers;
use crate::sim::client::socket::Phase;
use crate::sim::client::world::World;
use crate::sim::faults::Weather;

const ACKED: Manner = Manner {
    wants_ack: true,
    volatile: false,
    binary: false,
    timeout: None,
    delivery: Delivery::AtMostOnce,
};
const PLAIN: Manner = Manner { wants_ack: false, ..ACKED };

#[test]
fn emits_of_followers_survive_the_close_of_the_leader() {
    let mut world = World::with_tabs(3, Adapter::SingleUse);
    world.broadcast("/");
    world.run_for(50);
    for _ in 0..5 {
        world.emit(1, 0, PLAIN);
        world.emit(2, 0, PLAIN);
        world.run_for(1);
    }

    world.close(0);
    world.calm();

    world.must(check::sent_means_carried_out(&world));
    assert_eq!(recoveries(&world, 1), [false, true]);
}

#[test]
fn what_a_killed_leader_was_asked_for_is_never_done_twice() {
    for delay in 0..20 {
        let mut world = World::with_tabs(3, Adapter::SingleUse);
        let before = world.ask_server(1);
        world.run_for(delay);

        world.kill(0);
        let after = world.ask_server(2);
        world.calm();

        let ends = [(1, before), (2, after)].map(|(page, id)| world.app(page).emits[&id].ends[0]);
        assert!(
            ends.iter().all(|end| ["acked", "unknown", "disconnected"].contains(end)),
            "{ends:?}"
        );
    }
}

#[test]
fn an_emit_that_was_carried_out_but_not_accepted_is_of_unknown_fate() {
    let mut world = World::with_tabs(3, Adapter::SingleUse);
    let id = world.ask_server(1);
    world.run_until("the leader sends it", |world| world.network.next_arrival().is_some());

    // Its last words reach nobody.
    world.browser.weather.cuts_on_kill = true;
    world.browser.weather.channel_delay = Duration::ZERO;
    world.kill(0);
    world.calm();

    assert!(["unknown", "disconnected"].contains(&ends(&world, 1, id)[0]));
    assert!(world.server.record.times_carried("1.0") <= 1);
}

#[test]
fn tabs_hear_that_their_leader_left_before_there_is_another() {
    let mut world = World::with_tabs(3, Adapter::SingleUse);
    world.browser.weather.lock_delay = Duration::from_secs(2);
    world.browser.rng = Rng::new(2);

    world.close(0);
    world.run_for(20);

    assert_eq!(world.leader(), None);
    assert!([1, 2].iter().all(|&page| world.app(page).sockets[0].phase == Phase::Disconnected));
    world.browser.weather.lock_delay = Duration::from_millis(2);
    world.calm();
}

#[test]
fn a_tab_that_joins_while_messages_flow_is_connected_at_once_and_misses_nothing_from_then_on() {
    let mut world = World::with_tabs(2, Adapter::Plain);
    let mut joined = None;
    for round in 0..30 {
        world.broadcast("/");
        if round == 10 {
            joined = Some(world.open());
        }
        world.run_for(2);
    }
    let joined = joined.expect("it joined");

    world.run_for(20);

    let life = &world.app(joined).sockets[0].lives[0];
    assert_eq!(world.app(joined).sockets[0].phase, Phase::Connected);
    assert!(life.events.len() >= 15, "{life:?}");
    world.calm();
}

#[test]
fn a_tab_that_disconnects_leaves_the_others_connected() {
    let mut world = World::with_tabs(3, Adapter::Plain);

    world.disconnect(0, 0);
    world.disconnect(1, 0);
    world.run_for(100);
    world.broadcast("/");
    world.calm();

    let lives = &world.app(2).sockets[0].lives;
    assert_eq!((lives.len(), lives[0].events.as_slice()), (1, &[1, 2][..]));
    assert!(world.app(1).sockets[0].lives[0].events.is_empty());
}

#[test]
fn the_last_tab_of_a_namespace_ends_it_at_the_server() {
    let mut world = World::with_tabs(2, Adapter::Plain);
    world.connect(1, 1);
    world.run_for(200);
    assert_eq!(world.server.sockets("/b").len(), 1);

    world.disconnect(1, 1);
    world.run_for(200);

    assert_eq!(world.server.sockets("/b").len(), 0);
    assert_eq!(world.server.sockets("/").len(), 1);
    world.calm();
}

#[test]
fn a_tab_that_connects_while_the_last_other_leaves_is_connected() {
    for delay in 0..20 {
        let mut world = World::with_tabs(2, Adapter::SingleUse);
        world.connect(0, 1);
        world.run_for(200);

        world.disconnect(0, 1);
        world.run_for(delay);
        world.connect(1, 1);

        world.calm();
    }
}

#[test]
fn tabs_that_connect_again_when_the_server_threw_them_out_are_connected() {
    let mut world = World::with_tabs(3, Adapter::SingleUse);
    world.server.expel("/");
    world.serve();
    for page in 0..3 {
        world.run_until("it hears so", |world| !world.app(page).sockets[0].wanted);
        world.connect(page, 0);
    }

    world.calm();

    assert_eq!(recoveries(&world, 2), [false, false]);
}

#[test]
fn a_tab_that_connects_before_it_hears_that_the_others_were_thrown_out_is_connected() {
    for delay in 0..20 {
        let mut world = World::with_tabs(2, Adapter::Plain);
        world.connect(0, 1);
        world.run_for(200);

        world.server.expel("/b");
        world.serve();
        world.run_for(delay);
        world.connect(1, 1);

        world.calm();
    }
}

#[test]
fn every_tab_gets_a_new_session_when_the_server_restarts() {
    let mut world = World::with_tabs(3, Adapter::SingleUse);
    world.broadcast("/");
    world.run_for(50);

    world.restart_server();
    world.calm();

    for page in 0..3 {
        assert_eq!(recoveries(&world, page), [false, false]);
    }
}

#[test]
fn nobody_believes_in_a_session_that_a_dead_leader_told_only_some_of() {
    for seed in 0..30 {
        let mut world = World::with_tabs(3, Adapter::SingleUse);
        world.browser.rng = Rng::new(seed);
        world.browser.weather.channel_delay = Duration::from_millis(15);
        world.browser.weather.cuts_on_kill = true;
        let wire = world.wire().expect("it is open");
        world.cut(wire);
        world.run_until("the leader is back", |world| world.app(0).sockets[0].lives.len() == 2);

        world.kill(0);
        world.network.refuses = true;
        world.run_for(2_000);

        assert!([1, 2].iter().all(|&page| world.app(page).sockets[0].sid().is_none()), "{seed}");
        world.calm();
    }
}

#[test]
fn refused_tabs_wait_for_their_apps() {
    let mut world = World::with_tabs(0, Adapter::Plain);
    world.server.refused.insert("/".to_owned());
    let pages = [world.open(), world.open(), world.open()];
    world.run_for(500);
    assert!(pages.iter().all(|&page| !world.app(page).sockets[0].wanted));

    world.server.refused.clear();
    for page in pages {
        world.connect(page, 0);
    }
    world.calm();

    assert!(pages.iter().all(|&page| world.app(page).sockets[0].lives.len() == 1));
}

#[test]
fn an_answer_to_a_question_of_an_earlier_hub_is_not_taken_for_one_to_the_next() {
    let mut world = World::with_tabs(0, Adapter::Plain);
    world.habits.auth = AuthHabit::Later;
    let page = world.open();
    world.run_until("it is asked", |world| world.server.wires().len() == 1);
    world.run_for(25);

    // The next hub asks for `/b` first.
    world.disconnect(page, 0);
    world.connect(page, 1);
    world.act(|browser| browser.freeze(page));
    world.act(|browser| browser.resume(page));
    world.run_for(50);
    world.connect(page, 0);

    world.calm();
}

#[test]
fn a_session_is_claimed_once_though_the_server_would_give_it_out_again() {
    let mut world = World::with_tabs(4, Adapter::InMemory);
    world.law = check::one_connection_one_claim;
    world.network.slow_close = Duration::from_millis(60);
    for leader in 0..3 {
        world.broadcast("/");
        world.run_for(30);
        world.close(leader);
        world.run_until("the next asks for the session", |world| {
            world.server.record.presented.values().sum::<usize>() > leader
                || world.leader().is_some_and(|page| page > leader)
        });
        world.run_for(20);
    }

    world.calm();
}

#[test]
fn a_leader_whose_socket_the_browser_closed_before_its_page_hands_the_session_on() {
    let mut world = World::with_tabs(3, Adapter::SingleUse);
    world.broadcast("/");
    world.run_for(100);
    let wire = world.wire().expect("it is open");

    world.cut(wire);
    world.run_until("all know", |world| {
        (0..3).all(|page| world.app(page).sockets[0].sid().is_none())
    });
    world.close(0);
    world.run_until("the next is connected", |world| world.app(2).sockets[0].lives.len() == 2);

    assert_eq!(recoveries(&world, 1), [false, true]);
    assert_eq!(recoveries(&world, 2), [false, true]);
    world.calm();
}

#[test]
fn a_leader_that_did_not_reach_the_server_hands_the_session_on() {
    let mut world = World::with_tabs(3, Adapter::SingleUse);
    world.law = check::one_connection_one_claim;
    world.broadcast("/");
    world.run_for(100);

    for _ in 0..3 {
        cut_until_it_tries_again(&mut world);
    }
    world.cut(world.wire().expect("it tries"));
    world.run_for(50);
    world.close(0);
    world.run_until("the next is connected", |world| world.app(2).sockets[0].lives.len() == 2);

    assert_eq!(recoveries(&world, 1), [false, true]);
    assert_eq!(recoveries(&world, 2), [false, true]);
    world.calm();
}

#[test]
fn a_leader_that_dies_while_it_connects_again_has_used_the_claim_at_most_once() {
    for delay in 0..200 {
        let mut world = World::with_tabs(3, Adapter::SingleUse);
        world.law = check::one_connection_one_claim;
        world.browser.weather.channel_delay = Duration::from_millis(20);
        world.broadcast("/");
        world.run_for(100);
        cut_until_it_tries_again(&mut world);

        world.run_for(delay);
        world.kill(0);

        world.calm();
    }
}

#[test]
fn an_heir_that_did_not_hear_the_claim_being_used_does_not_use_it() {
    // The lock can be faster than the channel, and the leader is gone as soon as it has asked.
    for delay in 0..40 {
        let mut world = World::with_tabs(3, Adapter::SingleUse);
        world.law = check::one_connection_one_claim;
        world.browser.weather.channel_delay = Duration::from_millis(20);
        world.broadcast("/");
        world.run_for(100);
        world.close(0);
        world.run_until("the next leads", |world| world.leader().is_some_and(|page| page != 0));
        let heir = world.leader().expect("it leads");

        world.run_for(delay);
        world.kill(heir);

        world.calm();
    }
}

#[test]
fn a_leader_that_tries_again_presents_its_claim_when_all_have_heard_that_it_does() {
    // Nobody sees the heir, so what is told to it could wait; the server is faster, and the leader ends
    // as soon as it has presented the claim.
    let moments = (0..320).map(|seed| (seed, seed % 80));
    for (end, (seed, delay)) in [World::close, World::kill]
        .into_iter()
        .flat_map(|end| moments.clone().map(move |it| (end, it)))
    {
        let mut world = World::with_tabs(2, Adapter::InMemory);
        world.law = check::one_connection_one_claim;
        world.browser.rng = Rng::new(seed);
        world.browser.weather.channel_delay = Duration::from_millis(10);
        world.browser.weather.timer_lateness = Duration::from_millis(20);
        world.browser.weather.reap_delay = Duration::from_millis(2);
        world.browser.weather.cuts_on_kill = true;
        world.network.latency = Duration::from_millis(1);
        for page in 0..2 {
            world.act(|browser| browser.show(page, false));
        }
        world.broadcast("/");
        world.run_for(1_000);
        let wire = world.wire().expect("it is open");
        world.cut(wire);
        world.run_for(50);

        // It does not wait any more.
        world.act(|browser| browser.show(0, true));
        world.run_for(delay);
        end(&mut world, 0);

        world.calm();
    }
}

#[test]
fn a_leader_that_tries_again_gets_its_session_back_as_soon_as_all_have_heard_so() {
    for visible in [true, false] {
        let mut world = World::with_tabs(2, Adapter::InMemory);
        world.network.latency = Duration::from_millis(1);
        assert!(can_nap(world.browser.pages[0].id), "its timers may come late, its naps do not");
        world.act(|browser| browser.show(0, visible));
        world.broadcast("/");
        world.run_for(100);
        cut_until_it_tries_again(&mut world);
        world.run_for(15);
        assert_eq!(world.server.record.presented.len(), 0);
        world.run_for(25);

        assert_eq!(world.server.record.presented.len(), 1);
        for page in 0..2 {
            assert_eq!(recoveries(&world, page), [false, true]);
        }
        world.calm();
    }
}

#[test]
fn a_claim_that_was_not_presented_before_the_connection_was_lost_again_is_presented_in_the_next() {
    let mut world = World::with_tabs(2, Adapter::InMemory);
    world.law = check::one_connection_one_claim;
    world.network.latency = Duration::from_millis(1);
    world.broadcast("/");
    world.run_for(100);

    for _ in 0..2 {
        cut_until_it_tries_again(&mut world);
        world.run_for(10);
    }
    world.run_for(100);

    assert_eq!(recoveries(&world, 1), [false, true]);
    world.calm();
}

#[test]
fn a_claim_of_a_namespace_that_was_left_while_it_waited_is_presented_when_it_is_wanted_again() {
    let mut world = World::with_tabs(2, Adapter::InMemory);
    world.law = check::one_connection_one_claim;
    world.network.latency = Duration::from_millis(1);
    world.connect(1, 1);
    world.broadcast("/");
    world.run_for(100);
    cut_until_it_tries_again(&mut world);
    world.run_for(10);

    world.disconnect(0, 0);
    world.disconnect(1, 0);
    world.run_for(100);
    world.connect(0, 0);
    world.run_for(100);

    let of_both = world.server.record.presented.len();
    assert_eq!(of_both, 2);
    world.calm();
}

#[test]
fn a_black_hole_is_noticed_by_the_heartbeat_alone() {
    let mut world = World::with_tabs(2, Adapter::SingleUse);
    let wire = world.wire().expect("it is open");

    world.black_hole(wire);
    let id = world.ask_server(1);
    world.run_for(1_000);
    assert_eq!(world.app(1).sockets[0].phase, Phase::Connected);
    world.calm();

    assert_eq!(ends(&world, 1, id), ["disconnected"]);
    assert_eq!(world.app(1).sockets[0].lives.len(), 2);
}

#[test]
fn a_frozen_leader_hands_over_and_comes_back_as_a_follower() {
    let mut world = World::with_tabs(3, Adapter::SingleUse);
    world.broadcast("/");
    world.run_for(50);

    world.act(|browser| browser.freeze(0));
    assert_eq!(world.app(0).sockets[0].phase, Phase::Disconnected);
    world.broadcast("/");
    world.run_for(500);
    assert_eq!(world.app(1).sockets[0].phase, Phase::Connected);
    world.act(|browser| browser.resume(0));
    world.calm();

    assert_eq!(recoveries(&world, 1), [false, true]);
    assert_eq!(recoveries(&world, 0), [false, true]);
}

#[test]
fn a_page_that_was_left_and_comes_back_is_connected_again() {
    let mut world = World::with_tabs(2, Adapter::SingleUse);

    world.act(|browser| browser.navigate_away(0));
    world.run_for(500);
    world.act(|browser| browser.navigate_back(0));
    world.act(|browser| browser.navigate_away(1));
    world.run_for(500);
    world.act(|browser| browser.navigate_back(1));

    world.calm();
}

#[test]
fn without_locks_every_tab_connects_for_itself() {
    let mut world = World::with_tabs(0, Adapter::SingleUse);
    world.habits.solo = Some(SoloReason::NoLocks);
    world.open();
    world.habits.solo = None;
    world.shares = false;
    let alone = world.open();
    world.run_for(500);
    assert_eq!(world.server.wires().len(), 2);

    world.broadcast("/");
    world.run_for(50);
    world.act(|browser| browser.navigate_away(alone));
    world.run_for(100);
    world.broadcast("/");
    world.act(|browser| browser.navigate_back(alone));
    world.calm();

    assert_eq!(recoveries(&world, alone), [false, true]);
}

#[test]
fn a_page_without_locks_that_is_left_closes_its_socket_and_returns_with_what_it_held() {
    let mut world = World::new(1, Weather::FAIR, Adapter::SingleUse);
    world.habits.solo = Some(SoloReason::NoLocks);
    let page = world.open();
    world.with(page, |app, now| app.client.set_interest("typing", true, now));
    world.run_for(200);
    world.broadcast("/");
    world.run_for(50);

    world.act(|browser| browser.navigate_away(page));
    world.run_for(100);
    assert_eq!(world.server.wires(), [0; 0]);
    world.broadcast("/");
    world.act(|browser| browser.navigate_back(page));
    world.calm();

    assert_eq!(recoveries(&world, page), [false, true]);
    assert_eq!(world.app(page).interests, ["typing"]);
}

#[test]
fn what_is_on_its_way_when_the_connection_is_lost_is_not_carried_out_in_the_next() {
    for seed in 0..30 {
        let mut world = World::with_tabs(2, Adapter::SingleUse);
        world.browser.rng = Rng::new(seed);
        world.browser.weather.channel_delay = Duration::from_millis(400);
        let wire = world.wire().expect("it is open");
        world.cut(wire);

        let id = world.ask_server(1);
        world.calm();

        assert_eq!(ends(&world, 1, id), ["acked"]);
    }
}

#[test]
fn what_a_leader_could_not_send_is_sent_by_the_next() {
    for seed in 0..10 {
        let mut world = World::with_tabs(2, Adapter::SingleUse);
        world.browser.rng = Rng::new(seed);
        world.network.refuses = true;
        let wire = world.wire().expect("it is open");
        world.cut(wire);
        let id = world.ask_server(1);
        world.run_for(500);

        world.kill(0);
        world.calm();

        assert_eq!(ends(&world, 1, id), ["acked"]);
    }
}

#[test]
fn a_tab_that_joins_does_not_get_a_claim_that_is_in_use() {
    let mut world = World::with_tabs(2, Adapter::SingleUse);
    world.law = check::one_connection_one_claim;
    world.broadcast("/");
    world.run_for(50);
    world.network.latency = Duration::from_secs(2);
    world.close(0);
    world.run_until("the heir claims", |world| !world.server.record.presented.is_empty());

    world.network.latency = Duration::from_millis(20);
    let joined = world.open();
    world.run_for(50);
    world.kill(1);
    world.calm();

    assert_eq!(world.leader(), Some(joined));
}

#[test]
fn a_tab_that_ends_its_connection_keeps_that_of_the_others() {
    let mut world = World::with_tabs(3, Adapter::SingleUse);
    world.with(0, |app, now| app.attach(false, now));
    world.with(1, |app, now| app.attach(false, now));
    world.run_for(200);
    world.broadcast("/");
    world.run_for(200);
    assert_eq!(world.app(2).sockets[0].lives[0].events, [1]);

    world.with(0, |app, now| app.attach(true, now));
    world.calm();

    assert_eq!(recoveries(&world, 0), [false, false]);
    assert_eq!(world.app(1).sockets[0].phase, Phase::Disconnected);
}

#[test]
fn a_wish_that_was_taken_back_before_there_was_a_leader_opens_nothing() {
    let mut world = World::with_tabs(2, Adapter::Plain);
    world.disconnect(1, 0);
    world.browser.weather.lock_delay = Duration::from_secs(2);
    world.close(0);
    world.run_for(20);
    assert_eq!(world.leader(), None);

    world.with(1, |app, now| app.attach(true, now));
    world.with(1, |app, now| app.attach(false, now));
    world.calm();

    assert!(world.server.wires().is_empty());
}

#[test]
fn attachments_arrive_whole_through_a_handover() {
    let mut world = World::with_tabs(3, Adapter::SingleUse);
    let binary = Manner { binary: true, ..ACKED };
    for page in 0..3 {
        world.emit(page, 0, binary);
        world.server.broadcast_binary("/");
        world.serve();
        world.run_for(2);
    }

    world.close(0);
    world.run_until("there is a new leader", |world| world.leader().is_some());
    let ids = [1, 2].map(|page| (page, world.emit(page, 0, binary)));
    world.run_until("the server is back", |world| world.server.sockets("/").len() == 1);
    world.server.broadcast_binary("/");
    world.serve();
    world.calm();

    for (page, id) in ids {
        assert_eq!(ends(&world, page, id), ["acked"]);
    }
}

#[test]
fn the_device_answers_the_server_once() {
    let mut world = World::with_tabs(4, Adapter::Plain);

    world.server.ask("/");
    world.serve();
    world.run_for(200);
    world.server.ask("/");
    world.serve();
    world.close(0);
    world.calm();

    assert_eq!(world.server.record.asked.values().next(), Some(&1));
}

#[test]
fn a_leader_that_hung_and_was_robbed_does_nothing_any_more() {
    let mut world = World::with_tabs(3, Adapter::InMemory);
    world.law = check::at_all_times;
    world.act(|browser| browser.hang(0));
    world.ask_server(1);
    world.broadcast("/");
    world.run_for(500);

    world.act(crate::sim::browser::Browser::steal);
    world.run_for(500);
    world.act(|browser| browser.resume(0));
    world.ask_server(0);

    world.calm();
}

#[test]
fn a_tab_that_missed_a_part_hears_of_the_session_anew_and_repeats_nothing() {
    let mut world = World::with_tabs(2, Adapter::SingleUse);
    world.browser.weather.hears_while_frozen = false;
    world.ring = 4;
    let small = world.open();
    world.run_for(200);
    world.act(|browser| browser.hang(small));
    let id = world.ask_server(small);
    for _ in 0..600 {
        world.broadcast("/");
        world.run_for(1);
    }

    world.act(|browser| browser.resume(small));
    world.calm();

    assert_eq!(ends(&world, small, id).len(), 1);
}

#[test]
fn an_emit_made_and_a_socket_disconnected_and_connected_at_once_is_sent_once() {
    let mut world = World::with_tabs(2, Adapter::Plain);
    let asking = world.ask_server(1);
    let plain = world.emit(1, 0, PLAIN);

    world.disconnect(1, 0);
    world.connect(1, 0);
    world.calm();

    assert_eq!(ends(&world, 1, asking), ["disconnected"]);
    assert_eq!(world.app(1).emits[&plain].sent, 1);
    world.must(check::sent_means_carried_out(&world));
}

#[test]
fn volatile_emits_end_at_once_while_there_is_no_connection() {
    let mut world = World::with_tabs(2, Adapter::Plain);
    let wire = world.wire().expect("it is open");
    world.cut(wire);
    world.run_until("it hears so", |world| world.app(1).sockets[0].phase == Phase::Disconnected);

    let id = world.emit(1, 0, Manner { volatile: true, ..ACKED });

    assert_eq!(ends(&world, 1, id), ["disconnected"]);
    world.calm();
}

#[test]
fn an_interest_has_a_first_and_a_last_holder() {
    let mut world = World::with_tabs(3, Adapter::Plain);
    for page in [1, 2] {
        world.with(page, |app, now| app.client.set_interest("typing", true, now));
    }
    world.run_for(50);
    assert_eq!(world.app(0).interests, ["typing"]);

    world.kill(1);
    world.run_for(500);
    assert_eq!(world.app(0).interests, ["typing"]);
    world.with(2, |app, now| app.client.set_interest("typing", false, now));
    world.run_for(50);

    assert!(world.app(0).interests.is_empty());
}

fn ends(world: &World, page: usize, id: EmitId) -> Vec<&'static str> {
    world.app(page).emits[&id].ends.clone()
}

fn cut_until_it_tries_again(world: &mut World) {
    let wire = world.wire().expect("there is one");
    world.cut(wire);
    world.run_until("it tries again", |world| world.wire().is_some_and(|next| next != wire));
}

/// Of each session of `/` that a tab had, whether it was told that it goes on with the one before.
fn recoveries(world: &World, page: usize) -> Vec<bool> {
    world.app(page).sockets[0].lives.iter().map(|life| life.recovered).collect()
}

#[test]
fn a_logout_ends_the_session_of_all_tabs_here_and_at_the_server() {
    for page in 0..3 {
        let mut world = World::with_tabs(3, Adapter::SingleUse);
        world.server.answers = Answers::Never;
        world.broadcast("/");
        let asked = world.ask_server(2);
        world.run_for(100);

        world.with(page, |app, now| app.client.log_out(now));
        world.run_for(200);

        assert_eq!(ends(&world, 2, asked), ["logged_out"]);
        assert!((0..3).all(|page| world.app(page).sockets[0].phase == Phase::Disconnected));
        assert_eq!(world.server.wires(), [0; 0]);
        assert_eq!(world.server.resumable("/"), [""; 0]);
        let former = world.app(1).sockets[0].lives[0].sid.clone();
        world.connect(1, 0);
        world.calm();
        assert_eq!(world.server.sockets("/").len(), 1);
        assert_ne!(world.app(1).sockets[0].sid(), Some(former.as_str()));
    }
}

#[test]
fn a_logout_of_a_tab_that_shares_nothing_is_its_own() {
    let mut world = World::new(1, Weather::FAIR, Adapter::SingleUse);
    world.shares = false;
    let (one, other) = (world.open(), world.open());
    world.run_for(200);

    world.with(one, |app, now| app.client.log_out(now));
    world.run_for(200);

    assert_eq!(world.app(one).sockets[0].phase, Phase::Disconnected);
    assert_eq!(world.app(other).sockets[0].phase, Phase::Connected);
    assert_eq!(world.server.wires().len(), 1);
    world.calm();
}

#[test]
fn a_logout_of_a_leader_that_stood_still_reaches_all_tabs() {
    let mut world = World::with_tabs(3, Adapter::SingleUse);
    world.browser.sleep(Duration::from_secs(2));

    world.with(0, |app, now| app.client.log_out(now));
    world.run_for(200);

    assert!((0..3).all(|page| world.app(page).sockets[0].phase == Phase::Disconnected));
    assert_eq!(world.server.wires(), [0; 0]);
    world.calm();
}

#[test]
fn a_heartbeat_that_is_overdue_after_a_stall_waits_for_what_is_to_be_read() {
    let mut world = World::with_tabs(1, Adapter::SingleUse);
    let wire = world.wire();
    let ping = world.server.next_job().expect("it pings");
    let wait = ping - world.browser.now();
    world.run_for(u64::try_from(wait.as_millis()).expect("soon") + 1);
    world.browser.weather.lock_delay = Duration::from_millis(400);

    world.browser.sleep(Duration::from_secs(60));
    world.run_for(1000);

    assert_eq!(world.wire(), wire);
    assert_eq!(recoveries(&world, 0), [false]);
    world.calm();
}

#[test]
fn a_robbed_tab_neither_hears_nor_sends_anything_over_its_old_socket() {
    let mut world = World::with_tabs(3, Adapter::InMemory);
    world.law = check::one_connection_but_for_hung_tabs;
    world.act(|browser| browser.hang(0));
    let before = world.app(0).sockets[0].lives[0].events.len();
    let asked = world.ask_server(1);
    for _ in 0..5 {
        world.broadcast("/");
        world.run_for(100);
    }
    world.run_until("another leads", |world| world.leader().is_some_and(|page| page != 0));
    assert!(world.browser.now() < Duration::from_millis(600 + 500 + 2000));
    world.run_for(500);
    for _ in 0..5 {
        world.broadcast("/");
        world.run_for(10);
    }
    let sent = world.server.record.heard_over(1);

    world.act(|browser| browser.resume(0));
    world.calm();

    assert_eq!(ends(&world, 1, asked), ["unknown"]);
    assert_eq!(world.server.record.heard_over(1), sent, "nothing more over the first wire");
    let lives = &world.app(0).sockets[0].lives;
    assert_eq!(lives[0].events.len() + lives[0].late.len(), before, "{lives:?}");
    assert!(lives.iter().all(|life| !life.recovered), "{lives:?}");
}

#[test]
fn a_stolen_connection_presents_no_claim_to_the_session_of_the_robbed_tab() {
    let mut world = World::with_tabs(2, Adapter::InMemory);
    world.broadcast("/");
    world.run_for(50);
    world.act(|browser| browser.hang(0));
    world.ask_server(1);

    world.run_until("the other leads", |world| world.app(1).role == Role::Leader);
    world.run_for(200);

    assert!(world.server.record.presented.is_empty());
    assert_eq!(world.app(1).sockets[0].phase, Phase::Connected);
    world.calm();
}

#[test]
fn an_heir_opens_its_connection_in_the_turn_in_which_it_leads() {
    for steals in [true, false] {
        let mut world = World::with_tabs(3, Adapter::InMemory);
        let opened = world.server.wires().len();
        if steals {
            world.act(|browser| browser.hang(0));
            world.ask_server(1);
        } else {
            world.kill(0);
        }

        world.run_until("another leads", |world| world.leader().is_some_and(|page| page != 0));

        let heir = world.leader().expect("one leads");
        assert_eq!(opened, 1);
        assert_eq!(world.network.of_page(heir).len(), 1, "stolen: {steals}");
        world.calm();
    }
}

#[test]
fn a_leader_that_cannot_say_who_it_is_hands_over_to_a_tab_that_can_for_all() {
    let mut world = World::with_tabs(3, Adapter::SingleUse);
    world.habits.shares_auth = false;
    let heir = world.open();
    world.run_for(200);
    world.disconnect(0, 0);
    world.disconnect(1, 0);
    world.run_for(100);

    world.connect(heir, 1);
    world.run_for(500);

    assert_eq!(world.leader(), Some(heir), "tab 2 has waited longer for the lock");
    assert_eq!(world.app(heir).sockets[1].phase, Phase::Connected);
    assert_eq!(world.app(2).sockets[0].phase, Phase::Connected);
    assert!(world.browser.thefts.iter().all(|theft| theft.hung));
    world.calm();
}

#[test]
fn without_such_a_tab_one_that_has_a_socket_is_asked_and_may_refuse() {
    for shares in [true, false] {
        let mut world = World::new(1, Weather::FAIR, Adapter::SingleUse);
        world.habits.shares_auth = shares;
        let leader = world.open();
        world.run_for(200);
        let other = world.open_idle();

        world.connect(other, 1);
        world.run_for(300);

        assert_eq!(world.leader(), Some(leader));
        assert_eq!(world.app(other).sockets[1].phase == Phase::Connected, shares);
        assert!(world.app(other).sockets[1].wanted, "it is tried again");
        world.connect(leader, 1);
        world.calm();
    }
}

#[test]
fn the_tab_that_was_asked_who_it_is_may_end_and_another_is_asked() {
    let (mut world, others) = with_a_leader_that_cannot_say_who_others_are();
    world.act(|browser| others.iter().for_each(|page| browser.hang(*page)));
    for page in others {
        world.connect(page, 1);
    }
    world.run_for(100);
    world.kill(others[1]);
    world.run_for(100);

    world.act(|browser| browser.resume(others[0]));
    world.run_for(500);

    assert_eq!(world.app(others[0]).sockets[1].phase, Phase::Connected);
    world.calm();
}

#[test]
fn the_tab_that_was_asked_who_it_is_may_have_let_go_and_another_is_asked() {
    let (mut world, others) = with_a_leader_that_cannot_say_who_others_are();
    world.act(|browser| others.iter().for_each(|page| browser.hang(*page)));
    for page in others {
        world.connect(page, 1);
    }
    world.run_for(100);
    world.disconnect(others[1], 1);
    world.run_for(100);

    world.act(|browser| others.iter().for_each(|page| browser.resume(*page)));
    world.run_for(500);

    assert_eq!(world.app(others[0]).sockets[1].phase, Phase::Connected);
    world.calm();
}

#[test]
fn a_tab_that_comes_to_a_namespace_is_asked_who_it_is_instead_of_one_that_hangs() {
    let (mut world, [hung, other]) = with_a_leader_that_cannot_say_who_others_are();
    world.act(|browser| browser.hang(hung));
    world.connect(hung, 1);
    world.run_for(100);

    world.connect(other, 1);
    world.run_for(500);

    assert_eq!(world.app(other).sockets[1].phase, Phase::Connected);
    world.calm();
}

#[test]
fn of_all_tabs_that_were_asked_who_they_are_only_the_last_counts() {
    let (mut world, [hung, other]) = with_a_leader_that_cannot_say_who_others_are();
    world.browser.pages[hung].program.habits.shares_auth = false;
    world.browser.pages[other].program.habits.auth = AuthHabit::Later;
    world.act(|browser| browser.hang(hung));
    world.connect(hung, 1);
    world.run_for(100);

    world.connect(other, 1);
    world.run_for(5);
    world.act(|browser| browser.resume(hung));
    world.run_for(500);

    assert_eq!(world.app(other).sockets[1].phase, Phase::Connected);
    world.calm();
}

#[test]
fn a_tab_that_let_go_and_never_heard_the_question_is_not_waited_for() {
    for asked in [2, 3] {
        let mut world = World::new(1, Weather::FAIR, Adapter::SingleUse);
        world.browser.weather.hears_while_frozen = false;
        world.ring = 4;
        let pages = [0; 4].map(|_| world.open());
        world.run_for(200);
        for page in [0, 2, 3] {
            world.connect(pages[page], 1);
        }
        world.run_for(200);
        world.kill(0);
        world.run_until("the next leads", |world| world.leader() == Some(1));

        world.act(|browser| browser.freeze(asked));
        world.run_for(200);
        world.disconnect(asked, 1);
        for _ in 0..600 {
            world.broadcast("/");
            world.run_for(1);
        }
        world.act(|browser| browser.resume(asked));
        world.run_for(500);

        assert_eq!(world.app(5 - asked).sockets[1].phase, Phase::Connected);
        world.calm();
    }
}

/// And two other tabs that want nothing yet.
fn with_a_leader_that_cannot_say_who_others_are() -> (World, [usize; 2]) {
    let mut world = World::new(1, Weather::FAIR, Adapter::SingleUse);
    world.open();
    world.run_for(200);
    let others = [world.open_idle(), world.open_idle()];
    world.run_for(200);
    (world, others)
}

#[test]
fn a_tab_that_connects_when_others_are_refused_gets_an_answer_of_its_own() {
    for delay in 0..40 {
        let mut world = World::with_tabs(2, Adapter::SingleUse);
        world.server.refused.insert("/b".to_owned());
        world.connect(0, 1);
        world.run_for(delay);

        world.connect(1, 1);
        world.server.refused.clear();
        world.calm();

        let app = world.app(1);
        assert_eq!(app.sockets[1].wanted, app.sockets[1].phase == Phase::Connected, "{delay}");
    }
}

#[test]
fn a_refused_namespace_moves_the_connection_once_to_each_tab_that_keeps_to_itself_who_it_is() {
    for seed in 0..200 {
        let mut world = World::new(seed, Weather::FAIR, Adapter::SingleUse);
        world.habits.shares_auth = false;
        world.server.refused.insert("/b".to_owned());
        let pages: Vec<usize> = (0..5).map(|_| world.open_idle()).collect();
        world.run_for(200);
        world.browser.weather.channel_delay = Duration::from_millis(seed % 7);
        world.browser.weather.lock_delay = Duration::from_millis(seed % 5);
        world.network.latency = Duration::from_millis(1 + seed % 3);

        for page in &pages {
            world.connect(*page, 0);
            world.connect(*page, 1);
            world.run_for(seed);
        }
        world.run_for(2000);

        let moves = world.app(pages[0]).sockets[0].lives.len() - 1;
        assert!(moves < pages.len(), "{moves} moves, seed {seed}");
        assert!(pages.iter().all(|page| !world.app(*page).sockets[1].wanted), "{seed}");
        world.server.refused.clear();
        world.calm();
    }
}

#[test]
fn a_tab_that_says_who_it_is_leaves_the_connection_where_it_is() {
    let mut world = World::with_tabs(2, Adapter::SingleUse);
    let other = world.open();
    world.run_for(200);
    let wire = world.wire();

    world.connect(other, 1);
    world.run_for(300);

    assert_eq!(world.app(other).sockets[1].phase, Phase::Connected);
    assert_eq!(world.wire(), wire);
    world.calm();
}
