//! What tabs that somebody sees hear ahead of the others.
//!
//! While some of the other tabs are visible and some hidden, the log goes to all of them at the calm
//! pace, and what waits for it goes to the visible ones at their own. It is a copy: all that is said
//! ahead is said to all later, or nobody need hear it, so what is lost here is not lost.

use core::time::Duration;

use crate::host::Host;
use crate::time::Instant;

use super::wire::{self, Header, Message};
use super::{Envelope, Parcel};

#[derive(Debug)]
pub(super) struct Ahead<H: Host> {
    /// `None`: nothing is said ahead.
    pub(super) pace: Option<Duration>,
    envelope: Option<Envelope<H>>,
    due: Option<Instant>,
    /// When the other tabs last heard something.
    heard: Option<Instant>,
}

impl<H: Host> Ahead<H> {
    pub(super) const fn new() -> Self {
        Self { pace: None, envelope: None, due: None, heard: None }
    }

    /// Whether anything is said ahead.
    pub(super) const fn is_used(&self) -> bool {
        self.pace.is_some()
    }

    /// Adds an entry of the log that has to wait. Says when it is to leave, if that is new.
    pub(super) fn add(
        &mut self,
        header: Header,
        seq: u64,
        parcel: Option<&Parcel<H>>,
        now: Instant,
    ) -> Option<Instant> {
        let pace = self.pace?;
        let envelope = self.envelope.get_or_insert_with(|| wire::begin(header));
        wire::add(envelope, &Message::Ahead { seq }, parcel);
        if self.due.is_some() {
            return None;
        }
        self.due = Some(self.heard.map_or(now, |heard| (heard + pace).max(now)));
        self.due
    }

    /// When [`take`](Self::take) is to be called.
    pub(super) const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// What leaves now.
    pub(super) fn take(&mut self, now: Instant) -> Option<Envelope<H>> {
        let envelope = self.envelope.take()?;
        self.end_wait(now);
        Some(envelope)
    }

    /// All tabs hear all that there is.
    pub(super) fn end_wait(&mut self, now: Instant) {
        (self.envelope, self.due, self.heard) = (None, None, Some(now));
    }
}
