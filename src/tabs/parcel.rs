//! What passes through the tabs without being opened.

use crate::host::{Bytes, Host, Text};

use super::TabId;

/// What an owner hands to its tab for other tabs; opaque to the relay.
#[derive(Clone, Debug, PartialEq)]
pub struct Parcel<H: Host> {
    /// The owner's own small description of the content.
    pub control: Vec<u8>,
    /// Text that stays with the host.
    pub texts: Vec<H::Text>,
    /// Bytes that stay with the host.
    pub blobs: Vec<H::Bytes>,
}

impl<H: Host> Default for Parcel<H> {
    fn default() -> Self {
        Self { control: Vec::new(), texts: Vec::new(), blobs: Vec::new() }
    }
}

impl<H: Host> Parcel<H> {
    /// What this parcel counts for in limits: bytes of control and blobs, units of text.
    pub(super) fn units(&self) -> usize {
        let texts: usize = self.texts.iter().map(Text::units).sum();
        let blobs: usize = self.blobs.iter().map(Bytes::byte_len).sum();
        self.control.len().saturating_add(texts).saturating_add(blobs)
    }
}

/// What is posted on the channel in one piece.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope<H: Host> {
    /// One byte of wire version, then what the tabs say, in `postcard`.
    pub control: Vec<u8>,
    /// The texts of all parcels, in order.
    pub texts: Vec<H::Text>,
    /// The blobs of all parcels, in order.
    pub blobs: Vec<H::Bytes>,
}

/// Whose owner gets a published parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The owner of every tab.
    All,
    /// The owner of this tab; for the others the parcel only counts.
    Only(TabId),
}
