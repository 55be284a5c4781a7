use core::fmt;

use crate::engineio::CloseReason;
use crate::host::Host;

/// Why a namespace was disconnected, or the connection closed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DisconnectReason {
    /// The owner disconnected the namespace.
    ByClient,
    /// The server disconnected the namespace.
    ByServer,
    /// The Engine.IO session ended.
    Engine(CloseReason),
    /// The server sent something that is not Socket.IO.
    Parse(ParseError),
}

impl DisconnectReason {
    /// The reason in the words of the reference client, as in its `disconnect` event.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::ByClient => "io client disconnect",
            Self::ByServer => "io server disconnect",
            Self::Engine(reason) => reason.as_str(),
            Self::Parse(_) => "parse error",
        }
    }

    /// What there is to say beyond the reason; in the words of the reference client where it has
    /// some.
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::ByClient | Self::ByServer => None,
            Self::Engine(CloseReason::ByOwner | CloseReason::HeartbeatTimeout) => None,
            Self::Engine(reason) => Some(reason.to_string()),
            Self::Parse(error) => Some(error.to_string()),
        }
    }
}

/// Why a namespace is not connected though it was asked for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ConnectError<H: Host> {
    /// The session ended before the server answered. The namespace connects again when a new
    /// session is open, except after [`DisconnectReason::ByServer`].
    Lost(DisconnectReason),
    /// The server's answer has no session id: it speaks Socket.IO v2.
    NoSessionId,
    /// No session could be opened. The namespace connects when one is.
    OpenFailed(CloseReason),
    /// The server refused; the JSON text that it gave: an object with `message` and maybe
    /// `data`, a string, or nothing. The namespace stays disconnected until it is connected again.
    Refused(Option<H::Text>),
    /// The server did not answer in time. The namespace stays disconnected until it is connected
    /// again.
    TimedOut,
}

/// What is wrong with what the server sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseError {
    /// An ack id is above the largest exact number of JavaScript.
    AckIdTooLarge,
    /// A text message came while attachments were due.
    AttachmentMissing,
    /// A binary message came while no attachment was due.
    AttachmentUnexpected,
    /// The number of attachments is not a positive number.
    AttachmentsInvalid,
    /// More attachments than allowed.
    AttachmentsTooMany,
    /// More events before the CONNECT of their namespace than allowed.
    EarlyEventsTooMany,
    /// The name of a namespace does not end.
    NamespaceTooLong,
    /// The payload is not what this type of packet carries.
    PayloadInvalid,
    /// An unknown type of packet.
    TypeUnknown,
}

/// The message of the error; where the reference parser has one, in its words.
impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AckIdTooLarge => "unable to read the packet; its ack id is too large",
            Self::AttachmentMissing => "got plaintext data when reconstructing a packet",
            Self::AttachmentUnexpected => "got binary data when not reconstructing a packet",
            Self::AttachmentsInvalid => "Illegal attachments",
            Self::AttachmentsTooMany => "too many attachments",
            Self::EarlyEventsTooMany => "unable to keep the event; too many came before CONNECT",
            Self::NamespaceTooLong => "unable to read the packet; its namespace is too long",
            Self::PayloadInvalid => "invalid payload",
            Self::TypeUnknown => "unknown packet type",
        })
    }
}

impl core::error::Error for ParseError {}

/// The namespace is not connected; nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotConnected;
