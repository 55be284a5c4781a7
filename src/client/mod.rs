//! One tab: its sockets, its part in sharing the connection, and the connection if it holds it.
//!
//! ```text
//!  app ── commands ──▶ Endpoint ── Up ──▶ Tab ─ ─ channel ─ ─▶ Tab ── Up ──▶ Hub ──▶ Manager ──▶ socket
//!  app ◀── notices ─── Endpoint ◀─ Down ─ Tab ◀─ ─ channel ─ ─ Tab ◀─ Down ─ Hub ◀── Manager ◀── socket
//! ```
//!
//! Every tab has an `Endpoint` (`endpoint.rs`); the leader, or a tab that shares nothing, also has the
//! `Hub` (`hub.rs`). [`Client`] puts them together and is the only machine that the web layer drives.

mod composition;
mod emits;
mod endpoint;
mod hub;
mod interest;
mod limits;
mod message;
mod mirror;
mod notice;
mod way;

use serde::{Deserialize, Serialize};

pub use composition::{Client, Config, Input, Output, PageFact, PlainEmit};
pub use emits::{Delivery, Emit};
pub use limits::EmitLimits;
pub use message::{Failure, LinkEvent};
pub use notice::{EmitFailure, Notice, Shortcut};

pub use crate::socketio::AuthRequest;

/// A socket of this tab; the app chooses the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SocketId(pub u32);

/// An emit of a socket; the app chooses rising numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EmitId(pub u32);
