//! Settings of a tab, and its refusals.

use core::fmt;
use core::time::Duration;

use super::TabId;

/// Settings of a [`Tab`](super::Tab). All tabs of a scope should agree on them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// This tab.
    pub id: TabId,
    /// How many parcels a tab keeps for those that lack them. Default 1,024.
    pub ring_parcels: usize,
    /// How many units (bytes and units of text) of parcels a tab keeps. Default 1 Mi.
    pub ring_units: usize,
    /// How many requests may wait to be accepted. Default 1,024.
    pub outbox_requests: usize,
    /// How many units of requests may wait to be accepted. Default 4 Mi.
    pub outbox_units: usize,
    /// How far apart posts of events are at the least, if another tab can be seen; what comes
    /// between goes into the next. A few may be closer, if that time was saved before. Zero: the next
    /// task. Default 4 ms.
    pub pace: Duration,
    /// The same, if no other tab can be seen. Default 40 ms.
    pub calm_pace: Duration,
    /// Whether the host carries out [`Output::Nap`](super::Output::Nap). If not, events leave a
    /// hidden tab with the next task. Default no.
    pub naps: bool,
    /// How long an heir waits for the answers of other tabs. Default 50 ms.
    pub collect: Duration,
    /// How long a visible tab waits for a sign of life of whoever holds the lock before it steals
    /// it, counted from what went unanswered; `None`: never. Default 1.5 s.
    pub steal_after: Option<Duration>,
    /// How long after a theft nobody steals again. Default 30 s.
    pub steal_pause: Duration,
    /// After which time a leader that nobody sees hands over to a tab that somebody sees; `None`:
    /// never. For devices that suspend hidden pages. Default `None`.
    pub yield_hidden_after: Option<Duration>,
}

impl Config {
    /// The defaults, for the tab `id`.
    pub const fn new(id: TabId) -> Self {
        Self {
            id,
            ring_parcels: 1024,
            ring_units: 1 << 20,
            outbox_requests: 1024,
            outbox_units: 4 << 20,
            pace: Duration::from_millis(4),
            calm_pace: Duration::from_millis(40),
            naps: false,
            collect: Duration::from_millis(50),
            steal_after: Some(Duration::from_millis(1500)),
            steal_pause: Duration::from_secs(30),
            yield_hidden_after: None,
        }
    }

    /// How long the event loop of a tab may stand still before its lock is in doubt: less than it
    /// takes to be robbed.
    pub(super) fn stall_after(&self) -> Duration {
        let robbed = self.steal_after.unwrap_or(Duration::MAX);
        (robbed / 3 * 2).min(Duration::from_secs(1))
    }
}

/// What becomes of a request that was posted to a leader which ended before accepting it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnHandover {
    /// It is posted again to the next leader (at least once).
    Resend,
    /// Its fate is reported as [`Unknown`](super::Event::Unknown) and it is forgotten (at most once).
    Report,
}

/// Refusal of a request: too many, or too large ones, wait to be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutboxFull;

impl fmt::Display for OutboxFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unable to send; too much is waiting for the connection")
    }
}

impl core::error::Error for OutboxFull {}

/// Refusal of an interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InterestRefused {
    /// The key is longer than 256 bytes.
    TooLong,
    /// The tab holds 1,024 keys already.
    TooMany,
}

impl fmt::Display for InterestRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "unable to hold an interest; its key is too long",
            Self::TooMany => "unable to hold an interest; the tab holds too many",
        })
    }
}

impl core::error::Error for InterestRefused {}
