//! Engine.IO v4: one session over one message-based socket.
//!
//! ```text
//! packet = type [data]    text; type: 0 open 1 close 2 ping 3 pong 4 message 5 upgrade 6 noop
//! binary = raw bytes      always a message, no type
//! open   = "0" JSON{sid, upgrades[], pingInterval, pingTimeout, maxPayload}
//! ```
//!
//! Source: Engine.IO protocol, revision 4. [`Connection`] sees packets, one a frame; how frames
//! travel (WebSocket now, long-polling beside it later) is the affair of whoever performs its
//! outputs.

mod close_reason;
mod connection;
mod frame;
mod packet;

pub use close_reason::CloseReason;
pub use connection::{Config, Connection, Event, Input, NotOpen, Output};
pub use frame::{Frame, Message};
