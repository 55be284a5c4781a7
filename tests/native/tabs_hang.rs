//! Rules of the vigil: when a tab takes the lock from one that hangs, and when it does not.

use std::time::Duration;

use tabcast::tabs::{Input, OnHandover, PageFact, Role};

use crate::tabs_rig::{A, B, C, D, Rig};

/// The first tab has no jitter to speak of; the ping comes after a third of 1.5 s.
const UNANSWERED: [u64; 6] = [500, 250, 250, 250, 250, 1];

#[test]
fn leader_that_answers_nothing_is_robbed() {
    let mut rig = Rig::with_tabs(2);
    rig.request(B, "emit", OnHandover::Report);
    rig.said(B);

    wait_in_vain(&mut rig, &[B], &UNANSWERED);

    assert_eq!(rig.said(B), ["PostEchoed", "Post", "StealLock"]);
}

#[test]
fn thief_begins_a_term_of_its_own_and_says_that_it_leads_by_force() {
    let mut rig = Rig::with_tabs(2);
    rig.request(B, "emit", OnHandover::Report);
    wait_in_vain(&mut rig, &[B], &UNANSWERED);
    rig.said(B);

    rig.grant(B);
    rig.pass(50);

    assert_eq!(rig.heard(B), ["!LeaderLost", "!Leader 2", "!1 of 1 seen", "!unknown 1"]);
    assert!(rig.tabs[B].tab.leads_by_force());
    rig.act(B, |tab, now| tab.resign(now));
    rig.grant(B);
    rig.pass(50);
    assert!(!rig.tabs[B].tab.leads_by_force());
}

#[test]
fn leader_that_answers_keeps_the_lock() {
    let mut rig = Rig::with_tabs(2);
    rig.request(B, "emit", OnHandover::Report);

    for millis in [400; 20] {
        rig.pass(millis);
        rig.settle();
    }

    let said = rig.said(B);
    assert_eq!(said.iter().filter(|word| *word == "PostEchoed").count(), 1, "asked once: {said:?}");
    assert!(!said.contains(&"StealLock".to_owned()));
}

#[test]
fn leader_that_was_heard_and_then_falls_silent_is_asked_at_once_and_a_quiet_one_after_a_while() {
    let mut rig = Rig::with_tabs(2);
    rig.pass(500);
    rig.settle();
    rig.said(B);
    pass_slowly(&mut rig, 19_000);
    assert_eq!(rig.said(B), [""; 0]);
    pass_slowly(&mut rig, 1000);
    assert_eq!(rig.said(B), ["PostEchoed"]);
    rig.settle();

    rig.publish(A, "x");
    rig.settle();
    rig.pass(498);
    assert_eq!(rig.said(B), ["!received x"]);
    rig.pass(1);

    assert_eq!(rig.said(B), ["PostEchoed"]);
}

#[test]
fn tab_that_joins_where_the_holder_of_the_lock_hangs_steals_it() {
    let mut rig = Rig::with_tabs(1);
    let b = rig.open();
    rig.said(b);

    wait_in_vain(&mut rig, &[b], &UNANSWERED);

    assert_eq!(rig.said(b), ["PostEchoed", "Post", "StealLock"]);
}

#[test]
fn signs_of_life_of_a_tab_that_gave_up_the_lock_do_not_count() {
    let mut rig = Rig::with_tabs(2);
    rig.act(A, |tab, now| tab.resign(now));
    rig.settle();
    rig.said(B);
    // The lock went to a tab that nobody has heard of.
    for millis in [250, 250, 250, 250, 250, 250, 1] {
        rig.pass(millis);
        echo(&mut rig, B);
        rig.hold(A, "room", true);
        rig.flush(A);
        rig.deliver(A, B);
        rig.hold(A, "room", false);
        rig.flush(A);
        rig.deliver(A, B);
    }

    assert_eq!(rig.said(B), ["PostEchoed", "Post", "StealLock"]);
}

#[test]
fn hidden_tab_does_not_steal_until_it_is_seen() {
    let mut rig = Rig::with_tabs(2);
    rig.tell(B, Input::Page(PageFact::Hidden));
    rig.request(B, "emit", OnHandover::Report);
    rig.flush(B);
    rig.said(B);
    wait_in_vain(&mut rig, &[B], &[1000; 10]);
    assert_eq!(rig.said(B), [""; 0]);

    rig.tell(B, Input::Page(PageFact::Shown));
    wait_in_vain(&mut rig, &[B], &UNANSWERED);

    assert_eq!(rig.said(B), ["Post", "PostEchoed", "Post", "StealLock"]);
}

#[test]
fn tab_whose_channel_is_broken_does_not_steal() {
    let mut rig = Rig::with_tabs(2);
    rig.request(B, "emit", OnHandover::Report);
    rig.said(B);

    for millis in [500; 20] {
        rig.pass(millis);
    }

    assert_eq!(rig.said(B), ["PostEchoed"]);
}

#[test]
fn only_time_in_which_the_own_event_loop_ran_counts() {
    let mut rig = Rig::with_tabs(2);
    rig.request(B, "emit", OnHandover::Report);
    rig.said(B);

    wait_in_vain(&mut rig, &[B], &[500, 900, 900, 900]);

    assert_eq!(rig.said(B), ["PostEchoed"]);
}

#[test]
fn tab_that_stood_still_itself_asks_once_more() {
    let mut rig = Rig::with_tabs(2);
    rig.request(B, "emit", OnHandover::Report);
    wait_in_vain(&mut rig, &[B], &[500, 250, 250, 250]);
    rig.said(B);

    wait_in_vain(&mut rig, &[B], &[60_000, 250, 250, 250]);

    assert_eq!(rig.said(B), ["PostEchoed"]);
    wait_in_vain(&mut rig, &[B], &[250, 1]);
    assert_eq!(rig.said(B), ["Post", "StealLock"]);
}

#[test]
fn look_that_comes_late_decides_nothing_since_the_answer_may_wait_behind_it() {
    let mut rig = Rig::with_tabs(2);
    rig.request(B, "emit", OnHandover::Report);
    wait_in_vain(&mut rig, &[B], &[500, 250, 250, 250, 250]);
    rig.said(B);

    wait_in_vain(&mut rig, &[B], &[600]);

    assert_eq!(rig.said(B), [""; 0]);
    wait_in_vain(&mut rig, &[B], &[250]);
    assert_eq!(rig.said(B), ["Post", "StealLock"]);
}

#[test]
fn tabs_do_not_steal_at_the_same_moment_and_the_first_thief_calms_the_others() {
    let mut rig = Rig::with_configs(3, |index, config| {
        config.id = tabcast::tabs::TabId::from_random([1, 2, 0xff][index]);
    });
    for tab in [B, C] {
        rig.request(tab, "emit", OnHandover::Report);
        rig.said(tab);
    }

    wait_in_vain(&mut rig, &[B, C], &UNANSWERED);

    assert_eq!(rig.said(B), ["PostEchoed", "Post", "StealLock"]);
    assert_eq!(rig.said(C), ["PostEchoed"]);
    rig.grant(B);
    rig.flush(B);
    while rig.deliver(B, C) {}
    wait_in_vain(&mut rig, &[C], &[125, 125, 125]);
    assert_eq!(rig.said(C).iter().filter(|word| *word == "StealLock").count(), 0);
}

#[test]
fn nobody_steals_again_soon_after_a_theft_not_even_a_tab_that_joined_later() {
    let mut rig = Rig::with_tabs(2);
    rig.request(B, "emit", OnHandover::Report);
    wait_in_vain(&mut rig, &[B], &UNANSWERED);
    rig.grant(B);
    rig.pass(50);
    rig.flush(B);
    rig.flush(B);
    let c = rig.open();
    rig.flush(c);
    rig.deliver(c, B);
    rig.flush(B);
    while rig.deliver(B, c) {}
    assert_eq!(rig.role(c), Role::Follower);
    rig.said(c);

    wait_in_vain(&mut rig, &[c], &[250; 110]);
    assert_eq!(rig.said(c), ["PostEchoed"]);
    wait_in_vain(&mut rig, &[c], &[250; 11]);

    assert_eq!(rig.said(c), ["Post", "StealLock"]);
}

#[test]
fn nobody_steals_where_that_is_switched_off() {
    let mut rig = Rig::with_config(2, |config| config.steal_after = None);
    rig.request(B, "emit", OnHandover::Report);
    rig.said(B);

    wait_in_vain(&mut rig, &[B], &[500; 100]);

    assert_eq!(rig.said(B), [""; 0]);
}

#[test]
fn stall_is_shorter_than_what_it_takes_to_be_robbed() {
    let mut rig =
        Rig::with_config(1, |config| config.steal_after = Some(Duration::from_millis(600)));
    rig.pass_unseen(401);

    rig.publish(A, "x");

    assert_eq!(rig.said(A), ["QueryLock"]);
}

#[test]
fn grant_that_comes_after_a_stall_is_in_doubt() {
    let mut rig = Rig::with_tabs(2);
    rig.pass_unseen(2000);
    rig.said(B);

    rig.grant(B);
    assert_eq!(rig.said(B), ["QueryLock"]);
    rig.tell(B, Input::LockLost);

    assert_eq!(rig.said(B), ["ReleaseLock", "RequestLock"]);
}

#[test]
fn grant_that_comes_among_other_news_after_a_stall_is_in_doubt() {
    let mut rig = Rig::with_tabs(3);
    rig.publish(A, "x");
    rig.pass_unseen(2000);
    while rig.deliver(A, B) {}
    rig.said(B);

    rig.grant(B);

    assert_eq!(rig.said(B), ["QueryLock"]);
}

#[test]
fn follower_in_doubt_can_still_be_frozen() {
    let mut rig = Rig::with_tabs(2);
    rig.pass_unseen(2000);
    rig.grant(B);
    rig.said(B);

    rig.tell(B, Input::Page(PageFact::Frozen));

    assert_eq!(rig.said(B), ["ReleaseLock"]);
}

#[test]
fn leader_that_yields_speaks_last_and_holds_the_lock_until_its_heir_takes_it() {
    let mut rig = Rig::with_tabs(3);
    let heir = rig.id(C);

    rig.act(A, |tab, now| tab.yield_to(heir, now));

    assert_eq!(rig.said(A), ["!Joining 1", "UnwatchTab B", "UnwatchTab C", "Post"]);
    rig.settle();
    assert_eq!(rig.said(B), ["!LeaderLost"]);
    assert_eq!(rig.said(C), ["StealLock", "!LeaderLost"]);
    rig.tell(A, Input::LockLost);
    assert_eq!(rig.said(A), ["RequestLock"]);
    rig.grant(C);
    rig.settle();
    assert_eq!(rig.role(C), Role::Leader);
    assert!(!rig.tabs[C].tab.leads_by_force());
    rig.pass(200);
    assert!(!rig.said(A).contains(&"ReleaseLock".to_owned()));
}

#[test]
fn leader_whose_heir_does_not_come_leaves_the_lock_to_all_that_wait() {
    let mut rig = Rig::with_tabs(3);
    let heir = rig.id(C);
    rig.act(A, |tab, now| tab.yield_to(heir, now));
    rig.said(A);

    rig.pass(99);
    assert_eq!(rig.said(A), Vec::<String>::new());
    rig.pass(1);

    assert_eq!(rig.said(A), ["ReleaseLock", "RequestLock"]);
}

#[test]
fn leader_that_waits_for_its_heir_lets_go_of_the_lock_when_it_can_wait_no_longer() {
    for (fact, expected) in [
        (PageFact::Frozen, ["ReleaseLock"].as_slice()),
        (PageFact::Left, ["!Left 1", "RequestFlush", "Post", "ReleaseLock"].as_slice()),
    ] {
        let mut rig = Rig::with_tabs(2);
        let heir = rig.id(B);
        rig.act(A, |tab, now| tab.yield_to(heir, now));
        rig.said(A);

        rig.tell(A, Input::Page(fact));

        assert_eq!(rig.said(A), expected, "{fact:?}");
    }
}

#[test]
fn heir_by_name_begins_anew_if_somebody_led_in_between() {
    let mut rig = Rig::with_tabs(3);
    let heir = rig.id(C);
    rig.act(A, |tab, now| tab.yield_to(heir, now));
    while rig.deliver(A, C) {}
    rig.grant(B);
    rig.settle();
    assert_eq!(rig.role(B), Role::Leader);

    rig.grant(C);
    rig.settle();

    assert_eq!(rig.role(C), Role::Leader);
    assert!(rig.tabs[C].tab.leads_by_force());
}

#[test]
fn heir_that_does_not_know_what_became_of_the_last_bid_leads_as_if_by_force() {
    for hears_the_end_of_it in [true, false] {
        let mut rig = Rig::with_tabs(3);
        rig.kill(A);
        rig.grant(B);
        rig.flush(B);
        while rig.deliver(B, C) {}
        rig.flush(C);
        while rig.deliver(C, B) {}
        rig.flush(B);
        assert_eq!(rig.role(B), Role::Leader);
        if hears_the_end_of_it {
            rig.settle();
        }
        rig.kill(B);

        rig.grant(C);
        rig.settle();

        assert_eq!(rig.role(C), Role::Leader);
        assert_eq!(rig.tabs[C].tab.leads_by_force(), !hears_the_end_of_it);
    }
}

#[test]
fn heir_that_has_the_log_of_a_leader_that_it_never_followed_leads_as_if_by_force() {
    let mut rig = Rig::with_tabs(4);
    rig.kill(A);
    rig.grant(B);
    rig.flush(B);
    for tab in [C, D] {
        while rig.deliver(B, tab) {}
        rig.flush(tab);
        while rig.deliver(tab, B) {}
    }
    rig.flush(B);
    while rig.deliver(B, D) {}
    assert_eq!((rig.role(B), rig.role(D)), (Role::Leader, Role::Follower));
    rig.kill(B);

    rig.grant(C);
    rig.settle();

    assert_eq!(rig.role(C), Role::Leader);
    assert!(rig.tabs[C].tab.leads_by_force());
}

#[test]
fn heir_by_name_that_was_quiet_takes_the_lock_a_task_later() {
    let mut rig = Rig::with_tabs(3);
    let heir = rig.id(C);
    rig.act(A, |tab, now| tab.yield_to(heir, now));
    rig.pass_unseen(2000);

    while rig.deliver(A, C) {}

    assert_eq!(rig.said(C), ["RequestFlush", "!LeaderLost"]);
    rig.flush(C);
    assert_eq!(rig.said(C), ["StealLock"]);
}

#[test]
fn heir_by_name_that_hung_takes_nothing_from_whoever_led_meanwhile() {
    let mut rig = Rig::with_tabs(3);
    let heir = rig.id(C);
    rig.act(A, |tab, now| tab.yield_to(heir, now));
    rig.flush(A);
    rig.grant(B);
    rig.pass_unseen(2000);

    while rig.deliver(A, C) || rig.deliver(B, C) {}
    rig.settle();
    rig.tell(B, Input::LockConfirmed);
    rig.settle();

    assert_eq!(rig.role(B), Role::Leader);
    assert_eq!(rig.role(C), Role::Follower);
    assert!(!rig.said(C).contains(&"StealLock".to_owned()));
}

#[test]
fn heir_by_name_that_hung_takes_nothing_from_a_leader_that_heard_of_no_other() {
    let mut rig = Rig::with_tabs(3);
    let heir = rig.id(C);
    rig.act(A, |tab, now| tab.resign(now));
    rig.settle();
    rig.grant(A);
    rig.settle();
    rig.act(A, |tab, now| tab.yield_to(heir, now));
    let d = rig.open();
    rig.grant(d);
    rig.flush(d);
    assert!(rig.tabs[d].tab.term() < rig.tabs[C].tab.term());
    rig.pass_unseen(2000);

    while rig.deliver(A, C) || rig.deliver(d, C) {}
    rig.flush(C);

    assert!(!rig.said(C).contains(&"StealLock".to_owned()));
}

#[test]
fn leader_that_nobody_sees_hands_over_to_one_that_somebody_sees_but_not_at_once() {
    let yields = |config: &mut tabcast::tabs::Config| {
        config.yield_hidden_after = Some(Duration::from_secs(5));
    };
    let mut rig = Rig::with_config(3, yields);
    rig.tell(B, Input::Page(PageFact::Hidden));
    rig.settle();
    rig.tell(A, Input::Page(PageFact::Hidden));
    pass_and_settle(&mut rig, 4000);
    rig.tell(A, Input::Page(PageFact::Shown));
    pass_and_settle(&mut rig, 2000);
    rig.tell(A, Input::Page(PageFact::Hidden));
    pass_and_settle(&mut rig, 4500);
    assert_eq!(rig.role(A), Role::Leader);

    pass_and_settle(&mut rig, 500);

    assert_eq!(rig.role(A), Role::Joining);
    assert_eq!(rig.said(C).iter().filter(|word| *word == "StealLock").count(), 1);
    assert!(!rig.said(B).contains(&"StealLock".to_owned()));
}

#[test]
fn leader_that_nobody_sees_stays_where_it_may_or_where_no_other_is_seen() {
    for (after, other) in [(None, PageFact::Shown), (Some(5), PageFact::Hidden)] {
        let after = after.map(Duration::from_secs);
        let mut rig = Rig::with_config(2, |config| config.yield_hidden_after = after);
        rig.tell(B, Input::Page(other));
        rig.settle();

        rig.tell(A, Input::Page(PageFact::Hidden));
        pass_and_settle(&mut rig, 20_000);

        assert_eq!(rig.role(A), Role::Leader);
    }
}

fn pass_and_settle(rig: &mut Rig, millis: u64) {
    for _ in 0..millis / 500 {
        rig.pass(500);
        rig.settle();
    }
}

/// Lets time pass in steps; these tabs hear nothing but themselves.
fn wait_in_vain(rig: &mut Rig, tabs: &[usize], steps: &[u64]) {
    for millis in steps {
        rig.pass(*millis);
        for tab in tabs {
            echo(rig, *tab);
        }
    }
}

fn echo(rig: &mut Rig, tab: usize) {
    while rig.deliver(tab, tab) {}
}

/// Without a gap that a tab could take for a stall.
fn pass_slowly(rig: &mut Rig, millis: u64) {
    for _ in 0..millis / 500 {
        rig.pass(500);
    }
}
