use core::time::Duration;

use super::Transport;

/// Settings of a [`Connection`](super::Connection).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Address of the endpoint with the query of the app and `EIO=4`; its scheme may be that of
    /// either transport.
    pub url: String,
    /// Which transports, and how.
    pub transports: Transports,
    /// How long transport and handshake may take together; `None` for ever.
    pub open_timeout: Option<Duration>,
    /// Largest frame or response that is accepted, in units of text or in bytes.
    pub max_frame: usize,
    /// Seed of what keeps requests out of caches.
    pub seed: u64,
}

impl Config {
    /// The endpoint at `url` over a WebSocket, opened in 20 s, with frames of up to 64 Mi.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            transports: Transports::default(),
            open_timeout: Some(Duration::from_secs(20)),
            max_frame: 64 << 20,
            seed: 0,
        }
    }
}

/// Which transports a session may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transports {
    /// The first opens the session. The others serve as upgrade, or as replacement if
    /// [`try_all`](Self::try_all). Default: the WebSocket alone.
    pub order: Vec<Transport>,
    /// Whether a session over long-polling moves to the WebSocket, where the server offers that.
    /// Default `true`.
    pub upgrade: bool,
    /// Whether the next transport is tried where one cannot open the session. Default `false`.
    pub try_all: bool,
    /// How the URLs of long-polling are made. Default: with a time stamp `t`.
    pub polling: Query,
    /// How the URLs of WebSockets are made.
    pub websocket: Query,
}

impl Default for Transports {
    fn default() -> Self {
        Self {
            order: vec![Transport::WebSocket],
            upgrade: true,
            try_all: false,
            polling: Query { timestamp: Some("t".to_owned()), base64: false },
            websocket: Query::default(),
        }
    }
}

/// What a transport adds to the query of its URLs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Name of a parameter with a new value for each request, which keeps caches out.
    pub timestamp: Option<String>,
    /// Whether binary messages are to be text (`b64=1`). Over long-polling they always are.
    pub base64: bool,
}
