//! What the app sees, and how it changes.

use super::failure::Failure;
use super::ids::{RoomId, Seq, UserId};
use super::model::PresenceState;
use crate::time::Instant;

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
