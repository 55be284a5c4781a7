//! What can be said of a payload without opening it: its first few units.
//!
//! Whether it is JSON to the end, and whether its placeholders are right, is seen by the tab that
//! parses it (`Manager::refuse_payload`).

use super::PacketType;
use super::reader::Reader;
use crate::host::{Json, Text};
use crate::socketio::ParseError;

/// Cuts out the payload that begins here, if there is one.
///
/// An event must have one. The reference parser lets an event without pass and then fails on it.
pub(super) fn read<T: Text>(
    reader: &mut Reader<'_, T>,
    packet_type: PacketType,
) -> Result<Option<T>, ParseError> {
    let start = reader.at();
    let first = reader.ascii();
    let fits = match packet_type {
        PacketType::Event => first == Some(b'[') && is_event(reader),
        PacketType::Connect => matches!(first, None | Some(b'{')),
        PacketType::Disconnect => first.is_none(),
        PacketType::Ack => matches!(first, None | Some(b'[')),
        PacketType::ConnectError => matches!(first, None | Some(b'"' | b'{')),
    };
    if !fits {
        return Err(ParseError::PayloadInvalid);
    }
    Ok(first.map(|_| reader.all_since(start)))
}

/// Whether the array that begins here begins with a number, or with a string that is not reserved.
fn is_event<T: Text>(reader: &mut Reader<'_, T>) -> bool {
    let start = reader.at();
    reader.advance();
    reader.skip_blanks();
    match reader.ascii() {
        Some(b'-' | b'0'..=b'9') => true,
        Some(b'"') => !is_reserved(reader, start),
        _ => false,
    }
}

/// Most names are cleared by their first unit.
fn is_reserved<T: Text>(reader: &mut Reader<'_, T>, start: usize) -> bool {
    let mut rests = RESERVED.map(|name| Some(name.as_bytes()));
    loop {
        reader.advance();
        match reader.ascii() {
            None => return false,
            Some(b'"') => return rests.contains(&Some(&[])),
            Some(b'\\') => return is_reserved_when_unescaped(&reader.all_since(start)),
            Some(unit) => rests = rests.map(|rest| without_first(rest?, unit)),
        }
        if rests.iter().all(Option::is_none) {
            return false;
        }
    }
}

/// What `strip_prefix` gives, without a comparison of memory for one byte.
fn without_first(bytes: &[u8], first: u8) -> Option<&[u8]> {
    bytes.split_first().filter(|(byte, _)| **byte == first).map(|(_, rest)| rest)
}

/// Nobody escapes letters but to get past this check, so the cost does not matter.
fn is_reserved_when_unescaped(array: &impl Text) -> bool {
    let name = array.parse_json().and_then(|array| array.element(0)?.text());
    name.is_none_or(|name| RESERVED.contains(&name.as_str()))
}

/// The names that the reference parser refuses: listeners would take them for the library's own.
const RESERVED: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];
