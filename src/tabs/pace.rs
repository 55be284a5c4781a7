//! How often posts of events leave.

use core::time::Duration;

use crate::time::Instant;

/// How soon a message has to follow a post for more to be expected.
pub(super) const CLOSE_BEHIND: Duration = Duration::from_millis(1);

#[derive(Debug)]
pub(super) struct Pace {
    distance: Duration,
    /// How much sooner a post may leave, if that was saved before.
    leeway: Duration,
    /// When the last post left.
    last: Option<Instant>,
    /// When the next one would leave if all kept their distance.
    even: Instant,
}

impl Pace {
    /// What comes without end keeps its distance; what comes now and then does not wait.
    pub(super) fn easy(distance: Duration) -> Self {
        Self { leeway: distance * 2, ..Self::even(distance) }
    }

    /// Everything keeps its distance.
    pub(super) const fn even(distance: Duration) -> Self {
        let even = Instant::from_origin(Duration::ZERO);
        Self { distance, leeway: Duration::ZERO, last: None, even }
    }

    /// Whether nothing has to wait.
    pub(super) const fn is_none(&self) -> bool {
        self.distance.is_zero()
    }

    /// Goes on at the pace of another one; says whether it is another.
    pub(super) fn change_to(&mut self, other: Self) -> bool {
        let changes = (self.distance, self.leeway) != (other.distance, other.leeway);
        if changes {
            *self = Self { last: self.last, ..other };
            self.even = self.last.map_or(self.even, |last| last + self.distance);
        }
        changes
    }

    /// The earliest time for the next post.
    pub(super) fn due(&self) -> Option<Instant> {
        let least = CLOSE_BEHIND.min(self.distance);
        self.last.map(|last| (self.even - self.leeway).max(last + least))
    }

    /// A post left, perhaps before it was due.
    pub(super) fn posted(&mut self, now: Instant) {
        self.last = Some(now);
        let latest = now + self.leeway;
        self.even = self.even.max(now).min(latest) + self.distance;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When posts leave that are wanted at `times`, in milliseconds.
    fn leave(pace: &mut Pace, times: &[u64]) -> Vec<u64> {
        let post = |wanted: &u64| {
            let wanted = Instant::from_origin(Duration::from_millis(*wanted));
            let at = pace.due().map_or(wanted, |due| due.max(wanted));
            pace.posted(at);
            at.since_origin().as_millis() as u64
        };
        times.iter().map(post).collect()
    }

    #[test]
    fn a_few_posts_do_not_wait_and_many_keep_their_distance() {
        let mut pace = Pace::easy(Duration::from_millis(4));

        let many = leave(&mut pace, &[100; 6]);
        let soon = leave(&mut pace, &[118, 119, 120]);
        let late = leave(&mut pace, &[140, 141, 142, 143]);

        assert_eq!(many, [100, 101, 102, 104, 108, 112]);
        assert_eq!(soon, [118, 120, 124]);
        assert_eq!(late, [140, 141, 142, 144]);
    }

    #[test]
    fn posts_that_could_not_wait_do_not_make_the_next_one_wait_longer() {
        let mut pace = Pace::easy(Duration::from_millis(4));
        for millis in 100..200 {
            pace.posted(Instant::from_origin(Duration::from_millis(millis)));
        }

        assert_eq!(leave(&mut pace, &[200]), [203]);
    }

    #[test]
    fn an_even_pace_saves_nothing() {
        let mut pace = Pace::even(Duration::from_millis(40));

        assert_eq!(leave(&mut pace, &[100, 150, 160, 300, 301]), [100, 150, 190, 300, 340]);
    }

    #[test]
    fn another_pace_owes_nothing_to_the_one_before() {
        let mut pace = Pace::easy(Duration::from_millis(40));
        leave(&mut pace, &[100; 3]);

        assert!(pace.change_to(Pace::easy(Duration::from_millis(4))));
        assert!(!pace.change_to(Pace::easy(Duration::from_millis(4))));

        assert_eq!(leave(&mut pace, &[102; 4]), [103, 104, 106, 110]);
    }
}
