use core::fmt;

use super::Refusal;

/// Why a session ended, or did not come about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// The owner closed it.
    ByOwner,
    /// The server closed it, with a packet that says so (long-polling only).
    ByServer,
    /// A frame was larger than the limit; its size in units or bytes.
    FrameTooLarge(usize),
    /// No ping came within `pingInterval + pingTimeout`.
    HeartbeatTimeout,
    /// A frame was empty or of an unknown type.
    InvalidFrame,
    /// The `open` packet was not what the protocol asks for.
    InvalidHandshake,
    /// The host said that it is offline.
    NetworkLost,
    /// There is no transport to open it with.
    NoTransport,
    /// The session was not open in time.
    OpenTimeout,
    /// The GET of long-polling failed.
    PollFailed(RequestFailure),
    /// A POST of long-polling failed.
    PostFailed(RequestFailure),
    /// The socket was closed, by the server or on the way.
    SocketClosed {
        /// Close code of the WebSocket.
        code: u16,
        /// Reason that came with the code, often empty.
        reason: String,
    },
    /// The socket failed; browsers do not say why.
    SocketFailed,
}

impl CloseReason {
    /// The reason in the words of the reference client, as in its `disconnect` event.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::ByOwner => "forced close",
            Self::HeartbeatTimeout => "ping timeout",
            Self::ByServer | Self::NetworkLost | Self::SocketClosed { .. } => "transport close",
            Self::FrameTooLarge(_)
            | Self::InvalidFrame
            | Self::InvalidHandshake
            | Self::NoTransport
            | Self::OpenTimeout
            | Self::PollFailed(_)
            | Self::PostFailed(_)
            | Self::SocketFailed => "transport error",
        }
    }

    /// How the request failed, if it was one that failed.
    pub const fn request_failure(&self) -> Option<&RequestFailure> {
        match self {
            Self::PollFailed(failure) | Self::PostFailed(failure) => Some(failure),
            _ => None,
        }
    }
}

/// The message of the error; where the reference client has one, in its words.
impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByOwner => f.write_str("forced close"),
            Self::ByServer => f.write_str("transport closed by the server"),
            Self::FrameTooLarge(size) => {
                write!(f, "unable to read the frame; {size} is more than allowed")
            }
            Self::HeartbeatTimeout => f.write_str("ping timeout"),
            Self::InvalidFrame => f.write_str("server error"),
            Self::InvalidHandshake => f.write_str("unable to open; the handshake is not valid"),
            Self::NetworkLost => f.write_str("network connection lost"),
            Self::NoTransport => f.write_str("No transports available"),
            Self::OpenTimeout => f.write_str("timeout"),
            Self::PollFailed(_) => f.write_str("xhr poll error"),
            Self::PostFailed(_) => f.write_str("xhr post error"),
            Self::SocketClosed { .. } => f.write_str("websocket connection closed"),
            Self::SocketFailed => f.write_str("websocket error"),
        }
    }
}

impl core::error::Error for CloseReason {}

/// Why a request of long-polling failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestFailure {
    /// The body of the answer is larger than the limit.
    BodyTooLarge,
    /// The payload has more packets than allowed.
    PacketsTooMany,
    /// The answer was not 200, or there was none.
    Refused {
        /// HTTP status; 0 if there is none, because the network failed or the page may not know.
        status: u16,
        /// What the server gave as its reason.
        refusal: Option<Refusal>,
    },
}

/// Why a session did not move to another transport. It goes on where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UpgradeError {
    /// The first packet was not the answer to the probe.
    AnswerInvalid,
    /// The session ended before.
    SessionClosed,
    /// The socket was closed.
    SocketClosed,
    /// The socket failed.
    SocketFailed,
}

/// The message of the error in the words of the reference client.
impl fmt::Display for UpgradeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AnswerInvalid => "probe error",
            Self::SessionClosed => "probe error: socket closed",
            Self::SocketClosed => "probe error: transport closed",
            Self::SocketFailed => "probe error: Error: websocket error",
        })
    }
}

impl core::error::Error for UpgradeError {}
