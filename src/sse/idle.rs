//! How long an open stream may be silent.

use core::time::Duration;

/// When silence means that the connection is dead.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Idle {
    /// Never.
    Off,
    /// After a fixed time.
    Fixed(Duration),
    /// After `factor` times the longest silence that the stream has shown, within `min` and `max`;
    /// after `max` while nothing is known. So a server's heartbeat is found out, and a server
    /// without one soon gets the longest time.
    Learn {
        /// How many heartbeats may be missed.
        factor: f64,
        /// Shortest timeout.
        min: Duration,
        /// Longest timeout.
        max: Duration,
    },
}

impl Default for Idle {
    fn default() -> Self {
        Self::Learn { factor: 3.0, min: Duration::from_secs(15), max: Duration::from_secs(120) }
    }
}

/// What was learned of a stream's silences. It outlives a single connection.
#[derive(Clone, Debug)]
pub(super) struct Silence {
    idle: Idle,
    longest: Option<Duration>,
}

impl Silence {
    pub(super) const fn new(idle: Idle) -> Self {
        Self { idle, longest: None }
    }

    /// Notes a silence, whether it was broken or given up.
    pub(super) fn note(&mut self, silence: Duration) {
        self.longest = self.longest.max(Some(silence));
    }

    /// How long to wait for the next sign of life.
    pub(super) fn timeout(&self) -> Option<Duration> {
        match self.idle {
            Idle::Off => None,
            Idle::Fixed(timeout) => Some(timeout),
            Idle::Learn { factor, min, max } => {
                let learned = self.longest.map_or(max, |longest| {
                    Duration::try_from_secs_f64(longest.as_secs_f64() * factor).unwrap_or(max)
                });
                Some(learned.max(min).min(max))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn timeout_follows_the_longest_silence_within_its_bounds() {
        let mut silence = Silence::new(Idle::default());
        assert_eq!(silence.timeout(), Some(seconds(120)));

        let timeouts = [1, 10, 2, 20, 3600].map(|longest| {
            silence.note(seconds(longest));
            silence.timeout()
        });

        assert_eq!(timeouts, [15, 30, 30, 60, 120].map(|timeout| Some(seconds(timeout))));
    }

    #[test]
    fn fixed_timeout_learns_nothing() {
        let mut fixed = Silence::new(Idle::Fixed(seconds(45)));
        let mut off = Silence::new(Idle::Off);

        fixed.note(seconds(90));
        off.note(seconds(90));

        assert_eq!((fixed.timeout(), off.timeout()), (Some(seconds(45)), None));
    }
}
