//! The feed of one tab, driven by hand: scripts of its rules.

use std::time::Duration;

use tabcast::feed::{Config, Feed, Input, Notice, Output};
use tabcast::host::Native;
use tabcast::machine::Machine;
use tabcast::sse::{Attempt, Fact, Idle, Response};
use tabcast::tabs::{self, PageFact, SoloReason, TabId};
use tabcast::time::Instant;

use crate::sim::feed::reader::Reader;

const AFTER_A_STALL: Instant = Instant::from_origin(Duration::from_secs(2));
const WHILE: Duration = Duration::from_millis(250);

/// A feed of its own that is open, at its first request.
fn alone(adjust: impl FnOnce(&mut Config)) -> (Feed<Native>, Vec<String>) {
    let without_tabs = |config: &mut Config| {
        config.share = None;
        adjust(config);
    };
    opened(without_tabs, |_| {})
}

/// The feed of a tab that wants to share and cannot, at its first request.
fn cannot_share(adjust: impl FnOnce(&mut Config)) -> (Feed<Native>, Vec<String>) {
    opened(adjust, |feed| {
        let alone = tabs::Input::SharingUnavailable(SoloReason::NoLocks);
        feed.handle_input(Input::Tabs(alone), Instant::default());
    })
}

/// The feed of a tab that leads, and is the only one, at its first request.
fn leader(adjust: impl FnOnce(&mut Config)) -> (Feed<Native>, Vec<String>) {
    opened(adjust, lead)
}

fn opened(
    adjust: impl FnOnce(&mut Config),
    begin: impl FnOnce(&mut Feed<Native>),
) -> (Feed<Native>, Vec<String>) {
    let mut config = Reader::config(TabId::from_random(1));
    adjust(&mut config);
    let mut feed = Feed::new(config);
    feed.open("", Instant::default());
    begin(&mut feed);
    let mut said = Vec::new();
    answer(&mut feed, 1, &mut said);
    (feed, said)
}

/// The lock is granted, and nobody else is there.
fn lead(feed: &mut Feed<Native>) {
    feed.handle_input(Input::Tabs(tabs::Input::LockGranted), Instant::default());
    feed.handle_input(Input::Tabs(tabs::Input::TabsFound(Vec::new())), Instant::default());
}

/// An event of which `name` is the id and the data.
fn event(attempt: u32, name: &str) -> Input<Native> {
    let chunk = Fact::ChunkReceived(format!("id: {name}\ndata: {name}\n\n").into_bytes().into());
    Input::Attempt(Attempt::from_number(attempt), chunk)
}

/// Answers the request for headers, and the request with a stream.
fn answer(feed: &mut Feed<Native>, attempt: u32, said: &mut Vec<String>) {
    tell(feed, attempt, Fact::HeadersProvided(Vec::new()), said);
    let content_type = Some("text/event-stream".to_owned());
    let response = Response { status: 200, content_type, retry_after: None };
    tell(feed, attempt, Fact::Responded(response), said);
}

fn tell(feed: &mut Feed<Native>, attempt: u32, fact: Fact, said: &mut Vec<String>) {
    feed.handle_input(Input::Attempt(Attempt::from_number(attempt), fact), Instant::default());
    drain(feed, said);
}

fn drain(feed: &mut Feed<Native>, said: &mut Vec<String>) {
    while let Some(output) = feed.poll_output() {
        said.push(match output {
            Output::Abort => "abort".to_owned(),
            Output::Fetch { last_event_id, .. } => format!("fetch {last_event_id:?}"),
            Output::Notice(Notice::HeadersWanted { .. }) => "headers".to_owned(),
            Output::Notice(Notice::Received(delivery)) => format!("received {}", delivery.text()),
            Output::Notice(Notice::Failed { failure, undecided, .. }) => {
                format!("failed {failure:?} {undecided}")
            }
            output => format!("{output:?}"),
        });
    }
}

#[test]
fn an_id_that_a_server_counts_anew_is_no_repetition() {
    let (mut feed, mut said) = alone(|_| {});
    let chunk = |text: &str| Fact::ChunkReceived(text.as_bytes().to_vec().into());
    tell(&mut feed, 1, chunk("id: 1\ndata: a\n\nid: 2\ndata: b\n\n"), &mut said);
    said.clear();

    feed.reconnect(Instant::default());
    answer(&mut feed, 2, &mut said);
    tell(&mut feed, 2, chunk("id: 1\ndata: c\n\nid: 2\ndata: d\n\n"), &mut said);

    assert_eq!(
        said,
        [
            "abort",
            "Notice(Connecting { failures: 0 })",
            "headers",
            "fetch Some(\"2\")",
            "Notice(Opened)",
            "received 1c2d",
        ]
    );
}

#[test]
fn a_repetition_is_left_out_and_events_without_an_id_are_not() {
    let (mut feed, mut said) = alone(|_| {});
    let chunk = |text: &str| Fact::ChunkReceived(text.as_bytes().to_vec().into());
    tell(&mut feed, 1, chunk("id: 1\ndata: a\n\ndata: x\n\nid: 2\ndata: b\n\n"), &mut said);
    said.clear();

    feed.reconnect(Instant::default());
    answer(&mut feed, 2, &mut said);
    let again = "data: hello\n\nid: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: c\n\n";
    tell(&mut feed, 2, chunk(again), &mut said);

    assert_eq!(said.last().map(String::as_str), Some("received 2hello3c"));
}

#[test]
fn the_owner_decides_and_hears_of_a_failure_once() {
    let (mut feed, mut said) = alone(|config| config.stream.decided_by_owner = true);
    said.clear();

    tell(&mut feed, 1, Fact::NetworkFailed, &mut said);
    feed.decide(None, Instant::default());
    drain(&mut feed, &mut said);

    assert_eq!(
        said,
        [
            "abort",
            "failed Network true",
            "Notice(Closed(Failed(Network)))",
            "abort",
            "Notice(Left)",
        ]
    );
}

#[test]
fn a_feed_of_its_own_lets_go_of_its_request_while_the_page_is_in_the_cache() {
    for wants_to_share in [false, true] {
        let (mut feed, mut said) =
            if wants_to_share { cannot_share(|_| {}) } else { alone(|_| {}) };
        said.clear();

        feed.handle_input(Input::Page(PageFact::Left), Instant::default());
        feed.handle_input(Input::Page(PageFact::Returned), Instant::default());
        drain(&mut feed, &mut said);

        // What is said to all tabs goes a longer way.
        said.sort();
        assert_eq!(said, ["Notice(Connecting { failures: 0 })", "abort", "headers"]);
    }
}

#[test]
fn a_tab_that_cannot_share_has_a_stream_of_its_own_whenever_that_turns_out() {
    let unavailable = || Input::Tabs(tabs::Input::SharingUnavailable(SoloReason::NoLocks));
    for before_open in [true, false] {
        let mut feed = Feed::new(Reader::config(TabId::from_random(1)));
        let mut said = Vec::new();

        if before_open {
            feed.handle_input(unavailable(), Instant::default());
        }
        feed.open("", Instant::default());
        if !before_open {
            feed.handle_input(unavailable(), Instant::default());
        }
        drain(&mut feed, &mut said);
        answer(&mut feed, 1, &mut said);

        let requests = said.iter().filter(|said| said.starts_with("fetch")).count();
        assert_eq!(requests, 1, "{said:?}");
        assert!(said.iter().any(|said| said.contains("Solo(NoLocks)")), "{said:?}");
        assert_eq!(said.last().map(String::as_str), Some("Notice(Opened)"));
    }
}

#[test]
fn a_tab_that_cannot_share_is_the_only_one_it_knows_of() {
    let (_, said) = cannot_share(|_| {});

    let place = said.iter().rfind(|said| said.contains("Solo(NoLocks)")).expect("it says so");
    assert!(place.contains("roster: Roster { count: 1, visible: 1 }"), "{place}");
}

#[test]
fn a_leader_that_stood_still_hears_its_old_request_only_if_it_still_leads() {
    for robbed in [false, true] {
        let (mut feed, mut said) = leader(|_| {});
        said.clear();

        feed.handle_input(event(1, "1"), AFTER_A_STALL);
        feed.handle_timeout(AFTER_A_STALL);
        drain(&mut feed, &mut said);
        let in_doubt = std::mem::take(&mut said);
        let known = if robbed { tabs::Input::LockLost } else { tabs::Input::LockConfirmed };
        feed.handle_input(Input::Tabs(known), AFTER_A_STALL);
        drain(&mut feed, &mut said);

        assert_eq!(in_doubt, ["Tabs(QueryLock)"]);
        assert_eq!(said.contains(&"received 11".to_owned()), !robbed, "{said:?}");
        assert_eq!(said.contains(&"abort".to_owned()), robbed, "{said:?}");
    }
}

#[test]
fn a_leader_that_stood_still_first_asks_whether_it_leads_whatever_comes() {
    let calls: [fn(&mut Feed<Native>); 5] = [
        |feed| feed.handle_input(event(1, "1"), AFTER_A_STALL),
        |feed| feed.handle_input(Input::WentOffline, AFTER_A_STALL),
        |feed| feed.handle_input(Input::WentOnline, AFTER_A_STALL),
        |feed| feed.reconnect(AFTER_A_STALL),
        |feed| feed.decide(None, AFTER_A_STALL),
    ];
    for call in calls {
        let (mut feed, mut said) = leader(|config| config.stream.decided_by_owner = true);
        tell(&mut feed, 1, Fact::NetworkFailed, &mut said);
        said.clear();

        call(&mut feed);
        drain(&mut feed, &mut said);

        assert_eq!(said, ["Tabs(QueryLock)"]);
        assert_eq!(feed.poll_timeout(), None);
    }
}

#[test]
fn a_silence_that_is_too_long_after_a_stall_waits_for_what_is_to_be_read() {
    let idle = Idle::Fixed(Duration::from_secs(1));
    let (mut feed, mut said) = leader(|config| config.stream.idle = idle);
    said.clear();

    feed.handle_timeout(AFTER_A_STALL);
    feed.handle_input(event(1, "1"), AFTER_A_STALL);
    feed.handle_input(Input::Tabs(tabs::Input::LockConfirmed), AFTER_A_STALL);
    drain(&mut feed, &mut said);

    assert_eq!(said, ["Tabs(QueryLock)", "received 11"]);
}

#[test]
fn a_leader_for_which_too_much_waits_in_doubt_hands_over() {
    let (mut feed, mut said) = leader(|_| {});
    said.clear();

    for _ in 0..5_000 {
        feed.handle_input(event(1, "1"), AFTER_A_STALL);
    }
    drain(&mut feed, &mut said);

    assert!(said.contains(&"Tabs(ReleaseLock)".to_owned()), "{said:?}");
    assert!(said.contains(&"abort".to_owned()), "{said:?}");
    assert!(!said.iter().any(|said| said.starts_with("received")), "{said:?}");
}

#[test]
fn what_is_late_of_a_request_before_the_lead_was_lost_is_not_heard_in_the_next() {
    let (mut feed, mut said) = leader(|_| {});
    feed.handle_input(Input::Tabs(tabs::Input::LockLost), Instant::default());
    lead(&mut feed);
    answer(&mut feed, 2, &mut said);
    said.clear();

    feed.handle_input(event(1, "late"), Instant::default());
    feed.handle_input(event(2, "new"), Instant::default());
    drain(&mut feed, &mut said);

    assert_eq!(said, ["received newnew"]);
}

#[test]
fn an_heir_without_a_network_knows_so() {
    let mut config = Reader::config(TabId::from_random(1));
    let longest = Duration::from_secs(60);
    config.stream.retry.max = longest;
    let mut feed = Feed::new(config);
    let mut said = Vec::new();
    feed.open("", Instant::default());
    feed.handle_input(Input::WentOffline, Instant::default());

    lead(&mut feed);
    tell(&mut feed, 1, Fact::HeadersProvided(Vec::new()), &mut said);
    let failed = Input::Attempt(Attempt::from_number(1), Fact::NetworkFailed);
    feed.handle_input(failed, Instant::default());

    let wait = core::iter::from_fn(|| feed.poll_output()).find_map(|output| match output {
        Output::Notice(Notice::Failed { retry_in, .. }) => retry_in,
        _ => None,
    });
    assert_eq!(wait, Some(longest));
}

#[test]
fn a_page_that_is_seen_leaves_a_stream_alone_that_was_let_go_of() {
    let pause = |config: &mut Config| config.pause_after = Some(2 * WHILE);
    let (mut feed, mut said) = alone(pause);
    feed.handle_input(Input::Page(PageFact::Hidden), Instant::default());
    feed.handle_timeout(Instant::default() + 2 * WHILE);
    drain(&mut feed, &mut said);
    said.clear();

    feed.handle_input(Input::Page(PageFact::Resumed), AFTER_A_STALL);
    drain(&mut feed, &mut said);

    assert_eq!(said, [""; 0]);
    assert_eq!(feed.poll_timeout(), None);
}

#[test]
fn a_stream_that_may_not_be_asked_for_again_is_not_let_go_of() {
    let (mut feed, _) = alone(|config| {
        config.pause_after = Some(2 * WHILE);
        config.stream.repeatable = false;
    });
    let before = feed.poll_timeout();

    feed.handle_input(Input::Page(PageFact::Hidden), Instant::default());

    assert_eq!(feed.poll_timeout(), before);
}

#[test]
fn a_page_that_is_seen_again_in_time_keeps_its_stream() {
    let (mut feed, _) = alone(|config| config.pause_after = Some(2 * WHILE));
    let before = feed.poll_timeout();
    feed.handle_input(Input::Page(PageFact::Hidden), Instant::default());
    let due = feed.poll_timeout();

    feed.handle_input(Input::Page(PageFact::Hidden), Instant::default() + WHILE);
    let again = feed.poll_timeout();
    feed.handle_input(Input::Page(PageFact::Shown), Instant::default() + WHILE);

    assert_eq!((due, again), (Some(Instant::default() + 2 * WHILE), due));
    assert_eq!(feed.poll_timeout(), before);
}

#[test]
fn a_page_that_returns_is_seen() {
    let (mut feed, mut said) = alone(|config| config.pause_after = Some(WHILE));
    for fact in [PageFact::Hidden, PageFact::Left, PageFact::Returned] {
        feed.handle_input(Input::Page(fact), Instant::default());
    }
    answer(&mut feed, 2, &mut said);
    said.clear();

    feed.handle_timeout(Instant::default() + WHILE);
    drain(&mut feed, &mut said);

    assert_eq!(said, [""; 0]);
}

#[test]
fn an_attempt_that_was_asked_for_ends_the_pause() {
    let (mut feed, mut said) = alone(|config| config.pause_after = Some(WHILE));
    feed.handle_input(Input::Page(PageFact::Hidden), Instant::default());
    feed.handle_timeout(Instant::default() + WHILE);
    feed.reconnect(Instant::default() + WHILE);
    answer(&mut feed, 2, &mut said);
    said.clear();

    feed.handle_input(Input::Page(PageFact::Left), Instant::default() + WHILE);
    drain(&mut feed, &mut said);

    assert_eq!(said, ["abort"]);
}

#[test]
fn a_decision_that_nobody_asked_for_changes_nothing() {
    let (mut feed, mut said) = alone(|config| config.stream.decided_by_owner = true);
    said.clear();

    feed.decide(None, Instant::default());
    tell(&mut feed, 1, Fact::NetworkFailed, &mut said);
    feed.reconnect(Instant::default());
    feed.decide(None, Instant::default());
    drain(&mut feed, &mut said);

    assert_eq!(
        said,
        ["abort", "failed Network true", "Notice(Connecting { failures: 1 })", "headers"]
    );
}

#[test]
fn what_was_said_before_a_feed_is_closed_is_not_heard() {
    let (mut feed, mut said) = leader(|_| {});
    feed.handle_input(event(1, "1"), Instant::default());
    said.clear();

    feed.close(Instant::default());
    drain(&mut feed, &mut said);

    assert!(said.contains(&"abort".to_owned()), "{said:?}");
    assert!(!said.iter().any(|said| said.starts_with("Notice") || said.starts_with("received")));
}

#[test]
fn close_is_final() {
    let (mut feed, mut said) = alone(|_| {});
    said.clear();

    feed.close(Instant::default());
    feed.reconnect(Instant::default());
    feed.open("", Instant::default());
    tell(&mut feed, 1, Fact::ChunkReceived(b"data: late\n\n".to_vec().into()), &mut said);

    assert_eq!(said, ["abort"]);
    assert_eq!(feed.poll_timeout(), None);
}
