use core::time::Duration;

use crate::host::{Json, Text};

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
            _ => return None,
        })
    }
}

/// Data of an `open` packet. `upgrades` is not read: there is one transport so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Handshake {
    pub(super) sid: String,
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
            ping_interval: whole(&json.member("pingInterval")?)?,
            ping_timeout: whole(&json.member("pingTimeout")?)?,
            max_payload: match json.member("maxPayload") {
                Some(number) => Some(whole(&number)?),
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

/// The number, if it counts something.
fn whole(json: &impl Json) -> Option<u64> {
    json.number()
        .filter(|number| *number >= 0.0 && number.fract() == 0.0)
        .map(|number| number as u64)
}
