//! Which runs a storm makes.

use std::env;
use std::ops::Range;

/// As many seeds as `usual`, or those of `SIM_SEEDS` (`100000`, or `5000..9000`), or only `SIM_SEED`.
pub(crate) fn seeds(usual: u64) -> Range<u64> {
    if let Some(seed) = variable("SIM_SEED") {
        let seed = number(&seed);
        return seed..seed + 1;
    }
    match variable("SIM_SEEDS") {
        Some(range) => match range.split_once("..") {
            Some((first, end)) => number(first)..number(end),
            None => 0..number(&range),
        },
        None => 0..usual,
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}

fn number(digits: &str) -> u64 {
    digits.parse().expect("a number")
}
