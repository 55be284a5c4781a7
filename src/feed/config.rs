//! What a feed is made from.

use core::time::Duration;

use crate::{sse, tabs};

/// Configuration of a [`Feed`](super::Feed).
#[derive(Clone, Debug)]
pub struct Config {
    /// The stream, should this tab be the one that keeps it.
    pub stream: sse::Config,
    /// How to share it with other tabs; `None`: this tab has its own.
    pub share: Option<tabs::Config>,
    /// How many of the newest events a tab gets that joins and names no id. Default 0.
    pub replay: usize,
    /// How long nobody must have seen the page, in any tab, for the stream to be let go of; `None`
    /// to keep it. Only for requests that may be repeated. Default `None`.
    pub pause_after: Option<Duration>,
}
