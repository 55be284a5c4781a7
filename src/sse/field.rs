//! What one line of an event stream says.

/// A field that means something. Everything else (comments, unknown names) is no field at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Data,
    Event,
    Id,
    Retry,
}

impl Field {
    /// What a line without its end begins with, and how many bytes stand before the value. Names
    /// are compared exactly (HTML 9.2.6).
    #[inline(always)]
    pub(super) const fn of(line: &[u8]) -> Option<(Self, usize)> {
        let (field, name_bytes, rest) = match line {
            [b'd', b'a', b't', b'a', rest @ ..] => (Self::Data, 4, rest),
            [b'i', b'd', rest @ ..] => (Self::Id, 2, rest),
            [b'e', b'v', b'e', b'n', b't', rest @ ..] => (Self::Event, 5, rest),
            [b'r', b'e', b't', b'r', b'y', rest @ ..] => (Self::Retry, 5, rest),
            _ => return None,
        };
        match rest {
            [b':', b' ', ..] => Some((field, name_bytes + 2)),
            [b':', ..] => Some((field, name_bytes + 1)),
            [] => Some((field, name_bytes)),
            _ => None,
        }
    }

    /// The same of what begins with a line, by one comparison: only the fields of most blocks, with a
    /// colon, and with eight bytes from there on.
    #[inline(always)]
    pub(super) fn of_usual(bytes: &[u8]) -> Option<(Self, usize)> {
        let start = u64::from_le_bytes(*bytes.first_chunk()?);
        let begins = |name: u64, bytes: usize| start & !(u64::MAX << (bytes * 8)) == name;
        let (field, name_bytes) = if begins(DATA, 5) {
            (Self::Data, 5)
        } else if begins(ID, 3) {
            (Self::Id, 3)
        } else if begins(EVENT, 6) {
            (Self::Event, 6)
        } else {
            return None;
        };
        let has_blank = (start >> (name_bytes * 8)) & 0xff == u64::from(b' ');
        Some((field, name_bytes + usize::from(has_blank)))
    }
}

const DATA: u64 = u64::from_le_bytes(*b"data:\0\0\0");
const ID: u64 = u64::from_le_bytes(*b"id:\0\0\0\0\0");
const EVENT: u64 = u64::from_le_bytes(*b"event:\0\0");

/// Whether a line that begins with `start` can still turn out to be a field.
pub(super) fn may_become_field(start: &[u8]) -> bool {
    Field::of(start).is_some()
        || [BOM, b"data", b"event", b"id", b"retry"].iter().any(|name| name.starts_with(start))
}

/// The reconnection time of a `retry` field, in milliseconds; `None` unless it is ASCII digits.
pub(super) fn milliseconds(value: &[u8]) -> Option<u64> {
    let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    digits.then(|| {
        value.iter().fold(0u64, |number, digit| {
            number.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
        })
    })
}

/// One byte order mark may stand at the beginning of a stream.
pub(super) const BOM: &[u8] = "\u{feff}".as_bytes();
