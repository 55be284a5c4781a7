//! Rules of the election: who leads, from when, and how it ends.

use tabcast::machine::Machine;
use tabcast::tabs::{Input, OnHandover, PageFact, Role, TabId};

use crate::tabs_rig::{A, B, C, D, Rig};

#[test]
fn lone_tab_leads_as_soon_as_it_has_the_lock() {
    let mut rig = Rig::new();
    rig.open();
    assert_eq!(rig.said(A), ["RequestLock", "Post"]);
    rig.pass(1);

    rig.grant(A);

    let expected = ["Post", "QueryTabs", "RequestFlush", "!Leader 1", "!1 of 1 seen"];
    assert_eq!(rig.said(A), expected);
    rig.flush(A);
    assert_eq!(rig.said(A), ["Post"]);
}

#[test]
fn tab_that_joins_follows_and_gets_the_state_but_nothing_older() {
    let mut rig = Rig::with_tabs(1);
    rig.publish(A, "old");
    rig.open();
    rig.settle();
    assert_eq!(rig.heard(A), ["!received old", "!2 of 2 seen", "!state wanted by B"]);

    rig.answer_state(A, B, "state");
    rig.publish(A, "new");
    rig.settle();

    assert_eq!(rig.heard(B), ["!Follower 1", "!2 of 2 seen", "!state state", "!received new"]);
}

#[test]
fn heir_takes_over_what_others_got_and_it_did_not() {
    let mut rig = Rig::with_tabs(3);
    rig.publish(A, "x");
    rig.deliver(A, C);
    rig.kill(A);
    rig.said(C);

    rig.grant(B);
    rig.settle();

    assert_eq!(rig.heard(B), ["!LeaderLost", "!received x", "!Leader 2", "!2 of 2 seen"]);
    rig.publish(B, "y");
    rig.settle();
    assert_eq!(rig.heard(C), ["!LeaderLost", "!Follower 2", "!2 of 2 seen", "!received y"]);
}

#[test]
fn tab_that_lags_behind_the_heir_gets_the_rest_from_its_ring() {
    let mut rig = Rig::with_tabs(3);
    rig.publish(A, "x");
    rig.deliver(A, B);
    rig.kill(A);
    rig.said(C);

    rig.grant(B);
    rig.settle();

    assert_eq!(rig.heard(C), ["!LeaderLost", "!Follower 2", "!2 of 2 seen", "!received x"]);
}

#[test]
fn heir_waits_for_all_tabs_that_are_there() {
    let mut rig = Rig::with_tabs(4);
    rig.publish(A, "x");
    rig.deliver(A, D);
    rig.kill(A);

    rig.grant(B);
    rig.deliver(B, C);
    rig.deliver(C, B);
    assert_eq!(rig.role(B), Role::Follower);
    rig.settle();

    assert_eq!(rig.heard(C), ["!LeaderLost", "!Follower 2", "!3 of 3 seen", "!received x"]);
}

#[test]
fn answer_to_an_heir_does_not_leave_with_what_was_said_before() {
    let mut rig = Rig::with_tabs(3);
    rig.hold(B, "x", true);
    rig.hold(B, "held back by batching", true);
    rig.kill(A);
    rig.grant(C);

    rig.deliver(C, B);
    rig.settle();

    assert_eq!(rig.role(C), Role::Leader);
}

#[test]
fn heir_does_not_wait_for_a_tab_that_is_gone() {
    let mut rig = Rig::with_tabs(3);
    rig.kill(A);
    rig.grant(B);
    assert_eq!(rig.said(B).last().unwrap(), "WatchTab C");
    rig.kill(C);

    let id = rig.id(C);
    rig.tell(B, Input::TabGone(id));

    assert_eq!(rig.heard(B), ["!Leader 2", "!1 of 1 seen"]);
}

#[test]
fn heir_does_not_wait_longer_than_it_must_for_a_silent_tab() {
    let mut rig = Rig::with_tabs(3);
    rig.kill(A);
    rig.grant(B);
    rig.pass(49);
    assert_eq!(rig.role(B), Role::Follower);

    rig.pass(1);

    assert_eq!(rig.role(B), Role::Leader);
}

#[test]
fn heir_waits_for_a_robbed_leader_until_that_would_doubt_that_it_leads() {
    let mut rig = Rig::with_tabs(3);
    rig.request(B, "emit", OnHandover::Report);
    rig.grant(C);
    while rig.deliver(C, B) || rig.deliver(B, C) {}
    for millis in [50, 500, 499] {
        pass_for(&mut rig, C, millis);
        assert_eq!(rig.role(C), Role::Follower);
    }

    pass_for(&mut rig, C, 1);

    assert_eq!(rig.role(C), Role::Leader);
    while rig.deliver(B, A) {}
    assert_eq!(rig.said(A), ["QueryLock"]);
}

#[test]
fn heir_waits_for_a_robbed_leader_no_longer_than_that_is_silent() {
    let mut rig = Rig::with_tabs(3);
    rig.request(B, "emit", OnHandover::Report);
    rig.grant(C);
    while rig.deliver(C, B) || rig.deliver(B, C) {}
    pass_for(&mut rig, C, 50);
    pass_for(&mut rig, C, 400);

    while rig.deliver(B, A) || rig.deliver(C, A) {}
    assert_eq!(rig.heard(A), ["!B wants emit", "!Joining 2"]);
    assert_eq!(rig.role(C), Role::Follower);
    while rig.deliver(A, C) {}

    assert_eq!(rig.role(C), Role::Leader);
}

#[test]
fn heir_waits_for_a_robbed_leader_once() {
    let mut rig = Rig::with_tabs(2);
    rig.grant(B);
    for millis in [50, 500, 500] {
        pass_for(&mut rig, B, millis);
    }
    assert_eq!(rig.role(B), Role::Leader);
    rig.act(B, |tab, now| tab.resign(now));
    rig.grant(B);

    pass_for(&mut rig, B, 50);

    assert_eq!(rig.role(B), Role::Leader);
}

#[test]
fn heir_does_not_wait_for_a_leader_that_said_its_last_word() {
    for hears_at_once in [true, false] {
        let mut rig = Rig::with_tabs(2);
        rig.tell(A, Input::Page(PageFact::Frozen));
        while hears_at_once && rig.deliver(A, B) {}
        rig.grant(B);

        pass_for(&mut rig, B, 50);
        assert_eq!(rig.role(B) == Role::Leader, hears_at_once);
        while rig.deliver(A, B) {}

        assert_eq!(rig.role(B), Role::Leader);
    }
}

#[test]
fn heir_whose_host_cannot_look_waits_for_whoever_answers() {
    let mut rig = Rig::with_tabs(3);
    rig.answers_queries = false;
    rig.kill(A);
    rig.grant(B);
    rig.settle();
    assert_eq!(rig.role(B), Role::Follower);

    rig.pass(50);

    assert_eq!(rig.role(B), Role::Leader);
}

#[test]
fn heir_asks_the_next_tab_if_its_source_falls_silent() {
    let mut rig = Rig::with_tabs(4);
    rig.publish(A, "x");
    rig.deliver(A, C);
    rig.deliver(A, D);
    rig.kill(A);
    rig.grant(B);
    for tab in [C, D] {
        rig.deliver(B, tab);
        rig.deliver(tab, B);
    }
    rig.flush(B);
    rig.said(B);

    // The last of the furthest is asked first.
    rig.kill(D);
    rig.pass(50);
    rig.settle();

    assert_eq!(rig.heard(B), ["!received x", "!Leader 2", "!3 of 3 seen"]);
}

#[test]
fn heir_asks_a_tab_that_greets_during_the_bid() {
    let mut rig = Rig::with_tabs(2);
    rig.kill(A);
    rig.answers_queries = false;
    rig.grant(B);
    let c = rig.open();
    rig.deliver(c, B);
    rig.tell(B, Input::TabsFound(Vec::new()));
    assert_eq!(rig.role(B), Role::Follower);

    rig.settle();

    assert_eq!(rig.role(B), Role::Leader);
}

#[test]
fn heir_does_not_wait_for_a_newcomer_that_falls_silent_while_it_fetches() {
    let mut rig = Rig::with_tabs(3);
    rig.publish(A, "x");
    rig.deliver(A, C);
    rig.kill(A);
    rig.grant(B);
    rig.deliver(B, C);
    rig.deliver(C, B);
    let d = rig.open();
    rig.deliver(d, B);
    rig.kill(C);
    rig.kill(d);

    rig.pass(50);

    assert_eq!(rig.role(B), Role::Leader);
}

#[test]
fn nothing_of_an_older_term_is_heard() {
    let mut rig = Rig::with_tabs(3);
    rig.publish(A, "late");
    rig.flush(A);
    let envelope = rig.tabs[A].pipes[C].pop_front().unwrap();
    rig.kill(A);
    rig.grant(B);
    rig.settle();
    rig.said(C);

    rig.tell(C, Input::Posted(envelope));
    rig.publish(B, "x");
    rig.settle();

    assert_eq!(rig.heard(C), ["!received x"]);
}

#[test]
fn leader_steps_down_before_anything_else_when_another_claims_a_higher_term() {
    let mut rig = Rig::with_tabs(2);
    rig.grant(B);
    rig.said(A);

    rig.deliver(B, A);

    let said = rig.said(A);
    assert_eq!(said[..4], ["!Joining 2", "UnwatchTab B", "ReleaseLock", "RequestLock"]);
}

#[test]
fn deposed_leader_publishes_nothing_more() {
    let mut rig = Rig::with_tabs(2);
    rig.publish(A, "first");
    rig.publish(A, "held back by batching");
    rig.grant(B);
    rig.said(A);

    rig.deliver(B, A);
    rig.publish(A, "too late");

    assert_eq!(rig.said(A), ["!Joining 2", "UnwatchTab B", "ReleaseLock", "RequestLock"]);
    rig.settle();
    // What its own owner has received, all receive: the heir asked for it.
    let expected =
        ["!LeaderLost", "!received first", "!received held back by batching", "!Leader 2"];
    assert_eq!(rig.heard(B), expected);
}

#[test]
fn heir_that_learns_of_a_higher_term_outbids_it() {
    let mut rig = Rig::with_tabs(2);
    for _ in 0..3 {
        rig.act(A, |tab, now| tab.resign(now));
        rig.settle();
        rig.grant(A);
        rig.settle();
    }
    assert_eq!(rig.tabs[B].tab.term().number(), 4);
    rig.kill(A);
    let c = rig.open();
    rig.tabs[B].pipes[c].clear();

    rig.grant(c);
    rig.settle();

    assert_eq!(rig.heard(c), ["!Leader 5", "!2 of 2 seen"]);
    assert_eq!(rig.tabs[B].tab.term(), rig.tabs[c].tab.term());
}

#[test]
fn tab_that_hears_of_a_higher_term_tells_the_leader_it_followed() {
    let mut rig = Rig::with_tabs(2);
    let old = {
        rig.publish(A, "late");
        rig.flush(A);
        let envelope = rig.tabs[A].pipes[B].pop_front().unwrap();
        rig.kill(A);
        envelope
    };
    // Tabs that know nothing of the first leader.
    let mut rest = Rig::new();
    rest.open_with(&|config| config.id = TabId::from_random(0));
    rest.grant(0);
    rest.open_with(&|config| config.id = TabId::from_random(9));
    rest.settle();
    rest.answer_state(0, 1, "start");
    rest.said(0);

    rest.tell(1, Input::Posted(old));
    rest.settle();

    assert_eq!(rest.heard(0), ["!Joining 1"]);
}

#[test]
fn leader_that_resigns_speaks_before_it_releases_the_lock() {
    let mut rig = Rig::with_tabs(2);

    rig.act(A, |tab, now| tab.resign(now));

    let expected = ["!Joining 1", "UnwatchTab B", "Post", "ReleaseLock", "RequestLock"];
    assert_eq!(rig.said(A), expected);
    rig.settle();
    assert_eq!(rig.heard(B), ["!LeaderLost"]);
}

#[test]
fn leader_that_resigned_gives_its_heir_what_it_had_not_heard_yet() {
    let mut rig = Rig::with_tabs(2);
    rig.publish(A, "x");
    rig.act(A, |tab, now| tab.resign(now));
    rig.said(B);

    // The lock is faster than the channel.
    rig.grant(B);
    rig.settle();

    assert_eq!(rig.heard(B), ["!LeaderLost", "!received x", "!Leader 2"]);
}

#[test]
fn unwanted_lock_is_released() {
    let mut rig = Rig::with_tabs(2);
    rig.tell(B, Input::Page(PageFact::Frozen));
    rig.said(B);

    rig.grant(B);

    assert_eq!(rig.said(B), ["ReleaseLock"]);
}

#[test]
fn lock_stolen_before_its_grant_was_heard_is_asked_for_again() {
    let mut rig = Rig::with_tabs(2);

    rig.tell(B, Input::LockLost);

    assert_eq!(rig.said(B), ["ReleaseLock", "RequestLock"]);
}

/// Time passes, in which the event loops of all other tabs stand still.
fn pass_for(rig: &mut Rig, index: usize, millis: u64) {
    rig.pass_unseen(millis);
    rig.act(index, |tab, now| tab.handle_timeout(now));
}
