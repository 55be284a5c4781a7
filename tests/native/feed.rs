//! One event stream for many tabs: scripts of its rules. Storms: [`crate::feed_storms`].

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use tabcast::feed::{Feed, Input, Notice, Output};
use tabcast::host::Native;
use tabcast::machine::Machine;
use tabcast::sse::{self, Attempt, Fact, Response};
use tabcast::tabs::{self, Audience, PageFact, Parcel, Role, SoloReason, Tab, TabId};
use tabcast::time::Instant;

use crate::sim::feed::reader::{GAP, Reader};
use crate::sim::feed::world::World;

const A: usize = 0;
const B: usize = 1;
const C: usize = 2;

#[test]
fn all_tabs_hear_all_events_over_one_request() {
    let mut world = World::with_tabs(3);

    world.publish(4);
    world.run_for(100);

    for page in [A, B, C] {
        assert_eq!(world.heard(page), [1, 2, 3, 4]);
        assert_eq!(
            world.said(page),
            ["Connecting { failures: 0 }", "Opened"][usize::from(page > A)..]
        );
    }
    assert_eq!(world.requests, [(A, None)]);
}

#[test]
fn an_heir_goes_on_behind_the_last_id_that_any_tab_heard() {
    let mut world = World::with_tabs(3);
    world.publish(4);
    world.run_for(100);

    world.kill(A);
    world.publish(2);
    world.run_for(500);

    assert_eq!(world.requests[1].1.as_deref(), Some("4"));
    for page in [B, C] {
        assert_eq!(world.heard(page), [1, 2, 3, 4, 5, 6]);
    }
}

#[test]
fn what_a_server_repeats_is_left_out() {
    let mut world = World::with_tabs(2);
    world.publish(9);
    world.run_for(100);

    world.overlap = 5;
    world.cut();
    world.publish(2);
    world.run_for(500);
    world.kill(A);
    world.publish(2);
    world.run_for(500);

    assert_eq!(world.heard(B), (1..=13).collect::<Vec<_>>());
}

#[test]
fn a_tab_that_joins_gets_what_follows_and_as_many_of_the_newest_as_it_wants() {
    let mut world = World::with_tabs(1);
    world.publish(9);
    world.run_for(100);

    let none = world.open();
    let three = world.open_with("", |config| config.replay = 3);
    let plenty = world.open_with("", |config| config.replay = 100);
    world.run_for(100);
    world.publish(1);
    world.run_for(100);

    assert_eq!(world.heard(none), [10]);
    assert_eq!(world.heard(three), [7, 8, 9, 10]);
    assert_eq!(world.heard(plenty), (1..=10).collect::<Vec<_>>());
    assert_eq!(world.requests.len(), 1);
}

#[test]
fn a_tab_that_names_an_id_goes_on_behind_it() {
    let mut world = World::with_tabs(1);
    world.gaps = true;
    world.publish(9);
    world.run_for(100);

    let behind = world.open_with("6", |_| {});
    let abreast = world.open_with("9", |_| {});
    let unknown = world.open_with("from another server", |_| {});
    world.run_for(100);

    assert_eq!(world.heard(behind), [7, 8, 9]);
    assert_eq!(world.heard(abreast), [0; 0]);
    assert_eq!(world.heard(unknown)[..2], [GAP, 1]);
}

#[test]
fn a_tab_that_was_away_catches_up_from_the_others() {
    let mut world = World::with_tabs(2);
    world.publish(2);
    world.run_for(100);

    world.act(|browser| browser.navigate_away(B));
    world.publish(20);
    world.run_for(100);
    world.act(|browser| browser.navigate_back(B));
    world.run_for(100);

    assert_eq!(world.heard(B), (1..=22).collect::<Vec<_>>());
}

#[test]
fn a_tab_that_was_away_for_too_long_is_told_of_the_gap() {
    let mut world = World::with_tabs(2);
    world.gaps = true;
    world.publish(2);
    world.run_for(100);

    world.act(|browser| browser.navigate_away(B));
    // One chunk each, and more of them than the tabs keep.
    world.publish(300);
    world.run_for(2_000);
    world.act(|browser| browser.navigate_back(B));
    world.run_for(100);

    let heard = world.heard(B);
    assert_eq!(heard[..3], [1, 2, GAP]);
    assert_eq!(heard.last(), Some(&302));
}

#[test]
fn failures_and_waits_reach_all_tabs() {
    let mut world = World::with_tabs(2);
    world.said(B);

    world.refusal = Some(503);
    world.cut();
    world.run_for(60);
    world.refusal = None;
    world.run_for(3_000);

    let said = world.said(B);
    let refused = said.iter().filter(|said| said.contains("Status(503)")).count();
    assert!(said[0].starts_with("Failed { failure: Network, retry_in: Some("), "{said:?}");
    assert!(refused > 0 || said.len() == 3, "{said:?}");
    assert_eq!(said.last().map(String::as_str), Some("Opened"));
}

#[test]
fn a_minute_of_refusals_gets_attempts_within_the_backoff_and_loses_nothing() {
    for seed in 0..40 {
        let mut world = World::new(seed, crate::sim::faults::Weather::FAIR);
        for _ in [A, B] {
            world.open_with("", |config| config.stream.retry = sse::RetryConfig::default());
            world.run_for(200);
        }

        world.refusal = Some(503);
        world.cut();
        let arrivals = arrivals(&mut world, 60_000);
        world.publish(3);
        world.refusal = None;
        world.run_for(31_000);

        // Full jitter between nothing and 1, 2, 4, 8, 16 and then 30 seconds.
        let mut before = 0;
        for (failures, at) in arrivals.iter().enumerate() {
            let longest = (1_000 << failures).min(30_000);
            assert!(at - before <= longest + LATENCY, "seed {seed}: {arrivals:?}");
            before = *at;
        }
        assert!((6..=15).contains(&arrivals.len()), "seed {seed}: {arrivals:?}");
        assert_eq!((world.heard(A), world.heard(B)), (&[1, 2, 3][..], &[1, 2, 3][..]));
    }
}

/// When requests come during `millis` of refusals, in milliseconds.
fn arrivals(world: &mut World, millis: u64) -> Vec<u64> {
    let mut arrivals = Vec::new();
    for at in 1..=millis {
        let known = world.requests.len();
        world.run_for(1);
        arrivals.extend(std::iter::repeat_n(at, world.requests.len() - known));
    }
    arrivals
}

/// How long a failure is on its way, at most, in milliseconds.
const LATENCY: u64 = 50;

#[test]
fn a_stream_that_is_over_is_over_in_all_tabs() {
    let mut world = World::with_tabs(3);

    world.refusal = Some(204);
    world.cut();
    world.run_for(3_000);

    for page in [A, B, C] {
        let said = world.said(page);
        assert_eq!(said[said.len() - 2..], ["Closed(NoContent)", "Left"]);
    }
    assert_eq!(world.requests.len(), 2);
    assert!(world.connections.is_empty());
}

#[test]
fn a_tab_that_closes_leaves_the_stream_to_the_others_and_the_last_one_ends_it() {
    let mut world = World::with_tabs(2);
    world.publish(2);
    world.run_for(100);

    world.browser.with(A, |reader, now| reader.feed.close(now));
    world.run_for(200);
    world.publish(2);
    world.run_for(100);

    assert_eq!(world.heard(A), [1, 2]);
    assert_eq!(world.heard(B), [1, 2, 3, 4]);
    world.browser.with(B, |reader, now| reader.feed.close(now));
    world.run_for(200);
    assert!(world.connections.is_empty());
}

#[test]
fn a_follower_can_ask_for_an_attempt() {
    let mut world = World::with_tabs(2);

    world.browser.with(B, |reader, now| reader.feed.reconnect(now));
    world.run_for(200);

    assert_eq!(world.requests, [(A, None), (A, Some("0".to_owned()))]);
}

#[test]
fn a_stream_that_nobody_sees_is_let_go_of_until_somebody_does() {
    let mut world = World::new(1, crate::sim::faults::Weather::FAIR);
    for _ in [A, B] {
        world.open_with("", |config| config.pause_after = Some(Duration::from_secs(5)));
        world.run_for(200);
    }
    let see = |world: &mut World, page, fact| {
        world.act(|browser| browser.fact(page, tabs::Input::Page(fact)));
        world.run_for(6_000);
    };

    see(&mut world, A, PageFact::Hidden);
    assert_eq!(world.connections.len(), 1, "the other tab can be seen");
    see(&mut world, B, PageFact::Hidden);
    assert!(world.connections.is_empty());
    assert_eq!(world.said(B).last().map(String::as_str), Some("Paused"));
    world.publish(3);
    see(&mut world, B, PageFact::Shown);

    assert_eq!(world.heard(A), [1, 2, 3]);
    assert_eq!(world.heard(B), [1, 2, 3]);
}

/// A feed of its own that is open, at its first request.
fn alone(adjust: impl FnOnce(&mut tabcast::feed::Config)) -> (Feed<Native>, Vec<String>) {
    let mut config = Reader::config(TabId::from_random(1));
    config.share = None;
    adjust(&mut config);
    let mut feed = Feed::new(config);
    feed.open("", Instant::default());
    let mut said = Vec::new();
    answer(&mut feed, 1, &mut said);
    (feed, said)
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
    let chunk = |text: &str| Fact::ChunkReceived(text.as_bytes().to_vec());
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
    let chunk = |text: &str| Fact::ChunkReceived(text.as_bytes().to_vec());
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
    let (mut feed, mut said) = alone(|_| {});
    said.clear();

    feed.handle_input(Input::Page(PageFact::Left), Instant::default());
    feed.handle_input(Input::Page(PageFact::Returned), Instant::default());
    drain(&mut feed, &mut said);

    assert_eq!(said, ["abort", "Notice(Connecting { failures: 0 })", "headers"]);
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
fn close_is_final() {
    let (mut feed, mut said) = alone(|_| {});
    said.clear();

    feed.close(Instant::default());
    feed.reconnect(Instant::default());
    feed.open("", Instant::default());
    tell(&mut feed, 1, Fact::ChunkReceived(b"data: late\n\n".to_vec()), &mut said);

    assert_eq!(said, ["abort"]);
    assert_eq!(feed.poll_timeout(), None);
}

proptest! {
    #[test]
    fn nothing_that_a_leader_says_breaks_a_follower(
        said in vec((vec(any::<u8>(), 0..40), vec("[a-zé😀]{0,9}", 0..3)), 1..20),
        state in (vec(any::<u8>(), 0..60), vec("[a-zé😀]{0,9}", 0..3)),
    ) {
        let now = Instant::default();
        let parcel = |(control, texts)| Parcel { control, texts, blobs: Vec::new() };
        let mut rogue = Tab::<Native>::new(tabs::Config::new(TabId::from_random(1)));
        let mut feed = Feed::new(Reader::config(TabId::from_random(2)));
        rogue.start(now);
        rogue.handle_input(tabs::Input::LockGranted, now);
        rogue.handle_input(tabs::Input::TabsFound(Vec::new()), now);
        feed.open("", now);
        let mut said = said.into_iter();
        let mut role = Role::Joining;

        for _ in 0..40 {
            while let Some(output) = rogue.poll_output() {
                match output {
                    tabs::Output::Post(envelope) => {
                        feed.handle_input(Input::Tabs(tabs::Input::Posted(envelope)), now);
                    }
                    tabs::Output::Event(tabs::Event::StateWanted { tab }) => {
                        rogue.answer_state(tab, parcel(state.clone()), now);
                    }
                    tabs::Output::RequestFlush => rogue.handle_input(tabs::Input::Flush, now),
                    _ => {}
                }
            }
            while let Some(output) = feed.poll_output() {
                match output {
                    Output::Tabs(tabs::Output::Post(envelope)) => {
                        rogue.handle_input(tabs::Input::Posted(envelope), now);
                    }
                    Output::Tabs(tabs::Output::RequestFlush) => {
                        feed.handle_input(Input::Tabs(tabs::Input::Flush), now);
                    }
                    Output::Notice(Notice::Tabs { role: new, .. }) => role = new,
                    _ => {}
                }
            }
            if let (Role::Follower, Some(said)) = (role, said.next()) {
                rogue.publish(Audience::All, parcel(said), now);
            }
        }

        prop_assert_eq!(said.len(), 0, "all was said");
    }
}
