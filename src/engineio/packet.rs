use core::time::Duration;

use crate::host::{Json, Text};

/// More than there are transports.
const UPGRADES_MAX: usize = 16;

/// The type of a packet: its first character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PacketType {
    Open,
    Close,
    Ping,
    Pong,
    Message,
    Upgrade,
    Noop,
    /// A binary message in base64, on a channel of text.
    Base64,
}

impl PacketType {
    /// Reads the type of a text frame; `None` if it is empty or the type is unknown.
    pub(super) fn of(frame: &impl Text) -> Option<Self> {
        Some(match u8::try_from(frame.unit(0)?).ok()? {
            b'0' => Self::Open,
            b'1' => Self::Close,
            b'2' => Self::Ping,
            b'3' => Self::Pong,
            b'4' => Self::Message,
            b'5' => Self::Upgrade,
            b'6' => Self::Noop,
            b'b' => Self::Base64,
            _ => return None,
        })
    }
}

/// Data of an `open` packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Handshake {
    pub(super) sid: String,
    pub(super) upgrades: Vec<String>,
    ping_interval: u64,
    ping_timeout: u64,
    pub(super) max_payload: Option<u64>,
}

impl Handshake {
    /// Reads the data of an `open` frame.
    pub(super) fn of(frame: &impl Text) -> Option<Self> {
        let json = frame.part(1, usize::MAX).parse_json()?;
        Some(Self {
            sid: json.member("sid")?.text()?,
            upgrades: texts(json.member("upgrades")),
            ping_interval: json.member("pingInterval")?.count()?,
            ping_timeout: json.member("pingTimeout")?.count()?,
            max_payload: match json.member("maxPayload") {
                Some(number) => Some(number.count()?),
                None => None,
            },
        })
    }

    pub(super) const fn ping_interval(&self) -> Duration {
        Duration::from_millis(self.ping_interval)
    }

    pub(super) const fn ping_timeout(&self) -> Duration {
        Duration::from_millis(self.ping_timeout)
    }
}

/// The texts in an array, as far as they are texts.
fn texts(json: Option<impl Json>) -> Vec<String> {
    let Some(json) = json else { return Vec::new() };
    (0..UPGRADES_MAX).map_while(|at| json.element(at)?.text()).collect()
}
