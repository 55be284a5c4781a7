//! One script for each rule of the tabs' protocol: tabs driven by hand, message by message.

use std::collections::VecDeque;
use std::time::Duration;

use tabcast::host::Native;
use tabcast::machine::Machine;
use tabcast::tabs::{
    Audience, Config, Envelope, Event, Input, InterestRefused, OnHandover, OutboxFull, Output,
    PageFact, Parcel, RequestNo, Role, SoloReason, Tab, TabId,
};
use tabcast::time::Instant;

const A: usize = 0;
const B: usize = 1;
const C: usize = 2;

/// Tabs, and between each two of them a pipe that is emptied by hand.
struct Rig {
    tabs: Vec<Seat>,
    now: Instant,
    /// What a query of the own locks would find.
    alive: Vec<TabId>,
    answers_queries: bool,
}

struct Seat {
    tab: Tab<Native>,
    /// What it gave out since it was last looked at, in words.
    said: Vec<String>,
    pipes: Vec<VecDeque<Envelope<Native>>>,
    flush_due: bool,
    found: bool,
    dead: bool,
}

impl Rig {
    fn new() -> Self {
        Self { tabs: Vec::new(), now: Instant::default(), alive: Vec::new(), answers_queries: true }
    }

    /// A leads, the others follow and are in step.
    fn with_tabs(count: usize) -> Self {
        Self::with_config(count, |_| {})
    }

    fn with_config(count: usize, configure: impl Fn(&mut Config)) -> Self {
        let mut rig = Self::new();
        for index in 0..count {
            rig.open_with(&configure);
            if index == A {
                rig.grant(A);
            }
            rig.settle();
            if index > A {
                rig.answer_state(A, index, "start");
            }
        }
        for index in 0..count {
            rig.said(index);
        }
        rig
    }

    fn open(&mut self) -> usize {
        self.open_with(&|_| {})
    }

    fn open_with(&mut self, configure: &impl Fn(&mut Config)) -> usize {
        let index = self.tabs.len();
        let mut config = Config::new(TabId::from_random(index as u64 + 1));
        configure(&mut config);
        let id = config.id;
        for seat in &mut self.tabs {
            seat.pipes.push(VecDeque::new());
        }
        self.tabs.push(Seat {
            tab: Tab::new(config),
            said: Vec::new(),
            pipes: vec![VecDeque::new(); index + 1],
            flush_due: false,
            found: false,
            dead: false,
        });
        self.alive.push(id);
        self.act(index, |tab, now| tab.start(now));
        index
    }

    fn act<T>(&mut self, index: usize, act: impl FnOnce(&mut Tab<Native>, Instant) -> T) -> T {
        let result = act(&mut self.tabs[index].tab, self.now);
        self.drain(index);
        result
    }

    fn tell(&mut self, index: usize, input: Input<Native>) {
        self.act(index, |tab, now| tab.handle_input(input, now));
    }

    fn drain(&mut self, index: usize) {
        while let Some(output) = self.tabs[index].tab.poll_output() {
            if let Output::Post(envelope) = &output {
                for (to, pipe) in self.tabs[index].pipes.iter_mut().enumerate() {
                    if to != index {
                        pipe.push_back(envelope.clone());
                    }
                }
            }
            self.tabs[index].flush_due |= matches!(output, Output::RequestFlush);
            self.tabs[index].found |= matches!(output, Output::QueryTabs);
            let words = self.words(&output);
            self.tabs[index].said.push(words);
        }
        if self.answers_queries && core::mem::take(&mut self.tabs[index].found) {
            let alive = self.alive.clone();
            self.tell(index, Input::TabsFound(alive));
        }
    }

    /// Answers the flush that a tab asked for.
    fn flush(&mut self, index: usize) {
        if core::mem::take(&mut self.tabs[index].flush_due) {
            self.tell(index, Input::Flush);
        }
    }

    /// Delivers the oldest envelope from one tab to another; `false` if there is none.
    fn deliver(&mut self, from: usize, to: usize) -> bool {
        let envelope = self.tabs[from].pipes[to].pop_front();
        let delivered = envelope.is_some();
        if let Some(envelope) = envelope.filter(|_| !self.tabs[to].dead) {
            self.tell(to, Input::Posted(envelope));
        }
        delivered
    }

    /// Delivers and flushes until nothing is under way.
    fn settle(&mut self) {
        loop {
            let count = self.tabs.len();
            for index in 0..count {
                self.flush(index);
            }
            let mut delivered = false;
            for (from, to) in (0..count).flat_map(|from| (0..count).map(move |to| (from, to))) {
                delivered |= self.deliver(from, to);
            }
            if !delivered && self.tabs.iter().all(|seat| !seat.flush_due) {
                return;
            }
        }
    }

    /// Loses all that a tab has posted and nobody got yet.
    fn lose_posts(&mut self, from: usize) {
        self.tabs[from].pipes.iter_mut().for_each(VecDeque::clear);
    }

    fn grant(&mut self, index: usize) {
        self.tell(index, Input::LockGranted);
    }

    /// A process ends. The others learn it from its own lock.
    fn kill(&mut self, index: usize) {
        let id = self.id(index);
        self.alive.retain(|tab| *tab != id);
        self.tabs[index].dead = true;
        self.tabs[index].flush_due = false;
        self.lose_posts(index);
    }

    fn pass(&mut self, millis: u64) {
        self.now = self.now + Duration::from_millis(millis);
        for index in
            (0..self.tabs.len()).filter(|index| !self.tabs[*index].dead).collect::<Vec<_>>()
        {
            self.act(index, |tab, now| tab.handle_timeout(now));
        }
    }

    fn publish(&mut self, index: usize, name: &str) {
        self.act(index, |tab, now| tab.publish(Audience::All, parcel(name), now));
    }

    fn request(&mut self, index: usize, name: &str, on_handover: OnHandover) -> RequestNo {
        let request = |tab: &mut Tab<_>, now| tab.request(parcel(name), on_handover, now);
        self.act(index, request).expect("there is room")
    }

    fn accept(&mut self, leader: usize, origin: usize, no: RequestNo) {
        let origin = self.id(origin);
        self.act(leader, |tab, now| tab.accept(origin, no, now));
    }

    fn answer_state(&mut self, leader: usize, to: usize, name: &str) {
        let to = self.id(to);
        self.act(leader, |tab, now| tab.answer_state(to, parcel(name), now));
        self.settle();
    }

    fn hold(&mut self, index: usize, key: &str, held: bool) {
        self.act(index, |tab, now| tab.set_interest(key, held, now)).expect("short and few");
    }

    fn id(&self, index: usize) -> TabId {
        self.tabs[index].tab.id()
    }

    fn role(&self, index: usize) -> Role {
        self.tabs[index].tab.role()
    }

    /// All that a tab gave out since the last look.
    fn said(&mut self, index: usize) -> Vec<String> {
        core::mem::take(&mut self.tabs[index].said)
    }

    /// Only the events.
    fn heard(&mut self, index: usize) -> Vec<String> {
        let mut said = self.said(index);
        said.retain(|word| word.starts_with('!'));
        said
    }

    fn words(&self, output: &Output<Native>) -> String {
        let name = |id: &TabId| {
            let index = self.tabs.iter().position(|seat| seat.tab.id() == *id);
            index.map_or_else(|| "?".to_owned(), |index| ["A", "B", "C", "D"][index].to_owned())
        };
        let event = match output {
            Output::Event(event) => event,
            Output::Post(_) => return "Post".to_owned(),
            Output::WatchTab(tab) => return format!("WatchTab {}", name(tab)),
            Output::UnwatchTab(tab) => return format!("UnwatchTab {}", name(tab)),
            command => return format!("{command:?}"),
        };
        match event {
            Event::RoleChanged { role, term } => format!("!{role:?} {}", term.number()),
            Event::Requested { origin, again, parcel, .. } => {
                let again = if *again { " again" } else { "" };
                format!("!{} wants {}{again}", name(origin), text(parcel))
            }
            Event::Withdrawn { origin, no } => format!("!{} withdraws {no}", name(origin)),
            Event::Received { parcel } => format!("!received {}", text(parcel)),
            Event::Accepted { no } => format!("!accepted {no}"),
            Event::Unknown { no } => format!("!unknown {no}"),
            Event::StateWanted { tab } => format!("!state wanted by {}", name(tab)),
            Event::StateReceived { parcel } => format!("!state {}", text(parcel)),
            Event::InterestAdded { key } => format!("!+{key}"),
            Event::InterestRemoved { key } => format!("!-{key}"),
            Event::TabLeft { tab } => format!("!{} left", name(tab)),
            Event::RosterChanged(roster) => format!("!{} of {} seen", roster.visible, roster.count),
            event => format!("!{event:?}"),
        }
    }
}

fn parcel(name: &str) -> Parcel<Native> {
    Parcel { control: Vec::new(), texts: vec![name.to_owned()], blobs: Vec::new() }
}

fn text(parcel: &Parcel<Native>) -> &str {
    &parcel.texts[0]
}

// Election

#[test]
fn lone_tab_leads_as_soon_as_it_has_the_lock() {
    let mut rig = Rig::new();
    rig.open();
    assert_eq!(rig.said(A), ["RequestLock", "Post", "RequestFlush"]);

    rig.grant(A);

    assert_eq!(rig.said(A), ["QueryTabs", "!Leader 1", "!1 of 1 seen"]);
    rig.flush(A);
    assert_eq!(rig.said(A), ["Post", "RequestFlush"]);
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
    rig.deliver(A, 3);
    rig.kill(A);

    rig.grant(B);
    rig.deliver(B, C);
    rig.deliver(C, B);
    assert_eq!(rig.role(B), Role::Follower);
    rig.settle();

    assert_eq!(rig.heard(C), ["!LeaderLost", "!Follower 2", "!3 of 3 seen", "!received x"]);
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
    rig.deliver(A, 3);
    rig.kill(A);
    rig.grant(B);
    for tab in [C, 3] {
        rig.deliver(B, tab);
        rig.deliver(tab, B);
    }
    rig.flush(B);
    rig.said(B);

    // The last of the furthest is asked first.
    rig.kill(3);
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

// Log

#[test]
fn owner_of_the_leader_receives_after_the_post_has_left() {
    let mut rig = Rig::with_tabs(2);

    rig.publish(A, "x");

    assert_eq!(rig.said(A), ["Post", "RequestFlush", "!received x"]);
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

    assert_eq!(rig.said(A), ["Post", "RequestFlush"]);
    assert_eq!(rig.tabs[A].pipes[B].len(), 2);
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
fn heir_goes_on_without_a_gap_where_it_can() {
    let last = TabId::from_random(4);
    let mut rig = Rig::with_config(4, |config| {
        if config.id == last {
            config.ring_parcels = 1;
        }
    });
    rig.publish(A, "x");
    rig.deliver(A, C);
    rig.deliver(A, 3);
    rig.flush(A);
    rig.publish(A, "y");
    rig.flush(A);
    rig.deliver(A, 3);
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

// Outbox

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

// Presence

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

// The life of pages

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
fn follower_that_freezes_leaves_the_queue_and_resumes_at_its_end_with_a_new_state() {
    let mut rig = Rig::with_tabs(2);
    rig.publish(A, "before");
    rig.settle();
    rig.tell(B, Input::Page(PageFact::Frozen));
    assert_eq!(rig.said(B), ["!received before", "ReleaseLock"]);

    rig.tell(B, Input::Page(PageFact::Resumed));
    rig.settle();
    rig.answer_state(A, B, "state");

    let said = rig.said(B);
    assert_eq!(said[..2], ["!PlaceLost", "RequestLock"]);
    assert_eq!(said.last().unwrap(), "!state state");
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
    rig.tell(A, Input::Page(PageFact::Stalled));
    rig.deliver(B, A);
    rig.publish(A, "x");
    assert_eq!(rig.said(A), ["QueryLock"]);

    rig.tell(A, Input::LockConfirmed);

    assert_eq!(rig.said(A), ["Post", "RequestFlush", "!received x", "!B wants emit"]);
}

#[test]
fn stalled_leader_that_lost_the_lock_posts_nothing_and_carries_out_nothing() {
    let mut rig = Rig::with_tabs(2);
    rig.request(B, "emit", OnHandover::Resend);
    rig.tell(A, Input::Page(PageFact::Stalled));
    rig.deliver(B, A);
    rig.publish(A, "x");
    rig.said(A);

    rig.tell(A, Input::LockLost);

    assert_eq!(rig.said(A), ["!received x", "!Joining 1", "UnwatchTab B", "RequestLock"]);
}

#[test]
fn stalled_leader_can_still_be_frozen() {
    let mut rig = Rig::with_tabs(2);
    rig.tell(A, Input::Page(PageFact::Stalled));
    rig.publish(A, "in doubt");
    rig.said(A);

    rig.tell(A, Input::Page(PageFact::Frozen));
    rig.settle();

    let expected = ["!received in doubt", "!Joining 1", "UnwatchTab B", "Post", "ReleaseLock"];
    assert_eq!(rig.said(A), expected);
    assert_eq!(rig.heard(B), ["!LeaderLost"]);
}

#[test]
fn flush_that_comes_in_doubt_is_not_lost() {
    let mut rig = Rig::with_tabs(2);
    rig.publish(A, "x");
    rig.tell(A, Input::Page(PageFact::Stalled));
    rig.flush(A);
    rig.tell(A, Input::Page(PageFact::Frozen));
    rig.said(A);

    rig.tell(A, Input::Page(PageFact::Resumed));

    assert_eq!(rig.said(A), ["!PlaceLost", "RequestLock", "Post", "RequestFlush"]);
}

// Alone, and among strangers

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
fn envelopes_of_strangers_are_ignored_and_counted() {
    let mut rig = Rig::with_tabs(1);
    for control in [vec![], vec![2, 1, 1], vec![1], vec![1, 1, 0, 0, 99], b"hello".to_vec()] {
        let envelope = Envelope { control, texts: Vec::new(), blobs: Vec::new() };
        rig.tell(A, Input::Posted(envelope));
    }

    assert_eq!(rig.tabs[A].tab.ignored(), 5);
    assert_eq!(rig.said(A), [""; 0]);
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
