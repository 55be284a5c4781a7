//! Whole clients in many tabs, against a server: how often an emit is carried out.

use tabcast::client::{Delivery, EmitId, Input};
use tabcast::machine::Machine;

use crate::sim::browser::Browser;
use crate::sim::client::adapter::Adapter;
use crate::sim::client::app::Manner;
use crate::sim::client::check;
use crate::sim::client::memory::Memory;
use crate::sim::client::world::World;
use crate::sim::faults::Weather;

#[test]
fn an_emit_that_the_dead_leader_sent_is_recognised_and_answered_from_memory() {
    let (mut world, id) = carried_out_and_not_answered(Delivery::ExactlyOnce);

    world.kill(0);
    world.calm();

    assert_eq!(fate(&world, id), (1, vec!["acked"]));
    world.must(check::all_acked(&world));
}

#[test]
fn an_emit_for_at_least_once_is_carried_out_again_when_its_answer_is_lost() {
    let (mut world, id) = carried_out_and_not_answered(Delivery::AtLeastOnce);

    world.kill(0);
    world.calm();

    assert_eq!(fate(&world, id), (2, vec!["acked"]));
}

#[test]
fn an_emit_for_at_most_once_fails_when_its_answer_is_lost() {
    let (mut world, id) = carried_out_and_not_answered(Delivery::AtMostOnce);

    world.kill(0);
    world.calm();

    let (times, ends) = fate(&world, id);
    assert_eq!((times, ends.len()), (1, 1));
    assert!(["unknown", "disconnected"].contains(&ends[0]), "{ends:?}");
    assert!(!world.app(1).emits[&id].surely_not_sent);
}

#[test]
fn an_emit_whose_server_forgot_it_fails_and_is_not_carried_out_again() {
    let (mut world, id) = carried_out_and_not_answered(Delivery::ExactlyOnce);

    world.kill(0);
    world.restart_server();
    world.calm();

    assert_eq!(fate(&world, id), (1, vec!["unknown"]));
}

#[test]
fn a_server_without_a_memory_gets_nothing_that_is_for_exactly_once() {
    let mut world = World::with_tabs(2, Adapter::SingleUse);

    let id = emit(&mut world, Delivery::ExactlyOnce);
    world.calm();

    assert_eq!(fate(&world, id), (0, vec!["unsupported"]));
    assert!(world.app(1).emits[&id].surely_not_sent);
}

#[test]
fn all_tabs_hear_that_the_socket_of_the_leader_is_slow_also_those_that_join() {
    let mut world = World::with_tabs(2, Adapter::SingleUse);

    congest(&mut world, true);
    world.run_for(50);
    let late = world.open();
    world.run_for(200);
    let slow: Vec<bool> = [0, 1, late].map(|page| world.app(page).congested).to_vec();
    congest(&mut world, false);
    world.calm();

    assert_eq!(slow, [true, true, true]);
    assert!([0, 1, late].iter().all(|&page| !world.app(page).congested));
}

#[test]
fn a_slow_socket_is_forgotten_with_its_leader() {
    let mut world = World::with_tabs(2, Adapter::SingleUse);
    congest(&mut world, true);
    world.run_for(50);

    world.close(0);
    world.calm();

    assert!(!world.app(1).congested);
}

#[test]
fn emits_of_a_tab_keep_their_order_though_the_leader_was_robbed_while_it_hung() {
    let mut world = World::with_tabs(3, Adapter::InMemory);
    world.law = check::at_all_times;
    world.act(|browser| browser.hang(0));
    let first = emit(&mut world, Delivery::AtMostOnce);
    world.run_for(10);
    world.act(Browser::steal);
    world.run_for(400);
    let second = emit(&mut world, Delivery::AtMostOnce);
    world.run_for(100);

    // It does not notice that it stood still, and hears the first emit before anything else.
    world.act(|browser| browser.resume(0));
    world.calm();

    assert_eq!(fate(&world, first), (1, vec!["unknown"]));
    assert_eq!(fate(&world, second), (1, vec!["acked"]));
    let carried = world.server.record.carried.iter().map(|(_, _, key)| key.as_str());
    assert_eq!(carried.take(2).collect::<Vec<_>>(), ["1.0", "1.1"]);
}

fn emit(world: &mut World, delivery: Delivery) -> EmitId {
    world.emit(1, 0, Manner { wants_ack: true, delivery, ..Manner::default() })
}

/// A follower's emit, up to the moment in which the answer of the server is on its way.
fn carried_out_and_not_answered(delivery: Delivery) -> (World, EmitId) {
    let mut world = World::new(1, Weather::FAIR, Adapter::SingleUse);
    world.server.memory = Some(Memory::new(1));
    for _ in 0..3 {
        world.open();
        world.run_for(200);
    }
    let id = emit(&mut world, delivery);
    let key = world.app(1).emits[&id].key.clone();
    world.run_until("it is carried out", |world| world.server.record.times_carried(&key) == 1);
    (world, id)
}

/// How often an emit of tab 1 was carried out, and how it ended.
fn fate(world: &World, id: EmitId) -> (usize, Vec<&'static str>) {
    let emit = &world.app(1).emits[&id];
    (world.server.record.times_carried(&emit.key), emit.ends.clone())
}

fn congest(world: &mut World, congested: bool) {
    world.with(0, |app, now| app.client.handle_input(Input::Congested(congested), now));
}
