//! What becomes of an HTTP request.

use super::polling::SEPARATOR;
use super::{Input, RequestFailure};
use crate::host::{Host, Text};

/// An answered request.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer<H: Host> {
    /// HTTP status; 0 if there is none, because the network failed or the page may not know.
    pub status: u16,
    /// The body.
    pub body: H::Text,
}

impl<H: Host> Answer<H> {
    /// The facts that the answer to a GET stands for, in this order.
    ///
    /// One by one, so that what the app does about a packet takes effect before the next.
    pub fn into_polled(self) -> Vec<Input<H>> {
        if let Err(failure) = self.check() {
            return vec![Input::PollFailed(failure)];
        }
        let packets = self.body.split(SEPARATOR, MAX_PACKETS + 1);
        if packets.len() > MAX_PACKETS {
            return vec![Input::PollFailed(RequestFailure::PacketsTooMany)];
        }
        packets.into_iter().map(Input::Polled).chain([Input::PollEnded]).collect()
    }

    /// The fact that the answer to a POST stands for.
    pub fn into_posted(self) -> Input<H> {
        match self.check() {
            Ok(()) => Input::Posted,
            Err(failure) => Input::PostFailed(failure),
        }
    }

    fn check(&self) -> Result<(), RequestFailure> {
        if self.status == 200 {
            return Ok(());
        }
        Err(RequestFailure::Refused { status: self.status, refusal: Refusal::of(&self.body) })
    }
}

/// Why a server refused a request.
///
/// Source: `Server.errors` of engine.io.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// It does not know or allow the transport.
    TransportUnknown,
    /// It does not know the session: it was started anew, or another instance has the session.
    SessionUnknown,
    /// A session cannot be opened like this.
    HandshakeInvalid,
    /// The request makes no sense to it.
    RequestInvalid,
    /// It does not want this client.
    Forbidden,
    /// It speaks another revision of the protocol.
    VersionUnsupported,
}

impl Refusal {
    /// What the server says with it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TransportUnknown => "Transport unknown",
            Self::SessionUnknown => "Session ID unknown",
            Self::HandshakeInvalid => "Bad handshake method",
            Self::RequestInvalid => "Bad request",
            Self::Forbidden => "Forbidden",
            Self::VersionUnsupported => "Unsupported protocol version",
        }
    }

    /// Reads a body like `{"code":1,"message":"Session ID unknown"}`.
    fn of(body: &impl Text) -> Option<Self> {
        const HEAD: &str = "{\"code\":";
        let head = body.part(0, HEAD.len() + 2).to_core();
        Some(match head.strip_prefix(HEAD)? {
            "0," | "0}" => Self::TransportUnknown,
            "1," | "1}" => Self::SessionUnknown,
            "2," | "2}" => Self::HandshakeInvalid,
            "3," | "3}" => Self::RequestInvalid,
            "4," | "4}" => Self::Forbidden,
            "5," | "5}" => Self::VersionUnsupported,
            _ => return None,
        })
    }
}

/// Most packets of one payload. A server that has more to say at once has lost its mind.
const MAX_PACKETS: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Native;

    #[test]
    fn a_payload_is_its_packets_and_their_end() {
        let facts = answer(200, "4a\u{1e}bAQ==\u{1e}\u{1e}6");

        let packets = ["4a", "bAQ==", "", "6"].map(|text| Input::Polled(text.to_owned()));
        assert_eq!(facts.into_polled(), [packets.as_slice(), &[Input::PollEnded]].concat());
    }

    #[test]
    fn a_payload_of_too_many_packets_is_refused() {
        let fits = "6\u{1e}".repeat(MAX_PACKETS - 1) + "6";
        let exceeds = "6\u{1e}".repeat(MAX_PACKETS) + "6";

        assert_eq!(answer(200, &fits).into_polled().len(), MAX_PACKETS + 1);
        assert_eq!(
            answer(200, &exceeds).into_polled(),
            [Input::PollFailed(RequestFailure::PacketsTooMany)]
        );
    }

    // Bodies as engine.io sends them, and those of what may stand before it.
    #[test]
    fn a_status_but_200_is_a_failure_whose_reason_is_read() {
        for (status, body, refusal) in [
            (400, r#"{"code":0,"message":"Transport unknown"}"#, Some(Refusal::TransportUnknown)),
            (400, r#"{"code":1,"message":"Session ID unknown"}"#, Some(Refusal::SessionUnknown)),
            (400, r#"{"code":2,"message":"Bad handshake"}"#, Some(Refusal::HandshakeInvalid)),
            (400, r#"{"code":3,"message":"Bad request"}"#, Some(Refusal::RequestInvalid)),
            (403, r#"{"code":4,"message":"Forbidden"}"#, Some(Refusal::Forbidden)),
            (400, r#"{"code":5}"#, Some(Refusal::VersionUnsupported)),
            (400, r#"{"code":6,"message":"?"}"#, None),
            (400, r#"{"code":12,"message":"?"}"#, None),
            (400, r#"{"code":"#, None),
            (502, "<html>é", None),
            (204, "", None),
            (0, "", None),
        ] {
            let failure = RequestFailure::Refused { status, refusal };

            let polled = answer(status, body).into_polled();
            assert_eq!(polled, [Input::PollFailed(failure.clone())], "{body}");
            assert_eq!(answer(status, body).into_posted(), Input::PostFailed(failure));
        }
    }

    #[test]
    fn the_body_of_an_answer_to_a_post_does_not_matter() {
        assert_eq!(answer(200, "ok").into_posted(), Input::Posted);
        assert_eq!(answer(200, "<html>").into_posted(), Input::Posted);
    }

    fn answer(status: u16, body: &str) -> Answer<Native> {
        Answer { status, body: body.to_owned() }
    }
}
