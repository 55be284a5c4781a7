//! What a store wants done.

use super::change::Change;
use super::failure::Failure;
use super::ids::{Cid, RequestId, RoomId, Seq, UserId};
use super::model::{Cursor, Interest};

/// A call of the wire contract that is to be made.
#[derive(Clone, Debug, PartialEq)]
pub enum Call<B> {
    /// `rt:hello`: the first call on every link.
    Hello {
        /// The rooms of this tab, and how far it has each.
        rooms: Vec<(RoomId, Option<Cursor>)>,
    },
    /// `room:join`.
    Join {
        /// The room.
        room: RoomId,
        /// How far this tab has it; `None` for a new window.
        cursor: Option<Cursor>,
        /// How many ops to give without a cursor.
        limit: usize,
    },
    /// `room:leave`.
    Leave {
        /// The room.
        room: RoomId,
    },
    /// `room:sync`.
    Sync {
        /// The room.
        room: RoomId,
        /// The first op that is missing.
        from: Seq,
        /// How many ops to give at most.
        limit: usize,
    },
    /// `room:history`.
    History {
        /// The room.
        room: RoomId,
        /// Give messages below this place.
        before: Seq,
        /// How many messages to give at most.
        limit: usize,
    },
    /// `msg:send`.
    Send {
        /// The room.
        room: RoomId,
        /// The idempotency key.
        cid: Cid,
        /// The message as the app gave it.
        body: B,
    },
    /// `presence:watch`.
    Watch {
        /// Whose presence.
        users: Vec<UserId>,
        /// Whether to start or to stop.
        on: bool,
    },
}

/// What a [`Store`](super::Store) wants done, or tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Output<B> {
    /// Make a call and report its answer.
    Call {
        /// To name in the answer.
        request: RequestId,
        /// The call.
        call: Call<B>,
    },
    /// Send `typing`: has no answer, and must be dropped if the link is down (I18).
    SendTyping {
        /// The room.
        room: RoomId,
        /// Whether this device types.
        on: bool,
    },
    /// Hold or drop an interest of this tab.
    SetInterest {
        /// The interest.
        interest: Interest,
        /// Whether this tab holds it.
        held: bool,
    },
    /// What the app sees has changed.
    Changed(Change<B>),
    /// A load of older messages has ended.
    OlderLoaded {
        /// The room.
        room: RoomId,
        /// How many messages came.
        loaded: Result<usize, Failure>,
    },
}
