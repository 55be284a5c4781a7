//! Records of the wire contract as the store sees them, and what goes in and out of the store.

use core::time::Duration;

use super::failure::Failure;
use super::ids::{Cid, DeviceId, Epoch, MetaRef, RequestId, RoomId, Seq, UserId};
use crate::time::Instant;

/// Settings of a [`Store`](super::Store).
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The user of this tab.
    pub user: UserId,
    /// Where the jitter of retries begins.
    pub seed: u64,
    /// Messages to ask for when a room is joined. Default 50.
    pub page: usize,
    /// From the last release of a room or a watched user to its end. Default 1 s.
    pub linger: Duration,
    /// Between renewals of "is typing" towards the server. Default 3 s.
    pub typing_heartbeat: Duration,
    /// From the last keystroke to "stopped typing". Default 3 s.
    pub typing_idle: Duration,
}

impl Config {
    /// The defaults for `user`.
    #[must_use]
    pub const fn new(user: UserId, seed: u64) -> Self {
        Self {
            user,
            seed,
            page: 50,
            linger: Duration::from_secs(1),
            typing_heartbeat: Duration::from_secs(3),
            typing_idle: Duration::from_secs(3),
        }
    }
}

/// A message as the server has stored it: its head, and the whole as the host's value.
#[derive(Clone, Debug, PartialEq)]
pub struct Message<B> {
    /// Position of its creation.
    pub seq: Seq,
    /// The id its sender gave it.
    pub cid: Cid,
    /// Who sent it.
    pub from: UserId,
    /// The message itself.
    pub body: B,
}

/// A durable change of a room.
#[derive(Clone, Debug, PartialEq)]
pub enum Op<B> {
    /// A new message.
    Message(Message<B>),
    /// A change that this version does not show; it takes its place in the order.
    Other(Seq),
}

impl<B> Op<B> {
    /// The place of the op in the order of the room.
    #[must_use]
    pub const fn seq(&self) -> Seq {
        match self {
            Self::Message(message) => message.seq,
            Self::Other(seq) => *seq,
        }
    }
}

/// How far a tab has a room.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor {
    /// The numbering that `head` belongs to.
    pub epoch: Epoch,
    /// The last op applied.
    pub head: Seq,
}

/// What the server says of a room when it is joined.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot<B> {
    /// The room.
    pub room: RoomId,
    /// The room's numbering.
    pub epoch: Epoch,
    /// The last op of the room.
    pub head: Seq,
    /// The first op that the server still has.
    pub first: Seq,
    /// The ops after the cursor that was given, or the newest.
    pub ops: Vec<Op<B>>,
    /// Whether ops were left out.
    pub more: bool,
    /// Who is typing.
    pub typing: Vec<TyperSeen>,
}

/// One device on which a user was seen typing.
#[derive(Clone, Debug, PartialEq)]
pub struct TyperSeen {
    /// Who types.
    pub user: UserId,
    /// On which device.
    pub device: DeviceId,
    /// How long to believe it without a renewal.
    pub ttl: Duration,
}

/// One presence entry of a user: one connection of one device.
#[derive(Clone, Debug, PartialEq)]
pub struct Meta<B> {
    /// Names the entry.
    pub reference: MetaRef,
    /// The device.
    pub device: DeviceId,
    /// What the device says.
    pub state: PresenceState,
    /// When its user last did something, in milliseconds of the server's clock since 1970.
    pub active_at: f64,
    /// The entry itself.
    pub body: B,
}

/// What one device says of its user, in the order in which one outweighs another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PresenceState {
    /// No device is connected.
    Offline,
    /// Connected, not in use.
    Away,
    /// Connected and in use.
    Online,
    /// The user does not want to be disturbed, whatever the other devices say.
    DoNotDisturb,
}

/// Presence entries that came and went.
#[derive(Clone, Debug, PartialEq)]
pub struct PresenceDiff<B> {
    /// New or changed entries, by user.
    pub joins: Vec<(UserId, Vec<Meta<B>>)>,
    /// Ended entries, by user.
    pub leaves: Vec<(UserId, Vec<MetaRef>)>,
}

/// Something that is done once for all tabs while any tab holds it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interest {
    /// `room:<id>`: being in a room.
    Room(RoomId),
    /// `typing:<id>`: typing in a room.
    Typing(RoomId),
    /// `watch:<user>`: hearing of a user's presence.
    Watch(UserId),
}

impl Interest {
    /// The interest with the key `text`; `None` if it is not one of the chat's.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, name) = text.split_once(':')?;
        match kind {
            "room" => Some(Self::Room(RoomId::new(name))),
            "typing" => Some(Self::Typing(RoomId::new(name))),
            "watch" => Some(Self::Watch(UserId::new(name))),
            _ => None,
        }
    }

    /// The key under which tabs share the interest.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Room(room) => format!("room:{}", room.as_str()),
            Self::Typing(room) => format!("typing:{}", room.as_str()),
            Self::Watch(user) => format!("watch:{}", user.as_str()),
        }
    }
}

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
    /// To [`Call::Hello`].
    Hello {
        /// The rooms that were joined.
        rooms: Vec<Snapshot<B>>,
        /// The rooms that were not.
        denied: Vec<(RoomId, Failure)>,
    },
    /// To [`Call::Join`].
    Joined(Snapshot<B>),
    /// To [`Call::Sync`].
    Synced {
        /// The ops asked for, from the first on.
        ops: Vec<Op<B>>,
        /// The last op of the room.
        head: Seq,
    },
    /// To [`Call::History`].
    History {
        /// Messages below the place that was given.
        messages: Vec<Message<B>>,
        /// Whether there are still older ones.
        more: bool,
    },
    /// To [`Call::Send`]: the message as stored.
    Sent(Message<B>),
    /// To [`Call::Watch`]: the entries of each user.
    Watched(Vec<(UserId, Vec<Meta<B>>)>),
    /// To a call whose answer says nothing.
    Done,
}

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

/// A change of what the app sees. Applied in order to an empty view, all of them give the store's
/// state; what is not named did not change (I6).
#[derive(Clone, Debug, PartialEq)]
pub enum Change<B> {
    /// A row came in at `index`.
    RowInserted {
        /// The room.
        room: RoomId,
        /// Its place.
        index: usize,
        /// The row.
        row: Row<B>,
    },
    /// The row at `index` changed.
    RowUpdated {
        /// The room.
        room: RoomId,
        /// Its place.
        index: usize,
        /// The row.
        row: Row<B>,
    },
    /// `count` rows from `index` on went.
    RowsRemoved {
        /// The room.
        room: RoomId,
        /// The first place.
        index: usize,
        /// How many.
        count: usize,
    },
    /// The state of a room changed.
    Room {
        /// The room.
        room: RoomId,
        /// Its state.
        meta: RoomMeta,
    },
    /// Who is typing in a room changed.
    Typers {
        /// The room.
        room: RoomId,
        /// Who, longest first.
        typers: Vec<Typer>,
    },
    /// The presence of a user changed.
    Presence {
        /// The user.
        user: UserId,
        /// The presence, folded over all devices.
        record: PresenceRecord<B>,
    },
}

/// A message as the app sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<B> {
    /// The message: as stored, or before that as the app gave it.
    pub body: B,
    /// Whether it is by the user of this tab.
    pub mine: bool,
    /// How far it has got.
    pub status: Status,
}

/// How far a message has got.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// Waits for its first try.
    Queued,
    /// Was tried and not yet answered, perhaps more than once.
    Sending,
    /// Has its place in the room.
    Sent,
    /// Will not be tried again by itself.
    Failed(Failure),
}

/// The state of a room but for its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomMeta {
    /// How well the rows match the server's.
    pub sync: Sync,
    /// The last op applied.
    pub head: Seq,
    /// Whether there are messages before the first row.
    pub has_older: bool,
    /// Whether they are being loaded.
    pub loading_older: bool,
    /// Why the room cannot be had.
    pub error: Option<Failure>,
}

impl RoomMeta {
    /// The state of a room of which nothing is known.
    #[must_use]
    pub const fn initial() -> Self {
        Self {
            sync: Sync::Initial,
            head: Seq::new(0),
            has_older: false,
            loading_older: false,
            error: None,
        }
    }
}

/// How well the rows of a room match the server's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// Nothing came yet.
    Initial,
    /// Something is missing and on its way.
    CatchingUp,
    /// Nothing is known to be missing.
    Live,
    /// Something may be missing and cannot be had at the moment.
    Stale,
}

/// A user who is typing, on however many devices.
#[derive(Clone, Debug, PartialEq)]
pub struct Typer {
    /// Who.
    pub user: UserId,
    /// Since when.
    pub since: Instant,
    /// On how many devices.
    pub devices: usize,
}

/// The presence of a user, folded over all devices.
#[derive(Clone, Debug, PartialEq)]
pub struct PresenceRecord<B> {
    /// The strongest state of all devices.
    pub state: PresenceState,
    /// The latest activity on any device, in milliseconds since 1970; `None` without a device.
    pub active_at: Option<f64>,
    /// The entries.
    pub metas: Vec<B>,
}
