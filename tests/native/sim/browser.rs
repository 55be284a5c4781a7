//! What the tabs of one origin share: the lock, each other's own locks, the channel; and what
//! happens to their pages. Times and orders as measured in Chromium, Firefox and WebKit.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::fmt::Debug;
use std::time::Duration;

use tabcast::host::Native;
use tabcast::rng::Rng;
use tabcast::tabs::{Envelope, Input, Output, PageFact, TabId};
use tabcast::time::Instant;

use super::faults::Weather;
use super::locks::{Claim, Lock};
use super::trace::Trace;

/// What runs in a page.
pub(crate) trait Program {
    /// Facts beyond those of tabs: sockets, for instance.
    type Fact: Debug;
    /// Commands beyond those of tabs.
    type Command: Debug;

    fn start(&mut self, now: Instant);
    fn tell(&mut self, fact: Input<Native>, now: Instant);
    fn tell_other(&mut self, fact: Self::Fact, now: Instant);
    fn timeout(&mut self, now: Instant);
    /// The next command, `Err` if it is not one of tabs. Events are not commands.
    fn next_command(&mut self, now: Instant) -> Option<Result<Output<Native>, Self::Command>>;
    fn deadline(&self) -> Option<Instant>;
    fn leads(&self) -> bool;
}

#[derive(Debug)]
pub(crate) struct Browser<P: Program> {
    pub(crate) weather: Weather,
    pub(crate) rng: Rng,
    pub(crate) trace: Trace,
    pub(crate) pages: Vec<Page<P>>,
    /// Commands that are not of tabs, for the world to carry out.
    pub(crate) others: Vec<(usize, P::Command)>,
    now: Duration,
    agenda: BinaryHeap<Reverse<Due>>,
    happenings: BTreeMap<u64, Happening<P>>,
    scheduled: u64,
    lock: Lock,
    requests: u64,
    /// When a tab stole the lock of its own accord, and which.
    pub(crate) thefts: Vec<Theft>,
    slept: Duration,
    /// When the lock was granted last, and given up.
    granted: Duration,
    released: Duration,
    /// When the newest message that a sender posted on a channel of its own reaches a receiver: the next one is not earlier.
    channel: BTreeMap<(usize, usize, usize), Duration>,
    /// From when on a receiver gets nothing more of a sender that was killed.
    cuts: BTreeMap<(usize, usize), Duration>,
}

#[derive(Debug)]
pub(crate) struct Page<P> {
    pub(crate) id: TabId,
    pub(crate) program: P,
    pub(crate) life: Life,
    visible: bool,
    /// The clock of this page starts that much before the world's.
    age: Duration,
    claim: u64,
    holds_own_lock: bool,
    watchers: Vec<usize>,
    wake: Option<(Instant, u64)>,
    flush_asked: bool,
    backlog: Vec<u64>,
    /// Its channel is broken: it hears nothing.
    pub(crate) deaf: bool,
    resumed: Duration,
    leads: bool,
}

/// What a page says when it runs again has to reach the others before it counts.
const JUST_NOW: Duration = Duration::from_millis(200);

/// A page does not notice that it hung for less than that.
const UNNOTICED: Duration = Duration::from_secs(1);

/// How late the timers of a hidden page are.
const THROTTLED: Duration = Duration::from_millis(900);

/// Whether this page can wait in time while it is hidden.
pub(crate) fn can_nap(id: TabId) -> bool {
    id.to_string().ends_with(['0', '1', '2', '3', '4', '5', '6', '7'])
}

/// The second channel of a page, in the place of the page itself.
const ECHO: usize = usize::MAX;

/// The channel that only visible pages hear, in the place of the page itself.
const AHEAD: usize = usize::MAX - 1;

/// The state of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Running,
    /// It was told so, and hears of the channel only if its browser lets it.
    Frozen,
    /// It was not told: a long task, or a stopped process.
    Hung,
    /// In the back/forward cache.
    Cached,
    Dead,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at: Duration,
    order: u64,
}

#[derive(Debug)]
struct Happening<P: Program> {
    page: usize,
    what: What<P>,
}

#[derive(Debug)]
enum What<P: Program> {
    Granted { request: u64 },
    Stolen { request: u64 },
    Queried,
    Found,
    Delivered { from: usize, envelope: Envelope<Native> },
    Gone { tab: usize },
    Flushed,
    Napped,
    Woken { order: u64 },
    Reaped,
    Other(P::Fact),
}

/// A tab took the lock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Theft {
    /// As long after the start as the clocks of pages say.
    pub(crate) at: Duration,
    pub(crate) page: usize,
    /// Whoever had it did not run, or had just begun to; or it just had got it.
    pub(crate) hung: bool,
    /// The leader before had said so, and it heard that late: it did not decide by itself.
    pub(crate) called: bool,
}

impl<P> Page<P> {
    fn was_hung_at(&self, now: Duration) -> bool {
        self.life != Life::Running || now < self.resumed + JUST_NOW
    }
}

impl<P: Program> Browser<P> {
    pub(crate) fn new(seed: u64, weather: Weather) -> Self {
        Self {
            weather,
            rng: Rng::new(seed),
            trace: Trace::default(),
            pages: Vec::new(),
            others: Vec::new(),
            now: Duration::ZERO,
            agenda: BinaryHeap::new(),
            happenings: BTreeMap::new(),
            scheduled: 0,
            lock: Lock::default(),
            requests: 0,
            thefts: Vec::new(),
            slept: Duration::ZERO,
            granted: Duration::ZERO,
            released: Duration::ZERO,
            channel: BTreeMap::new(),
            cuts: BTreeMap::new(),
        }
    }

    pub(crate) fn now(&self) -> Duration {
        self.now
    }

    pub(crate) fn open(&mut self, make: impl FnOnce(TabId) -> P) -> usize {
        let id = TabId::from_random(self.rng.next_u64());
        let age = Duration::from_millis(self.rng.below(100_000));
        let page = self.pages.len();
        self.pages.push(Page {
            id,
            program: make(id),
            life: Life::Running,
            visible: true,
            age,
            claim: 0,
            holds_own_lock: true,
            watchers: Vec::new(),
            wake: None,
            flush_asked: false,
            backlog: Vec::new(),
            deaf: false,
            resumed: self.now,
            leads: false,
        });
        self.note(page, "opens", "");
        self.with(page, Program::start);
        page
    }

    /// Does something with the program of a page, and carries out what it commands.
    pub(crate) fn with<T>(&mut self, page: usize, act: impl FnOnce(&mut P, Instant) -> T) -> T {
        let now = self.clock_of(page);
        let result = act(&mut self.pages[page].program, now);
        self.drain(page);
        result
    }

    /// Tells the program of a page something of its own after a while.
    pub(crate) fn inform(&mut self, page: usize, after: Duration, fact: P::Fact) {
        self.schedule(after, page, What::Other(fact));
    }

    /// The process ends: no handler runs, and what was just posted may reach only some.
    pub(crate) fn kill(&mut self, page: usize) {
        self.note(page, "killed", "");
        self.pages[page].life = Life::Dead;
        for receiver in 0..self.pages.len() {
            if self.weather.cuts_on_kill && self.rng.below(2) == 0 {
                let cut = self.now + self.random(self.weather.channel_delay);
                self.cuts.insert((page, receiver), cut);
            }
        }
        let after = self.random(self.weather.reap_delay);
        self.schedule(after, page, What::Reaped);
    }

    /// Nothing that a page has posted and others did not hear yet arrives.
    pub(crate) fn silence(&mut self, page: usize) {
        for receiver in 0..self.pages.len() {
            self.cuts.insert((page, receiver), self.now);
        }
    }

    /// The tab is closed or reloaded: `pagehide`, then the end.
    pub(crate) fn close(&mut self, page: usize) {
        self.note(page, "closed", "");
        self.fact(page, Input::Page(PageFact::Left));
        self.pages[page].life = Life::Dead;
        let after = self.random(self.weather.reap_delay);
        self.schedule(after, page, What::Reaped);
    }

    /// Another document is shown; the page goes into the back/forward cache.
    pub(crate) fn navigate_away(&mut self, page: usize) {
        self.note(page, "navigates away", "");
        self.fact(page, Input::Page(PageFact::Left));
        self.pages[page].life = Life::Cached;
        self.free_own_lock(page);
    }

    pub(crate) fn navigate_back(&mut self, page: usize) {
        self.note(page, "comes back", "");
        self.pages[page].life = Life::Running;
        self.pages[page].holds_own_lock = true;
        self.fact(page, Input::Page(PageFact::Returned));
        self.catch_up(page);
    }

    pub(crate) fn freeze(&mut self, page: usize) {
        self.note(page, "freezes", "");
        self.fact(page, Input::Page(PageFact::Frozen));
        self.pages[page].life = Life::Frozen;
    }

    pub(crate) fn hang(&mut self, page: usize) {
        self.note(page, "hangs", "");
        self.pages[page].life = Life::Hung;
    }

    /// The machine sleeps: no time passes in the world, but it does on the clocks of all pages.
    pub(crate) fn sleep(&mut self, duration: Duration) {
        self.note(0, "sleeps with all others for", duration.as_millis());
        self.slept += duration;
        for page in 0..self.pages.len() {
            self.pages[page].age += duration;
            self.pages[page].wake = None;
            self.set_alarm(page);
        }
    }

    pub(crate) fn show(&mut self, page: usize, visible: bool) {
        self.note(page, "is visible:", visible);
        self.pages[page].visible = visible;
        self.fact(page, Input::Page(if visible { PageFact::Shown } else { PageFact::Hidden }));
    }

    /// A frozen or hung page runs again.
    pub(crate) fn resume(&mut self, page: usize) {
        self.note(page, "resumes", "");
        self.pages[page].resumed = self.now;
        let before = core::mem::replace(&mut self.pages[page].life, Life::Running);
        if before == Life::Frozen {
            self.fact(page, Input::Page(PageFact::Resumed));
        }
        self.catch_up(page);
    }

    fn catch_up(&mut self, page: usize) {
        let (locks, rest): (Vec<u64>, Vec<u64>) =
            core::mem::take(&mut self.pages[page].backlog).into_iter().partition(|order| {
                let happening = &self.happenings[order];
                matches!(happening.what, What::Stolen { .. } | What::Queried)
            });
        // The channel's callbacks run before the page learns that its lock was stolen.
        for order in rest.into_iter().chain(locks) {
            let happening = self.happenings.remove(&order).expect("it is in the backlog");
            self.happen(order, happening);
        }
    }

    /// The first tab in the queue takes the lock from its holder.
    pub(crate) fn steal(&mut self) {
        if let Some((thief, victim)) = self.lock.steal() {
            self.note(thief.page, "steals", "");
            let after = self.random(self.weather.lock_delay);
            self.schedule(after, thief.page, What::Granted { request: thief.request });
            self.rob(Some(victim));
        }
    }

    fn rob(&mut self, victim: Option<Claim>) {
        if let Some(Claim { page, request }) = victim {
            let after = self.random(self.weather.lock_delay);
            self.schedule(after, page, What::Stolen { request });
        }
    }

    pub(crate) fn fact(&mut self, page: usize, fact: Input<Native>) {
        if matches!(fact, Input::Page(PageFact::Resumed | PageFact::Returned)) {
            // It cannot know whether the one that it asked for still comes.
            self.pages[page].flush_asked = false;
        }
        self.with(page, |program, now| program.tell(fact, now));
    }

    /// Lets the next thing happen; `false` if nothing happens until `end`.
    pub(crate) fn step(&mut self, end: Duration) -> bool {
        let Some(Reverse(due)) = self.agenda.pop() else {
            self.now = end;
            return false;
        };
        if due.at > end {
            self.agenda.push(Reverse(due));
            self.now = end;
            return false;
        }
        self.now = due.at;
        let happening = self.happenings.remove(&due.order).expect("it is on the agenda");
        self.happen(due.order, happening);
        true
    }

    fn happen(&mut self, order: u64, happening: Happening<P>) {
        let Happening { page, what } = happening;
        let life = self.pages[page].life;
        let hears = matches!(what, What::Delivered { .. }) && self.weather.hears_while_frozen;
        match (life, what) {
            (_, What::Reaped) => self.reap(page),
            // Its tasks wait with the page; the lock and the channel forget it.
            (Life::Cached, what @ (What::Flushed | What::Napped | What::Woken { .. })) => {
                self.postpone(order, page, what);
            }
            (Life::Dead | Life::Cached, _) => {}
            (Life::Frozen, what) if !hears => self.postpone(order, page, what),
            (Life::Hung, what) => self.postpone(order, page, what),
            (_, what) => self.run(page, what),
        }
    }

    fn postpone(&mut self, order: u64, page: usize, what: What<P>) {
        self.happenings.insert(order, Happening { page, what });
        self.pages[page].backlog.push(order);
    }

    fn run(&mut self, page: usize, what: What<P>) {
        match what {
            What::Granted { request } => {
                // Stale if the page took its request back meanwhile.
                if self.lock.holder() == Some(Claim { page, request }) {
                    self.note(page, "gets the lock", "");
                    self.fact(page, Input::LockGranted);
                }
            }
            What::Stolen { request } => {
                if self.pages[page].claim == request {
                    self.note(page, "loses the lock", "");
                    self.fact(page, Input::LockLost);
                }
            }
            What::Queried => {
                let own = Claim { page, request: self.pages[page].claim };
                let held = self.lock.holder() == Some(own);
                self.note(page, "asked for its lock, which it holds:", held);
                self.fact(page, if held { Input::LockConfirmed } else { Input::LockLost });
            }
            What::Found => {
                let held = self.pages.iter().filter(|page| page.holds_own_lock);
                let tabs = held.map(|page| page.id).collect();
                self.fact(page, Input::TabsFound(tabs));
            }
            What::Delivered { from, envelope } => {
                let cut = self.cuts.get(&(from, page));
                if cut.is_none_or(|cut| self.now < *cut) && !self.pages[page].deaf {
                    self.note(page, "hears", from);
                    self.fact(page, Input::Posted(envelope));
                }
            }
            What::Gone { tab } => {
                let id = self.pages[tab].id;
                self.note(page, "misses", tab);
                self.fact(page, Input::TabGone(id));
            }
            What::Flushed => {
                self.pages[page].flush_asked = false;
                self.fact(page, Input::Flush);
            }
            What::Napped => self.fact(page, Input::NapOver),
            What::Woken { order } => {
                if self.pages[page].wake.is_some_and(|(_, awaited)| awaited == order) {
                    self.pages[page].wake = None;
                    self.note(page, "wakes", "");
                    self.with(page, Program::timeout);
                }
            }
            What::Other(fact) => self.with(page, |program, now| program.tell_other(fact, now)),
            What::Reaped => {}
        }
    }

    fn drain(&mut self, page: usize) {
        let now = self.clock_of(page);
        let led = self.pages[page].leads;
        while let Some(command) = self.pages[page].program.next_command(now) {
            match command {
                Ok(output) => self.carry_out(page, output),
                Err(other) => self.others.push((page, other)),
            }
        }
        let leads = self.pages[page].program.leads();
        self.pages[page].leads = leads;
        if led && !leads && self.has_lock(page) {
            // It keeps the lock for the heir that it named.
            self.released = self.now;
        }
        self.set_alarm(page);
    }

    fn has_lock(&self, page: usize) -> bool {
        self.lock.holder().is_some_and(|holder| holder.page == page)
    }

    fn carry_out(&mut self, page: usize, output: Output<Native>) {
        match output {
            Output::RequestLock => {
                self.requests += 1;
                self.pages[page].claim = self.requests;
                let granted = self.lock.request(Claim { page, request: self.requests });
                self.grant(granted);
            }
            Output::StealLock => {
                self.requests += 1;
                self.pages[page].claim = self.requests;
                let claim = Claim { page, request: self.requests };
                let victim = self.lock.take(claim);
                // To decide by itself a tab has to have run for longer.
                let called = self.pages[page].was_hung_at(self.now);
                let hung = victim.is_none_or(|victim| {
                    let new = if called { UNNOTICED } else { JUST_NOW };
                    let is_new = self.now < self.granted + new;
                    is_new || self.pages[victim.page].was_hung_at(self.now)
                });
                let at = self.now + self.slept;
                // Else it was called to take what another gave up.
                if self.now >= self.released + JUST_NOW {
                    self.thefts.push(Theft { at, page, hung, called });
                }
                self.note(page, "steals the lock", "");
                self.grant(Some(claim));
                self.rob(victim);
            }
            Output::ReleaseLock => {
                self.note(page, "releases the lock", "");
                if self.has_lock(page) {
                    self.released = self.now;
                }
                self.pages[page].claim = 0;
                let granted = self.lock.release(page);
                self.grant(granted);
            }
            Output::QueryLock => {
                let after = self.random(self.weather.lock_delay);
                self.schedule(after, page, What::Queried);
            }
            Output::QueryTabs => {
                let after = self.random(self.weather.lock_delay);
                self.schedule(after, page, What::Found);
            }
            Output::Post(envelope) => self.post(page, page, envelope),
            Output::PostAhead(envelope) => self.post(page, AHEAD, envelope),
            Output::PostEchoed(envelope) => self.post(page, ECHO, envelope),
            Output::WatchTab(id) => {
                if let Some(tab) = self.pages.iter().position(|page| page.id == id) {
                    self.watch(page, tab);
                }
            }
            Output::UnwatchTab(id) => {
                if let Some(tab) = self.pages.iter_mut().find(|page| page.id == id) {
                    tab.watchers.retain(|watcher| *watcher != page);
                }
            }
            Output::RequestFlush => {
                assert!(!self.pages[page].flush_asked, "one flush at a time");
                self.pages[page].flush_asked = true;
                let after = self.random(Duration::from_micros(200));
                self.schedule(after, page, What::Flushed);
            }
            Output::Nap(nap) => {
                assert!(can_nap(self.pages[page].id), "it was not said that it can");
                let late = self.random(Duration::from_millis(2));
                self.schedule(nap + late, page, What::Napped);
            }
            Output::Event(event) => unreachable!("an event is not a command: {event:?}"),
        }
    }

    /// Posts from a channel of a page, which all others hear.
    fn post(&mut self, from: usize, channel: usize, envelope: Envelope<Native>) {
        let what = if channel == AHEAD { "posts ahead" } else { "posts" };
        self.note(from, what, envelope.control.len());
        for to in 0..self.pages.len() {
            let is_own = to == from && channel != ECHO;
            let is_deaf = channel == AHEAD && !self.pages[to].visible;
            if is_own || is_deaf || matches!(self.pages[to].life, Life::Dead | Life::Cached) {
                continue;
            }
            let delay = self.random(self.weather.channel_delay);
            let newest = self.channel.entry((from, channel, to)).or_default();
            let at = (*newest).max(self.now + delay);
            *newest = at;
            let after = at - self.now;
            self.schedule(after, to, What::Delivered { from, envelope: envelope.clone() });
        }
    }

    fn watch(&mut self, watcher: usize, tab: usize) {
        if self.pages[tab].holds_own_lock {
            self.pages[tab].watchers.push(watcher);
        } else {
            let after = self.random(self.weather.lock_delay);
            self.schedule(after, watcher, What::Gone { tab });
        }
    }

    fn free_own_lock(&mut self, tab: usize) {
        self.pages[tab].holds_own_lock = false;
        for watcher in core::mem::take(&mut self.pages[tab].watchers) {
            let after = self.random(self.weather.lock_delay);
            self.schedule(after, watcher, What::Gone { tab });
        }
    }

    fn reap(&mut self, page: usize) {
        let granted = self.lock.release(page);
        self.grant(granted);
        self.free_own_lock(page);
    }

    fn grant(&mut self, granted: Option<Claim>) {
        if let Some(Claim { page, request }) = granted {
            self.granted = self.now;
            let after = self.random(self.weather.lock_delay);
            self.schedule(after, page, What::Granted { request });
        }
    }

    fn set_alarm(&mut self, page: usize) {
        let deadline = self.pages[page].program.deadline();
        if self.pages[page].wake.map(|(at, _)| at) == deadline {
            return;
        }
        self.pages[page].wake = deadline.map(|deadline| {
            let usual = self.weather.timer_lateness;
            let visible = self.pages[page].visible;
            let late = self.random(if visible { usual } else { usual.max(THROTTLED) });
            let after = deadline.saturating_since(self.clock_of(page)) + late;
            let order = self.scheduled;
            self.schedule(after, page, What::Woken { order });
            (deadline, order)
        });
    }

    fn schedule(&mut self, after: Duration, page: usize, what: What<P>) {
        let order = self.scheduled;
        self.scheduled += 1;
        self.happenings.insert(order, Happening { page, what });
        self.agenda.push(Reverse(Due { at: self.now + after, order }));
    }

    fn clock_of(&self, page: usize) -> Instant {
        Instant::from_origin(self.now + self.pages[page].age)
    }

    fn random(&mut self, up_to: Duration) -> Duration {
        if up_to.is_zero() {
            return up_to;
        }
        up_to.mul_f64(self.rng.fraction())
    }

    pub(crate) fn note(&mut self, page: usize, what: &'static str, detail: impl ToString) {
        self.trace.line(self.now, page, what, detail.to_string());
    }
}
