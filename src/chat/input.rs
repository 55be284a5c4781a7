//! The facts that a store takes in.

use super::failure::Failure;
use super::ids::{DeviceId, Epoch, RequestId, RoomId, Seq, UserId};
use super::model::{Interest, Message, Meta, Op, PresenceDiff, Snapshot, TyperSeen};

/// Facts for a [`Store`](super::Store).
#[derive(Clone, Debug, PartialEq)]
pub enum Input<B> {
    /// The link to the server is up.
    LinkUp {
        /// Whether the server restored the session of the last link, so that nothing was missed.
        recovered: bool,
    },
    /// The link is down: what was asked will not be answered.
    LinkDown,
    /// A call was answered.
    Answered {
        /// The call.
        request: RequestId,
        /// What the server said, or why it did not.
        answer: Result<Answer<B>, Failure>,
    },
    /// A durable change of a room.
    OpReceived {
        /// The room.
        room: RoomId,
        /// The numbering of the op.
        epoch: Epoch,
        /// The change.
        op: Op<B>,
    },
    /// Somebody started or goes on typing.
    TypingStarted {
        /// The room.
        room: RoomId,
        /// Who.
        typer: TyperSeen,
    },
    /// Somebody stopped typing.
    TypingStopped {
        /// The room.
        room: RoomId,
        /// Who.
        user: UserId,
        /// On which device.
        device: DeviceId,
    },
    /// Presence entries came and went.
    PresenceChanged(PresenceDiff<B>),
    /// An interest got its first holder among all tabs. Heard by the leader.
    InterestAdded(Interest),
    /// An interest lost its last holder among all tabs. Heard by the leader.
    InterestRemoved(Interest),
    /// This tab started or stopped to lead. A tab that shares nothing leads.
    LeadChanged {
        /// Whether it leads now.
        leading: bool,
    },
}

/// What the server can say, by the call it answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer<B> {
    /// To [`Call::Hello`](super::Call::Hello).
    Hello {
        /// The rooms that were joined.
        rooms: Vec<Snapshot<B>>,
        /// The rooms that were not.
        denied: Vec<(RoomId, Failure)>,
    },
    /// To [`Call::Join`](super::Call::Join).
    Joined(Snapshot<B>),
    /// To [`Call::Sync`](super::Call::Sync).
    Synced {
        /// The ops asked for, from the first on.
        ops: Vec<Op<B>>,
        /// The last op of the room.
        head: Seq,
    },
    /// To [`Call::History`](super::Call::History).
    History {
        /// Messages below the place that was given.
        messages: Vec<Message<B>>,
        /// Whether there are still older ones.
        more: bool,
    },
    /// To [`Call::Send`](super::Call::Send): the message as stored.
    Sent(Message<B>),
    /// To [`Call::Watch`](super::Call::Watch): the entries of each user.
    Watched(Vec<(UserId, Vec<Meta<B>>)>),
    /// To a call whose answer says nothing.
    Done,
}
