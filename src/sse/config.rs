//! How a stream behaves.

use core::time::Duration;

use super::idle::Idle;
use super::parser::Limits;
use super::port::Attempt;
use super::retry::RetryConfig;

/// Configuration of a [`Stream`](super::Stream).
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Seed of the jitter.
    pub seed: u64,
    /// The number of the last attempt that an earlier stream of the same owner made: late facts
    /// about it are not about this one. Default: there was none.
    pub after: Attempt,
    /// How much is kept in memory.
    pub limits: Limits,
    /// Leave an event out that is over a limit, instead of ending the stream. Default false.
    pub skip_oversized: bool,
    /// When to try again.
    pub retry: RetryConfig,
    /// How long headers and response may take together. Default 15 s. The wait for a response
    /// doubles with every attempt in a row that runs into it, up to eight times this.
    pub open_timeout: Duration,
    /// How long the open stream may be silent.
    pub idle: Idle,
    /// What the server means by ending the stream.
    pub on_end: OnEnd,
    /// Where the last event ID goes. Default: the header.
    pub id_placement: IdPlacement,
    /// Whether the request may go out more than once: true for GET, for POST only if the owner says
    /// so. Default true.
    pub repeatable: bool,
    /// Whether asking for headers again can make a difference, as after a 401. Default false.
    pub fresh_headers: bool,
    /// Whether the owner decides what follows a failure. Default false.
    pub decided_by_owner: bool,
}

/// What to do when the server ends the stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnEnd {
    /// End, too.
    Close,
    /// Go on with a new request, as HTML 9.2.3 has it.
    #[default]
    Reconnect,
}

/// Where a request says which event it goes on from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IdPlacement {
    /// The `Last-Event-ID` header (HTML 9.2.4).
    #[default]
    Header,
    /// The query of the URL: for transports that cannot set headers, and to spare a request to
    /// another origin its preflight.
    Query,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 0,
            after: Attempt::from_number(0),
            limits: Limits::default(),
            skip_oversized: false,
            retry: RetryConfig::default(),
            open_timeout: Duration::from_secs(15),
            idle: Idle::default(),
            on_end: OnEnd::default(),
            id_placement: IdPlacement::default(),
            repeatable: true,
            fresh_headers: false,
            decided_by_owner: false,
        }
    }
}
