//! Tabs that share an event stream, in the pages of [`browser`](super::browser), and its server.
//!
//! `reader` is the program of a page: a `Feed` and what its app was told. `world` has the server,
//! which keeps a log and replays it, plays storms and checks.

pub(crate) mod reader;
pub(crate) mod world;
