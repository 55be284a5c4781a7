//! Lets go of a stream that nobody can see.

use super::{Feed, Timer};
use crate::feed::wire::Status;
use crate::host::Host;
use crate::machine::Machine;
use crate::sse;
use crate::tabs::Role;
use crate::time::Instant;

impl<H: Host> Feed<H> {
    /// Lets go of a stream that nobody can see, and takes it up when somebody can.
    pub(super) fn weigh_visibility(&mut self, now: Instant) {
        let Some(after) = self.config.pause_after.filter(|_| self.config.stream.repeatable) else {
            return;
        };
        let visible = self.is_visible_anywhere();
        let Some(leading) = &mut self.leading else { return };
        if visible {
            self.timers.stop(Timer::Pause);
            if core::mem::take(&mut leading.paused) {
                leading.stream.handle_input(sse::Input::PageShown, now);
            }
        } else if !leading.paused && !self.timers.is_set(Timer::Pause) {
            self.timers.set(Timer::Pause, now + after);
        }
    }

    pub(super) fn pause(&mut self, now: Instant) {
        if let Some(leading) = &mut self.leading {
            leading.paused = true;
            leading.stream.handle_input(sse::Input::PageFrozen, now);
            let down = leading.now_is(Status::Paused);
            self.publish(down, None, now);
        }
    }

    fn is_visible_anywhere(&self) -> bool {
        match &self.tab {
            Some(tab) if tab.role() == Role::Leader => tab.roster().visible > 0,
            _ => self.visible,
        }
    }
}
