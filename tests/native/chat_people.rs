//! Typing, presence, and what the leader does for all tabs.

use std::time::Duration;

use tabcast::chat::{
    Answer, Call, Change, Code, DeviceId, Input, Interest, Meta, MetaRef, Output, PresenceDiff,
    PresenceRecord, PresenceState, Snapshot, Typer, UserId,
};
use tabcast::time::Instant;

use crate::chat_support::{Bench, room, snapshot, theirs, typer};

fn typers(typers: Vec<Typer>) -> Output<String> {
    Output::Changed(Change::Typers { room: room(), typers })
}

fn typing(user: &str, since: Instant, devices: usize) -> Typer {
    Typer { user: UserId::new(user), since, devices }
}

fn typers_of(outputs: Vec<Output<String>>) -> Vec<Output<String>> {
    let typers = |output: &Output<String>| matches!(output, Output::Changed(Change::Typers { .. }));
    outputs.into_iter().filter(typers).collect()
}

fn started(bench: &mut Bench, user: &str, device: &str) {
    bench.input(Input::TypingStarted { room: room(), typer: typer(user, device) });
}

fn stopped(bench: &mut Bench, user: &str, device: &str) {
    let (user, device) = (UserId::new(user), DeviceId::new(device));
    bench.input(Input::TypingStopped { room: room(), user, device });
}

fn hold(interest: Interest, held: bool) -> Output<String> {
    Output::SetInterest { interest, held }
}

fn bob() -> UserId {
    UserId::new("bob")
}

fn meta(reference: &str, state: PresenceState, active_at: f64) -> Meta<String> {
    Meta {
        reference: MetaRef::new(reference),
        device: DeviceId::new("phone"),
        state,
        active_at,
        body: reference.to_owned(),
    }
}

fn joined(metas: Vec<Meta<String>>) -> Input<String> {
    Input::PresenceChanged(PresenceDiff { joins: vec![(bob(), metas)], leaves: Vec::new() })
}

fn left(references: &[&str]) -> Input<String> {
    let references = references.iter().map(|reference| MetaRef::new(reference)).collect();
    Input::PresenceChanged(PresenceDiff { joins: Vec::new(), leaves: vec![(bob(), references)] })
}

fn record(state: PresenceState, active_at: Option<f64>, metas: &[&str]) -> Output<String> {
    let metas = metas.iter().map(|&meta| meta.to_owned()).collect();
    let record = PresenceRecord { state, active_at, metas };
    Output::Changed(Change::Presence { user: bob(), record })
}

fn watch_call(on: bool) -> Call<String> {
    Call::Watch { users: vec![bob()], on }
}

/// A store that knows that bob has these entries.
fn watching(metas: Vec<Meta<String>>) -> Bench {
    let mut bench = Bench::connected();
    bench.store.watch(&[bob()], bench.now);
    bench.pass(Duration::from_millis(50));
    let request = bench.requests().pop().unwrap();
    bench.answer(request, Answer::Watched(vec![(bob(), metas)]));
    bench.outputs();
    bench
}

fn leading(bench: &mut Bench, interest: Interest) {
    bench.input(Input::LeadChanged { leading: true });
    bench.input(Input::InterestAdded(interest));
}

#[test]
fn user_types_while_any_device_does() {
    let mut bench = Bench::joined(0);

    started(&mut bench, "bob", "phone");
    bench.pass(Duration::from_secs(1));
    started(&mut bench, "bob", "laptop");
    started(&mut bench, "bob", "laptop");
    stopped(&mut bench, "bob", "phone");
    stopped(&mut bench, "bob", "laptop");

    let later = bench.now;
    assert_eq!(
        bench.outputs(),
        [
            typers(vec![typing("bob", Instant::default(), 1)]),
            typers(vec![typing("bob", Instant::default(), 2)]),
            typers(vec![typing("bob", later, 1)]),
            typers(vec![]),
        ]
    );
}

#[test]
fn own_typing_is_not_shown() {
    let mut bench = Bench::joined(0);

    started(&mut bench, "ann", "phone");

    assert_eq!(bench.outputs(), []);
}

#[test]
fn typing_ends_when_it_is_not_renewed() {
    let mut bench = Bench::joined(0);
    started(&mut bench, "bob", "phone");
    bench.pass(Duration::from_secs(6));
    started(&mut bench, "bob", "phone");
    bench.outputs();

    bench.pass(Duration::from_millis(6999));
    let early = bench.outputs();
    bench.pass(Duration::from_millis(1));

    assert_eq!(early, []);
    assert_eq!(bench.outputs(), [typers(vec![])]);
}

#[test]
fn message_ends_all_typing_of_its_sender() {
    let mut bench = Bench::joined(0);
    started(&mut bench, "bob", "phone");
    started(&mut bench, "bob", "laptop");
    bench.outputs();

    bench.op(theirs(1));

    assert_eq!(typers_of(bench.outputs()), [typers(vec![])]);
}

#[test]
fn typing_ends_two_seconds_after_our_disconnect() {
    let mut bench = Bench::joined(0);
    started(&mut bench, "bob", "phone");

    bench.input(Input::LinkDown);
    bench.outputs();
    bench.pass(Duration::from_millis(1999));
    let early = bench.outputs();
    bench.pass(Duration::from_millis(1));

    assert_eq!(early, []);
    assert_eq!(bench.outputs(), [typers(vec![])]);
}

#[test]
fn typing_outlives_a_short_disconnect() {
    let mut bench = Bench::joined(0);
    started(&mut bench, "bob", "phone");
    bench.outputs();

    bench.input(Input::LinkDown);
    bench.pass(Duration::from_secs(1));
    bench.input(Input::LinkUp { recovered: true });
    bench.pass(Duration::from_secs(3));

    assert_eq!(typers_of(bench.outputs()), []);
}

#[test]
fn typing_ends_when_its_device_leaves() {
    let mut bench = watching(vec![meta("r1", PresenceState::Online, 1.0)]);
    bench.store.retain(&room());
    started(&mut bench, "bob", "phone");
    started(&mut bench, "bob", "laptop");
    bench.outputs();

    bench.input(left(&["r1"]));

    let laptop = typers(vec![typing("bob", bench.now, 1)]);
    assert_eq!(typers_of(bench.outputs()), [laptop]);
}

#[test]
fn snapshot_tells_who_types() {
    let mut bench = Bench::connected();
    bench.store.retain(&room());
    let join = bench.requests().pop().unwrap();

    let typing_now = vec![typer("bob", "phone"), typer("ann", "phone")];
    let snapshot = Snapshot { typing: typing_now, ..snapshot(0, Vec::new()) };
    bench.answer(join, Answer::Joined(snapshot));

    let shown = typers(vec![typing("bob", bench.now, 1)]);
    assert_eq!(typers_of(bench.outputs()), [shown]);
}

#[test]
fn flood_of_typers_is_cut() {
    let mut bench = Bench::joined(0);

    for number in 0..300 {
        started(&mut bench, &format!("user {number}"), "phone");
    }

    assert_eq!(bench.outputs().len(), 200);
}

#[test]
fn keystrokes_hold_the_interest_until_a_pause() {
    let mut bench = Bench::joined(0);

    bench.store.keystroke(&room(), bench.now);
    bench.pass(Duration::from_secs(2));
    bench.store.keystroke(&room(), bench.now);
    bench.pass(Duration::from_millis(2999));
    let typing = bench.outputs();
    bench.pass(Duration::from_millis(1));

    assert_eq!(typing, [hold(Interest::Typing(room()), true)]);
    assert_eq!(bench.outputs(), [hold(Interest::Typing(room()), false)]);
}

#[test]
fn typing_stops_at_once_on_send_and_on_stop() {
    let mut bench = Bench::joined(0);

    bench.store.keystroke(&room(), bench.now);
    bench.send("a");
    bench.store.keystroke(&room(), bench.now);
    bench.store.stop_typing(&room());
    bench.store.stop_typing(&room());

    let interests: Vec<Output<String>> = bench
        .outputs()
        .into_iter()
        .filter(|output| matches!(output, Output::SetInterest { .. }))
        .collect();
    let (on, off) = (hold(Interest::Typing(room()), true), hold(Interest::Typing(room()), false));
    assert_eq!(interests, [on.clone(), off.clone(), on, off]);
}

#[test]
fn leader_says_that_the_device_types_and_renews_it() {
    let mut bench = Bench::connected();

    leading(&mut bench, Interest::Typing(room()));
    bench.pass(Duration::from_secs(3));
    bench.input(Input::InterestRemoved(Interest::Typing(room())));
    bench.pass(Duration::from_secs(9));

    let say = |on| Output::SendTyping { room: room(), on };
    assert_eq!(bench.outputs(), [say(true), say(true), say(false)]);
}

#[test]
fn follower_says_nothing_for_the_device() {
    let mut bench = Bench::connected();

    for interest in [Interest::Typing(room()), Interest::Room(room()), Interest::Watch(bob())] {
        bench.input(Input::InterestAdded(interest.clone()));
        bench.input(Input::InterestRemoved(interest));
    }
    bench.pass(Duration::from_secs(9));

    assert_eq!(bench.outputs(), []);
}

#[test]
fn next_leader_goes_on_for_the_device() {
    let mut bench = Bench::connected();
    bench.input(Input::InterestAdded(Interest::Typing(room())));

    bench.input(Input::LeadChanged { leading: true });
    let took_over = bench.outputs();
    bench.input(Input::LeadChanged { leading: false });
    bench.pass(Duration::from_secs(9));

    assert_eq!(took_over, [Output::SendTyping { room: room(), on: true }]);
    assert_eq!(bench.outputs(), []);
}

#[test]
fn typing_is_not_said_before_the_server_knows_us() {
    let mut bench = Bench::new();
    leading(&mut bench, Interest::Typing(room()));
    bench.pass(Duration::from_secs(9));
    let offline = bench.outputs();

    bench.input(Input::LinkUp { recovered: false });
    let hello = bench.requests().pop().unwrap();
    bench.answer(hello, Answer::Hello { rooms: Vec::new(), denied: Vec::new() });

    assert_eq!(offline, []);
    assert_eq!(bench.outputs(), [Output::SendTyping { room: room(), on: true }]);
}

#[test]
fn leader_leaves_a_room_that_nobody_holds() {
    let mut bench = Bench::connected();
    leading(&mut bench, Interest::Room(room()));

    bench.input(Input::InterestRemoved(Interest::Room(room())));

    assert_eq!(bench.bare_calls(), [Call::Leave { room: room() }]);
}

#[test]
fn restored_session_leaves_what_was_dropped_meanwhile_and_a_new_one_need_not() {
    for (recovered, leaves) in [(true, vec![Call::Leave { room: room() }]), (false, vec![])] {
        let mut bench = Bench::connected();
        leading(&mut bench, Interest::Room(room()));
        bench.input(Input::LinkDown);
        bench.input(Input::InterestRemoved(Interest::Room(room())));

        bench.input(Input::LinkUp { recovered });

        let calls = bench.bare_calls();
        assert_eq!(calls[0], Call::Hello { rooms: Vec::new() });
        assert_eq!(calls[1..], leaves);
    }
}

#[test]
fn leader_stops_watching_users_that_nobody_watches() {
    let mut bench = Bench::connected();
    leading(&mut bench, Interest::Watch(bob()));

    bench.input(Input::InterestRemoved(Interest::Watch(bob())));
    let at_once = bench.outputs();
    bench.pass(Duration::from_millis(50));

    assert_eq!(at_once, []);
    assert_eq!(bench.bare_calls(), [watch_call(false)]);
}

#[test]
fn watched_users_are_asked_for_in_one_call() {
    let mut bench = Bench::connected();
    let carl = UserId::new("carl");

    bench.store.watch(&[bob()], bench.now);
    bench.pass(Duration::from_millis(20));
    bench.store.watch(&[carl.clone(), bob()], bench.now);
    let held = bench.outputs();
    bench.pass(Duration::from_millis(30));

    let interests = [bob(), carl.clone()].map(|user| hold(Interest::Watch(user), true));
    assert_eq!(held, interests);
    assert_eq!(bench.bare_calls(), [Call::Watch { users: vec![bob(), carl], on: true }]);
}

#[test]
fn presence_is_folded_over_devices() {
    let mut bench = watching(vec![meta("r1", PresenceState::Away, 9.0)]);

    bench.input(joined(vec![meta("r2", PresenceState::Online, 5.0)]));
    bench.input(joined(vec![meta("r3", PresenceState::DoNotDisturb, 1.0)]));
    bench.input(left(&["r2", "r3", "r4"]));
    bench.input(left(&["r1"]));

    assert_eq!(
        bench.outputs(),
        [
            record(PresenceState::Online, Some(9.0), &["r1", "r2"]),
            record(PresenceState::DoNotDisturb, Some(9.0), &["r1", "r2", "r3"]),
            record(PresenceState::Away, Some(9.0), &["r1"]),
            record(PresenceState::Offline, None, &[]),
        ]
    );
}

#[test]
fn diff_before_the_list_is_applied_to_it() {
    let mut bench = Bench::connected();
    bench.store.watch(&[bob()], bench.now);
    bench.pass(Duration::from_millis(50));
    let request = bench.requests().pop().unwrap();

    bench.input(joined(vec![meta("r2", PresenceState::Online, 2.0)]));
    bench.input(left(&["r1"]));
    let early = bench.outputs();
    let list = vec![meta("r1", PresenceState::Online, 1.0)];
    bench.answer(request, Answer::Watched(vec![(bob(), list)]));

    assert_eq!(early, []);
    assert_eq!(bench.outputs(), [record(PresenceState::Online, Some(2.0), &["r2"])]);
}

#[test]
fn too_many_diffs_before_the_list_are_replaced_by_a_new_list() {
    let mut bench = Bench::connected();
    bench.store.watch(&[bob()], bench.now);
    bench.pass(Duration::from_millis(50));
    let first = bench.requests().pop().unwrap();

    for _ in 0..101 {
        bench.input(joined(vec![meta("r1", PresenceState::Online, 2.0)]));
    }
    bench.answer(first, Answer::Watched(Vec::new()));
    let early = bench.outputs();
    bench.pass(Duration::from_millis(50));

    assert_eq!(early, []);
    assert_eq!(bench.bare_calls(), [watch_call(true)]);
}

#[test]
fn watch_is_told_to_a_new_session_but_not_to_a_restored_one() {
    for (recovered, asked) in [(true, vec![]), (false, vec![watch_call(true)])] {
        let mut bench = watching(vec![meta("r1", PresenceState::Online, 1.0)]);
        bench.input(Input::LinkDown);

        bench.input(Input::LinkUp { recovered });
        let hello = bench.requests().pop().unwrap();
        bench.answer(hello, Answer::Hello { rooms: Vec::new(), denied: Vec::new() });

        assert_eq!(bench.bare_calls(), asked);
    }
}

#[test]
fn watch_without_an_answer_is_tried_again() {
    let mut bench = Bench::connected();
    bench.store.watch(&[bob()], bench.now);
    bench.pass(Duration::from_millis(50));
    let request = bench.requests().pop().unwrap();

    bench.fail(request, Code::Timeout);
    bench.pass(Duration::from_secs(3));

    assert_eq!(bench.bare_calls(), [watch_call(true)]);
}

#[test]
fn remount_of_a_watch_causes_no_traffic_and_its_end_is_shown() {
    let mut bench = watching(vec![meta("r1", PresenceState::Online, 1.0)]);

    bench.store.unwatch(&[bob()], bench.now);
    bench.pass(Duration::from_millis(999));
    bench.store.watch(&[bob()], bench.now);
    bench.pass(Duration::from_secs(5));
    let remounted = bench.outputs();
    bench.store.unwatch(&[bob()], bench.now);
    bench.pass(Duration::from_secs(1));

    assert_eq!(remounted, []);
    assert_eq!(
        bench.outputs(),
        [record(PresenceState::Offline, None, &[]), hold(Interest::Watch(bob()), false),]
    );
}

#[test]
fn interests_are_read_back_from_their_keys() {
    for interest in [Interest::Room(room()), Interest::Typing(room()), Interest::Watch(bob())] {
        assert_eq!(Interest::parse(&interest.key()), Some(interest));
    }
    assert_eq!(Interest::parse("namespace:/rt"), None);
    assert_eq!(Interest::parse("room"), None);
}
