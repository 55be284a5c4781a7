//! When to try again.

use core::time::Duration;

use crate::rng::Rng;

/// Bounds of the wait between attempts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryConfig {
    /// Longest wait before the first retry. Default 1 s.
    pub base: Duration,
    /// Longest wait. Default 30 s.
    pub max: Duration,
    /// How long a stream must have been open to count as recovered. Default 10 s.
    pub reset_after: Duration,
    /// How many failed attempts in a row end the stream; `None` for no limit. Default `None`.
    pub max_attempts: Option<u32>,
}

impl Default for RetryConfig {
    fn default() -> Self {
        Self {
            base: Duration::from_secs(1),
            max: Duration::from_secs(30),
            reset_after: Duration::from_secs(10),
            max_attempts: None,
        }
    }
}

/// Full jitter: a wait is anything between nothing and a bound that doubles with every failure.
///
/// A reconnection time that the server sets (`retry`) is the least wait; HTML 9.2.3 allows longer
/// ones, and up to a fifth is added to the first so that clients of one server spread out.
#[derive(Clone, Debug)]
pub(super) struct Retry {
    config: RetryConfig,
    failures: u32,
    by_server: Option<Duration>,
}

impl Retry {
    pub(super) const fn new(config: RetryConfig) -> Self {
        Self { config, failures: 0, by_server: None }
    }

    /// How many attempts failed in a row.
    pub(super) const fn failures(&self) -> u32 {
        self.failures
    }

    pub(super) fn is_exhausted(&self) -> bool {
        self.config.max_attempts.is_some_and(|max| self.failures >= max)
    }

    pub(super) const fn reset_after(&self) -> Duration {
        self.config.reset_after
    }

    pub(super) const fn max(&self) -> Duration {
        self.config.max
    }

    /// Takes over the server's reconnection time, within bounds: 0 would have every client of a
    /// restarting server call hundreds of times a second.
    pub(super) fn set_by_server(&mut self, millis: u64) {
        self.by_server = Some(Duration::from_millis(millis).clamp(MIN_BY_SERVER, MAX_BY_SERVER));
    }

    /// Whether the server has set a reconnection time.
    pub(super) const fn is_paced_by_server(&self) -> bool {
        self.by_server.is_some()
    }

    pub(super) const fn count_failure(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }

    pub(super) const fn reset(&mut self) {
        self.failures = 0;
    }

    /// Draws the wait that follows the last failure counted.
    pub(super) fn wait(&self, rng: &mut Rng) -> Duration {
        let doublings = self.failures.saturating_sub(1);
        let factor = 2u32.checked_pow(doublings).unwrap_or(u32::MAX);
        let Some(least) = self.by_server else {
            let bound = self.config.base.saturating_mul(factor).min(self.config.max);
            return bound.mul_f64(rng.fraction());
        };
        let bound = if doublings == 0 {
            least.mul_f64(1.2)
        } else {
            least.saturating_mul(factor).min(self.config.max).max(least)
        };
        least + (bound - least).mul_f64(rng.fraction())
    }
}

const MIN_BY_SERVER: Duration = Duration::from_millis(250);
const MAX_BY_SERVER: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(retry: &mut Retry) -> Vec<(u128, u128)> {
        let mut rng = Rng::new(3);
        (0..8)
            .map(|_| {
                retry.count_failure();
                let drawn = (0..2000).map(|_| retry.wait(&mut rng).as_millis());
                drawn.fold((u128::MAX, 0), |(low, high), wait| (low.min(wait), high.max(wait)))
            })
            .collect()
    }

    #[test]
    fn wait_is_anything_up_to_a_bound_that_doubles() {
        let mut retry = Retry::new(RetryConfig::default());

        let waits = waits(&mut retry);

        for ((low, high), bound) in
            waits.into_iter().zip([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
        {
            assert!(low < bound / 20, "{low} of {bound}");
            assert!(high <= bound && high > bound * 19 / 20, "{high} of {bound}");
        }
    }

    #[test]
    fn reconnection_time_of_the_server_is_the_least_wait() {
        let mut retry = Retry::new(RetryConfig::default());
        retry.set_by_server(3000);

        let waits = waits(&mut retry);

        for ((low, high), bound) in
            waits.into_iter().zip([3600, 6000, 12_000, 24_000, 30_000, 30_000, 30_000, 30_000])
        {
            assert!((3000..3200).contains(&low), "{low} of {bound}");
            assert!(high <= bound && high > bound * 9 / 10, "{high} of {bound}");
        }
    }

    #[test]
    fn reconnection_time_of_the_server_is_clamped() {
        let mut rng = Rng::new(3);
        let mut retry = Retry::new(RetryConfig::default());
        retry.count_failure();

        for (millis, range) in [(0, 250..=300), (u64::MAX, 60_000..=72_000)] {
            retry.set_by_server(millis);
            assert!(range.contains(&retry.wait(&mut rng).as_millis()), "{millis}");
        }
    }
}
