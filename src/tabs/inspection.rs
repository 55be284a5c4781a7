//! How a tab is doing, for whoever looks into it.

use crate::host::Host;

use super::Tab;

/// What a tab has counted so far, and what it holds now. Counts stop at their greatest value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inspection {
    /// Requests of this tab that wait for the leader to accept them.
    pub queue: u32,
    /// Parcels of the log that this tab knows to exist and lacks.
    pub lag: u32,
    /// Parcels kept for tabs that lack them.
    pub kept: u32,
    /// Parcels that this tab, as leader, added to the log.
    pub published: u32,
    /// Parcels that this tab got from the log.
    pub received: u32,
    /// Times that a part of the log was found missing.
    pub gaps: u32,
    /// Times that a missing part came from another tab's ring.
    pub refilled: u32,
    /// Times that the state of things came instead of a missing part.
    pub restated: u32,
    /// Envelopes that were ignored, as nothing of this version can read them.
    pub foreign: u32,
    /// Envelopes that were ignored, as another wire version wrote them.
    pub other_version: u32,
    /// Envelopes of a leader that was replaced; nothing of its log was taken.
    pub stale: u32,
}

impl Inspection {
    /// All numbers, in the order of the fields.
    pub const fn numbers(self) -> [u32; 11] {
        [
            self.queue,
            self.lag,
            self.kept,
            self.published,
            self.received,
            self.gaps,
            self.refilled,
            self.restated,
            self.foreign,
            self.other_version,
            self.stale,
        ]
    }
}

impl<H: Host> Tab<H> {
    /// How this tab is doing.
    pub fn inspect(&self) -> Inspection {
        let place = self.ring.position().map_or(0, |position| position.seq);
        Inspection {
            queue: count(self.outbox.len()),
            lag: u32::try_from(self.heard.saturating_sub(place)).unwrap_or(u32::MAX),
            kept: count(self.ring.len()),
            ..self.counted
        }
    }
}

/// Counts one more.
pub(super) const fn note(counter: &mut u32) {
    *counter = counter.saturating_add(1);
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
