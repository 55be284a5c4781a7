use core::fmt::{Display, Write as _};

use crate::host::{Bytes, Host, Text};

/// What one WebSocket message carries.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame<H: Host> {
    /// A text message.
    Text(H::Text),
    /// A binary message.
    Binary(H::Bytes),
}

impl<H: Host> Frame<H> {
    /// Size in units of the host's text, or in bytes.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.units(),
            Self::Binary(bytes) => bytes.byte_len(),
        }
    }
}

/// A `message` packet as it was received.
#[derive(Clone, Debug, PartialEq)]
pub enum Message<H: Host> {
    /// The whole frame of a text message; the message begins at unit [`Message::START`].
    ///
    /// Not cut here, so that the layer above, which cuts off its own header, cuts only once.
    Text(H::Text),
    /// A binary message.
    Binary(H::Bytes),
}

impl<H: Host> Message<H> {
    /// Where the message begins in the frame of a text message.
    pub const START: usize = 1;

    /// How the frame of a text message begins that begins with `head` itself.
    pub fn head(head: impl Display) -> String {
        let mut text = String::with_capacity(HEAD_CAPACITY);
        let _ = write!(text, "4{head}");
        text
    }
}

/// Enough for most heads of messages.
const HEAD_CAPACITY: usize = 16;
