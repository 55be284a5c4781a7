//! Whether the tab that holds the lock is alive; if it is not, a visible tab steals the lock.
//!
//! A hung page keeps its lock, and nobody is told. So who waits for it asks: a ping, when something
//! that was said to the leader or by it is followed by silence, else when it has been quiet for long.
//! Whoever holds the lock answers at once, however much it has to do otherwise.
//!
//! To steal is to end somebody's connection, so a tab first makes sure that the fault is not its
//! own: it counts only time in which its own event loop ran, and only if it heard its own ping. And
//! after a theft there is a pause for all tabs of the scope: two tabs that both believe the other
//! dead would else steal from each other for ever.

use core::time::Duration;

use crate::host::Host;
use crate::time::Instant;

use super::election::Phase;
use super::tab::Timer;
use super::wire::{Header, Message, Said};
use super::{Output, Tab, TabId};

/// How long an idle leader may be silent before it is asked whether it is there.
const QUIET: Duration = Duration::from_secs(20);
/// How often a tab looks whether its ping was answered, as a part of the patience.
const LOOKS: u32 = 6;

#[derive(Debug, Default)]
pub(super) struct Vigil {
    /// When the leader was last heard; or, if it was spoken to after that, when that was.
    since: Instant,
    /// Something was said that makes one expect more. A pong ends that.
    expectant: bool,
    ping: Option<Ping>,
    /// When the lock of the scope was last stolen, as far as known.
    stolen: Option<Instant>,
}

#[derive(Debug)]
struct Ping {
    /// Own running time without an answer.
    silence: Duration,
    looked: Instant,
    /// It came back to this tab: the channel works.
    echoed: bool,
}

impl<H: Host> Tab<H> {
    /// Begins to wait for a leader, or goes on to.
    pub(super) fn keep_vigil(&mut self, now: Instant) {
        self.vigil.ping = None;
        self.expect(now);
        self.vigil.since = now;
    }

    /// Something was said to the leader.
    pub(super) fn expect(&mut self, now: Instant) {
        if !core::mem::replace(&mut self.vigil.expectant, true) {
            self.vigil.since = now;
        }
        self.look_soon(now);
    }

    /// Whatever a leader says is a sign of life.
    pub(super) fn hear_leader(&mut self, header: Header, said: &[Said<'_, H>], now: Instant) {
        if header.term != self.seen || header.from != self.seen.tab() {
            return;
        }
        let only_pongs = said.iter().all(|said| said.message == Message::Pong);
        let begins = |message: &Message<'_>| {
            matches!(message, Message::Lead { .. } | Message::Open { .. } | Message::Pong)
        };
        // The tab that led may have given the lock to one that is silent, and speak for itself.
        if self.leader.is_some() || said.iter().any(|said| begins(&said.message)) {
            self.vigil.ping = None;
            self.vigil.since = now;
            self.vigil.expectant = !only_pongs;
            self.look_soon(now);
        }
    }

    pub(super) fn on_ping(&mut self, from: TabId) {
        if from == self.config.id {
            if let Some(ping) = &mut self.vigil.ping {
                ping.echoed = true;
            }
        } else if self.is_bidding_or_leading() {
            self.say(&Message::Pong);
        }
    }

    pub(super) fn on_stolen(&mut self, ago: u32, now: Instant) {
        let at = now - Duration::from_millis(ago.into());
        self.vigil.stolen = self.vigil.stolen.max(Some(at));
    }

    /// Tells tabs that may not know of the last theft when it was.
    pub(super) fn say_stolen(&mut self, now: Instant) {
        if let Some(at) = self.vigil.stolen.filter(|_| self.is_in_pause(now)) {
            let ago = now.saturating_since(at).as_millis();
            self.say(&Message::Stolen { ago: u32::try_from(ago).unwrap_or(u32::MAX) });
        }
    }

    /// Asks, or looks whether there is an answer.
    pub(super) fn look_after_leader(&mut self, now: Instant) {
        let Some(patience) = self.patience() else { return };
        let step = patience / LOOKS;
        let stall = self.config.stall_after();
        let enough = patience - patience / 3 + self.jitter(step / 2);
        let may_steal = !self.is_in_pause(now);
        let next = match &mut self.vigil.ping {
            None => {
                let due = self.vigil.due(patience / 3);
                if now < due {
                    due
                } else {
                    self.say_ping(now);
                    now + step
                }
            }
            Some(ping) => {
                let ran = now.saturating_since(core::mem::replace(&mut ping.looked, now));
                ping.silence += ran.min(step);
                let missing = enough.saturating_sub(ping.silence);
                // Else the answer, or another leader, may wait behind this call.
                let in_time = ran < step * 2;
                if ran > stall {
                    // The machine slept, or this page hung: the leader perhaps did too.
                    self.say_ping(now);
                } else if missing.is_zero() && ping.echoed && may_steal && in_time {
                    return self.steal(now);
                }
                now + if missing.is_zero() { step } else { missing.min(step) }
            }
        };
        self.timers.set(Timer::Vigil, next);
    }

    fn steal(&mut self, now: Instant) {
        self.vigil.stolen = Some(now);
        self.keep_vigil(now);
        self.forced = true;
        // Whoever has it was silent for longer than it takes to be in doubt.
        self.unaware = None;
        // The sooner others hear of it, the less likely is it that they do the same.
        self.say_stolen(now);
        self.out.seal();
        self.out.command(Output::StealLock);
    }

    fn say_ping(&mut self, now: Instant) {
        self.vigil.ping = Some(Ping { silence: Duration::ZERO, looked: now, echoed: false });
        let envelope = super::outgoing::single(self.header(), &Message::Ping);
        self.out.command(Output::PostEchoed(envelope));
    }

    /// How long this tab puts up with silence; `None` if it does not look at all.
    fn patience(&self) -> Option<Duration> {
        let waits = self.visible && self.phase == Phase::Queued;
        self.config.steal_after.filter(|_| waits)
    }

    fn look_soon(&mut self, now: Instant) {
        if let Some(patience) = self.patience() {
            let due = self.vigil.due(patience / 3).max(now);
            // A look that comes early sets the next one: cheaper than a new time for every message.
            if self.timers.due(Timer::Vigil).is_none_or(|at| at > due) {
                self.timers.set(Timer::Vigil, due);
            }
        }
    }

    fn is_in_pause(&self, now: Instant) -> bool {
        let pause = self.config.steal_pause;
        let pause = pause.saturating_add(self.jitter(pause / 8));
        self.vigil.stolen.is_some_and(|at| now.saturating_since(at) < pause)
    }

    /// A part of `most` that differs from tab to tab, so that they do not act at the same moment.
    fn jitter(&self, most: Duration) -> Duration {
        most / 256 * u32::from(self.config.id.low_byte())
    }
}

impl Vigil {
    fn due(&self, probe: Duration) -> Instant {
        self.since + if self.expectant { probe } else { QUIET }
    }
}
