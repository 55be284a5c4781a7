//! What goes into a feed and what comes out.

use core::time::Duration;

use super::delivery::Delivery;
use crate::host::Host;
use crate::sse::{self, Attempt, CloseReason, Failure, Part, Unsendable};
use crate::tabs::{self, PageFact, Role, Roster, TabId};

/// A fact for a [`Feed`](super::Feed).
#[derive(Clone, Debug)]
pub enum Input<H: Host> {
    /// About a request.
    Attempt(Attempt, sse::Fact),
    /// About lock, channel and other tabs.
    Tabs(tabs::Input<H>),
    /// About the page that this tab shows.
    Page(PageFact),
    /// The device has no network.
    WentOffline,
    /// The device has a network again.
    WentOnline,
}

/// What a [`Feed`](super::Feed) wants done.
#[derive(Clone, Debug)]
pub enum Output<H: Host> {
    /// Drop the request that is under way, if one is.
    Abort,
    /// Make a request and report facts about it; see [`sse::Output::Fetch`].
    Fetch {
        /// To be reported with each fact.
        attempt: Attempt,
        /// As they were provided.
        headers: Vec<(String, String)>,
        /// What to send as the last event ID.
        last_event_id: Option<String>,
    },
    /// A command for lock and channel; never an event.
    Tabs(tabs::Output<H>),
    /// Tell the owner.
    Notice(Notice<H>),
}

/// What the owner of a [`Feed`](super::Feed) hears.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Notice<H: Host> {
    /// The stream is over, in all tabs.
    Closed(CloseReason),
    /// An attempt is being made, or a tab that will make one is being looked for.
    Connecting {
        /// How many attempts failed since the stream was last well.
        failures: u32,
    },
    /// An attempt failed; the next one follows in `retry_in`, or none does.
    Failed {
        /// Why.
        failure: Failure,
        /// When the next attempt follows.
        retry_in: Option<Duration>,
        /// The owner has to say what follows: [`Feed::decide`](super::Feed::decide).
        undecided: bool,
    },
    /// Events were missed that no tab has any more, or nobody can tell which of those that follow came
    /// before.
    Gap,
    /// Get the headers for the next request. Only where the request is made.
    HeadersWanted {
        /// To be reported with the headers.
        attempt: Attempt,
        /// The failure that this attempt follows.
        after: Option<Failure>,
    },
    /// The feed has left the other tabs, some time after [`Closed`](Self::Closed): drop it.
    Left,
    /// The response came and is an event stream.
    Opened,
    /// An event was left out because it is over a limit.
    Oversized(Part),
    /// The stream is let go of until somebody can see it.
    Paused,
    /// Events of one chunk.
    Received(Delivery<H>),
    /// How the stream is shared has changed.
    Tabs {
        /// This tab.
        tab: TabId,
        /// Its part.
        role: Role,
        /// Counts the leaders so far.
        term: u64,
        /// The tab that keeps the stream, if one does.
        leader: Option<TabId>,
        /// How many tabs there are.
        roster: Roster,
    },
    /// Requests go out without a last event ID.
    UnsendableId(Unsendable),
}
