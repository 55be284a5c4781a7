//! Names of tabs, leaderships, requests and places in the log.

use core::fmt;

use serde::{Deserialize, Serialize};

/// Identifier of a tab, random and opaque.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TabId(u64);

impl TabId {
    /// An id made of 64 random bits.
    pub const fn from_random(bits: u64) -> Self {
        Self(bits)
    }

    pub(super) const fn low_byte(self) -> u8 {
        self.0 as u8
    }

    /// Reads what [`Display`](fmt::Display) wrote, in the name of a lock for instance.
    pub fn parse(text: &str) -> Option<Self> {
        u64::from_str_radix(text, 16).ok().map(Self)
    }
}

impl fmt::Display for TabId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A leadership. Later ones are greater; no two leaderships have the same term.
// The tab is part of the term, so two tabs that bid at once can never bid the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Term {
    round: u64,
    tab: TabId,
}

impl Term {
    /// Before any leadership.
    pub const NONE: Self = Self { round: 0, tab: TabId(0) };

    /// Rounds from here on are nobody's honest bid: they would leave no room to outbid.
    const END: u64 = 1 << 48;

    /// The number of the round that this leadership won, from 1; 0 if there was none yet.
    pub const fn number(self) -> u64 {
        self.round
    }

    /// The tab that leads in this term.
    pub(super) const fn tab(self) -> TabId {
        self.tab
    }

    /// The bid of `tab` above this term.
    pub(super) const fn outbid(self, tab: TabId) -> Self {
        Self { round: self.round.saturating_add(1), tab }
    }

    pub(super) const fn is_plausible(self) -> bool {
        self.round < Self::END
    }
}

/// Number of a request, counted by the tab that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RequestNo(u64);

impl RequestNo {
    pub(crate) const FIRST: Self = Self(1);

    pub(crate) const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for RequestNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A place in the log: the newest parcel that a tab has, by the term that wrote it.
///
/// Equal places mean equal logs, since one term has one writer; of two places the greater belongs
/// to the log that a later leader continued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Position {
    pub(super) term: Term,
    pub(super) seq: u64,
}

/// The part of the log that a tab can give to others: all after `base`, up to `position`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Span {
    pub(super) base: Position,
    pub(super) position: Position,
}
