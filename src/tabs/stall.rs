//! What a leader does after its event loop stood still: nothing, until it knows that it still leads.
//!
//! When a frozen or hung page runs again, queued callbacks of its socket and of the channel run
//! before it learns that its lock was stolen.

use core::mem;

use crate::host::Host;
use crate::time::Instant;

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
    pub(super) const fn is_in_doubt(&self) -> bool {
        matches!(self.stall, Stall::Doubt { .. })
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
        let Stall::Doubt { held, .. } = &mut self.stall else {
            if matches!(input, Input::Page(PageFact::Stalled)) && self.is_bidding_or_leading() {
                self.stall = Stall::Doubt { asked: false, held: Vec::new() };
                return None;
            }
            return Some(input);
        };
        match input {
            Input::LockConfirmed | Input::LockLost => {
                let held = mem::take(held);
                self.stall = Stall::None;
                self.take_in(input, now);
                for input in held {
                    self.take_in(input, now);
                }
                None
            }
            Input::Page(PageFact::Frozen | PageFact::Left)
            | Input::SharingUnavailable(_)
            | Input::Flush => Some(input),
            _ if held.len() >= MAX_HELD => {
                self.abdicate();
                self.rejoin();
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
        if self.is_in_doubt() {
            self.stall = Stall::None;
            self.out.depose();
        } else {
            self.out.seal();
        }
    }
}
