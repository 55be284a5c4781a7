use core::fmt;

/// Why a session ended, or did not come about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// The owner closed it.
    ByOwner,
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
    /// The session was not open in time.
    OpenTimeout,
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
            Self::NetworkLost | Self::SocketClosed { .. } => "transport close",
            Self::FrameTooLarge(_)
            | Self::InvalidFrame
            | Self::InvalidHandshake
            | Self::OpenTimeout
            | Self::SocketFailed => "transport error",
        }
    }
}

/// The message of the error; where the reference client has one, in its words.
impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByOwner => f.write_str("forced close"),
            Self::FrameTooLarge(size) => {
                write!(f, "unable to read the frame; {size} is more than allowed")
            }
            Self::HeartbeatTimeout => f.write_str("ping timeout"),
            Self::InvalidFrame => f.write_str("server error"),
            Self::InvalidHandshake => f.write_str("unable to open; the handshake is not valid"),
            Self::NetworkLost => f.write_str("network connection lost"),
            Self::OpenTimeout => f.write_str("timeout"),
            Self::SocketClosed { .. } => f.write_str("websocket connection closed"),
            Self::SocketFailed => f.write_str("websocket error"),
        }
    }
}

impl core::error::Error for CloseReason {}
