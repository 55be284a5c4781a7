//! Rules of the outbox: requests, and what becomes of them.

use tabcast::tabs::{Input, OnHandover, OutboxFull, PageFact, Tab};

use crate::tabs_rig::{A, B, C, Rig, parcel};

#[test]
fn request_goes_to_the_leader_and_is_forgotten_once_accepted() {
    let mut rig = Rig::with_tabs(2);
    let no = rig.request(B, "emit", OnHandover::Resend);
    rig.settle();
    assert_eq!(rig.heard(A), ["!B wants emit"]);

    rig.accept(A, B, no);
    rig.settle();
    rig.kill(A);
    rig.grant(B);

    assert_eq!(rig.heard(B), ["!accepted 1", "!LeaderLost", "!Leader 2", "!1 of 1 seen"]);
}

#[test]
fn requests_of_the_leader_take_the_same_way() {
    let mut rig = Rig::with_tabs(1);

    let no = rig.request(A, "emit", OnHandover::Resend);
    rig.accept(A, A, no);

    assert_eq!(rig.heard(A), ["!A wants emit", "!accepted 1"]);
}

#[test]
fn unaccepted_requests_are_posted_again_to_the_next_leader_in_order() {
    let mut rig = Rig::with_tabs(3);
    rig.request(C, "one", OnHandover::Resend);
    rig.request(C, "two", OnHandover::Report);
    rig.request(C, "three", OnHandover::Resend);
    rig.settle();
    rig.kill(A);
    rig.request(B, "own", OnHandover::Resend);
    rig.said(B);

    rig.grant(B);
    rig.settle();

    let events = rig.heard(B);
    let wants: Vec<_> = events.iter().filter(|event| event.contains("wants")).collect();
    assert_eq!(wants, ["!B wants own again", "!C wants one again", "!C wants three again"]);
    assert!(rig.heard(C).contains(&"!unknown 2".to_owned()));
}

#[test]
fn request_made_while_nobody_leads_is_new_to_the_next_leader() {
    let mut rig = Rig::with_tabs(2);
    rig.tell(A, Input::Page(PageFact::Left));
    rig.settle();
    rig.kill(A);
    rig.request(B, "early", OnHandover::Report);
    rig.said(B);

    rig.grant(B);

    assert_eq!(rig.heard(B), ["!Leader 2", "!1 of 1 seen", "!B wants early"]);
}

#[test]
fn request_posted_under_an_older_term_is_not_carried_out() {
    let mut rig = Rig::with_tabs(3);
    rig.request(C, "emit", OnHandover::Report);
    rig.kill(A);
    rig.grant(B);
    rig.pass(50);
    rig.said(B);

    rig.settle();

    assert_eq!(rig.heard(B), ["!2 of 2 seen"]);
    assert!(rig.heard(C).contains(&"!unknown 1".to_owned()));
}

#[test]
fn leader_that_turns_out_to_be_deposed_carries_out_nothing_more() {
    let mut rig = Rig::with_tabs(3);
    rig.request(B, "emit", OnHandover::Resend);
    rig.stall(A);
    rig.deliver(B, A);
    rig.grant(C);
    rig.tell(C, Input::LockConfirmed);
    rig.deliver(C, A);

    rig.tell(A, Input::LockConfirmed);

    assert_eq!(rig.heard(A), ["!Joining 2"]);
}

#[test]
fn leader_hears_no_number_twice() {
    let mut rig = Rig::with_tabs(2);
    rig.request(B, "emit", OnHandover::Resend);
    rig.flush(B);
    let envelope = rig.tabs[B].pipes[A].front().cloned().unwrap();
    rig.settle();

    rig.tell(A, Input::Posted(envelope));

    assert_eq!(rig.heard(A), ["!B wants emit"]);
}

#[test]
fn withdrawn_request_is_forgotten_here_and_at_the_leader() {
    let mut rig = Rig::with_tabs(2);
    let no = rig.request(B, "emit", OnHandover::Resend);
    rig.settle();

    rig.act(B, |tab, now| tab.withdraw(no, now));
    rig.settle();
    rig.kill(A);
    rig.grant(B);

    assert_eq!(rig.heard(A), ["!B wants emit", "!B withdraws 1"]);
    assert_eq!(rig.heard(B), ["!LeaderLost", "!Leader 2", "!1 of 1 seen"]);
}

#[test]
fn outbox_refuses_what_exceeds_its_limits() {
    let mut rig = Rig::with_config(1, |config| {
        config.outbox_requests = 2;
        config.outbox_units = 10;
    });
    let request =
        |tab: &mut Tab<_>, name: &str, now| tab.request(parcel(name), OnHandover::Resend, now);

    let large = rig.act(A, |tab, now| request(tab, "eleven unit", now));
    let first = rig.act(A, |tab, now| request(tab, "1", now));
    let second = rig.act(A, |tab, now| request(tab, "2", now));
    let third = rig.act(A, |tab, now| request(tab, "3", now));

    assert_eq!(large, Err(OutboxFull));
    assert_eq!(third, Err(OutboxFull));
    rig.accept(A, A, first.unwrap());
    assert!(second.is_ok() && rig.act(A, |tab, now| request(tab, "3", now)).is_ok());
}
