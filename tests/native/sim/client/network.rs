//! WebSockets between pages and the server: reliable and in order until they are cut.

use std::collections::BTreeMap;
use std::time::Duration;

use tabcast::engineio::Frame;
use tabcast::host::Native;
use tabcast::rng::Rng;

use super::server::WireNo;

#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) wires: BTreeMap<WireNo, Wire>,
    /// Nobody can open a connection.
    pub(crate) refuses: bool,
    /// Upper bound for a frame, either way.
    pub(crate) latency: Duration,
    /// Upper bound for how much later than the rest the end of a connection is seen.
    pub(crate) slow_close: Duration,
    arrivals: BTreeMap<(Duration, u64), (WireNo, Arrival)>,
    order: u64,
    rng: Rng,
}

#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) page: usize,
    /// It swallows everything.
    pub(crate) black_hole: bool,
    /// It was not ended in good order: what was on the way is lost.
    pub(crate) broken: bool,
    up: Duration,
    down: Duration,
}

/// Something that reaches the server.
#[derive(Debug)]
pub(crate) enum Arrival {
    Opened,
    Frame(Frame<Native>),
    Closed,
}

impl Network {
    pub(crate) fn new(seed: u64, latency: Duration) -> Self {
        Self {
            wires: BTreeMap::new(),
            refuses: false,
            latency,
            slow_close: Duration::ZERO,
            arrivals: BTreeMap::new(),
            order: 0,
            rng: Rng::new(seed ^ 0x0e7),
        }
    }

    pub(crate) fn next_arrival(&self) -> Option<Duration> {
        self.arrivals.keys().next().map(|(at, _)| *at)
    }

    pub(crate) fn arrive(&mut self, now: Duration) -> Option<(WireNo, Arrival)> {
        let due = self.arrivals.first_entry().filter(|entry| entry.key().0 <= now)?;
        Some(due.remove())
    }

    pub(crate) fn open(&mut self, wire: WireNo, page: usize, now: Duration) {
        let state = Wire { page, black_hole: false, broken: false, up: now, down: now };
        self.wires.insert(wire, state);
        self.schedule(wire, Arrival::Opened, now, Duration::ZERO);
    }

    pub(crate) fn send(&mut self, wire: WireNo, frame: Frame<Native>, now: Duration) {
        self.schedule(wire, Arrival::Frame(frame), now, Duration::ZERO);
    }

    /// The page closed its end, in good order: what it sent arrives.
    pub(crate) fn close(&mut self, wire: WireNo, now: Duration) {
        let more = self.random(self.slow_close);
        self.schedule(wire, Arrival::Closed, now, more);
    }

    /// The end of a connection, of whose last frames some are lost. The page does not know.
    pub(crate) fn tear(&mut self, wire: WireNo, now: Duration) {
        let Some(state) = self.wires.get_mut(&wire) else { return };
        state.broken = true;
        let after = now + self.random(self.latency);
        self.arrivals.retain(|(at, _), (of, _)| *of != wire || *at <= after);
        let more = self.random(self.slow_close);
        self.schedule(wire, Arrival::Closed, now, more);
    }

    /// When what the server sends now reaches the page; `None` if it never does.
    pub(crate) fn time_down(&mut self, wire: WireNo, now: Duration) -> Option<(usize, Duration)> {
        let latency = self.random(self.latency);
        let state = self.wires.get_mut(&wire).filter(|wire| !wire.black_hole)?;
        state.down = state.down.max(now + latency);
        Some((state.page, state.down - now))
    }

    /// The wires that pages opened and nobody has ended.
    pub(crate) fn of_page(&self, page: usize) -> Vec<WireNo> {
        let own = self.wires.iter().filter(|(_, wire)| wire.page == page);
        own.map(|(number, _)| *number).collect()
    }

    fn schedule(&mut self, wire: WireNo, arrival: Arrival, now: Duration, more: Duration) {
        let latency = self.random(self.latency) + more;
        let Some(state) = self.wires.get_mut(&wire).filter(|wire| !wire.black_hole) else { return };
        state.up = state.up.max(now + latency);
        self.order += 1;
        self.arrivals.insert((state.up, self.order), (wire, arrival));
    }

    fn random(&mut self, up_to: Duration) -> Duration {
        up_to.mul_f64(self.rng.fraction())
    }
}
