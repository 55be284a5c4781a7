//! What goes into a stream and what comes out.

use core::time::Duration;

use super::batch::Batch;
use super::buffer::Buffer;
use super::failure::{CloseReason, Failure};
use super::header::Unsendable;
use super::parser::Part;
use super::response::Response;

/// One request of a stream, in a row that starts at 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attempt(pub(super) u32);

impl Attempt {
    /// The number by which the host's side knows it.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The attempt of which a [`Stream`](super::Stream) said this [`number`](Self::number).
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }
}

/// What the outside world reports to a [`Stream`](super::Stream).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Something about one attempt. Late facts of earlier attempts change nothing.
    Attempt(Attempt, Fact),
    /// The page is put into the back/forward cache or frozen.
    PageFrozen,
    /// The page came back from there, or became visible.
    PageShown,
    /// The device has no network.
    WentOffline,
    /// The device has a network again.
    WentOnline,
}

/// A fact about one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Bytes of the body came.
    ChunkReceived(Buffer),
    /// The body ended as it should.
    Ended,
    /// There are no headers, or none that a request can have.
    HeadersFailed,
    /// The headers to send, besides those of the stream itself.
    HeadersProvided(Vec<(String, String)>),
    /// The request failed or the connection was cut.
    NetworkFailed,
    /// The head of the response came.
    Responded(Response),
    /// The request cannot be made, or the response has no body to read.
    Unusable,
}

/// What a [`Stream`](super::Stream) wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Drop the request that is under way, if one is.
    Abort,
    /// Make a request and report facts about it.
    Fetch {
        /// To be reported with each fact.
        attempt: Attempt,
        /// As they were provided.
        headers: Vec<(String, String)>,
        /// What to send as the last event ID: for the header a ByteString, for the query the id
        /// itself, not encoded yet. `None` to send none.
        last_event_id: Option<String>,
    },
    /// Get the headers for the next request.
    HeadersWanted {
        /// To be reported with the headers.
        attempt: Attempt,
        /// How many attempts failed since the stream was last well.
        failures: u32,
        /// The failure that this attempt follows.
        after: Option<Failure>,
    },
    /// Tell the owner.
    Notice(Notice),
}

/// What the owner of a [`Stream`](super::Stream) hears.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// The stream is over; nothing follows.
    Closed(CloseReason),
    /// An attempt failed; the next one follows in `retry_in`, or none does. With
    /// [`Config::decided_by_owner`](super::Config::decided_by_owner), the owner has to answer by [`Stream::decide`](super::Stream::decide).
    Failed {
        /// Why.
        failure: Failure,
        /// What follows unless the owner decides otherwise.
        retry_in: Option<Duration>,
    },
    /// The response came and is an event stream.
    Opened,
    /// An event was left out because it is over a limit.
    Oversized(Part),
    /// The events of one chunk.
    Received(Batch),
    /// Requests go out without `Last-Event-ID`. Said once a stream.
    UnsendableId(Unsendable),
}
