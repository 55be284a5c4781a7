//! Runs one machine on the browser's event loop.

use core::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use super::clock;
use super::timer::{Timer, Timers};
use crate::machine::Machine;
use crate::time::Instant;

/// Feeds facts to a [`Machine`], performs what it puts out, and wakes it with one browser timer.
///
/// `perform` may call into JavaScript, and JavaScript may call [`command`](Self::command) or
/// [`input`](Self::input) back from there: no borrow is held while it runs, and the loop that is
/// already running picks up what the inner call caused, in order. Callbacks that outlive the call
/// must hold a `Weak<Driver<M>>`: dropping the last `Rc` drops the machine, the timer and all that
/// `perform` owns.
#[must_use = "dropping the driver drops its machine"]
pub(crate) struct Driver<M: Machine> {
    machine: RefCell<M>,
    facts: RefCell<VecDeque<M::Input>>,
    #[expect(clippy::type_complexity, reason = "named once; an alias would only hide it")]
    perform: Box<dyn Fn(&Rc<Self>, M::Output)>,
    running: Cell<bool>,
    /// The deadline may have moved since the alarm was set.
    is_moved: Cell<bool>,
    alarm: RefCell<Option<Alarm>>,
    timers: Timers,
}

impl<M: Machine + 'static> Driver<M> {
    /// Puts `machine` on the event loop and performs what it has to say already.
    pub(crate) fn new(machine: M, perform: impl Fn(&Rc<Self>, M::Output) + 'static) -> Rc<Self> {
        Self::with_timers(Timers::of_page(), machine, perform)
    }

    /// Like [`new`](Self::new), with timers of one's own.
    pub(crate) fn with_timers(
        timers: Timers,
        machine: M,
        perform: impl Fn(&Rc<Self>, M::Output) + 'static,
    ) -> Rc<Self> {
        let driver = Rc::new(Self {
            machine: RefCell::new(machine),
            facts: RefCell::default(),
            perform: Box::new(perform),
            running: Cell::new(false),
            is_moved: Cell::new(true),
            alarm: RefCell::default(),
            timers,
        });
        driver.run();
        driver
    }

    /// Carries out a command of the machine's owner and returns its result.
    ///
    /// `command` must not call into user code. Within `perform` the command takes effect at once;
    /// its outputs follow those that are queued already.
    pub(crate) fn command<R>(self: &Rc<Self>, command: impl FnOnce(&mut M, Instant) -> R) -> R {
        self.is_moved.set(true);
        let result = command(&mut self.machine.borrow_mut(), clock::now());
        self.run();
        result
    }

    /// Like [`command`](Self::command), for what puts nothing out; `None` if earlier outputs are
    /// not performed yet. `is_moved`: it may set a deadline.
    pub(crate) fn pass<R>(
        self: &Rc<Self>,
        is_moved: bool,
        command: impl FnOnce(&mut M) -> R,
    ) -> Option<R> {
        if self.running.get() {
            return None;
        }
        let result = command(&mut self.machine.borrow_mut());
        if is_moved {
            self.set_alarm();
        }
        Some(result)
    }

    /// Reports a fact. Within `perform` it waits until the machine is drained.
    pub(crate) fn input(self: &Rc<Self>, fact: M::Input) {
        if self.running.get() {
            self.facts.borrow_mut().push_back(fact);
        } else {
            self.take_in(fact);
            self.run();
        }
    }

    fn take_in(&self, fact: M::Input) {
        let mut machine = self.machine.borrow_mut();
        if !machine.handle_timeless(&fact) {
            self.is_moved.set(true);
            machine.handle_input(fact, clock::now());
        }
    }

    fn run(self: &Rc<Self>) {
        if self.running.replace(true) {
            return;
        }
        loop {
            while let Some(output) = self.next_output() {
                (self.perform)(self, output);
            }
            let Some(fact) = self.next_fact() else { break };
            self.take_in(fact);
        }
        self.running.set(false);
        if self.is_moved.take() {
            self.set_alarm();
        }
    }

    // Functions of their own, so that the borrow ends before the loop's body calls JavaScript.
    fn next_output(&self) -> Option<M::Output> {
        self.machine.borrow_mut().poll_output()
    }

    fn next_fact(&self) -> Option<M::Input> {
        self.facts.borrow_mut().pop_front()
    }

    fn set_alarm(self: &Rc<Self>) {
        let due = self.machine.borrow().poll_timeout();
        let mut alarm = self.alarm.borrow_mut();
        // A deadline that moves back, as with every sign of life, leaves the timer as it is: waking
        // early once is much cheaper than a new browser timer for every frame.
        let is_soon_enough = match (due, alarm.as_ref()) {
            (Some(due), Some(alarm)) => alarm.due <= due,
            (None, None) => true,
            _ => false,
        };
        if !is_soon_enough {
            *alarm = due.map(|due| Alarm::new(&self.timers, due, Rc::downgrade(self)));
        }
    }

    /// Reports `fact`, unless the machine is gone.
    pub(crate) fn tell(target: &Weak<Self>, fact: M::Input) {
        if let Some(driver) = target.upgrade() {
            driver.input(fact);
        }
    }

    fn wake(self: &Rc<Self>) {
        self.alarm.take();
        self.is_moved.set(true);
        self.machine.borrow_mut().handle_timeout(clock::now());
        self.run();
    }
}

/// The browser timer that runs for a machine.
struct Alarm {
    due: Instant,
    _timer: Timer,
}

impl Alarm {
    fn new<M: Machine + 'static>(timers: &Timers, due: Instant, driver: Weak<Driver<M>>) -> Self {
        // Rounded up: a timer a fraction too early would have to be set again.
        let wait = due.saturating_since(clock::now()).as_micros().div_ceil(1000);
        // Browsers read the delay as i32 and fire at once when it wraps.
        let millis = u32::try_from(wait).unwrap_or(u32::MAX).min(i32::MAX.unsigned_abs());
        let timer = Timer::new(timers, millis, move || {
            if let Some(driver) = driver.upgrade() {
                driver.wake();
            }
        });
        Self { due, _timer: timer }
    }
}
