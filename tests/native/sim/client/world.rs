//! Tabs with whole clients, the network and the server, under whatever faults one likes.

use std::time::Duration;

use tabcast::backoff;
use tabcast::client::{Config, EmitId, EmitLimits};
use tabcast::engineio;
use tabcast::machine::Machine;
use tabcast::socketio;
use tabcast::tabs::{self, Role};

use super::adapter::Adapter;
use super::app::{App, AuthHabit, Command, Fact, Habits, Manner};
use super::check;
use super::network::{Arrival, Network};
use super::server::{Answers, Reply, Server, WireNo};
use super::shortcuts::Way;
use crate::sim::browser::{Browser, Life, can_nap};
use crate::sim::faults::Weather;

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) browser: Browser<App>,
    pub(crate) network: Network,
    pub(crate) server: Server,
    /// How the next tab behaves.
    pub(crate) habits: Habits,
    /// The next tab shares the connection.
    pub(crate) shares: bool,
    pub(crate) ring: usize,
    /// Checked after every step.
    pub(crate) law: fn(&World) -> Result<(), String>,
    seed: u64,
}

impl World {
    pub(crate) fn new(seed: u64, weather: Weather, adapter: Adapter) -> Self {
        Self {
            browser: Browser::new(seed, weather),
            network: Network::new(seed, Duration::from_millis(20)),
            server: Server::new(seed, adapter),
            habits: Habits {
                solo: None,
                auth: AuthHabit::AtOnce,
                shares_auth: true,
                answers: true,
                way: Way::Short,
            },
            shares: true,
            ring: 256,
            law: check::at_all_times,
            seed,
        }
    }

    /// Some tabs, the first one with the connection, all connected to `/`.
    pub(crate) fn with_tabs(tabs: usize, adapter: Adapter) -> Self {
        let mut world = Self::new(1, Weather::FAIR, adapter);
        world.law = check::one_connection;
        for _ in 0..tabs {
            world.open();
            world.run_for(200);
        }
        world
    }

    /// A tab that wants `/` connected.
    pub(crate) fn open(&mut self) -> usize {
        let page = self.open_idle();
        self.connect(page, 0);
        page
    }

    /// A tab that wants nothing yet.
    pub(crate) fn open_idle(&mut self) -> usize {
        let (page, habits, ring_parcels) = (self.browser.pages.len(), self.habits, self.ring);
        let seed = self.browser.rng.next_u64();
        let shares = self.shares;
        let page = self.browser.open(|id| {
            let mut socket = socketio::Config::new("wss://host/socket.io/");
            socket.backoff = backoff::Config {
                min: Duration::from_millis(100),
                max: Duration::from_millis(500),
                jitter: 0.5,
            };
            socket.timeout = Some(Duration::from_secs(3));
            let tab = tabs::Config {
                ring_parcels,
                outbox_requests: 64,
                naps: can_nap(id),
                ..tabs::Config::new(id)
            };
            let share = shares.then_some(tab);
            let limits = EmitLimits::default();
            App::new(page, Config { socket, share, limits, seed }, habits)
        });
        self.serve();
        page
    }

    pub(crate) fn connect(&mut self, page: usize, socket: usize) {
        self.with(page, |app, now| app.connect(socket, now));
    }

    pub(crate) fn disconnect(&mut self, page: usize, socket: usize) {
        self.with(page, |app, now| app.disconnect(socket, now));
    }

    pub(crate) fn emit(&mut self, page: usize, socket: usize, manner: Manner) -> EmitId {
        self.with(page, |app, now| app.emit(socket, manner, now))
    }

    /// An emit over `/` that wants to be acknowledged.
    pub(crate) fn ask_server(&mut self, page: usize) -> EmitId {
        self.emit(page, 0, Manner { wants_ack: true, ..Manner::default() })
    }

    pub(crate) fn broadcast(&mut self, name: &str) {
        self.server.broadcast(name);
        self.serve();
    }

    pub(crate) fn kill(&mut self, page: usize) {
        self.browser.kill(page);
        for wire in self.network.of_page(page) {
            self.network.tear(wire, self.browser.now());
        }
        self.serve();
    }

    pub(crate) fn close(&mut self, page: usize) {
        self.browser.close(page);
        self.serve();
    }

    pub(crate) fn act(&mut self, action: impl FnOnce(&mut Browser<App>)) {
        action(&mut self.browser);
        self.serve();
    }

    /// Both ends hear of it; what is on the way is lost.
    pub(crate) fn cut(&mut self, wire: WireNo) {
        let now = self.browser.now();
        self.network.tear(wire, now);
        let Some(page) = self.network.wires.get(&wire).map(|wire| wire.page) else { return };
        self.browser.note(page, "is cut off", wire);
        let fact = engineio::Input::SocketClosed { code: 1006, reason: String::new() };
        self.browser.inform(page, Duration::ZERO, Fact::Socket(wire, fact));
    }

    /// Nobody hears of it; nothing goes through any more.
    pub(crate) fn black_hole(&mut self, wire: WireNo) {
        if let Some(state) = self.network.wires.get_mut(&wire) {
            (state.black_hole, state.broken) = (true, true);
            let page = state.page;
            self.browser.note(page, "is in a black hole", wire);
        }
    }

    pub(crate) fn restart_server(&mut self) {
        self.browser.note(SERVER, "server restarts", "");
        for wire in self.server.wires() {
            self.network.wires.get_mut(&wire).expect("a known wire").broken = true;
        }
        self.server.restart();
        self.serve();
    }

    /// The open wire of the tab that has the connection.
    pub(crate) fn wire(&self) -> Option<WireNo> {
        self.running().find_map(|page| self.wire_of(page))
    }

    /// The newest open wire of a tab.
    pub(crate) fn wire_of(&self, page: usize) -> Option<WireNo> {
        self.app(page).wires.keys().next_back().copied()
    }

    pub(crate) fn app(&self, page: usize) -> &App {
        &self.browser.pages[page].program
    }

    pub(crate) fn leader(&self) -> Option<usize> {
        self.running().find(|&page| self.app(page).role == Role::Leader)
    }

    pub(crate) fn running(&self) -> impl Iterator<Item = usize> {
        self.living(Life::Running)
    }

    pub(crate) fn living(&self, life: Life) -> impl Iterator<Item = usize> {
        let pages = self.browser.pages.iter().enumerate();
        pages.filter(move |(_, page)| page.life == life).map(|(index, _)| index)
    }

    pub(crate) fn run_for(&mut self, millis: u64) {
        let end = self.browser.now() + Duration::from_millis(millis);
        loop {
            let next = [self.network.next_arrival(), self.server.next_job()];
            let until = next.into_iter().flatten().min().unwrap_or(end).min(end);
            let stepped = self.browser.step(until);
            let worked = !stepped && self.work();
            self.serve();
            self.must((self.law)(self));
            if !stepped && !worked && until == end {
                return;
            }
        }
    }

    /// Runs until it is so; fails if that takes half a minute.
    pub(crate) fn run_until(&mut self, what: &str, so: impl Fn(&Self) -> bool) {
        for _ in 0..30_000 {
            if so(self) {
                return;
            }
            self.run_for(1);
        }
        self.must(Err(format!("never: {what}")));
    }

    /// Ends all faults, lets things settle, and checks what must be true then.
    pub(crate) fn calm(&mut self) {
        for page in 0..self.browser.pages.len() {
            match self.browser.pages[page].life {
                Life::Frozen | Life::Hung => self.act(|browser| browser.resume(page)),
                Life::Cached => self.act(|browser| browser.navigate_back(page)),
                Life::Running | Life::Dead => {}
            }
        }
        for page in self.running().collect::<Vec<_>>() {
            self.act(|browser| browser.show(page, true));
        }
        self.network.refuses = false;
        self.server.refused.clear();
        self.server.answers = Answers::AtOnce;
        self.run_for(12_000);
        self.must(check::connected_as_wanted(self));
        for name in super::app::NAMESPACES {
            self.broadcast(name);
        }
        let pages: Vec<usize> = self.running().collect();
        for page in pages {
            let late = self.browser.weather.timer_lateness;
            self.with(page, |app, now| app.say_last_words(now, late));
        }
        self.run_for(1_000);
        self.must(check::after_calm(self));
    }

    /// Fails with all that is needed to find out why.
    pub(crate) fn must(&self, result: Result<(), String>) {
        if let Err(wrong) = result {
            panic!("seed {}: {wrong}\n{}", self.seed, self.browser.trace);
        }
    }

    pub(crate) fn with<T>(
        &mut self,
        page: usize,
        act: impl FnOnce(&mut App, tabcast::time::Instant) -> T,
    ) -> T {
        let result = self.browser.with(page, act);
        self.serve();
        result
    }

    fn work(&mut self) -> bool {
        let now = self.browser.now();
        let due = self.server.next_job().is_some_and(|at| at <= now);
        self.server.work(now);
        let Some((wire, arrival)) = self.network.arrive(now) else { return due };
        match arrival {
            Arrival::Opened if self.network.refuses => {
                self.tell(wire, engineio::Input::SocketFailed);
            }
            Arrival::Opened => {
                self.tell(wire, engineio::Input::SocketOpened);
                self.server.opened(wire, now);
            }
            Arrival::Frame(frame) => {
                self.browser.note(SERVER, "server hears", format!("{wire} {frame:?}"));
                self.server.received(wire, frame, now);
            }
            Arrival::Closed => {
                self.browser.note(SERVER, "server loses", wire);
                self.server.closed(wire);
            }
        }
        true
    }

    /// Carries out what pages and server ask for.
    pub(crate) fn serve(&mut self) {
        let now = self.browser.now();
        for (page, command) in core::mem::take(&mut self.browser.others) {
            match command {
                Command::Open(wire) => {
                    self.browser.note(page, "opens wire", wire);
                    self.network.open(wire, page, now);
                }
                Command::Send(wire, frame) => {
                    self.browser.note(page, "sends", format!("{frame:?}"));
                    self.network.send(wire, frame, now);
                }
                Command::Close(wire) => {
                    self.browser.note(page, "closes wire", wire);
                    self.network.close(wire, now);
                }
                Command::FetchAuth(request, auth) => {
                    let after = Duration::from_millis(self.browser.rng.below(300));
                    self.browser.inform(page, after, Fact::Auth(request, auth));
                }
                Command::Note(what, detail) => self.browser.note(page, what, detail),
            }
        }
        while let Some(reply) = self.server.poll_reply() {
            match reply {
                Reply::Send(wire, frame) => {
                    self.tell(wire, engineio::Input::FrameReceived(frame));
                }
                Reply::Close(wire) => {
                    let reason = String::new();
                    self.tell(wire, engineio::Input::SocketClosed { code: 1000, reason });
                }
            }
        }
    }

    fn tell(&mut self, wire: WireNo, fact: engineio::Input<tabcast::host::Native>) {
        let now = self.browser.now();
        if let Some((page, after)) = self.network.time_down(wire, now) {
            self.browser.inform(page, after, Fact::Socket(wire, fact));
        }
    }
}

impl App {
    /// Proves that the way to the server is free.
    fn say_last_words(&mut self, now: tabcast::time::Instant, late: Duration) {
        for socket in 0..self.sockets.len() {
            if self.wants(socket) {
                let id = self.emit(socket, Manner { wants_ack: true, ..Manner::default() }, now);
                self.last_words.push(id);
            }
        }
        // One that comes after a quiet second waits until the tab knows that it leads, and is set anew.
        let overdue = self.client.poll_timeout().filter(|at| *at + 2 * late < now);
        assert_eq!(overdue, None, "no timer is overdue");
    }
}

/// In the trace the server has the number of a tab that never is.
const SERVER: usize = 99;
