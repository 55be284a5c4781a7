//! Server-sent events: a parser of the format and a stream that comes back.
//!
//! [`Parser`] turns bytes into events, [`Stream`] is the machine that keeps one request open and
//! gives out the events of each chunk as a [`Batch`]. Neither knows URLs or `fetch`.

mod batch;
mod buffer;
mod config;
mod cut;
mod failure;
mod field;
mod header;
mod idle;
mod intake;
mod line;
mod opening;
mod parser;
mod port;
mod response;
mod retry;
mod run;
mod stream;
mod utf8;
mod words;

pub use batch::Batch;
pub use buffer::{Buffer, Shelf};
pub use config::{Config, IdPlacement, OnEnd};
pub use cut::Cut;
pub use failure::{CloseReason, Failure};
pub use header::Unsendable;
pub use idle::Idle;
pub use line::Chunk;
pub use parser::{Event, Item, Limits, Parser, Part};
pub use port::{Attempt, Fact, Input, Notice, Output};
pub use response::Response;
pub use retry::RetryConfig;
pub use stream::Stream;
