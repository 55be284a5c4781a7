//! How long to wait before trying again.

use core::time::Duration;

use crate::rng::Rng;

/// Exponential backoff with the jitter of socket.io-client (`contrib/backo2.ts`).
///
/// `delay(n) = min(min * 2^n +- jitter, max)` for n = 0, 1, ...; the sign and the size of the
/// jitter come from the same random number. Unlike the reference, the jitter is applied after
/// the cap, so that clients of a restarted server do not fall into step at the maximum.
#[derive(Clone, Debug)]
pub struct Backoff {
    config: Config,
    attempts: u32,
}

/// Bounds of a [`Backoff`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Delay before the first retry. Default 1 s (`reconnectionDelay`).
    pub min: Duration,
    /// Longest delay before jitter. Default 5 s (`reconnectionDelayMax`).
    pub max: Duration,
    /// Part of the delay that is random, 0 to 1. Default 0.5 (`randomizationFactor`).
    pub jitter: f64,
}

impl Default for Config {
    fn default() -> Self {
        Self { min: Duration::from_secs(1), max: Duration::from_secs(5), jitter: 0.5 }
    }
}

impl Backoff {
    /// A backoff that has not waited yet.
    pub const fn new(config: Config) -> Self {
        Self { config, attempts: 0 }
    }

    /// Other bounds for the delays to come.
    pub const fn configure(&mut self, config: Config) {
        self.config = config;
    }

    /// How many delays were drawn since the last reset.
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Starts again at the shortest delay.
    pub const fn reset(&mut self) {
        self.attempts = 0;
    }

    /// Draws the next delay.
    pub fn next_delay(&mut self, rng: &mut Rng) -> Duration {
        let factor = 2u32.checked_pow(self.attempts).unwrap_or(u32::MAX);
        self.attempts = self.attempts.saturating_add(1);
        let delay = self.config.min.saturating_mul(factor).min(self.config.max);
        let random = rng.fraction();
        let deviation = delay.mul_f64(random * self.config.jitter.clamp(0.0, 1.0));
        let shorter = ((random * 10.0) as u64).is_multiple_of(2);
        let jittered = if shorter { delay - deviation } else { delay.saturating_add(deviation) };
        // Mirrored at the maximum: a plain cap would put every client on the same instant.
        if jittered > self.config.max { self.config.max - deviation } else { jittered }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delay_doubles_and_stays_within_jitter_and_maximum() {
        let mut rng = Rng::new(7);
        let config = Config::default();

        for _ in 0..1000 {
            let mut backoff = Backoff::new(config);
            for nominal in [1000, 2000, 4000, 5000, 5000] {
                let delay = backoff.next_delay(&mut rng).as_millis();
                assert!(delay >= nominal / 2, "{delay} is too early for {nominal}");
                assert!(delay <= (nominal * 3 / 2).min(5000), "{delay} is too late for {nominal}");
            }
        }
    }

    #[test]
    fn jitter_does_not_die_out_at_the_maximum() {
        let mut rng = Rng::new(7);
        let mut backoff = Backoff::new(Config::default());
        for _ in 0..40 {
            let _ = backoff.next_delay(&mut rng);
        }

        let at_maximum = (0..100).filter(|_| backoff.next_delay(&mut rng).as_millis() == 5000);

        assert!(at_maximum.count() < 5);
    }
}
