//! How long an attempt may take to open.

use core::time::Duration;

/// The open timeout, and what was learned of how long opening takes.
///
/// A browser can keep a response to itself: Firefox tells of one with the first byte of its body, so
/// that a quiet stream whose server sends bare headers opens with its first event or heartbeat. From
/// outside that looks like a server that does not answer. So attempts that run into the timeout get
/// more time, one after the other, and a stream that took long once may do so again.
#[derive(Clone, Debug)]
pub(super) struct Opening {
    least: Duration,
    slowest: Duration,
    timeouts: u32,
}

impl Opening {
    pub(super) const fn new(least: Duration) -> Self {
        Self { least, slowest: Duration::ZERO, timeouts: 0 }
    }

    /// How long the next attempt may take.
    pub(super) fn timeout(&self) -> Duration {
        let usual = self.slowest.saturating_mul(2).max(self.least);
        let factor = 2u32.saturating_pow(self.timeouts);
        usual.saturating_mul(factor).min(self.least.saturating_mul(MAX_FACTOR))
    }

    pub(super) fn note_opened(&mut self, took: Duration) {
        self.slowest = self.slowest.max(took);
        self.timeouts = 0;
    }

    pub(super) const fn note_timeout(&mut self) {
        self.timeouts = self.timeouts.saturating_add(1);
    }
}

/// 15 s become two minutes, the longest time that an open stream may be silent by default.
const MAX_FACTOR: u32 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn timeout_doubles_while_attempts_run_into_it() {
        let mut opening = Opening::new(seconds(15));

        let timeouts = [(); 5].map(|()| {
            let timeout = opening.timeout();
            opening.note_timeout();
            timeout
        });

        assert_eq!(timeouts, [15, 30, 60, 120, 120].map(seconds));
    }

    #[test]
    fn stream_that_opens_slowly_gets_the_time_again() {
        let mut opening = Opening::new(seconds(15));
        opening.note_timeout();

        let timeouts = [1, 20, 2, 90].map(|took| {
            opening.note_opened(seconds(took));
            opening.timeout()
        });

        assert_eq!(timeouts, [15, 40, 40, 120].map(seconds));
    }
}
