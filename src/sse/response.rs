//! What the head of a response means for the stream.

use core::time::Duration;

use super::failure::Failure;

/// The head of a response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// The `Content-Type` header; several of them joined by commas.
    pub content_type: Option<String>,
    /// How long the server asks to wait (`Retry-After`).
    pub retry_after: Option<Duration>,
}

/// What to do with a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Its body is the stream.
    Open,
    /// HTTP 204: the server wants no further request (HTML 9.2.3).
    NoContent,
    /// It is not the stream.
    Refused(Failure),
}

impl Response {
    /// Whether the body is the stream.
    pub fn is_stream(&self) -> bool {
        self.verdict() == Verdict::Open
    }

    pub(super) fn verdict(&self) -> Verdict {
        match self.status {
            200 if self.is_event_stream() => Verdict::Open,
            200 => Verdict::Refused(Failure::ContentType(self.content_type.clone())),
            204 => Verdict::NoContent,
            status => Verdict::Refused(Failure::Status(status)),
        }
    }

    /// Parameters do not matter: an event stream is UTF-8 whatever its `charset` says.
    fn is_event_stream(&self) -> bool {
        let types = self.content_type.as_deref().unwrap_or_default();
        // Fetch, "extract a MIME type": the last valid one counts.
        let valid = types.split(',').map(essence).rfind(|essence| is_valid(essence));
        valid.is_some_and(|essence| essence.eq_ignore_ascii_case("text/event-stream"))
    }
}

fn essence(mime_type: &str) -> &str {
    mime_type.split(';').next().unwrap_or_default().trim_matches([' ', '\t', '\r', '\n'])
}

fn is_valid(essence: &str) -> bool {
    let token = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
    };
    essence != "*/*"
        && essence.split_once('/').is_some_and(|(kind, subtype)| token(kind) && token(subtype))
}

#[cfg(test)]
mod tests {
    use super::{Failure, Response, Verdict};

    fn verdict(status: u16, content_type: &str) -> Verdict {
        let content_type = Some(content_type.to_owned());
        Response { status, content_type, retry_after: None }.verdict()
    }

    #[test]
    fn any_spelling_of_the_content_type_opens() {
        for spelling in [
            "text/event-stream",
            "text/event-stream;",
            "TEXT/Event-Stream",
            " text/event-stream ; charset=windows-1252",
            "text/html, text/event-stream",
            "text/event-stream, */*",
            "text/event-stream, bogus",
        ] {
            assert_eq!(verdict(200, spelling), Verdict::Open, "{spelling}");
        }
    }

    #[test]
    fn other_content_types_are_refused() {
        for other in ["text/event-streamfoo", "text/event-stream, text/html", "text/x-bogus", ""] {
            let refused = Verdict::Refused(Failure::ContentType(Some(other.to_owned())));
            assert_eq!(verdict(200, other), refused, "{other}");
        }
        let missing = Response { status: 200, content_type: None, retry_after: None };
        assert_eq!(missing.verdict(), Verdict::Refused(Failure::ContentType(None)));
    }

    #[test]
    fn only_status_200_opens() {
        for status in [201, 205, 206, 299, 300, 304, 400, 401, 404, 500, 503] {
            let refused = Verdict::Refused(Failure::Status(status));
            assert_eq!(verdict(status, "text/event-stream"), refused);
        }
        assert_eq!(verdict(204, "text/event-stream"), Verdict::NoContent);
    }
}
