use serde::{Deserialize, Serialize};

/// How packets travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Transport {
    /// HTTP long-polling: one GET waits for packets, one POST at a time carries some.
    Polling,
    /// One WebSocket, a packet a message.
    WebSocket,
}

impl Transport {
    /// The name in URLs, handshakes and options.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Polling => "polling",
            Self::WebSocket => "websocket",
        }
    }

    /// The transport of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Polling, Self::WebSocket].into_iter().find(|transport| transport.as_str() == name)
    }
}
