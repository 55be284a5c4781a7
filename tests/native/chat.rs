//! Rooms of the chat store: joining, order, catching up, history.

use std::time::Duration;

use tabcast::chat::{
    Answer, Call, Code, Epoch, Failure, Input, Interest, Output, RoomMeta, Seq, Status, Sync,
};

use crate::chat_support::{
    Bench, cursor, failure, inserted, live, message, meta, own, removed, room, row, snapshot,
    theirs,
};

fn hold(held: bool) -> Output<String> {
    Output::SetInterest { interest: Interest::Room(room()), held }
}

fn sync_call(from: u64) -> Call<String> {
    Call::Sync { room: room(), from: Seq::new(from), limit: 500 }
}

#[test]
fn first_link_greets_with_the_rooms_that_are_open() {
    let mut bench = Bench::new();
    bench.store.retain(&room());
    bench.outputs();

    bench.input(Input::LinkUp { recovered: false });

    assert_eq!(bench.bare_calls(), [Call::Hello { rooms: vec![(room(), None)] }]);
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

    assert_eq!(bench.bare_calls(), [Call::Join { room: room(), cursor: None, limit: 50 }]);
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

    assert_eq!(bench.bare_calls(), [Call::Join { room: room(), cursor: None, limit: 50 }]);
}

#[test]
fn hello_without_an_answer_is_tried_again() {
    let mut bench = Bench::new();
    bench.input(Input::LinkUp { recovered: false });
    let hello = bench.requests().pop().unwrap();

    bench.fail(hello, Code::Unavailable);
    bench.pass(Duration::from_secs(1));

    assert_eq!(bench.bare_calls(), [Call::Hello { rooms: Vec::new() }]);
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

    assert_eq!(bench.bare_calls(), [sync_call(2)]);
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

    assert_eq!(bench.bare_calls(), [Call::Join { room: room(), cursor: None, limit: 50 }]);
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

#[test]
fn snapshot_that_ends_before_the_head_is_followed_by_a_sync() {
    let mut bench = Bench::connected();
    bench.store.retain(&room());
    let join = bench.requests().pop().unwrap();

    bench.answer(join, Answer::Joined(snapshot(5, vec![theirs(3)])));
    bench.pass(Duration::from_millis(250));

    assert_eq!(bench.bare_calls(), [sync_call(4)]);
}

#[test]
fn op_that_came_before_the_snapshot_is_not_forgotten() {
    let mut bench = Bench::connected();
    bench.store.retain(&room());
    let join = bench.requests().pop().unwrap();
    bench.op(theirs(5));

    bench.answer(join, Answer::Joined(snapshot(3, vec![theirs(3)])));
    bench.pass(Duration::from_millis(250));

    assert_eq!(bench.bare_calls(), [sync_call(4)]);
}

#[test]
fn sync_corrects_how_far_the_server_is() {
    for (claimed, head, calls) in [(2, 3, vec![sync_call(3)]), (3, 2, vec![])] {
        let mut bench = Bench::connected();
        bench.store.retain(&room());
        let join = bench.requests().pop().unwrap();
        bench.answer(join, Answer::Joined(snapshot(claimed, vec![theirs(1)])));
        bench.pass(Duration::from_millis(250));
        let sync = bench.requests().pop().unwrap();

        bench.answer(sync, Answer::Synced { ops: vec![theirs(2)], head: Seq::new(head) });

        assert_eq!(bench.bare_calls(), calls);
    }
}

#[test]
fn numbering_that_the_server_does_not_confirm_is_forgotten() {
    let mut bench = Bench::joined(0);
    let stray = Input::OpReceived { room: room(), epoch: Epoch::new("e2"), op: theirs(1) };
    bench.input(stray);
    let join = bench.requests().pop().unwrap();

    bench.answer(join, Answer::Joined(snapshot(0, Vec::new())));
    bench.op(theirs(2));
    bench.op(theirs(1));

    assert_eq!(
        bench.row_changes(),
        [
            inserted(0, row("b1 at 1", false, Status::Sent)),
            inserted(1, row("b2 at 2", false, Status::Sent)),
        ]
    );
}

#[test]
fn room_that_the_next_hello_could_not_join_is_joined_later() {
    let mut bench = Bench::joined(3);
    bench.input(Input::LinkDown);
    bench.input(Input::LinkUp { recovered: false });
    let hello = bench.requests().pop().unwrap();

    let denied = vec![(room(), failure(Code::Unavailable))];
    bench.answer(hello, Answer::Hello { rooms: Vec::new(), denied });
    bench.pass(Duration::from_secs(2));

    let join = Call::Join { room: room(), cursor: Some(cursor(3)), limit: 50 };
    assert_eq!(bench.bare_calls(), [join]);
}

#[test]
fn empty_page_of_history_is_the_last() {
    let mut bench = Bench::joined(3);
    bench.store.load_older(&room(), 2);
    let request = bench.requests().pop().unwrap();

    bench.answer(request, Answer::History { messages: Vec::new(), more: true });
    bench.store.load_older(&room(), 2);

    let nothing = Output::OlderLoaded { room: room(), loaded: Ok(0) };
    assert_eq!(bench.outputs(), [meta(live(3)), nothing.clone(), nothing]);
}
