use core::time::Duration;

use crate::backoff;
use crate::engineio::Transports;

/// Settings of a [`Manager`](super::Manager).
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Address of the endpoint with the app's query and `EIO=4`.
    pub url: String,
    /// Over what a session is opened, and to what it moves. Default: the WebSocket alone.
    pub transports: Transports,
    /// Whether a session is opened by WebSocket if the last one worked. Default `false`.
    pub remember_upgrade: bool,
    /// Whether a WebSocket to this server has worked just before. Default `false`.
    pub websocket_works: bool,
    /// Whether a lost or failed connection is tried again. Default `true`.
    pub reconnection: bool,
    /// How often in a row it is tried again; `None`, the default, for ever.
    pub attempts: Option<u32>,
    /// Delays between attempts. Default 1 s to 5 s, half of it random.
    pub backoff: backoff::Config,
    /// How long opening may take; `None` for ever. Default 20 s.
    pub timeout: Option<Duration>,
    /// How long the answer to a CONNECT may take; `None`, the default and the reference client's
    /// way, for ever.
    pub connect_timeout: Option<Duration>,
    /// Most attachments of one packet. Default 10, as in socket.io-parser.
    pub max_attachments: usize,
    /// Most events that may come before the CONNECT they belong to (missed ones that a recovered
    /// session gets again). Default 10,000.
    pub max_early_events: usize,
    /// Largest frame that is accepted, in units of text or bytes. Default 64 Mi; the reference
    /// client takes any.
    pub max_frame: usize,
    /// Whether the owner encodes and decodes packets ([`CodecCommand`](super::CodecCommand)).
    /// Default `false`. Payloads are then values of the owner's, which are not looked into; no
    /// session is recovered.
    pub foreign_codec: bool,
    /// Seed of the jitter.
    pub seed: u64,
}

impl Config {
    /// The defaults of the reference client for the endpoint at `url`, over a WebSocket.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            transports: Transports::default(),
            remember_upgrade: false,
            websocket_works: false,
            reconnection: true,
            attempts: None,
            backoff: backoff::Config::default(),
            timeout: Some(Duration::from_secs(20)),
            connect_timeout: None,
            max_attachments: 10,
            max_early_events: 10_000,
            max_frame: 64 << 20,
            foreign_codec: false,
            seed: 0,
        }
    }

    /// Whether `other` opens the same sessions, if it opens one.
    pub(super) fn differs_in_reconnection_only(&self, other: &Self) -> bool {
        let Self { reconnection, attempts, backoff, timeout, seed, .. } = *other;
        Self { reconnection, attempts, backoff, timeout, seed, ..self.clone() } == *other
    }
}
