//! One event stream for many tabs: scripts of its rules. One tab by hand: [`crate::feed_alone`].
//! Storms: [`crate::feed_storms`].

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use tabcast::feed::{Feed, Input, Notice, Output};
use tabcast::host::Native;
use tabcast::machine::Machine;
use tabcast::sse;
use tabcast::tabs::{self, Audience, PageFact, Parcel, Role, Roster, Tab, TabId};
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
fn tabs_that_name_the_same_id_are_abreast_before_anything_came() {
    let mut world = World::new(1, crate::sim::faults::Weather::FAIR);
    world.log = 6;
    for _ in [A, B] {
        world.open_with("6", |_| {});
        world.run_for(200);
    }

    world.publish(1);
    world.run_for(100);

    assert_eq!((world.heard(A), world.heard(B)), (&[7][..], &[7][..]));
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
fn a_leader_whose_stream_is_over_stays_until_the_others_know_but_not_for_ever() {
    for hangs in [false, true] {
        let mut world = World::with_tabs(2);
        if hangs {
            world.act(|browser| browser.hang(B));
        }
        world.refusal = Some(204);
        world.browser.with(A, |reader, now| reader.feed.reconnect(now));
        world.run_for(500);

        let early = world.said(A).contains(&"Left".to_owned());
        world.run_for(1_000);
        let late = world.said(A).contains(&"Left".to_owned());

        assert_eq!((early, late), (!hangs, hangs));
    }
}

#[test]
fn every_tab_knows_how_many_there_are() {
    let mut world = World::with_tabs(3);
    world.act(|browser| browser.show(C, false));
    world.run_for(100);

    for page in [A, B, C] {
        let Roster { count, visible } = world.reader(page).roster;
        assert_eq!((count, visible), (3, 2));
    }
}

#[test]
fn others_hear_of_a_failure_when_its_owner_has_decided() {
    let mut world = World::new(1, crate::sim::faults::Weather::FAIR);
    for _ in [A, B] {
        world.open_with("", |config| config.stream.decided_by_owner = true);
        world.run_for(200);
    }
    world.said(B);

    world.cut();
    world.run_for(100);
    let undecided = world.said(B);
    let retry = Some(Duration::from_secs(5));
    world.browser.with(A, |reader, now| reader.feed.decide(retry, now));
    world.run_for(100);

    assert_eq!(undecided, [""; 0]);
    assert_eq!(
        world.said(B),
        ["Failed { failure: Network, retry_in: Some(5s), undecided: false }"]
    );
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

#[test]
fn a_tab_that_joins_during_a_wait_hears_how_long_it_still_is() {
    let mut world = World::new(1, crate::sim::faults::Weather::FAIR);
    let retry = sse::RetryConfig { base: Duration::from_secs(60), ..sse::RetryConfig::default() };
    world.open_with("", |config| config.stream.retry = retry);
    world.run_for(200);
    world.said(A);
    world.cut();
    world.run_for(10);
    let whole = wait_of(&world.said(A)[0]);

    world.run_for(2_000);
    let late = world.open();
    world.run_for(100);

    let left = wait_of(&world.said(late)[0]);
    assert!(left + 2.0 < whole && left + 3.0 > whole, "{left} of {whole}");
}

/// The seconds until the next attempt.
fn wait_of(said: &str) -> f64 {
    let wait = said.strip_prefix("Failed { failure: Network, retry_in: Some(").expect(said);
    let (seconds, _) = wait.split_once("s)").expect("seconds");
    seconds.parse().expect("a number")
}

#[test]
fn a_tab_without_the_stream_hears_that_its_leader_is_gone() {
    let mut world = World::with_tabs(3);
    world.said(C);

    world.kill(A);
    world.run_for(500);

    assert_eq!(
        world.said(C),
        ["Connecting { failures: 0 }", "Connecting { failures: 0 }", "Opened"]
    );
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
