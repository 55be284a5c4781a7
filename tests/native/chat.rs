//! Rooms of the chat store: joining, order, sending, history.

use std::time::Duration;

use tabcast::chat::{
    Answer, Call, Change, Cid, Code, Epoch, Failure, Input, Interest, Output, RoomMeta, SendError,
    Seq, Status, Sync,
};

use crate::chat_support::{
    Bench, cursor, failure, inserted, message, own, removed, room, row, snapshot, theirs, updated,
};

fn live(head: u64) -> RoomMeta {
    RoomMeta { sync: Sync::Live, head: Seq::new(head), ..RoomMeta::initial() }
}

fn meta(meta: RoomMeta) -> Output<String> {
    Output::Changed(Change::Room { room: room(), meta })
}

fn hold(held: bool) -> Output<String> {
    Output::SetInterest { interest: Interest::Room(room()), held }
}

fn send_call(cid: &str) -> Call<String> {
    Call::Send { room: room(), cid: Cid::new(cid), body: format!("draft {cid}") }
}

fn sync_call(from: u64) -> Call<String> {
    Call::Sync { room: room(), from: Seq::new(from), limit: 500 }
}

fn bare_calls(bench: &mut Bench) -> Vec<Call<String>> {
    bench.calls().into_iter().map(|(_, call)| call).collect()
}

#[test]
fn first_link_greets_with_the_rooms_that_are_open() {
    let mut bench = Bench::new();
    bench.store.retain(&room());
    bench.outputs();

    bench.input(Input::LinkUp { recovered: false });

    assert_eq!(bare_calls(&mut bench), [Call::Hello { rooms: vec![(room(), None)] }]);
}

#[test]
fn room_opened_on_a_live_link_is_joined() {
    let mut bench = Bench::connected();

    bench.store.retain(&room());
    bench.store.retain(&room());

    assert_eq!(
        bench.outputs(),
        [
            hold(true),
            Output::Call {
                request: tabcast::chat::RequestId::new(2),
                call: Call::Join { room: room(), cursor: None, limit: 50 },
            },
        ]
    );
}

#[test]
fn room_that_the_hello_left_out_is_joined() {
    let mut bench = Bench::new();
    bench.input(Input::LinkUp { recovered: false });
    bench.store.retain(&room());
    let hello = bench.requests().pop().unwrap();

    bench.answer(hello, Answer::Hello { rooms: Vec::new(), denied: Vec::new() });

    assert_eq!(bare_calls(&mut bench), [Call::Join { room: room(), cursor: None, limit: 50 }]);
}

#[test]
fn snapshot_fills_the_room() {
    let mut bench = Bench::connected();
    bench.store.retain(&room());
    let join = bench.requests().pop().unwrap();

    bench.answer(join, Answer::Joined(snapshot(9, vec![theirs(8), own(9, "a")])));

    assert_eq!(
        bench.outputs(),
        [
            Output::Changed(inserted(0, row("b8 at 8", false, Status::Sent))),
            Output::Changed(inserted(1, row("a at 9", true, Status::Sent))),
            meta(RoomMeta { has_older: true, ..live(9) }),
        ]
    );
}

#[test]
fn refused_room_shows_why() {
    let mut bench = Bench::connected();
    bench.store.retain(&room());
    let join = bench.requests().pop().unwrap();

    bench.fail(join, Code::Forbidden);

    let error = Some(failure(Code::Forbidden));
    assert_eq!(bench.outputs(), [meta(RoomMeta { error, ..RoomMeta::initial() })]);
    assert_eq!(bench.store_timeout(), None);
}

#[test]
fn join_without_an_answer_is_tried_again() {
    let mut bench = Bench::connected();
    bench.store.retain(&room());
    let join = bench.requests().pop().unwrap();

    bench.fail(join, Code::Timeout);
    bench.pass(Duration::from_secs(2));

    assert_eq!(bare_calls(&mut bench), [Call::Join { room: room(), cursor: None, limit: 50 }]);
}

#[test]
fn hello_without_an_answer_is_tried_again() {
    let mut bench = Bench::new();
    bench.input(Input::LinkUp { recovered: false });
    let hello = bench.requests().pop().unwrap();

    bench.fail(hello, Code::Unavailable);
    bench.pass(Duration::from_secs(1));

    assert_eq!(bare_calls(&mut bench), [Call::Hello { rooms: Vec::new() }]);
}

#[test]
fn remount_within_the_linger_causes_no_traffic() {
    let mut bench = Bench::joined(3);

    bench.store.release(&room(), bench.now);
    bench.pass(Duration::from_millis(900));
    bench.store.retain(&room());
    bench.pass(Duration::from_secs(5));

    assert_eq!(bench.outputs(), []);
}

#[test]
fn room_closes_after_the_linger() {
    let mut bench = Bench::joined(3);
    bench.op(theirs(4));
    bench.outputs();

    bench.store.release(&room(), bench.now);
    bench.pass(Duration::from_secs(1));

    assert_eq!(
        bench.outputs(),
        [hold(false), Output::Changed(removed(0, 1)), meta(RoomMeta::initial())]
    );
}

#[test]
fn op_out_of_turn_waits_for_the_one_before_it() {
    let mut bench = Bench::joined(0);

    bench.op(theirs(2));
    bench.op(theirs(2));
    bench.op(theirs(1));
    bench.op(theirs(1));

    assert_eq!(
        bench.row_changes(),
        [
            inserted(0, row("b1 at 1", false, Status::Sent)),
            inserted(1, row("b2 at 2", false, Status::Sent)),
        ]
    );
    assert_eq!(bench.store_timeout(), None);
}

#[test]
fn gap_that_stays_is_synced() {
    let mut bench = Bench::joined(0);

    bench.op(theirs(3));
    bench.pass(Duration::from_millis(249));
    let early = bench.calls();
    bench.pass(Duration::from_millis(1));
    let (request, call) = bench.calls().pop().unwrap();
    bench.answer(request, Answer::Synced { ops: vec![theirs(1), theirs(2)], head: Seq::new(3) });

    assert_eq!(early, []);
    assert_eq!(call, sync_call(1));
    assert_eq!(
        bench.outputs(),
        [
            Output::Changed(inserted(0, row("b1 at 1", false, Status::Sent))),
            Output::Changed(inserted(1, row("b2 at 2", false, Status::Sent))),
            Output::Changed(inserted(2, row("b3 at 3", false, Status::Sent))),
            meta(live(3)),
        ]
    );
}

#[test]
fn sync_goes_on_until_nothing_is_missing() {
    let mut bench = Bench::joined(0);
    bench.op(theirs(4));
    bench.pass(Duration::from_millis(250));
    let first = bench.requests().pop().unwrap();

    bench.answer(first, Answer::Synced { ops: vec![theirs(1)], head: Seq::new(4) });

    assert_eq!(bare_calls(&mut bench), [sync_call(2)]);
}

#[test]
fn op_that_the_server_does_not_know_of_ends_in_a_new_window() {
    let mut bench = Bench::joined(0);
    bench.op(theirs(400));
    bench.pass(Duration::from_millis(250));

    let mut last = Vec::new();
    for _ in 0..7 {
        last = bench.calls();
        if let Some((request, Call::Sync { .. })) = last.last() {
            bench.answer(*request, Answer::Synced { ops: Vec::new(), head: Seq::new(0) });
        }
        bench.pass(Duration::from_secs(60));
    }
    last.extend(bench.calls());
    let (join, call) = last.pop().unwrap();
    bench.answer(join, Answer::Joined(snapshot(0, Vec::new())));

    assert_eq!(call, Call::Join { room: room(), cursor: None, limit: 50 });
    assert_eq!(bench.outputs(), [meta(live(0))]);
    assert_eq!(bench.store_timeout(), None);
}

#[test]
fn too_large_a_gap_replaces_the_window() {
    let mut bench = Bench::joined(0);
    bench.op(theirs(1));
    bench.op(theirs(600));
    bench.outputs();

    bench.pass(Duration::from_millis(250));
    let stale = bench.outputs();
    let Some(Output::Call { request, call }) = stale.first().cloned() else { panic!("no call") };
    bench.answer(request, Answer::Joined(snapshot(600, vec![theirs(599), theirs(600)])));

    assert_eq!(call, Call::Join { room: room(), cursor: None, limit: 50 });
    assert_eq!(stale.get(1), Some(&meta(RoomMeta { sync: Sync::Stale, ..live(1) })));
    assert_eq!(
        bench.outputs(),
        [
            Output::Changed(removed(0, 1)),
            Output::Changed(inserted(0, row("b599 at 599", false, Status::Sent))),
            Output::Changed(inserted(1, row("b600 at 600", false, Status::Sent))),
            meta(RoomMeta { has_older: true, ..live(600) }),
        ]
    );
}

#[test]
fn gap_that_the_server_finds_too_large_replaces_the_window() {
    let mut bench = Bench::joined(0);
    bench.op(theirs(5));
    bench.pass(Duration::from_millis(250));
    let sync = bench.requests().pop().unwrap();

    bench.fail(sync, Code::GapTooLarge);

    assert_eq!(bare_calls(&mut bench), [Call::Join { room: room(), cursor: None, limit: 50 }]);
}

#[test]
fn reconnect_asks_for_what_came_after_the_cursor() {
    let mut bench = Bench::joined(3);

    bench.input(Input::LinkDown);
    let down = bench.outputs();
    bench.input(Input::LinkUp { recovered: false });
    let (hello, call) = bench.calls().pop().unwrap();
    let rooms = vec![snapshot(4, vec![theirs(4)])];
    bench.answer(hello, Answer::Hello { rooms, denied: Vec::new() });

    let stale = RoomMeta { sync: Sync::Stale, has_older: true, ..live(3) };
    assert_eq!(down, [meta(stale)]);
    assert_eq!(call, Call::Hello { rooms: vec![(room(), Some(cursor(3)))] });
    assert_eq!(
        bench.outputs(),
        [
            Output::Changed(inserted(0, row("b4 at 4", false, Status::Sent))),
            meta(RoomMeta { has_older: true, ..live(4) }),
        ]
    );
}

#[test]
fn answer_to_a_call_of_the_last_link_is_ignored() {
    let mut bench = Bench::connected();
    bench.store.retain(&room());
    let join = bench.requests().pop().unwrap();
    bench.input(Input::LinkDown);
    bench.outputs();

    bench.answer(join, Answer::Joined(snapshot(1, vec![theirs(1)])));

    assert_eq!(bench.outputs(), []);
}

#[test]
fn op_of_another_numbering_replaces_all_but_the_outbox() {
    let mut bench = Bench::joined(0);
    bench.op(theirs(1));
    bench.send("a");
    bench.outputs();
    let epoch = Epoch::new("e2");

    bench.input(Input::OpReceived { room: room(), epoch: epoch.clone(), op: theirs(2) });
    let (join, call) = bench.calls().pop().unwrap();
    let mut anew = snapshot(1, vec![theirs(1)]);
    anew.epoch = epoch;
    bench.answer(join, Answer::Joined(anew));

    assert_eq!(call, Call::Join { room: room(), cursor: None, limit: 50 });
    assert_eq!(
        bench.outputs(),
        [
            Output::Changed(removed(0, 1)),
            Output::Changed(inserted(0, row("b1 at 1", false, Status::Sent))),
            Output::Changed(inserted(1, row("b2 at 2", false, Status::Sent))),
            meta(live(2)),
        ]
    );
}

#[test]
fn message_is_shown_at_once_and_sent_in_its_turn() {
    let mut bench = Bench::joined(0);

    bench.send("a1");
    bench.send("a2");
    let outputs = bench.outputs();

    let request = outputs.iter().find_map(|output| match output {
        Output::Call { request, .. } => Some(*request),
        _ => None,
    });
    assert_eq!(
        outputs,
        [
            Output::Changed(inserted(0, row("draft a1", true, Status::Queued))),
            Output::Call { request: request.unwrap(), call: send_call("a1") },
            Output::Changed(updated(0, row("draft a1", true, Status::Sending))),
            Output::Changed(inserted(1, row("draft a2", true, Status::Queued))),
        ]
    );
}

#[test]
fn answer_confirms_before_the_op_and_the_op_adds_nothing() {
    let mut bench = Bench::joined(0);
    bench.send("a1");
    bench.send("a2");
    let request = bench.requests().pop().unwrap();

    bench.answer(request, Answer::Sent(message(1, "ann", "a1")));
    let answered = bench.outputs();
    bench.op(own(1, "a1"));

    let Some(Output::Call { call, .. }) = answered.get(2) else { panic!("{answered:?}") };
    assert_eq!(answered[0], Output::Changed(updated(0, row("a1 at 1", true, Status::Sent))));
    assert_eq!(answered[1], meta(live(1)));
    assert_eq!(*call, send_call("a2"));
    assert_eq!(answered[3], Output::Changed(updated(1, row("draft a2", true, Status::Sending))));
    assert_eq!(answered.len(), 4);
    assert_eq!(bench.outputs(), []);
}

#[test]
fn op_confirms_before_the_answer_and_the_answer_adds_nothing() {
    let mut bench = Bench::joined(0);
    bench.send("a1");
    let request = bench.requests().pop().unwrap();

    bench.op(own(1, "a1"));
    let changes = bench.row_changes();
    bench.answer(request, Answer::Sent(message(1, "ann", "a1")));

    assert_eq!(changes, [updated(0, row("a1 at 1", true, Status::Sent))]);
    assert_eq!(bench.outputs(), []);
}

#[test]
fn message_of_another_comes_before_those_that_are_pending() {
    let mut bench = Bench::joined(0);
    bench.send("a1");
    bench.outputs();

    bench.op(theirs(1));

    assert_eq!(bench.row_changes(), [inserted(0, row("b1 at 1", false, Status::Sent))]);
}

#[test]
fn stored_message_waits_for_the_ops_before_it() {
    let mut bench = Bench::joined(0);
    bench.send("a1");
    let request = bench.requests().pop().unwrap();

    bench.answer(request, Answer::Sent(message(2, "ann", "a1")));
    let stored = bench.row_changes();
    bench.op(theirs(1));

    assert_eq!(stored, [updated(0, row("a1 at 2", true, Status::Sent))]);
    assert_eq!(
        bench.row_changes(),
        [
            inserted(0, row("b1 at 1", false, Status::Sent)),
            updated(1, row("a1 at 2", true, Status::Sent)),
        ]
    );
}

#[test]
fn lost_answer_is_tried_again_under_the_same_id() {
    let mut bench = Bench::joined(0);
    bench.send("a1");
    let request = bench.requests().pop().unwrap();

    bench.fail(request, Code::Timeout);
    let waiting = bench.outputs();
    bench.pass(Duration::from_secs(3));

    assert_eq!(waiting, []);
    assert_eq!(bare_calls(&mut bench), [send_call("a1")]);
}

#[test]
fn server_can_delay_the_next_try() {
    let mut bench = Bench::joined(0);
    bench.send("a1");
    let request = bench.requests().pop().unwrap();
    let retry_after = Some(Duration::from_secs(20));

    let limited = Failure { retry_after, ..failure(Code::RateLimited) };
    bench.input(Input::Answered { request, answer: Err(limited) });
    bench.pass(Duration::from_millis(19_999));
    let early = bench.calls();
    bench.pass(Duration::from_millis(1));

    assert_eq!(early, []);
    assert_eq!(bare_calls(&mut bench), [send_call("a1")]);
}

#[test]
fn refused_message_fails_and_the_next_goes_on() {
    for code in [Code::Invalid, Code::Forbidden, Code::NotFound, Code::TooLarge, Code::Moderated] {
        let mut bench = Bench::joined(0);
        bench.send("a1");
        bench.send("a2");
        let request = bench.requests().pop().unwrap();

        bench.fail(request, code);
        let outputs = bench.outputs();

        let failed = row("draft a1", true, Status::Failed(failure(code)));
        assert_eq!(outputs[0], Output::Changed(updated(0, failed)));
        let Output::Call { call, .. } = &outputs[1] else { panic!("{outputs:?}") };
        assert_eq!(*call, send_call("a2"));
    }
}

#[test]
fn failed_message_is_sent_again_on_retry() {
    let mut bench = Bench::joined(0);
    bench.send("a1");
    let request = bench.requests().pop().unwrap();
    bench.fail(request, Code::Moderated);
    bench.outputs();

    let retried = bench.store.retry(&room(), &Cid::new("a1"), bench.now);
    let outputs = bench.outputs();

    assert!(retried);
    assert_eq!(outputs[0], Output::Changed(updated(0, row("draft a1", true, Status::Sending))));
    let Output::Call { call, .. } = &outputs[1] else { panic!("{outputs:?}") };
    assert_eq!(*call, send_call("a1"));
}

#[test]
fn message_that_may_be_stored_cannot_be_discarded() {
    let mut bench = Bench::joined(0);
    bench.send("a1");
    bench.send("a2");
    bench.outputs();

    let tried = bench.store.discard(&room(), &Cid::new("a1"));
    let queued = bench.store.discard(&room(), &Cid::new("a2"));

    assert_eq!((tried, queued), (false, true));
    assert_eq!(bench.outputs(), [Output::Changed(removed(1, 1))]);
}

#[test]
fn failed_message_can_be_discarded() {
    let mut bench = Bench::joined(0);
    bench.send("a1");
    let request = bench.requests().pop().unwrap();
    bench.fail(request, Code::Invalid);
    bench.outputs();

    let discarded = bench.store.discard(&room(), &Cid::new("a1"));

    assert!(discarded);
    assert_eq!(bench.outputs(), [Output::Changed(removed(0, 1))]);
}

#[test]
fn message_in_flight_is_sent_again_after_the_hello_of_the_next_link() {
    let mut bench = Bench::joined(0);
    bench.send("a1");
    bench.input(Input::LinkDown);
    bench.outputs();

    bench.input(Input::LinkUp { recovered: false });
    let (hello, _) = bench.calls().pop().unwrap();
    bench.answer(hello, Answer::Hello { rooms: vec![snapshot(0, vec![])], denied: vec![] });

    assert_eq!(bare_calls(&mut bench), [send_call("a1")]);
}

#[test]
fn message_stored_before_the_link_broke_is_not_sent_again() {
    let mut bench = Bench::joined(0);
    bench.send("a1");
    bench.input(Input::LinkDown);
    bench.outputs();

    bench.input(Input::LinkUp { recovered: false });
    let (hello, _) = bench.calls().pop().unwrap();
    let rooms = vec![snapshot(1, vec![own(1, "a1")])];
    bench.answer(hello, Answer::Hello { rooms, denied: vec![] });

    assert_eq!(
        bench.outputs(),
        [Output::Changed(updated(0, row("a1 at 1", true, Status::Sent))), meta(live(1)),]
    );
}

#[test]
fn outbox_outlives_the_room() {
    let mut bench = Bench::joined(0);
    bench.send("a1");
    bench.send("a2");
    let request = bench.requests().pop().unwrap();
    bench.store.release(&room(), bench.now);
    bench.pass(Duration::from_secs(1));
    bench.outputs();

    bench.answer(request, Answer::Sent(message(1, "ann", "a1")));

    let outputs = bench.outputs();
    assert_eq!(outputs[0], Output::Changed(updated(0, row("a1 at 1", true, Status::Sent))));
    assert_eq!(outputs[1], Output::Changed(removed(0, 1)));
    let Output::Call { call, .. } = &outputs[2] else { panic!("{outputs:?}") };
    assert_eq!(*call, send_call("a2"));
}

#[test]
fn outbox_has_a_limit_and_knows_its_ids() {
    let mut bench = Bench::joined(0);
    for number in 0..500 {
        bench.send(&format!("a{number}"));
    }

    let over = bench.store.send(&room(), Cid::new("b"), String::new(), bench.now);
    let twice = bench.store.send(&room(), Cid::new("a7"), String::new(), bench.now);

    assert_eq!(over, Err(SendError::OutboxFull));
    assert_eq!(twice, Err(SendError::DuplicateCid));
}

#[test]
fn older_messages_come_before_the_first_row() {
    let mut bench = Bench::joined(3);
    bench.op(theirs(4));
    bench.outputs();

    bench.store.load_older(&room(), 2);
    bench.store.load_older(&room(), 2);
    let asked = bench.outputs();
    let Some(Output::Call { request, call }) = asked.first().cloned() else { panic!("no call") };
    let messages = vec![message(2, "bob", "b2"), message(3, "bob", "b3")];
    bench.answer(request, Answer::History { messages, more: true });

    assert_eq!(call, Call::History { room: room(), before: Seq::new(4), limit: 2 });
    let older = RoomMeta { has_older: true, ..live(4) };
    assert_eq!(asked[1..], [meta(RoomMeta { loading_older: true, ..older.clone() })]);
    assert_eq!(
        bench.outputs(),
        [
            Output::Changed(inserted(0, row("b2 at 2", false, Status::Sent))),
            Output::Changed(inserted(1, row("b3 at 3", false, Status::Sent))),
            meta(older),
            Output::OlderLoaded { room: room(), loaded: Ok(2) },
        ]
    );
}

#[test]
fn load_of_older_messages_ends_with_the_link() {
    let mut bench = Bench::joined(3);
    bench.store.load_older(&room(), 2);
    bench.outputs();

    bench.input(Input::LinkDown);
    bench.store.load_older(&room(), 2);

    let ended = Output::OlderLoaded { room: room(), loaded: Err(Failure::disconnected()) };
    let stale = RoomMeta { sync: Sync::Stale, has_older: true, ..live(3) };
    assert_eq!(bench.outputs(), [ended.clone(), meta(stale), ended]);
}
