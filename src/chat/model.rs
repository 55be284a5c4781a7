//! Records of the wire contract as the store sees them.

use core::time::Duration;

use super::ids::{Cid, DeviceId, Epoch, MetaRef, RoomId, Seq, UserId};

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
