//! The server of the stream, which keeps a log, and storms.

use std::collections::BTreeMap;
use std::time::Duration;

use tabcast::feed::Config;
use tabcast::sse::{Attempt, Fact, Response};
use tabcast::tabs::Role;

use super::reader::{Command, GAP, Reader};
use crate::sim::browser::{Browser, Life};
use crate::sim::faults::{Faults, Weather};

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) browser: Browser<Reader>,
    /// How many events there are; their ids and data are their numbers, from 1.
    pub(crate) log: u64,
    /// By page.
    pub(crate) connections: BTreeMap<usize, Connection>,
    /// How many events a replay begins too early, but never before the last that began without an id.
    pub(crate) overlap: u64,
    /// Where the last request without an id began.
    beginning: u64,
    /// What requests are answered with instead of the stream.
    pub(crate) refusal: Option<u16>,
    /// Events have ids.
    pub(crate) ids: bool,
    /// Whoever asks without an id is told the newest.
    pub(crate) greets: bool,
    /// The ids that requests went on from.
    pub(crate) requests: Vec<(usize, Option<String>)>,
    /// Tabs may miss events if they are told.
    pub(crate) gaps: bool,
    seed: u64,
}

#[derive(Debug)]
pub(crate) struct Connection {
    attempt: Attempt,
    /// When what was sent last arrives.
    down: Duration,
}

impl World {
    pub(crate) fn new(seed: u64, weather: Weather) -> Self {
        Self {
            browser: Browser::new(seed, weather),
            log: 0,
            connections: BTreeMap::new(),
            overlap: 0,
            beginning: 0,
            refusal: None,
            ids: true,
            greets: true,
            requests: Vec::new(),
            gaps: false,
            seed,
        }
    }

    /// Tabs of which the first leads, over a stream that is open.
    pub(crate) fn with_tabs(tabs: usize) -> Self {
        let mut world = Self::new(1, Weather::FAIR);
        for _ in 0..tabs {
            world.open();
            world.run_for(200);
        }
        world
    }

    pub(crate) fn open(&mut self) -> usize {
        self.open_with("", |_| {})
    }

    pub(crate) fn open_with(&mut self, resume: &str, adjust: impl FnOnce(&mut Config)) -> usize {
        let seed = self.browser.rng.next_u64();
        let page = self.browser.open(|id| {
            let mut config = Reader::config(id);
            config.stream.seed = seed;
            adjust(&mut config);
            Reader::new(config, resume)
        });
        self.serve();
        page
    }

    pub(crate) fn publish(&mut self, events: u64) {
        for _ in 0..events {
            self.log += 1;
            let block = self.block(self.log);
            let pages: Vec<usize> = self.connections.keys().copied().collect();
            for page in pages {
                self.send(page, Fact::ChunkReceived(block.clone().into_bytes().into()));
            }
        }
    }

    /// All connections are cut; what is on the way is lost.
    pub(crate) fn cut(&mut self) {
        for (page, connection) in core::mem::take(&mut self.connections) {
            let fact = (connection.attempt, Fact::NetworkFailed);
            self.browser.inform(page, Duration::ZERO, fact);
        }
    }

    pub(crate) fn kill(&mut self, page: usize) {
        self.browser.kill(page);
        self.connections.remove(&page);
        self.serve();
    }

    pub(crate) fn act(&mut self, action: impl FnOnce(&mut Browser<Reader>)) {
        action(&mut self.browser);
        self.serve();
    }

    pub(crate) fn reader(&self, page: usize) -> &Reader {
        &self.browser.pages[page].program
    }

    pub(crate) fn heard(&self, page: usize) -> &[u64] {
        &self.reader(page).heard
    }

    /// What the app of a tab was told besides events, since the last look.
    pub(crate) fn said(&mut self, page: usize) -> Vec<String> {
        core::mem::take(&mut self.browser.pages[page].program.said)
    }

    pub(crate) fn leader(&self) -> Option<usize> {
        self.living(Life::Running).find(|&page| self.reader(page).role == Role::Leader)
    }

    pub(crate) fn run_for(&mut self, millis: u64) {
        let end = self.browser.now() + Duration::from_millis(millis);
        while self.browser.step(end) {
            self.serve();
            self.check_order();
        }
    }

    /// Random faults for a while, then none, then checks.
    pub(crate) fn storm(&mut self, faults: &Faults, actions: usize) {
        for _ in 0..faults.tabs {
            self.open();
            let pause = self.browser.rng.below(30);
            self.run_for(pause);
        }
        for _ in 0..actions {
            self.disturb(faults);
            let pause = match self.browser.rng.below(4) {
                0 => self.browser.rng.below(200),
                _ => self.browser.rng.below(10),
            };
            self.run_for(pause);
        }
        self.calm();
    }

    /// Ends all faults, lets things settle: every tab has all events, over one connection.
    pub(crate) fn calm(&mut self) {
        for page in 0..self.browser.pages.len() {
            match self.browser.pages[page].life {
                Life::Frozen | Life::Hung => self.act(|browser| browser.resume(page)),
                Life::Cached => self.act(|browser| browser.navigate_back(page)),
                Life::Running | Life::Dead => {}
            }
        }
        self.refusal = None;
        self.run_for(5_000);
        self.publish(2);
        self.run_for(1_000);
        for page in self.living(Life::Running).collect::<Vec<_>>() {
            let newest = self.heard(page).last().copied();
            self.must(newest == Some(self.log), || format!("tab {page} ends at {newest:?}"));
        }
        let connected: Vec<usize> = self.connections.keys().copied().collect();
        let leader: Vec<usize> = self.leader().into_iter().collect();
        self.must(connected == leader, || format!("{connected:?} are connected"));
    }

    fn disturb(&mut self, faults: &Faults) {
        let weights = [
            ("publish", 20),
            ("cut", 2),
            ("refuse", 1),
            ("accept", 2),
            ("open", 2),
            ("kill", faults.kill),
            ("close", faults.close),
            ("navigate", faults.navigate),
            ("back", faults.navigate),
            ("freeze", faults.freeze),
            ("hang", faults.hang),
            ("resume", faults.freeze + faults.hang),
            ("steal", faults.steal),
        ];
        let mut drawn = self.browser.rng.below(weights.iter().map(|(_, weight)| weight).sum());
        let action = weights.iter().find(|(_, weight)| {
            let found = drawn < *weight;
            drawn = drawn.saturating_sub(*weight);
            found
        });
        let running: Vec<usize> = self.living(Life::Running).collect();
        let victim = match self.leader() {
            Some(leader) if self.browser.rng.below(2) == 0 => Some(leader),
            _ => self.draw(&running),
        };
        match (action.expect("weights add up").0, victim) {
            ("publish", _) => {
                let events = self.browser.rng.below(4);
                self.publish(events);
            }
            ("cut", _) => self.cut(),
            ("refuse", _) => self.refusal = Some(503),
            ("accept", _) => self.refusal = None,
            ("open", _) if running.len() < faults.tabs + 2 => {
                self.open();
            }
            // The last tab stays, or there would be nobody to check.
            ("kill", Some(page)) if running.len() > 1 => self.kill(page),
            ("close", Some(page)) if running.len() > 1 => self.act(|browser| browser.close(page)),
            ("navigate", Some(page)) => self.act(|browser| browser.navigate_away(page)),
            ("back", _) => {
                let cached: Vec<usize> = self.living(Life::Cached).collect();
                if let Some(page) = self.draw(&cached) {
                    self.act(|browser| browser.navigate_back(page));
                }
            }
            ("freeze", Some(page)) => self.act(|browser| browser.freeze(page)),
            ("hang", Some(page)) => self.act(|browser| browser.hang(page)),
            ("resume", _) => {
                let asleep: Vec<usize> =
                    self.living(Life::Frozen).chain(self.living(Life::Hung)).collect();
                if let Some(page) = self.draw(&asleep) {
                    self.act(|browser| browser.resume(page));
                }
            }
            ("steal", _) => self.act(Browser::steal),
            _ => {}
        }
    }

    fn draw(&mut self, pages: &[usize]) -> Option<usize> {
        let index = self.browser.rng.below(pages.len() as u64);
        pages.get(usize::try_from(index).expect("few pages")).copied()
    }

    fn living(&self, life: Life) -> impl Iterator<Item = usize> {
        let pages = self.browser.pages.iter().enumerate();
        pages.filter(move |(_, page)| page.life == life).map(|(index, _)| index)
    }

    /// Every tab hears every event once and in order, from its first one on. If it missed some, it
    /// was told so.
    fn check_order(&self) {
        for page in 0..self.browser.pages.len() {
            let mut last = None;
            for &number in self.heard(page) {
                let (gap, told) = (last == Some(GAP), number == GAP);
                let follows = last.is_none_or(|last| number == last + 1) || gap || told;
                self.must(follows, || format!("tab {page} heard {number} after {last:?}"));
                self.must(!told || self.gaps, || format!("tab {page} was told of a gap"));
                last = Some(number);
            }
        }
    }

    /// Fails with all that is needed to find out why.
    fn must(&self, holds: bool, wrong: impl Fn() -> String) {
        assert!(holds, "seed {}: {}\n{}", self.seed, wrong(), self.browser.trace);
    }

    /// Carries out what pages ask for.
    fn serve(&mut self) {
        for (page, command) in core::mem::take(&mut self.browser.others) {
            match command {
                Command::Abort => {
                    self.browser.note(page, "aborts", "");
                    self.connections.remove(&page);
                }
                Command::Fetch(attempt, id) => self.answer(page, attempt, id),
            }
        }
    }

    fn answer(&mut self, page: usize, attempt: Attempt, id: Option<String>) {
        self.browser.note(page, "fetches behind", format!("{id:?}"));
        self.requests.push((page, id.clone()));
        let down = self.browser.now();
        self.connections.insert(page, Connection { attempt, down });
        let stream = Response {
            status: self.refusal.unwrap_or(200),
            content_type: Some("text/event-stream".into()),
            retry_after: None,
        };
        self.send(page, Fact::Responded(stream));
        if self.refusal.is_some() {
            self.connections.remove(&page);
            return;
        }
        let body = match id.map(|id| id.parse::<u64>().expect("an id of this server")) {
            // Whoever is new begins here.
            None => {
                self.beginning = self.log;
                let greets = self.ids && self.greets;
                if greets { format!("id: {}\n\n", self.log) } else { String::new() }
            }
            Some(last) => {
                let overlap = last.saturating_sub(self.overlap);
                let first = overlap.max(self.beginning.min(last)) + 1;
                (first..=self.log).map(|number| self.block(number)).collect::<String>()
            }
        };
        // What was missed comes in pieces.
        for piece in body.into_bytes().chunks(23) {
            self.send(page, Fact::ChunkReceived(piece.to_vec().into()));
        }
    }

    fn send(&mut self, page: usize, fact: Fact) {
        let now = self.browser.now();
        let latency = Duration::from_millis(20).mul_f64(self.browser.rng.fraction());
        let Some(connection) = self.connections.get_mut(&page) else { return };
        connection.down = connection.down.max(now + latency);
        let after = connection.down - now;
        self.browser.inform(page, after, (connection.attempt, fact));
    }

    fn block(&self, number: u64) -> String {
        let id = if self.ids { format!("id: {number}\n") } else { String::new() };
        format!("{id}data: {number}\n\n")
    }
}
