//! When a socket has sent what it was given: browsers say how much waits, and not when it left.

use std::cell::RefCell;
use std::rc::Rc;

use super::timer::{Timer, Timers};

/// Bytes that a socket may hold before the app is asked to wait.
const HIGH: u32 = 1 << 20;
/// Bytes below which it may go on.
const LOW: u32 = HIGH / 4;
const EVERY_MS: u32 = 20;

/// Watches how much a socket holds.
#[derive(Clone, Default)]
pub(crate) struct Drain {
    /// Set while more waits than should.
    alarm: Rc<RefCell<Option<Timer>>>,
}

impl Drain {
    /// Something was handed to the socket, which now holds `waiting` bytes. Says whether that has
    /// become too much; then asks `waiting` from time to time and calls `drained` once.
    pub(crate) fn note(
        &self,
        waiting: u32,
        ask: impl Fn() -> u32 + 'static,
        drained: impl FnOnce() + 'static,
    ) -> bool {
        if waiting <= HIGH || self.alarm.borrow().is_some() {
            return false;
        }
        self.clone().watch(ask, drained);
        true
    }

    fn watch(self, ask: impl Fn() -> u32 + 'static, drained: impl FnOnce() + 'static) {
        let alarm = Rc::clone(&self.alarm);
        let timeout = Timer::new(&Timers::of_page(), EVERY_MS, move || {
            if ask() > LOW {
                return self.watch(ask, drained);
            }
            self.alarm.take();
            drained();
        });
        alarm.replace(Some(timeout));
    }
}
