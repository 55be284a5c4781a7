//! Rules of the log: everybody receives everything, once and in order.

use std::time::Duration;

use tabcast::tabs::{Audience, Input, OnHandover, PageFact, TabId};

use crate::tabs_rig::{A, B, C, D, Rig, parcel};

#[test]
fn owner_of_the_leader_receives_after_the_post_has_left() {
    let mut rig = Rig::with_tabs(2);

    rig.publish(A, "x");

    assert_eq!(rig.said(A), ["Post", "!received x"]);
}

#[test]
fn lone_leader_posts_nothing() {
    let mut rig = Rig::with_tabs(1);

    rig.publish(A, "x");

    assert_eq!(rig.said(A), ["!received x"]);
}

#[test]
fn what_is_published_before_the_flush_leaves_in_one_envelope() {
    let mut rig = Rig::with_tabs(2);
    for name in ["a", "b", "c"] {
        rig.publish(A, name);
    }
    rig.said(A);

    rig.flush(A);

    assert_eq!(rig.said(A), ["Post"]);
    assert_eq!(rig.tabs[A].pipes[B].len(), 2);
    rig.settle();
    assert_eq!(rig.heard(B), ["!received a", "!received b", "!received c"]);
}

#[test]
fn events_close_behind_each_other_keep_the_pace_in_a_tab_that_can_be_seen() {
    let mut rig = Rig::with_config(2, |config| config.pace = Duration::from_millis(4));
    rig.pass(4);
    for name in ["a", "b", "c"] {
        rig.publish(A, name);
    }
    assert_eq!(rig.said(A), ["Post", "!received a", "!received b", "!received c"]);

    rig.pass(1);
    assert_eq!(rig.said(A), ["Post"]);
    for (name, millis) in [("d", 1), ("e", 2), ("f", 4)] {
        rig.publish(A, name);
        rig.pass(millis - 1);
        assert_eq!(rig.said(A), [format!("!received {name}")]);
        rig.pass(1);
        assert_eq!(rig.said(A), ["Post"]);
    }

    rig.settle();
    assert_eq!(
        rig.heard(B),
        ["a", "b", "c", "d", "e", "f"].map(|name| format!("!received {name}"))
    );
}

#[test]
fn events_that_wait_for_the_pace_leave_when_the_tab_is_hidden() {
    let mut rig = Rig::with_config(2, |config| config.pace = Duration::from_millis(4));
    rig.pass(4);
    rig.publish(A, "a");
    rig.publish(A, "b");
    rig.said(A);

    rig.tell(A, Input::Page(PageFact::Hidden));

    assert_eq!(rig.said(A)[0], "Post");
    rig.publish(A, "c");
    assert_eq!(rig.said(A), ["RequestFlush", "!received c"]);
}

#[test]
fn events_of_a_hidden_tab_keep_the_pace_by_naps_where_the_host_can_take_them() {
    let mut rig = Rig::with_config(2, |config| {
        (config.pace, config.naps) = (Duration::from_millis(4), true);
    });
    rig.pass(4);
    rig.tell(A, Input::Page(PageFact::Hidden));
    rig.settle();
    rig.pass(4);
    rig.said(A);
    for name in ["a", "b", "c"] {
        rig.publish(A, name);
    }
    let heard = ["!received a", "!received b", "!received c"];
    assert_eq!(rig.said(A), ["Post", heard[0], "Nap(1ms)", heard[1], heard[2]]);

    rig.pass_unseen(1);
    rig.tell(A, Input::NapOver);

    assert_eq!(rig.said(A), ["Post"]);
    rig.settle();
    assert_eq!(rig.heard(B)[1..], heard);
}

#[test]
fn nap_for_what_has_left_meanwhile_does_not_hurry_what_follows() {
    let mut rig = Rig::with_config(2, |config| {
        (config.calm_pace, config.naps) = (Duration::from_millis(4), true);
    });
    for tab in [A, B] {
        rig.tell(tab, Input::Page(PageFact::Hidden));
    }
    rig.settle();
    rig.pass(4);
    rig.publish(A, "a");
    rig.publish(A, "b");
    rig.act(A, |tab, now| tab.publish(Audience::Only(TabId::from_random(2)), parcel("c"), now));
    rig.tell(A, Input::Flush);
    rig.pass_unseen(2);
    rig.said(A);
    rig.publish(A, "d");

    rig.tell(A, Input::NapOver);

    assert_eq!(rig.said(A), ["Nap(2ms)", "!received d"]);
    rig.pass_unseen(2);
    rig.tell(A, Input::NapOver);
    assert_eq!(rig.said(A), ["Post"]);
}

#[test]
fn events_keep_a_calm_pace_while_no_other_tab_can_be_seen() {
    let mut rig = calm_rig();
    rig.publish(A, "a");
    rig.publish(A, "b");
    assert_eq!(rig.said(A), ["Post", "!received a", "!received b"]);

    rig.pass(39);
    rig.publish(A, "c");
    assert_eq!(rig.said(A), ["!received c"]);
    rig.pass(1);

    assert_eq!(rig.said(A), ["Post"]);
    rig.settle();
    assert_eq!(rig.heard(B), ["!received a", "!received b", "!received c"]);
}

#[test]
fn events_that_wait_for_the_calm_pace_leave_when_another_tab_is_seen() {
    let mut rig = calm_rig();
    rig.publish(A, "a");
    rig.publish(A, "b");
    rig.said(A);

    rig.tell(B, Input::Page(PageFact::Shown));
    rig.deliver(B, A);

    assert_eq!(rig.said(A), ["Post", "!2 of 2 seen"]);
    rig.deliver(A, B);
    rig.deliver(A, B);
    assert_eq!(rig.heard(B)[..2], ["!received a", "!received b"]);
    rig.pass(4);
    rig.publish(A, "c");
    assert_eq!(rig.said(A)[0], "Post");
}

#[test]
fn visible_tabs_hear_ahead_of_hidden_ones_and_each_hears_all_once() {
    let mut rig = mixed_rig();
    rig.publish(A, "a");
    rig.publish(A, "b");
    rig.publish(A, "c");
    let heard = ["!received a", "!received b", "!received c"];
    assert_eq!(rig.said(A), ["Post", heard[0], heard[1], heard[2]]);

    rig.pass(4);
    assert_eq!(rig.said(A), ["PostAhead"]);
    rig.settle();
    assert_eq!(rig.heard(B), heard);
    assert_eq!(rig.heard(C), heard[..1]);
    rig.pass(36);

    assert_eq!(rig.said(A), ["Post"]);
    rig.settle();
    assert_eq!(rig.heard(B), [""; 0]);
    assert_eq!(rig.heard(C), heard[1..]);
}

#[test]
fn what_all_tabs_hear_is_not_said_ahead_any_more() {
    let mut rig = mixed_rig();
    rig.publish(A, "a");
    rig.publish(A, "b");
    rig.act(A, |tab, now| tab.publish(Audience::Only(TabId::from_random(2)), parcel("c"), now));
    rig.flush(A);
    rig.said(A);

    rig.pass(4);

    assert_eq!(rig.said(A), [""; 0]);
    rig.settle();
    assert_eq!(rig.heard(B), ["!received a", "!received b", "!received c"]);
}

#[test]
fn nothing_is_said_ahead_of_what_somebody_waits_for() {
    let mut rig = mixed_rig();
    let no = rig.request(B, "work", OnHandover::Resend);
    rig.deliver(B, A);
    rig.accept(A, B, no);
    rig.said(A);

    rig.publish(A, "a");
    rig.flush(A);
    rig.publish(A, "b");
    rig.pass(4);

    assert_eq!(rig.said(A), ["RequestFlush", "!received a", "Post", "!received b", "PostAhead"]);
    rig.settle();
    assert_eq!(rig.heard(B), [&format!("!accepted {no}"), "!received a", "!received b"]);
}

#[test]
fn what_is_said_ahead_before_its_turn_is_left_to_be_said_again() {
    let mut rig = mixed_rig();
    rig.publish(A, "a");
    rig.publish(A, "b");
    rig.pass(4);
    let first = rig.tabs[A].pipes[B].pop_front().expect("what all hear");

    rig.deliver(A, B);
    assert_eq!(rig.said(B), [""; 0]);
    rig.tell(B, Input::Posted(first));
    rig.pass(40);
    rig.settle();

    assert_eq!(rig.heard(B), ["!received a", "!received b"]);
}

#[test]
fn deposed_leader_says_nothing_ahead() {
    let mut rig = mixed_rig();
    rig.publish(A, "a");
    rig.publish(A, "b");
    rig.said(A);

    rig.tell(A, Input::LockLost);
    rig.pass(40);

    assert!(!rig.said(A).iter().any(|said| said.starts_with("Post")));
}

/// As [`calm_rig`], with B in sight and C hidden.
fn mixed_rig() -> Rig {
    let mut rig = Rig::with_config(3, |config| {
        config.pace = Duration::from_millis(4);
        config.calm_pace = Duration::from_millis(40);
    });
    rig.tell(C, Input::Page(PageFact::Hidden));
    rig.settle();
    rig.pass(40);
    for tab in [A, B, C] {
        rig.said(tab);
    }
    rig
}

/// A leads in sight, B is hidden, and both keep time.
fn calm_rig() -> Rig {
    let mut rig = Rig::with_config(2, |config| {
        config.pace = Duration::from_millis(4);
        config.calm_pace = Duration::from_millis(40);
    });
    rig.tell(B, Input::Page(PageFact::Hidden));
    rig.settle();
    rig.pass(40);
    rig.said(A);
    rig.said(B);
    rig
}

#[test]
fn what_somebody_waits_for_does_not_keep_the_pace_and_takes_along_what_does() {
    let mut rig = Rig::with_config(2, |config| config.pace = Duration::from_millis(4));
    rig.pass(4);
    rig.publish(A, "a");
    rig.publish(A, "b");
    rig.said(A);

    rig.act(A, |tab, now| tab.publish(Audience::Only(TabId::from_random(2)), parcel("c"), now));
    assert_eq!(rig.said(A), ["RequestFlush"]);
    rig.flush(A);

    assert_eq!(rig.said(A), ["Post"]);
    rig.settle();
    assert_eq!(rig.heard(B), ["!received a", "!received b", "!received c"]);
}

#[test]
fn event_does_not_wait_because_somebody_was_answered_in_between() {
    let mut rig = Rig::with_config(2, |config| config.pace = Duration::from_millis(4));
    rig.pass(4);
    rig.publish(A, "a");
    rig.pass(3);
    rig.act(A, |tab, now| tab.publish(Audience::Only(TabId::from_random(2)), parcel("b"), now));
    assert_eq!(rig.said(A), ["Post", "!received a", "Post"]);

    rig.pass(1);
    rig.publish(A, "c");

    assert_eq!(rig.said(A), ["Post", "!received c"]);
    rig.settle();
    assert_eq!(rig.heard(B), ["!received a", "!received b", "!received c"]);
}

#[test]
fn envelope_that_is_full_does_not_wait_for_the_flush() {
    let mut rig = Rig::with_tabs(2);
    rig.publish(A, "first");
    rig.said(A);

    rig.publish(A, &"x".repeat(64 << 10));

    assert_eq!(rig.said(A)[0], "Post");
}

#[test]
fn parcel_for_one_tab_counts_for_all_but_reaches_one() {
    let mut rig = Rig::with_tabs(3);
    for (to, name) in [(A, "for A"), (B, "for B")] {
        let to = Audience::Only(rig.id(to));
        rig.act(A, |tab, now| tab.publish(to, parcel(name), now));
    }
    rig.publish(A, "for all");
    rig.settle();

    assert_eq!(rig.heard(A), ["!received for A", "!received for all"]);
    assert_eq!(rig.heard(B), ["!received for B", "!received for all"]);
    assert_eq!(rig.heard(C), ["!received for all"]);
}

#[test]
fn tab_that_lags_behind_every_ring_gets_the_state() {
    let mut rig = Rig::with_config(2, |config| config.ring_parcels = 2);
    for name in ["a", "b", "c"] {
        rig.publish(A, name);
    }
    rig.flush(A);
    rig.lose_posts(A);
    rig.publish(A, "d");
    rig.settle();
    assert_eq!(rig.heard(A).last().unwrap(), "!state wanted by B");

    rig.answer_state(A, B, "abcd");
    rig.publish(A, "e");
    rig.settle();

    assert_eq!(rig.heard(B), ["!state abcd", "!received e"]);
}

#[test]
fn state_that_nobody_waits_for_is_not_taken() {
    let mut rig = Rig::with_tabs(2);
    rig.publish(A, "x");
    rig.settle();

    rig.answer_state(A, B, "unasked");

    assert_eq!(rig.heard(B), ["!received x"]);
}

#[test]
fn tab_whose_log_took_another_way_gets_the_state() {
    let mut rig = Rig::with_tabs(3);
    rig.publish(A, "x");
    rig.deliver(A, C);
    rig.kill(A);
    // C does not answer in time: nobody else will ever get x.
    rig.grant(B);
    rig.pass(50);
    rig.publish(B, "y");
    rig.said(C);

    rig.settle();
    rig.answer_state(B, C, "only y");
    rig.publish(B, "z");
    rig.settle();

    let heard = rig.heard(C);
    assert_eq!(heard[..2], ["!LeaderLost", "!Follower 2"]);
    assert_eq!(heard[4..], ["!state only y", "!received z"]);
}

#[test]
fn heir_beyond_every_ring_says_that_its_place_is_lost() {
    let mut rig = Rig::with_config(3, |config| config.ring_parcels = 1);
    for name in ["a", "b"] {
        rig.publish(A, name);
        rig.deliver(A, C);
        rig.flush(A);
    }
    rig.deliver(A, C);
    rig.kill(A);
    rig.said(B);

    rig.grant(B);
    rig.settle();

    assert_eq!(rig.heard(B), ["!LeaderLost", "!PlaceLost", "!Leader 2", "!2 of 2 seen"]);
    rig.publish(B, "c");
    rig.settle();
    assert_eq!(rig.heard(C).last().unwrap(), "!received c");
}

#[test]
fn what_lies_behind_a_gap_is_not_delivered_whichever_tab_it_is_fetched_from() {
    let mut rig = heir_behind_a_gap();

    rig.settle();

    let expected = ["!LeaderLost", "!PlaceLost", "!Leader 2", "!3 of 3 seen", "!state wanted by C"];
    assert_eq!(rig.heard(B), expected);
}

#[test]
fn heir_behind_a_gap_that_does_not_lead_after_all_gets_the_state() {
    let mut rig = heir_behind_a_gap();
    rig.lose_posts(D);

    rig.tell(B, Input::LockLost);
    rig.grant(D);
    rig.settle();

    assert_eq!(rig.heard(B), ["!LeaderLost", "!PlaceLost", "!Follower 3", "!3 of 3 seen"]);
    assert!(rig.heard(D).contains(&"!state wanted by B".to_owned()));
    rig.answer_state(D, B, "state");
    rig.publish(D, "e");
    rig.settle();
    assert_eq!(rig.heard(B), ["!state state", "!received e"]);
}

/// B bids, and took over from C what lies behind a gap; what C did not have either, it asks D for,
/// which has it without a gap to C.
fn heir_behind_a_gap() -> Rig {
    let mut rig = Rig::with_configs(4, |index, config| {
        config.ring_parcels = if index == D { 8 } else { 1 };
    });
    for (name, hearers) in [("a", &[C, D][..]), ("b", &[C, D]), ("c", &[C, D]), ("d", &[D])] {
        rig.publish(A, name);
        rig.flush(A);
        for &hearer in hearers {
            rig.deliver(A, hearer);
        }
    }
    rig.kill(A);
    for tab in [B, C, D] {
        rig.lose_posts(tab);
        rig.said(tab);
    }
    rig.grant(B);
    rig.deliver(B, C);
    rig.deliver(C, B);
    rig.pass(50);
    rig.deliver(B, D);
    rig.deliver(D, B);
    rig.flush(B);
    while rig.deliver(B, C) {}
    rig.flush(C);
    while rig.deliver(C, B) {}
    rig.flush(B);
    rig
}

#[test]
fn heir_goes_on_without_a_gap_where_it_can() {
    let last = TabId::from_random(4);
    let mut rig = Rig::with_config(4, |config| {
        if config.id == last {
            config.ring_parcels = 1;
        }
    });
    rig.publish(A, "x");
    rig.deliver(A, C);
    rig.deliver(A, D);
    rig.flush(A);
    rig.publish(A, "y");
    rig.flush(A);
    rig.deliver(A, D);
    rig.kill(A);
    rig.said(B);

    rig.grant(B);
    rig.settle();

    let expected = ["!LeaderLost", "!received x", "!received y", "!Leader 2", "!3 of 3 seen"];
    assert_eq!(rig.heard(B), expected);
}

#[test]
fn newcomer_is_as_good_a_source_for_an_heir_as_any() {
    let mut rig = Rig::with_tabs(2);
    rig.publish(A, "under way to B");
    rig.lose_posts(A);
    let c = rig.open();
    while rig.deliver(c, A) || rig.deliver(A, c) {
        rig.flush(A);
        rig.flush(c);
    }
    let id = rig.id(c);
    rig.act(A, |tab, now| tab.answer_state(id, parcel("state"), now));
    rig.flush(A);
    rig.publish(A, "for C");
    rig.flush(A);
    while rig.deliver(A, c) {}
    rig.kill(A);
    rig.said(B);

    rig.grant(B);
    rig.settle();

    let expected = ["!LeaderLost", "!received under way to B", "!received for C", "!Leader 2"];
    assert_eq!(rig.heard(B)[..4], expected);
}

#[test]
fn what_the_followers_of_a_leader_were_told_to_forget_does_not_come_back() {
    let mut rig = Rig::with_tabs(4);
    rig.publish(A, "x");
    rig.deliver(A, C);
    rig.deliver(A, D);
    rig.kill(A);
    // B hears nobody in time, and D nobody at all.
    rig.grant(B);
    rig.pass(50);
    let c = rig.id(C);
    rig.act(B, |tab, now| tab.answer_state(c, parcel("state"), now));
    for _ in 0..3 {
        rig.flush(B);
        while rig.deliver(B, C) {}
        rig.flush(C);
        while rig.deliver(C, B) {}
        if rig.said(B).contains(&"!state wanted by C".to_owned()) {
            rig.act(B, |tab, now| tab.answer_state(c, parcel("state"), now));
        }
    }
    assert!(rig.heard(C).contains(&"!state state".to_owned()));
    rig.kill(B);
    rig.tabs[C].pipes[D].clear();

    rig.grant(D);
    rig.settle();
    rig.publish(D, "y");
    rig.settle();

    assert!(!rig.heard(C).contains(&"!received x".to_owned()));
}
