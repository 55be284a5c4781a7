//! Many tabs, one connection: who leads, and what passes between the leader and the others.
//!
//! [`Tab`] is one tab's part. It elects with Web Locks, relays over a broadcast channel, and knows
//! nothing of sockets: it moves opaque [`Parcel`]s.
//!
//! - **Down**: the leader [publishes](Tab::publish) one ordered log; every tab receives every
//!   parcel once, in the same order, over any number of handovers.
//! - **Up**: a tab [requests](Tab::request); the request stays in that tab's outbox until the
//!   leader [accepts](Tab::accept) it.
//! - **Interests**: the leader knows the union of the keys that tabs [hold](Tab::set_interest).
//!
//! The rules of the protocol, and why each is there: `protocol.md` in this directory.

mod config;
mod election;
mod event;
mod id;
mod log;
mod outbox;
mod outgoing;
mod parcel;
mod peers;
mod presence;
mod requests;
mod ring;
mod stall;
mod tab;
mod wire;

pub use config::{Config, InterestRefused, OnHandover, OutboxFull};
pub use event::{Event, Input, Output, PageFact, Role, Roster, SoloReason};
pub use id::{RequestNo, TabId, Term};
pub use parcel::{Audience, Envelope, Parcel};
pub use tab::Tab;
