//! How the last event ID is sent.

use serde::{Deserialize, Serialize};

use super::config::IdPlacement;

/// What to send for `id`. In a header it is one character for each byte of its UTF-8, which is the
/// form in which `fetch` takes header values (a ByteString). `Ok(None)` if there is no id to send.
///
/// # Errors
///
/// An id that a server would refuse with the whole request, so that the stream could never come
/// back: it is better to go on without it.
pub(super) fn last_event_id(
    id: &str,
    placement: IdPlacement,
) -> Result<Option<String>, Unsendable> {
    if id.len() > MAX_ID_BYTES {
        return Err(Unsendable::TooLong);
    }
    if placement == IdPlacement::Query {
        return Ok((!id.is_empty()).then(|| id.to_owned()));
    }
    // RFC 9110 5.5: outer blanks are no part of the value; a tab may stand inside.
    let value = id.trim_matches([' ', '\t']);
    if value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
        return Err(Unsendable::ControlCharacter);
    }
    Ok((!value.is_empty()).then(|| value.bytes().map(char::from).collect()))
}

/// Why an event id cannot be sent to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Unsendable {
    /// It has a control character, which no header value may have (RFC 9110 5.5).
    ControlCharacter,
    /// It is longer than 4096 bytes of UTF-8; servers limit all headers of a request to 8 KiB or so.
    TooLong,
}

const MAX_ID_BYTES: usize = 4096;

#[cfg(test)]
mod tests {
    use super::{IdPlacement, Unsendable, last_event_id};

    fn header(id: &str) -> Result<Option<String>, Unsendable> {
        last_event_id(id, IdPlacement::Header)
    }

    fn query(id: &str) -> Result<Option<String>, Unsendable> {
        last_event_id(id, IdPlacement::Query)
    }

    #[test]
    fn id_goes_out_as_one_character_per_byte_of_utf_8() {
        assert_eq!(header("7"), Ok(Some("7".to_owned())));
        assert_eq!(header("…"), Ok(Some("\u{e2}\u{80}\u{a6}".to_owned())));
        assert_eq!(header(" a\tb \t"), Ok(Some("a\tb".to_owned())));
    }

    #[test]
    fn empty_id_is_not_sent() {
        assert_eq!(header(""), Ok(None));
        assert_eq!(header(" \t "), Ok(None));
        assert_eq!(query(""), Ok(None));
    }

    #[test]
    fn id_that_would_get_the_request_refused_is_not_sent() {
        for control in ["a\u{1}b", "a\nb", "a\rb", "a\0b", "a\u{7f}", "\u{1f}"] {
            assert_eq!(header(control), Err(Unsendable::ControlCharacter), "{control:?}");
        }
        for id in [header, query] {
            assert!(id(&"x".repeat(4096)).is_ok());
            assert_eq!(id(&"x".repeat(4097)), Err(Unsendable::TooLong));
            assert_eq!(id(&"é".repeat(2049)), Err(Unsendable::TooLong));
        }
    }

    #[test]
    fn query_takes_any_id_as_it_is() {
        assert_eq!(query(" a\u{1}…\n"), Ok(Some(" a\u{1}…\n".to_owned())));
    }
}
