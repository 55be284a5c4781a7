//! What the feeds of a scope say to each other, inside the parcels of their tabs.

use core::time::Duration;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::delivery::Delivery;
use super::recent::Recent;
use crate::host::Host;
use crate::sse::{CloseReason, Failure, Part, Unsendable};
use crate::tabs::{Parcel, Term};

/// From the leader to all tabs, itself included.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Down {
    /// Where the events behind this will stand.
    pub(super) next: Place,
    /// The last event ID behind this. Said with everything, so that an heir that joined a moment
    /// ago learns it from any message.
    pub(super) last_event_id: String,
    pub(super) news: News,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum News {
    /// Events; their text is that of the parcel.
    Events(Head),
    /// How the stream stands changed.
    Status(Status),
    /// An attempt failed.
    Failed { failure: Failure, retry_in: Option<Duration> },
    /// The stream is over.
    Closed(CloseReason),
    /// An event was left out.
    Oversized(Part),
    /// Requests go out without an id.
    UnsendableId(Unsendable),
}

/// From a tab to the leader.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) enum Up {
    /// Make an attempt at once.
    Reconnect,
}

/// How the stream stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Status {
    Connecting { failures: u32 },
    Open,
    Waiting { failure: Failure, retry_in: Duration },
    Paused,
}

/// Where events stand among all events of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// The leadership that published them; of a place where events will stand, that of the events
    /// ahead of it. The logs of two tabs that are at one place are the same up to there, while two
    /// leaders that heard of different events may give one number to both.
    pub(super) term: Term,
    /// The leadership that began to count. It may have begun although others had events before, if
    /// none of them could say so: all were frozen, or in the back/forward cache.
    pub(super) line: Term,
    /// How many events stand before them.
    pub(super) first: u64,
}

/// A delivery but for its text and what the message says around it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Head {
    marks: Vec<u32>,
    inherits_id: bool,
    ends_with_id: bool,
}

/// From the leader to a tab that joins or fell behind; the texts of the parcel belong to `heads`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) status: Status,
    /// Where the next events will stand.
    pub(super) next: Place,
    pub(super) last_event_id: String,
    /// What is ahead of `heads`.
    base: Option<Place>,
    /// Of each delivery its place, the last event ID behind it, and its head.
    heads: Vec<(Place, String, Head)>,
}

impl Place {
    /// Where a leader begins that knows of no events before its own.
    pub(super) const fn start(term: Term) -> Self {
        Self { term, line: term, first: 0 }
    }

    /// The place behind `count` events that stand here.
    pub(super) const fn behind(self, count: usize) -> Self {
        Self { first: self.first.saturating_add(count as u64), ..self }
    }

    /// Whether a tab that is here has had what stands at `other`.
    pub(super) fn is_past(self, other: Self) -> bool {
        self.line == other.line && other.term <= self.term && other.first < self.first
    }

    /// Whether the log of a tab that is at `other` leads through here, by what one leadership published.
    pub(super) fn leads_to(self, other: Self) -> bool {
        self.line == other.line && self.term == other.term && self.first <= other.first
    }

    /// Whether a tab that is here lacks what comes before `other`.
    pub(super) fn is_behind_hole(self, other: Self) -> bool {
        self.line != other.line || other.first > self.first
    }

    /// The place ahead of `count` events that end here.
    const fn ahead(self, count: usize) -> Self {
        Self { first: self.first.saturating_sub(count as u64), ..self }
    }
}

impl Head {
    fn of<H: Host>(delivery: &Delivery<H>) -> Self {
        Self::take(delivery.clone()).0
    }

    /// Parts a delivery into this and its text.
    pub(super) fn take<H: Host>(delivery: Delivery<H>) -> (Self, H::Text) {
        let Delivery { text, marks, inherits_id, ends_with_id, .. } = delivery;
        (Self { marks, inherits_id, ends_with_id }, text)
    }

    fn with<H: Host>(self, text: H::Text, last_event_id: String) -> Delivery<H> {
        let Self { marks, inherits_id, ends_with_id } = self;
        Delivery { text, marks, inherits_id, last_event_id, ends_with_id }
    }
}

impl Down {
    /// The events that this speaks of, and where they stand.
    pub(super) fn events<H: Host>(self, text: Option<H::Text>) -> Option<(Place, Delivery<H>)> {
        let News::Events(head) = self.news else { return None };
        let delivery = head.with(text?, self.last_event_id);
        Some((self.next.ahead(delivery.count()), delivery))
    }
}

impl State {
    /// Packs how the stream stands; `None` if it cannot be encoded.
    pub(super) fn pack<H: Host>(
        status: Status,
        next: Place,
        last_event_id: &str,
        recent: &Recent<H>,
    ) -> Option<Parcel<H>> {
        let head = |(place, delivery): &(Place, Delivery<H>)| {
            (*place, delivery.last_event_id.clone(), Head::of(delivery))
        };
        let heads = recent.entries().map(head).collect();
        let (last_event_id, base) = (last_event_id.to_owned(), recent.base());
        let state = Self { status, next, last_event_id, base, heads };
        let texts = recent.deliveries().map(|delivery| delivery.text.clone()).collect();
        pack(&state, texts)
    }

    /// The newest events, where `texts` are those that came with the state.
    pub(super) fn take_recent<H: Host>(&mut self, texts: Vec<H::Text>) -> Recent<H> {
        let heads = core::mem::take(&mut self.heads).into_iter().zip(texts);
        let mut recent = Recent::new(self.base);
        for ((place, id, head), text) in heads {
            recent.push(place, head.with(text, id));
        }
        recent
    }
}

/// Packs `message` for the way to other tabs; `None` if it cannot be encoded.
pub(super) fn pack<H: Host>(message: &impl Serialize, texts: Vec<H::Text>) -> Option<Parcel<H>> {
    let control = postcard::to_allocvec(message).ok()?;
    Some(Parcel { control, texts, blobs: Vec::new() })
}

/// What another tab said; `None` if it is nothing of the kind.
pub(super) fn unpack<H: Host, T: DeserializeOwned>(parcel: &Parcel<H>) -> Option<T> {
    postcard::from_bytes(&parcel.control).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_an_earlier_leader_of_the_same_line_published_can_have_been_had() {
        let [old, new] = [1, 2].map(term);
        let here = Place { term: old, line: old, first: 2 };

        let had = |term, line, first| here.is_past(Place { term, line, first });

        assert!(had(old, old, 1));
        assert!(!had(old, old, 2), "it comes next");
        assert!(!had(new, old, 1), "a later leader may have put something else there");
        assert!(!had(old, new, 1), "it is counted from another beginning");
    }

    #[test]
    fn a_log_leads_through_the_earlier_places_of_the_leadership_that_it_is_at() {
        let [old, new] = [1, 2].map(term);
        let here = Place { term: new, line: old, first: 2 };

        let leads = |term, line, first| Place { term, line, first }.leads_to(here);

        assert!(leads(new, old, 1) && leads(new, old, 2));
        assert!(!leads(new, old, 3), "it is behind it");
        assert!(!leads(old, old, 1), "an earlier leader may have published something else there");
        assert!(!leads(new, new, 1), "it is counted from another beginning");
    }

    fn term(round: u64) -> Term {
        let tab = 1_u64;
        let bytes = postcard::to_allocvec(&(round, tab)).unwrap();
        postcard::from_bytes(&bytes).unwrap()
    }
}
