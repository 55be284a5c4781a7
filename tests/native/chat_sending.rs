//! Sending in the chat store: order, confirmation, retries, refusal.

use std::time::Duration;

use tabcast::chat::{Answer, Call, Cid, Code, Failure, Input, Output, SendError, Status};

use crate::chat_support::{
    Bench, failure, inserted, live, message, meta, own, removed, room, row, snapshot, theirs,
    updated,
};

fn send_call(cid: &str) -> Call<String> {
    Call::Send { room: room(), cid: Cid::new(cid), body: format!("draft {cid}") }
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
    let (mut bench, request) = Bench::sending("a1");

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
    let (mut bench, request) = Bench::sending("a1");

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
    let (mut bench, request) = Bench::sending("a1");

    bench.fail(request, Code::Timeout);
    let waiting = bench.outputs();
    bench.pass(Duration::from_secs(3));

    assert_eq!(waiting, []);
    assert_eq!(bench.bare_calls(), [send_call("a1")]);
}

#[test]
fn server_can_delay_the_next_try() {
    let (mut bench, request) = Bench::sending("a1");
    let retry_after = Some(Duration::from_secs(20));

    let limited = Failure { retry_after, ..failure(Code::RateLimited) };
    bench.input(Input::Answered { request, answer: Err(limited) });
    bench.pass(Duration::from_millis(19_999));
    let early = bench.calls();
    bench.pass(Duration::from_millis(1));

    assert_eq!(early, []);
    assert_eq!(bench.bare_calls(), [send_call("a1")]);
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
    let (mut bench, request) = Bench::sending("a1");
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
    let (mut bench, request) = Bench::sending("a1");
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

    assert_eq!(bench.bare_calls(), [send_call("a1")]);
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
fn message_whose_answer_was_lost_is_found_in_the_history() {
    let mut bench = Bench::joined(0);
    bench.send("a1");
    bench.input(Input::LinkDown);
    bench.input(Input::LinkUp { recovered: false });
    let hello = bench.requests().pop().unwrap();
    let rooms = vec![snapshot(600, vec![theirs(600)])];
    bench.answer(hello, Answer::Hello { rooms, denied: vec![] });
    bench.store.load_older(&room(), 1);
    let history = bench.requests().pop().unwrap();

    let messages = vec![message(1, "ann", "a1")];
    bench.answer(history, Answer::History { messages, more: false });

    assert_eq!(
        bench.row_changes(),
        [removed(1, 1), inserted(0, row("a1 at 1", true, Status::Sent))]
    );
}

#[test]
fn stored_message_ends_when_another_op_has_its_place() {
    let mut bench = Bench::connected();
    bench.store.retain(&room());
    let join = bench.requests().pop().unwrap();
    bench.send("a1");
    let request = bench.requests().pop().unwrap();
    bench.answer(request, Answer::Sent(message(2, "ann", "a1")));
    bench.outputs();

    bench.answer(join, Answer::Joined(snapshot(2, vec![theirs(1), theirs(2)])));

    assert_eq!(
        bench.row_changes(),
        [
            inserted(0, row("b1 at 1", false, Status::Sent)),
            inserted(1, row("b2 at 2", false, Status::Sent)),
            removed(2, 1),
        ]
    );
}

#[test]
fn stored_message_outlives_a_snapshot_that_is_older() {
    let mut bench = Bench::connected();
    bench.store.retain(&room());
    let join = bench.requests().pop().unwrap();
    bench.send("a1");
    let request = bench.requests().pop().unwrap();
    bench.answer(request, Answer::Sent(message(2, "ann", "a1")));
    bench.outputs();

    bench.answer(join, Answer::Joined(snapshot(1, vec![theirs(1)])));
    bench.op(own(2, "a1"));

    assert_eq!(
        bench.row_changes(),
        [
            inserted(0, row("b1 at 1", false, Status::Sent)),
            updated(1, row("a1 at 2", true, Status::Sent)),
        ]
    );
}
