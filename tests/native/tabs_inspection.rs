//! What a tab counts and shows of itself.

use tabcast::tabs::{Envelope, Input, Inspection, OnHandover};

use crate::tabs_rig::{A, B, Rig};

fn look(rig: &Rig, index: usize) -> Inspection {
    rig.tabs[index].tab.inspect()
}

#[test]
fn envelopes_that_cannot_be_read_are_counted_by_their_kind() {
    let mut rig = Rig::with_tabs(2);
    let before = look(&rig, B);
    rig.publish(A, "x");
    let ours = rig.tabs[A].pipes[B].pop_front().unwrap().control;
    let newer = [&[ours[0] + 1], &ours[1..]].concat();
    let cut = ours[..ours.len() - 1].to_vec();
    rig.said(B);

    for control in [vec![], b"hello".to_vec(), cut, newer] {
        let envelope = Envelope { control, texts: Vec::new(), blobs: Vec::new() };
        rig.tell(B, Input::Posted(envelope));
    }

    assert_eq!(look(&rig, B), Inspection { foreign: 2, other_version: 2, ..before });
    assert_eq!(rig.said(B), [""; 0]);
}

#[test]
fn flow_of_the_log_is_counted_where_it_is_written_and_where_it_is_read() {
    let mut rig = Rig::with_tabs(2);
    let before = [A, B].map(|index| look(&rig, index));
    for name in ["a", "b"] {
        rig.publish(A, name);
    }
    rig.settle();

    assert_eq!(look(&rig, A), Inspection { kept: before[A].kept + 2, published: 2, ..before[A] });
    assert_eq!(look(&rig, B), Inspection { kept: before[B].kept + 2, received: 2, ..before[B] });
}

#[test]
fn gap_counts_as_lag_until_a_ring_fills_it() {
    let mut rig = Rig::with_tabs(2);
    let before = look(&rig, B);
    rig.publish(A, "a");
    rig.flush(A);
    rig.lose_posts(A);
    rig.publish(A, "b");
    rig.flush(A);
    rig.deliver(A, B);
    let behind = look(&rig, B);

    rig.settle();

    assert_eq!(behind, Inspection { lag: 2, gaps: 1, ..before });
    let kept = before.kept + 2;
    let caught_up = Inspection { gaps: 1, refilled: 1, received: 2, kept, ..before };
    assert_eq!(look(&rig, B), caught_up);
}

#[test]
fn gap_that_no_ring_fills_ends_with_the_state_of_things() {
    let mut rig = Rig::with_config(2, |config| config.ring_parcels = 1);
    let before = look(&rig, B);
    for name in ["a", "b"] {
        rig.publish(A, name);
    }
    rig.flush(A);
    rig.lose_posts(A);
    rig.publish(A, "c");
    rig.settle();

    rig.answer_state(A, B, "abc");

    let restated = before.restated + 1;
    assert_eq!(look(&rig, B), Inspection { gaps: 1, restated, kept: 1, ..before });
}

#[test]
fn request_is_in_the_queue_until_it_is_accepted() {
    let mut rig = Rig::with_tabs(2);
    let no = rig.request(B, "emit", OnHandover::Resend);
    rig.settle();
    let before = look(&rig, B).queue;

    rig.accept(A, B, no);
    rig.settle();

    assert_eq!((before, look(&rig, B).queue), (1, 0));
}

#[test]
fn what_a_replaced_leader_still_says_is_counted_and_not_taken() {
    let mut rig = Rig::with_tabs(3);
    rig.publish(A, "late");
    rig.flush(A);
    let late = rig.tabs[A].pipes[B].pop_front().unwrap();
    rig.kill(A);
    rig.grant(2);
    rig.pass(50);
    rig.settle();
    rig.said(B);

    rig.tell(B, Input::Posted(late));

    assert_eq!(look(&rig, B).stale, 1);
    assert_eq!(rig.said(B), [""; 0]);
}
