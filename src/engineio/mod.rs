//! Engine.IO v4: one session over long-polling, over a WebSocket, or first one and then the other.
//!
//! ```text
//! packet  = type [data]    text; type: 0 open 1 close 2 ping 3 pong 4 message 5 upgrade 6 noop
//! binary  = raw bytes      always a message, no type
//! b64     = "b" base64     binary where only text can travel
//! payload = packet *( %x1E packet )    body of an HTTP request or response
//! open    = "0" JSON{sid, upgrades[], pingInterval, pingTimeout, maxPayload}
//! upgrade : "2probe" and "3probe" over the new socket; the requests under way end; "5"
//! ```
//!
//! Source: Engine.IO protocol, revision 4. [`Connection`] decides what travels where; whoever
//! performs its outputs has one WebSocket, one GET and one POST at a time. [`Answer`] turns what
//! came by HTTP into facts.

mod address;
mod base64;
mod close_reason;
mod config;
mod connection;
mod event;
mod frame;
mod http;
mod packet;
mod polling;
mod transport;

pub use close_reason::{CloseReason, RequestFailure, UpgradeError};
pub use config::{Config, Query, Transports};
pub use connection::{Connection, NotOpen};
pub use event::{Event, Input, Output, Post, Request, Traffic};
pub use frame::{Frame, Message};
pub use http::{Answer, Refusal};
pub use transport::Transport;
