//! Socket.IO v5: namespaces with events and acknowledgements over one Engine.IO session at a
//! time, and a new session when that is lost.
//!
//! ```text
//! packet = type [n "-"] [namespace ","] [ack id] [JSON]
//! type   : 0 CONNECT 1 DISCONNECT 2 EVENT 3 ACK 4 CONNECT_ERROR 5 BINARY_EVENT 6 BINARY_ACK
//! n      : of 5 and 6 only; that many binary messages follow
//! ```
//!
//! Source: Socket.IO protocol, revision 5, and the reference implementation socket.io-client
//! 4.8.4. [`Manager`] is the wire: what an app buffers, times out or listens to lives above it.

mod config;
mod error;
mod event;
mod link;
mod manager;
mod namespace;
pub mod packet;
mod recovery;

pub use config::Config;
pub use error::{ConnectError, DisconnectReason, NotConnected, ParseError};
pub use event::{
    AuthRequest, CodecCommand, CodecFact, ConnId, Deduplication, Event, Input, NamespaceId, Output,
};
pub use link::Status;
pub use manager::Manager;
pub use recovery::Recovery;
