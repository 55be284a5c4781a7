//! What happened, for whoever has to find out why.

use std::collections::VecDeque;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

const KEPT: usize = 40;

/// The last lines of a run, and a fingerprint of all of them.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    lines: VecDeque<Line>,
    hasher: DefaultHasher,
}

#[derive(Debug)]
struct Line {
    at: Duration,
    page: usize,
    what: &'static str,
    detail: String,
}

impl Trace {
    pub(crate) fn line(&mut self, at: Duration, page: usize, what: &'static str, detail: String) {
        (at, page, what, &detail).hash(&mut self.hasher);
        if self.lines.len() == KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back(Line { at, page, what, detail });
    }

    pub(crate) fn fingerprint(&self) -> u64 {
        self.hasher.finish()
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Line { at, page, what, detail } in &self.lines {
            writeln!(f, "{:>9.3} ms  tab {page}  {what} {detail}", at.as_secs_f64() * 1e3)?;
        }
        Ok(())
    }
}
