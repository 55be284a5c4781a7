//! Tabs with toy owners and the server that they share, under whatever faults one likes.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use tabcast::tabs::{Config, OnHandover, RequestNo, Role, Term};

use super::browser::{Browser, Life, can_nap};
use super::check;
use super::faults::{Faults, Weather};
use super::toy::{Executed, Toy, ToyCommand, Work};

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) browser: Browser<Toy>,
    /// Requests in the order in which they were carried out.
    pub(crate) server: Vec<Executed>,
    /// Who led in which term.
    pub(crate) terms: BTreeMap<Term, usize>,
    pub(crate) ring: usize,
    /// Checked after every step.
    pub(crate) law: fn(&World) -> Result<(), String>,
    seed: u64,
}

impl World {
    pub(crate) fn new(seed: u64, weather: Weather) -> Self {
        Self {
            browser: Browser::new(seed, weather),
            server: Vec::new(),
            terms: BTreeMap::new(),
            ring: 1024,
            law: check::at_all_times,
            seed,
        }
    }

    pub(crate) fn open(&mut self) -> usize {
        let ring_parcels = self.ring;
        self.browser.open(|id| {
            let naps = can_nap(id);
            Toy::new(Config { ring_parcels, naps, ..Config::new(id) })
        })
    }

    pub(crate) fn publish(&mut self) {
        if let Some(leader) = self.leader() {
            self.browser.with(leader, Toy::publish);
        }
    }

    pub(crate) fn request(&mut self, page: usize, on_handover: OnHandover) -> Option<RequestNo> {
        self.browser.with(page, |toy, now| toy.request(on_handover, now))
    }

    pub(crate) fn hold(&mut self, page: usize, key: &str, held: bool) {
        self.browser.with(page, |toy, now| toy.hold(key, held, now));
    }

    pub(crate) fn toy(&self, page: usize) -> &Toy {
        &self.browser.pages[page].program
    }

    pub(crate) fn role(&self, page: usize) -> Role {
        self.toy(page).tab.role()
    }

    /// The running tab that leads.
    pub(crate) fn leader(&self) -> Option<usize> {
        self.running().find(|&page| self.role(page) == Role::Leader)
    }

    pub(crate) fn running(&self) -> impl Iterator<Item = usize> {
        self.living(Life::Running)
    }

    pub(crate) fn run_for(&mut self, millis: u64) {
        let end = self.browser.now() + Duration::from_millis(millis);
        self.serve();
        while self.browser.step(end) {
            self.serve();
            self.must((self.law)(self));
        }
    }

    /// Random faults for a while, then none, then checks.
    pub(crate) fn storm(&mut self, faults: &Faults, actions: Range<usize>) {
        self.ring = faults.ring;
        for _ in 0..faults.tabs {
            self.open();
            let pause = self.browser.rng.below(30);
            self.run_for(pause);
        }
        for _ in actions {
            self.act(faults);
            let pause = match self.browser.rng.below(4) {
                0 => self.browser.rng.below(faults.lull),
                _ => self.browser.rng.below(4),
            };
            self.run_for(pause);
        }
        self.calm();
    }

    /// Ends all faults, lets things settle, and checks what must be true then.
    pub(crate) fn calm(&mut self) {
        for page in 0..self.browser.pages.len() {
            match self.browser.pages[page].life {
                Life::Frozen | Life::Hung => self.browser.resume(page),
                Life::Cached => self.browser.navigate_back(page),
                Life::Running | Life::Dead => {}
            }
        }
        let pages: Vec<usize> = self.running().collect();
        for page in pages {
            self.browser.show(page, true);
        }
        self.run_for(5_000);
        self.publish();
        self.run_for(1_000);
        self.must(check::after_calm(self));
    }

    /// Fails with all that is needed to find out why.
    pub(crate) fn must(&self, result: Result<(), String>) {
        if let Err(wrong) = result {
            panic!("seed {}: {wrong}\n{}", self.seed, self.browser.trace);
        }
    }

    fn act(&mut self, faults: &Faults) {
        let weights = [
            ("publish", 12),
            ("request", 10),
            ("interest", 3),
            ("withdraw", 1),
            ("open", 1),
            ("kill", faults.kill),
            ("close", faults.close),
            ("navigate", faults.navigate),
            ("back", faults.navigate),
            ("resign", faults.resign),
            ("freeze", faults.freeze),
            ("hang", faults.hang),
            ("resume", faults.freeze + faults.hang),
            ("steal", faults.steal),
            ("sleep", faults.sleep),
            ("hide", faults.hide),
            ("show", faults.hide),
        ];
        let mut drawn = self.browser.rng.below(weights.iter().map(|(_, weight)| weight).sum());
        let action = weights.iter().find(|(_, weight)| {
            let found = drawn < *weight;
            drawn = drawn.saturating_sub(*weight);
            found
        });
        let running: Vec<usize> = self.running().collect();
        let some = |world: &mut Self, pages: &[usize]| {
            let index = world.browser.rng.below(pages.len() as u64);
            pages.get(usize::try_from(index).expect("few pages")).copied()
        };
        // Faults that hit the leader are the interesting ones.
        let victim = match self.leader() {
            Some(leader) if self.browser.rng.below(2) == 0 => Some(leader),
            _ => some(self, &running),
        };
        match (action.expect("weights add up").0, victim, some(self, &running)) {
            ("publish", ..) => self.publish(),
            ("request", _, Some(page)) => {
                let report = self.browser.rng.below(4) == 0;
                self.request(page, if report { OnHandover::Report } else { OnHandover::Resend });
            }
            ("interest", _, Some(page)) => {
                let key = format!("room {}", self.browser.rng.below(4));
                let held = self.browser.rng.below(2) == 0;
                self.hold(page, &key, held);
            }
            ("withdraw", _, Some(page)) => {
                if let Some(no) = self.toy(page).requests.keys().last().copied() {
                    self.browser.with(page, |toy, now| toy.withdraw(no, now));
                }
            }
            ("open", ..) if running.len() < faults.tabs + 2 => {
                self.open();
            }
            // The last tab stays, or there would be nobody to check.
            ("kill", Some(page), _) if running.len() > 1 => self.browser.kill(page),
            ("close", Some(page), _) if running.len() > 1 => self.browser.close(page),
            ("navigate", Some(page), _) => self.browser.navigate_away(page),
            ("back", ..) => {
                let cached: Vec<usize> = self.living(Life::Cached).collect();
                if let Some(page) = some(self, &cached) {
                    self.browser.navigate_back(page);
                }
            }
            ("resign", ..) => {
                if let Some(leader) = self.leader() {
                    self.browser.with(leader, |toy, now| toy.tab.resign(now));
                }
            }
            ("freeze", Some(page), _) => self.browser.freeze(page),
            ("hang", Some(page), _) => self.browser.hang(page),
            ("resume", ..) => {
                let asleep: Vec<usize> =
                    self.living(Life::Frozen).chain(self.living(Life::Hung)).collect();
                if let Some(page) = some(self, &asleep) {
                    self.browser.resume(page);
                }
            }
            ("steal", ..) => self.browser.steal(),
            ("sleep", ..) => {
                let seconds = self.browser.rng.below(100);
                self.browser.sleep(Duration::from_secs(seconds));
            }
            ("hide", Some(page), _) => self.browser.show(page, false),
            ("show", _, Some(page)) => self.browser.show(page, true),
            _ => {}
        }
        self.serve();
        self.must((self.law)(self));
    }

    fn living(&self, life: Life) -> impl Iterator<Item = usize> {
        let pages = self.browser.pages.iter().enumerate();
        pages.filter(move |(_, page)| page.life == life).map(|(index, _)| index)
    }

    fn serve(&mut self) {
        for (page, command) in core::mem::take(&mut self.browser.others) {
            match command {
                ToyCommand::WorkSoon => {
                    let after = Duration::from_micros(self.browser.rng.below(20_000));
                    self.browser.inform(page, after, Work);
                }
                ToyCommand::Execute(executed) => self.server.push(executed),
                ToyCommand::Note(what, detail) => self.browser.note(page, what, detail),
            }
        }
        for page in 0..self.browser.pages.len() {
            if self.role(page) == Role::Leader {
                let term = self.toy(page).tab.term();
                let leader = *self.terms.entry(term).or_insert(page);
                if leader != page {
                    self.must(Err(format!("tabs {leader} and {page} lead in one term")));
                }
            }
        }
    }
}
