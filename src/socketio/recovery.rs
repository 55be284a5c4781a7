use crate::host::Text;

/// What a server needs to go on with a session (connection state recovery).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// Private id of the session.
    pub pid: String,
    /// Offset of the last event that carried one.
    pub offset: Option<String>,
}

/// The session of a namespace as far as it can be recovered.
#[derive(Clone, Debug)]
pub(super) struct Session {
    recovery: Recovery,
    shape: Option<Shape>,
}

impl Session {
    pub(super) fn new(recovery: Recovery) -> Self {
        let shape = recovery.offset.as_deref().and_then(Shape::of);
        Self { recovery, shape }
    }

    pub(super) const fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// Takes note of the offset of an event, if it has one.
    ///
    /// The server appends the offset as one more argument, but not to every event, so a string of
    /// the app may stand in its place. A wrong offset would make the next recovery fail; what
    /// does not look like the first offset is left out.
    pub(super) fn note_event(&mut self, payload: &impl Text) {
        let Some(offset) = trailing_token(payload) else { return };
        let Some(shape) = Shape::of(&offset) else { return };
        if *self.shape.get_or_insert(shape) == shape {
            self.recovery.offset = Some(offset);
        }
    }
}

/// What the offsets of an adapter have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// `digits-digits`: Redis streams.
    StreamId,
    /// 24 hexadecimal digits: MongoDB.
    ObjectId,
    /// Anything else, by its length up to a dot: in memory it is `QxYzAbC` or `QxYzAbC.1`.
    Token(usize),
}

impl Shape {
    fn of(offset: &str) -> Option<Self> {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if offset.split_once('-').is_some_and(|(ms, seq)| is_number(ms) && is_number(seq)) {
            return Some(Self::StreamId);
        }
        if offset.len() == 24 && offset.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Some(Self::ObjectId);
        }
        let length = offset.find('.').unwrap_or(offset.len());
        (length >= SHORTEST_TOKEN).then_some(Self::Token(length))
    }
}

/// The string at the end of a JSON array, if it is not the only element and could be an offset.
///
/// Reads from the end: two units for most payloads.
fn trailing_token<T: Text>(payload: &T) -> Option<String> {
    let end = payload.units().checked_sub(2)?;
    if payload.unit(end + 1) != Some(u16::from(b']')) || payload.unit(end) != Some(QUOTE) {
        return None;
    }
    let mut start = end;
    while payload.unit(start.checked_sub(1)?)? != QUOTE {
        start -= 1;
        if !is_token_unit(payload.unit(start)?) || end - start > LONGEST_TOKEN {
            return None;
        }
    }
    if payload.unit(start.checked_sub(2)?)? != u16::from(b',') {
        return None;
    }
    Some(payload.part(start, end).to_core())
}

fn is_token_unit(unit: u16) -> bool {
    u8::try_from(unit).is_ok_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

const QUOTE: u16 = b'"' as u16;
/// Of the adapters that offer recovery none has shorter ones; names of people often are.
const SHORTEST_TOKEN: usize = 7;
const LONGEST_TOKEN: usize = 64;
