//! Chat state of one tab: rooms with ordered messages, sending, typing, presence.
//!
//! [`Store`] is a [`Machine`](crate::machine::Machine) over the wire contract's facts. It knows no
//! socket: it asks for calls by [`Output::Call`] and hears their answers by [`Input::Answered`].
//! Message bodies are opaque (`B`): in a browser the parsed message object, natively a `String`.
//!
//! The invariants named `I1` to `I18` in comments and tests:
//!
//! - I1 ops of a room are applied in contiguous order; later ones wait, earlier ones are dropped.
//! - I2 another epoch discards everything of a room but its outbox.
//! - I3 messages are ordered by the seq of their creation.
//! - I5 pages of history join the live window without overlap and without a hole.
//! - I6 a row that did not change is not reported.
//! - I7 an own message keeps its key (the client message id) for life.
//! - I8 the status of a message is derived and never goes back, but from failed by a retry.
//! - I9 one message of a room is in flight at a time; every try carries the same id.
//! - I15 a typing entry ends by its ttl, a stop, a message, its device's leave, or our disconnect.
//! - I16 presence is a map of users to metas by reference; diffs before the list are queued.
//! - I18 nothing ephemeral is buffered while disconnected.

mod catch_up;
mod change;
mod context;
mod duties;
mod failure;
mod ids;
mod input;
mod log;
mod model;
mod outbox;
mod output;
mod presence;
mod room;
mod store;
mod typing;

pub use change::{Change, PresenceRecord, RoomMeta, Row, Status, Sync, Typer};
pub use failure::{Code, Failure};
pub use ids::{Cid, DeviceId, Epoch, MetaRef, RequestId, RoomId, Seq, UserId};
pub use input::{Answer, Input};
pub use model::{
    Config, Cursor, Interest, Message, Meta, Op, PresenceDiff, PresenceState, Snapshot, TyperSeen,
};
pub use outbox::SendError;
pub use output::{Call, Output};
pub use store::Store;
