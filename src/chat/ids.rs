//! Identifiers and positions of the wire contract.

use std::rc::Rc;

/// Names a room.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoomId(Rc<str>);

/// Names a user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UserId(Rc<str>);

/// Names one installation of a user: all tabs of one browser.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeviceId(Rc<str>);

/// Client message id: made by the sending tab, the same on every try, unique per room and user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cid(Rc<str>);

/// Names one numbering of a room's ops; it changes when the server starts to count anew.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(Rc<str>);

/// Names one presence entry of a user: one connection of one device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetaRef(Rc<str>);

impl RoomId {
    /// The id that is written `text`.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// How the id is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl UserId {
    /// The id that is written `text`.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// How the id is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl DeviceId {
    /// The id that is written `text`.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }
}

impl Cid {
    /// The id that is written `text`.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// How the id is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Epoch {
    /// The epoch that is written `text`.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// How the epoch is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl MetaRef {
    /// The reference that is written `text`.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }
}

/// A position in the ops of a room: 1 for the first, without holes; 0 is before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seq(u64);

impl Seq {
    /// The position `number`.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number of the position.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The position after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The position before this one; 0 stays 0.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// How many positions lie between `earlier` and here.
    pub const fn distance_from(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Ties an answer to the call that asked for it; unique within one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestId(u64);

impl RequestId {
    /// The id with number `number`.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number of the id.
    pub const fn number(self) -> u64 {
        self.0
    }
}
