//! What every protocol participant has in common.

use crate::time::Instant;

/// A protocol participant that performs no I/O and reads no clock.
///
/// Contract: after every call that takes `&mut self`, drain [`poll_output`](Self::poll_output) to
/// `None`, then read [`poll_timeout`](Self::poll_timeout) once. Commands of the owner are methods
/// of the concrete machine; `Input` holds facts only.
pub trait Machine {
    /// A fact the outside world reports: past tense, `FrameReceived`, `LockGranted`.
    type Input;
    /// A command for the outside world, imperative (`SendFrame`), or an event for the owner.
    type Output;

    /// Takes in one fact. Never fails: bytes from a peer are not the caller's mistake, so bad ones
    /// become an output.
    fn handle_input(&mut self, input: Self::Input, now: Instant);

    /// Takes in a fact as [`handle_input`](Self::handle_input) would, if the time does not matter for
    /// what comes of it, and no timeout is due earlier for it; if not so, does nothing and gives
    /// `false`.
    ///
    /// For the facts that come most often: in a browser the clock costs more than they do.
    fn handle_timeless(&mut self, _input: &Self::Input) -> bool {
        false
    }

    /// Fires every timer due at `now`. Early, late and repeated calls are all fine.
    fn handle_timeout(&mut self, now: Instant);

    /// The next command or event, oldest first.
    #[must_use]
    fn poll_output(&mut self) -> Option<Self::Output>;

    /// When to call [`handle_timeout`](Self::handle_timeout) next; `None` for never.
    #[must_use]
    fn poll_timeout(&self) -> Option<Instant>;
}

/// The running timers of one machine, by name.
#[derive(Clone, Debug)]
pub struct Timers<K> {
    // A machine has a handful of them.
    running: Vec<(K, Instant)>,
}

impl<K: Copy + Ord> Timers<K> {
    /// Starts timer `name`, or moves it if it runs already.
    pub fn set(&mut self, name: K, at: Instant) {
        match self.running.iter_mut().find(|(running, _)| *running == name) {
            Some((_, due)) => *due = at,
            None => self.running.push((name, at)),
        }
    }

    /// Stops timer `name`; nothing happens if it does not run.
    pub fn stop(&mut self, name: K) {
        self.running.retain(|(running, _)| *running != name);
    }

    /// Stops all timers.
    pub fn clear(&mut self) {
        self.running.clear();
    }

    /// When timer `name` is due; `None` if it does not run.
    pub fn due(&self, name: K) -> Option<Instant> {
        let timer = self.running.iter().find(|(running, _)| *running == name);
        timer.map(|(_, at)| *at)
    }

    /// Whether timer `name` runs.
    pub fn is_set(&self, name: K) -> bool {
        self.running.iter().any(|(running, _)| *running == name)
    }

    /// Takes the earliest timer that is due at `now`, stopping it.
    pub fn pop_due(&mut self, now: Instant) -> Option<K> {
        let (name, at) = self.earliest()?;
        (at <= now).then(|| {
            self.stop(name);
            name
        })
    }

    /// When the earliest timer is due.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        self.earliest().map(|(_, at)| at)
    }

    fn earliest(&self) -> Option<(K, Instant)> {
        self.running.iter().copied().min_by_key(|(name, at)| (*at, *name))
    }
}

impl<K> Default for Timers<K> {
    fn default() -> Self {
        Self { running: Vec::new() }
    }
}

/// The earlier of two deadlines, where `None` means never.
#[must_use]
pub fn sooner(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}
