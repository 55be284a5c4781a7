//! Why a stream fails, ends or skips something.

use serde::{Deserialize, Serialize};

use super::parser::Part;

/// Why an attempt came to an end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Failure {
    /// The response is no event stream; its `Content-Type`.
    ContentType(Option<String>),
    /// The server ended the stream.
    Ended,
    /// The headers for the request could not be had, or not within the open timeout.
    Headers,
    /// Nothing came for longer than the idle timeout.
    IdleTimeout,
    /// The connection could not be made, or was cut. A CORS refusal looks the same to `fetch`.
    Network,
    /// No response came within the open timeout, counted from asking for headers.
    OpenTimeout,
    /// A line or an event is over its limit.
    Oversized(Part),
    /// The request cannot be made, or the response has no body to read.
    Protocol,
    /// The server answered with a status that is not 200.
    Status(u16),
}

impl Failure {
    /// Whether it makes sense to try again.
    pub(super) const fn is_transient(&self) -> bool {
        match self {
            Self::Ended | Self::Headers | Self::IdleTimeout | Self::Network | Self::OpenTimeout => {
                true
            }
            Self::Status(status) => matches!(status, 408 | 425 | 429 | 500..=599),
            Self::ContentType(_) | Self::Oversized(_) | Self::Protocol => false,
        }
    }

    /// Whether the server may have received the request.
    pub(super) const fn is_after_request(&self) -> bool {
        !matches!(self, Self::Headers)
    }
}

/// Why a stream is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum CloseReason {
    /// Its owner closed it.
    ByClient,
    /// The server ended it, and that is how this stream is meant to end.
    Ended,
    /// It failed, and is not to be tried again.
    Failed(Failure),
    /// The server said that there is nothing more to come (HTTP 204).
    NoContent,
}
