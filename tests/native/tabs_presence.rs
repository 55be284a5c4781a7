//! Rules of presence: keys, rosters, the life of pages, and tabs that are alone.

use tabcast::host::Native;
use tabcast::machine::Machine;
use tabcast::tabs::{
    Config, Envelope, Input, InterestRefused, OnHandover, Output, PageFact, Role, SoloReason, Tab,
    TabId,
};
use tabcast::time::Instant;

use crate::tabs_rig::{A, B, C, Rig};

#[test]
fn leader_hears_of_the_first_holder_of_a_key_and_of_the_end_of_the_last() {
    let mut rig = Rig::with_tabs(3);
    rig.hold(B, "room", true);
    rig.settle();
    rig.hold(C, "room", true);
    rig.hold(A, "room", true);
    rig.settle();
    rig.hold(A, "room", false);
    rig.hold(B, "room", false);
    rig.settle();
    assert_eq!(rig.heard(A), ["!+room"]);

    rig.kill(C);
    let id = rig.id(C);
    rig.tell(A, Input::TabGone(id));

    assert_eq!(rig.heard(A), ["!-room", "!C left", "!2 of 2 seen"]);
}

#[test]
fn new_leader_hears_all_keys_that_are_held() {
    let mut rig = Rig::with_tabs(3);
    rig.hold(A, "gone", true);
    rig.hold(B, "b", true);
    rig.hold(C, "c", true);
    rig.settle();
    rig.kill(A);
    rig.said(B);

    rig.grant(B);
    rig.hold(C, "late", true);
    rig.settle();

    let expected = ["!LeaderLost", "!Leader 2", "!+b", "!+c", "!+late", "!2 of 2 seen"];
    assert_eq!(rig.heard(B), expected);
}

#[test]
fn heir_hears_of_keys_that_change_during_its_bid() {
    let mut rig = Rig::with_tabs(4);
    rig.kill(A);
    rig.grant(B);
    rig.deliver(B, C);
    rig.hold(C, "late", true);
    rig.flush(C);
    while rig.deliver(C, B) {}
    assert_eq!(rig.role(B), Role::Follower);

    rig.settle();

    assert_eq!(rig.heard(B), ["!LeaderLost", "!Leader 2", "!+late", "!3 of 3 seen"]);
}

#[test]
fn interests_are_limited_in_number_and_length() {
    let mut rig = Rig::with_tabs(1);

    let long = rig.act(A, |tab, now| tab.set_interest(&"k".repeat(257), true, now));
    for key in 0..1024 {
        rig.hold(A, &key.to_string(), true);
    }
    let many = rig.act(A, |tab, now| tab.set_interest("one more", true, now));

    assert_eq!(long, Err(InterestRefused::TooLong));
    assert_eq!(many, Err(InterestRefused::TooMany));
}

#[test]
fn roster_counts_tabs_and_those_that_are_visible() {
    let mut rig = Rig::with_tabs(2);

    rig.tell(B, Input::Page(PageFact::Hidden));
    rig.settle();
    rig.tell(B, Input::Page(PageFact::Left));
    rig.settle();

    assert_eq!(rig.heard(A), ["!1 of 2 seen", "!B left", "!1 of 1 seen"]);
}

#[test]
fn tab_that_was_taken_for_gone_greets_again_with_all_that_it_wants() {
    let mut rig = Rig::with_tabs(2);
    rig.hold(B, "room", true);
    rig.request(B, "emit", OnHandover::Resend);
    rig.settle();
    rig.said(A);
    let id = rig.id(B);

    rig.tell(A, Input::TabGone(id));
    rig.settle();

    let expected =
        ["!-room", "!B left", "!1 of 1 seen", "!+room", "!2 of 2 seen", "!B wants emit again"];
    assert_eq!(rig.heard(A), expected);
}

#[test]
fn leader_that_is_left_tells_its_owner_then_the_tabs_then_the_lock() {
    let mut rig = Rig::with_tabs(2);

    rig.tell(A, Input::Page(PageFact::Left));

    assert_eq!(rig.said(A), ["!Left 1", "UnwatchTab B", "Post", "ReleaseLock"]);
    rig.settle();
    assert_eq!(rig.heard(B), ["!LeaderLost"]);
}

#[test]
fn leader_that_freezes_hands_over_and_stays_out_of_the_queue() {
    let mut rig = Rig::with_tabs(2);

    rig.tell(A, Input::Page(PageFact::Frozen));

    assert_eq!(rig.said(A), ["!Joining 1", "UnwatchTab B", "Post", "ReleaseLock"]);
}

#[test]
fn follower_that_freezes_leaves_the_queue_and_resumes_at_its_end() {
    let mut rig = Rig::with_tabs(2);
    rig.said(B);
    rig.tell(B, Input::Page(PageFact::Frozen));
    assert_eq!(rig.said(B), ["ReleaseLock"]);

    rig.tell(B, Input::Page(PageFact::Resumed));

    assert_eq!(rig.said(B), ["RequestLock", "Post"]);
}

#[test]
fn follower_that_freezes_hears_what_is_said_before_its_greeting_arrives() {
    let mut rig = Rig::with_tabs(2);
    rig.tell(B, Input::Page(PageFact::Frozen));
    rig.publish(A, "while frozen");
    rig.settle();

    rig.tell(B, Input::Page(PageFact::Resumed));
    rig.publish(A, "before the greeting");
    while rig.deliver(A, B) {}
    rig.settle();
    rig.publish(A, "after it");
    rig.settle();

    let expected = ["while frozen", "before the greeting", "after it"];
    assert_eq!(rig.heard(B), expected.map(|name| format!("!received {name}")));
}

#[test]
fn follower_that_froze_asks_only_for_what_it_did_not_hear() {
    let mut rig = Rig::with_tabs(2);
    rig.publish(A, "before");
    rig.settle();
    rig.tell(B, Input::Page(PageFact::Frozen));
    rig.publish(A, "lost");
    rig.lose_posts(A);

    rig.tell(B, Input::Page(PageFact::Resumed));
    rig.settle();

    assert_eq!(rig.heard(B), ["!received before", "!received lost"]);
}

#[test]
fn page_that_returns_starts_afresh_and_posts_again_what_was_not_accepted() {
    let mut rig = Rig::with_tabs(2);
    rig.request(B, "emit", OnHandover::Resend);
    rig.request(B, "volatile", OnHandover::Report);
    rig.settle();
    rig.tell(B, Input::Page(PageFact::Left));
    rig.settle();
    rig.said(A);
    rig.said(B);

    rig.tell(B, Input::Page(PageFact::Returned));
    rig.settle();

    let expected = ["!PlaceLost", "!Joining 1", "!Follower 1", "!unknown 2"];
    assert_eq!(rig.heard(B), expected);
    assert!(rig.heard(A).contains(&"!B wants emit again".to_owned()));
}

#[test]
fn page_that_was_away_does_not_wait_for_a_flush_from_before() {
    for (leaves, returns) in
        [(PageFact::Left, PageFact::Returned), (PageFact::Frozen, PageFact::Resumed)]
    {
        let mut rig = Rig::with_tabs(2);
        rig.hold(B, "one", true);
        rig.hold(B, "two", true);
        assert_eq!(rig.said(B), ["Post", "RequestFlush"]);
        rig.tell(B, Input::Page(leaves));
        rig.lose_flush(B);
        rig.settle();
        rig.said(B);

        rig.tell(B, Input::Page(returns));

        assert_eq!(rig.said(B).last().unwrap(), "Post", "{returns:?}");
        rig.settle();
        assert_eq!(rig.role(B), Role::Follower);
    }
}

#[test]
fn page_that_is_left_hears_nothing() {
    let mut rig = Rig::with_tabs(2);
    rig.publish(A, "x");
    rig.tell(B, Input::Page(PageFact::Left));
    rig.said(B);

    rig.settle();

    assert_eq!(rig.said(B), [""; 0]);
}

#[test]
fn stalled_leader_does_nothing_until_it_knows_that_it_leads() {
    let mut rig = Rig::with_tabs(2);
    rig.request(B, "emit", OnHandover::Resend);
    rig.stall(A);
    rig.deliver(B, A);
    rig.publish(A, "x");
    assert_eq!(rig.said(A), ["QueryLock"]);

    rig.tell(A, Input::LockConfirmed);

    assert_eq!(rig.said(A), ["Post", "!received x", "!B wants emit"]);
}

#[test]
fn stalled_leader_that_lost_the_lock_posts_nothing_and_carries_out_nothing() {
    let mut rig = Rig::with_tabs(2);
    rig.request(B, "emit", OnHandover::Resend);
    rig.stall(A);
    rig.deliver(B, A);
    rig.publish(A, "x");
    rig.said(A);

    rig.tell(A, Input::LockLost);

    assert_eq!(rig.said(A), ["!received x", "!Joining 1", "UnwatchTab B", "RequestLock"]);
}

#[test]
fn stalled_leader_can_still_be_frozen() {
    let mut rig = Rig::with_tabs(2);
    rig.stall(A);
    rig.publish(A, "in doubt");
    rig.said(A);

    rig.tell(A, Input::Page(PageFact::Frozen));
    rig.settle();

    let expected = ["!received in doubt", "!Joining 1", "UnwatchTab B", "Post", "ReleaseLock"];
    assert_eq!(rig.said(A), expected);
    assert_eq!(rig.heard(B), ["!LeaderLost"]);
}

#[test]
fn stalled_leader_that_hears_too_much_gives_up() {
    let mut rig = Rig::with_tabs(2);
    rig.hold(B, "room", true);
    rig.flush(B);
    let envelope = rig.tabs[B].pipes[A].front().cloned().unwrap();
    rig.stall(A);
    rig.said(A);

    for _ in 0..=4096 {
        rig.tell(A, Input::Posted(envelope.clone()));
    }

    let said = rig.said(A);
    assert_eq!(said[..4], ["!Joining 1", "UnwatchTab B", "Post", "ReleaseLock"]);
}

#[test]
fn flush_that_comes_in_doubt_is_not_lost() {
    let mut rig = Rig::with_tabs(2);
    rig.publish(A, "x");
    rig.publish(A, "close behind");
    rig.stall(A);
    rig.flush(A);
    rig.tell(A, Input::Page(PageFact::Frozen));
    rig.pass_unseen(1);
    rig.said(A);

    rig.tell(A, Input::Page(PageFact::Resumed));

    assert_eq!(rig.said(A), ["RequestLock", "Post"]);
}

#[test]
fn tab_that_cannot_share_does_all_for_itself() {
    let mut rig = Rig::new();
    let alone = rig.open();
    rig.hold(alone, "room", true);
    rig.request(alone, "early", OnHandover::Resend);
    rig.said(alone);

    rig.tell(alone, Input::SharingUnavailable(SoloReason::NoLocks));
    rig.publish(alone, "x");
    let no = rig.request(alone, "emit", OnHandover::Report);
    rig.accept(alone, alone, no);

    let expected = [
        "!Solo(NoLocks) 0",
        "!+room",
        "!1 of 1 seen",
        "!A wants early",
        "!received x",
        "!A wants emit",
        "!accepted 2",
    ];
    assert_eq!(rig.heard(alone), expected);
}

#[test]
fn tab_that_left_for_good_does_not_come_back() {
    let mut rig = Rig::with_tabs(1);
    rig.act(A, |tab, now| tab.leave(now));
    rig.said(A);

    rig.tell(A, Input::Page(PageFact::Returned));
    rig.act(A, |tab, now| tab.start(now));
    rig.tell(A, Input::SharingUnavailable(SoloReason::SwitchedOff));

    assert_eq!(rig.said(A), [""; 0]);
    assert_eq!(rig.role(A), Role::Left);
}

#[test]
fn logout_empties_every_tab_and_ends_the_term() {
    let mut rig = Rig::with_tabs(3);
    rig.hold(C, "room", true);
    rig.publish(A, "x");
    rig.settle();
    rig.request(B, "emit", OnHandover::Resend);
    for tab in [A, B, C] {
        rig.said(tab);
    }

    rig.act(B, |tab, now| tab.log_out(now));
    rig.flush(B);
    while rig.deliver(B, A) || rig.deliver(B, C) {}

    assert_eq!(rig.heard(B), ["!LoggedOut", "!PlaceLost"]);
    assert_eq!(rig.heard(C), ["!LoggedOut", "!PlaceLost"]);
    assert_eq!(rig.heard(A), ["!B wants emit", "!LoggedOut", "!Joining 1", "!PlaceLost"]);
    rig.grant(C);
    rig.settle();
    assert_eq!(
        rig.heard(C),
        ["!LeaderLost", "!Leader 2", "!state wanted by A", "!state wanted by B"]
    );
}

#[test]
fn logout_of_a_leader_in_doubt_reaches_the_other_tabs() {
    let mut rig = Rig::with_tabs(2);
    rig.publish(A, "x");
    rig.flush(A);
    rig.settle();
    rig.stall(A);
    rig.publish(A, "said in doubt");
    rig.said(B);

    rig.act(A, |tab, now| tab.log_out(now));
    rig.settle();

    assert_eq!(rig.heard(B)[..2], ["!LoggedOut", "!PlaceLost"]);
}

#[test]
fn logout_of_a_tab_that_shares_nothing_empties_it() {
    let mut rig = Rig::new();
    let alone = rig.open();
    rig.hold(alone, "room", true);
    rig.tell(alone, Input::SharingUnavailable(SoloReason::NoLocks));
    rig.said(alone);

    rig.act(alone, |tab, now| tab.log_out(now));
    rig.hold(alone, "room", true);

    assert_eq!(rig.said(alone), ["!LoggedOut", "!+room"]);
}

#[test]
fn lock_of_a_tab_that_is_gone_is_let_go() {
    let mut rig = Rig::with_tabs(2);
    let gone = rig.id(B);

    rig.tell(A, Input::TabGone(gone));

    assert_eq!(rig.said(A)[0], "UnwatchTab B");
}

#[test]
fn leader_keeps_no_more_tabs_than_it_has_room_for() {
    let mut rig = Rig::with_tabs(1);

    for number in 0..1_500 {
        let mut stranger = Tab::<Native>::new(Config::new(TabId::from_random(1_000 + number)));
        stranger.start(Instant::default());
        while let Some(output) = stranger.poll_output() {
            if let Output::Post(hello) = output {
                rig.tell(A, Input::Posted(hello));
            }
        }
    }

    let roster = rig.tabs[A].tab.roster();
    let watched = rig.said(A).iter().filter(|said| said.starts_with("WatchTab")).count();
    assert_eq!((roster.count, watched), (1 + MOST_TABS, MOST_TABS));
}

#[test]
fn heir_watches_no_more_tabs_than_it_has_room_for() {
    let mut rig = Rig::new();
    rig.answers_queries = false;
    rig.open();
    rig.grant(A);

    let found = (0..1_500).map(|number| TabId::from_random(1_000 + number)).collect();
    rig.tell(A, Input::TabsFound(found));

    let watched = rig.said(A).iter().filter(|said| said.starts_with("WatchTab")).count();
    assert_eq!(watched, MOST_TABS);
}

#[test]
fn heir_takes_no_more_answers_than_it_has_room_for_and_leads_all_the_same() {
    let now = Instant::default();
    let [mut heir, mut last] =
        [1, 2].map(|id| Tab::<Native>::new(Config::new(TabId::from_random(id))));
    heir.start(now);
    heir.handle_input(Input::LockGranted, now);
    heir.handle_input(Input::TabsFound(vec![last.id()]), now);
    let bid = posted(&mut heir).pop().expect("a bid");
    let mut answer = |tab: &mut Tab<Native>| {
        tab.start(now);
        posted(tab);
        tab.handle_input(Input::Posted(bid.clone()), now);
        for answer in posted(tab) {
            heir.handle_input(Input::Posted(answer), now);
        }
        heir.role()
    };

    for number in 0..MOST_TABS as u64 {
        answer(&mut Tab::new(Config::new(TabId::from_random(1_000 + number))));
    }
    let role = answer(&mut last);
    let deadline = heir.poll_timeout().expect("it does not wait for ever");
    heir.handle_timeout(deadline);

    assert_eq!((role, heir.role()), (Role::Joining, Role::Leader));
}

/// What a tab has to post.
fn posted(tab: &mut Tab<Native>) -> Vec<Envelope<Native>> {
    let mut posted = Vec::new();
    while let Some(output) = tab.poll_output() {
        match output {
            Output::Post(envelope) => posted.push(envelope),
            Output::RequestFlush => tab.handle_input(Input::Flush, Instant::default()),
            _ => {}
        }
    }
    posted
}

const MOST_TABS: usize = 1024;
