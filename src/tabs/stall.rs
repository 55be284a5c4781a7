//! What a leader does after its event loop stood still: nothing, until it knows that it still leads.
//!
//! When a frozen or hung page runs again, queued callbacks of its socket and of the channel run
//! before it learns that its lock was stolen.

use core::mem;

use crate::host::Host;
use crate::time::Instant;

use super::election::Phase;
use super::{Input, Output, PageFact, Tab};

/// A leader that has to hold back more than this has stood still for too long to go on leading.
const MAX_HELD: usize = 4096;

#[derive(Debug, Default)]
pub(super) enum Stall<H: Host> {
    #[default]
    None,
    /// The lock is in doubt; these facts wait until the doubt is over.
    Doubt { asked: bool, held: Vec<Input<H>> },
}

impl<H: Host> Tab<H> {
    /// Notices that the event loop stood still, as every call does. An owner that is about to act
    /// as the leader on something else than this tab's events calls it first, and waits while
    /// there is [doubt](Self::is_in_doubt).
    pub fn check_stall(&mut self, now: Instant) {
        if self.passes_gap(now) && self.is_bidding_or_leading() {
            self.begin_doubt();
        }
    }

    /// Whether this tab waits to be told if it still holds the lock: as long as it does, it takes
    /// in nothing and puts out nothing.
    pub const fn is_in_doubt(&self) -> bool {
        matches!(self.stall, Stall::Doubt { .. })
    }

    /// As `check_stall`, but a grant of the lock is in doubt too if it comes after a gap: it may
    /// be old, and the lock another's by now.
    pub(super) fn check_stall_before(&mut self, input: &Input<H>, now: Instant) {
        let granted = matches!(input, Input::LockGranted) && self.phase == Phase::Queued;
        let late = self.passes_gap(now);
        if late && self.is_bidding_or_leading() || granted && self.has_just_woken(now) {
            self.begin_doubt();
        }
    }

    /// Whether the event loop stood still a moment ago: what comes now may have waited for long,
    /// and what it led to may come next.
    pub(super) fn has_just_woken(&self, now: Instant) -> bool {
        self.woken.is_some_and(|at| now.saturating_since(at) < self.config.stall_after())
    }

    /// The one output of a tab in doubt, once.
    pub(super) fn ask_for_certainty(&mut self) -> Option<Output<H>> {
        match &mut self.stall {
            Stall::Doubt { asked, .. } if !*asked => {
                *asked = true;
                Some(Output::QueryLock)
            }
            _ => None,
        }
    }

    /// Gives the fact back if it is to be taken in now.
    pub(super) fn hold_back(&mut self, input: Input<H>, now: Instant) -> Option<Input<H>> {
        let Stall::Doubt { held, .. } = &mut self.stall else { return Some(input) };
        match input {
            Input::LockConfirmed | Input::LockLost => {
                let mut held = mem::take(held);
                self.stall = Stall::None;
                if matches!(input, Input::LockLost) {
                    held.retain(|held| !matches!(held, Input::LockGranted));
                }
                self.take_in(input, now);
                for input in held {
                    self.take_in(input, now);
                }
                None
            }
            Input::Page(PageFact::Frozen | PageFact::Left)
            | Input::SharingUnavailable(_)
            | Input::Flush
            | Input::NapOver => Some(input),
            _ if held.len() >= MAX_HELD => {
                self.abdicate();
                self.rejoin(now);
                None
            }
            input => {
                held.push(input);
                None
            }
        }
    }

    /// Before leadership is given up: what was said still leaves, unless it was said in doubt.
    pub(super) fn close_posts(&mut self) {
        let in_doubt = mem::take(&mut self.stall);
        if matches!(in_doubt, Stall::Doubt { .. }) && self.is_bidding_or_leading() {
            self.out.depose();
        } else {
            self.out.seal();
        }
    }

    fn begin_doubt(&mut self) {
        if !self.is_in_doubt() {
            self.stall = Stall::Doubt { asked: false, held: Vec::new() };
        }
    }

    fn passes_gap(&mut self, now: Instant) -> bool {
        let gap = now.saturating_since(self.turn);
        self.turn = self.turn.max(now);
        self.out.set_time(self.turn);
        let late = gap > self.config.stall_after();
        if late {
            self.woken = Some(now);
        }
        late
    }
}
