//! Own messages of a room that have no place in it yet.

use core::time::Duration;
use std::collections::VecDeque;

use super::change::{Row, Status};
use super::context::{Caller, Context};
use super::failure::Failure;
use super::ids::{Cid, RequestId, RoomId, Seq};
use super::model::Message;
use super::output::Call;
use crate::backoff::{self, Backoff};
use crate::time::Instant;

/// The outbox of one room: one message in flight, the others behind it in their order (I9).
#[derive(Clone, Debug)]
pub(super) struct Outbox<B> {
    entries: VecDeque<Entry<B>>,
    in_flight: Option<(RequestId, Cid)>,
    backoff: Backoff,
    resend_at: Option<Instant>,
}

#[derive(Clone, Debug)]
struct Entry<B> {
    cid: Cid,
    body: B,
    state: State,
}

/// ```text
/// Waiting{tried: false} -> Waiting{tried: true} -> Stored -> (leaves the outbox)
///                            ^        |
///                            | retry  v
///                            +----- Failed
/// ```
#[derive(Clone, Debug)]
enum State {
    Waiting {
        tried: bool,
    },
    /// The server has it, but ops before it have not come.
    Stored(Seq),
    Failed(Failure),
}

/// Why a message was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// The room has too many unsent messages.
    OutboxFull,
    /// The room has an unsent message with the same id.
    DuplicateCid,
}

impl core::fmt::Display for SendError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::OutboxFull => "unable to send; too many unsent messages in the room",
            Self::DuplicateCid => "unable to send; a message with this cid waits already",
        })
    }
}

impl core::error::Error for SendError {}

impl<B: Clone> Outbox<B> {
    pub(super) const fn new() -> Self {
        Self {
            entries: VecDeque::new(),
            in_flight: None,
            backoff: Backoff::new(BACKOFF),
            resend_at: None,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn push(&mut self, cid: Cid, body: B) -> Result<usize, SendError> {
        if self.position(&cid).is_some() {
            return Err(SendError::DuplicateCid);
        }
        if self.entries.len() >= CAPACITY {
            return Err(SendError::OutboxFull);
        }
        self.entries.push_back(Entry { cid, body, state: State::Waiting { tried: false } });
        Ok(self.entries.len() - 1)
    }

    pub(super) fn row(&self, position: usize) -> Option<Row<B>> {
        let entry = self.entries.get(position)?;
        Some(Row { body: entry.body.clone(), mine: true, status: entry.state.status() })
    }

    /// Sends the next message if none is in flight and none has to wait; gives the place of the
    /// message whose status this changed.
    pub(super) fn pump(
        &mut self,
        room: &RoomId,
        cx: &mut Context<B>,
        now: Instant,
    ) -> Option<usize> {
        if !cx.is_up() || self.in_flight.is_some() || self.resend_at.is_some_and(|at| now < at) {
            return None;
        }
        self.resend_at = None;
        let waiting = |entry: &Entry<B>| matches!(entry.state, State::Waiting { .. });
        let position = self.entries.iter().position(waiting)?;
        let entry = self.entries.get_mut(position)?;
        let call =
            Call::Send { room: room.clone(), cid: entry.cid.clone(), body: entry.body.clone() };
        let request = cx.call(Caller::Room(room.clone()), call);
        self.in_flight = Some((request, entry.cid.clone()));
        let first = matches!(entry.state, State::Waiting { tried: false });
        entry.state = State::Waiting { tried: true };
        first.then_some(position)
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.resend_at
    }

    /// The message whose answer `request` is; it is in flight no more.
    pub(super) fn settle(&mut self, request: RequestId) -> Option<Cid> {
        self.in_flight.take_if(|(asked, _)| *asked == request).map(|(_, cid)| cid)
    }

    /// Notes that the server has the message, with ops before it still to come.
    pub(super) fn stored(&mut self, message: &Message<B>) -> Option<usize> {
        self.backoff.reset();
        let position = self.position(&message.cid)?;
        let entry = self.entries.get_mut(position)?;
        entry.state = State::Stored(message.seq);
        entry.body = message.body.clone();
        Some(position)
    }

    /// Notes that a try failed; gives the place of the message if it will not be tried again.
    pub(super) fn failed(
        &mut self,
        cid: &Cid,
        failure: Failure,
        cx: &mut Context<B>,
        now: Instant,
    ) -> Option<usize> {
        if failure.is_fatal() {
            let position = self.position(cid)?;
            self.entries.get_mut(position)?.state = State::Failed(failure);
            return Some(position);
        }
        let delay = self.backoff.next_delay(&mut cx.rng);
        self.resend_at = Some(now + delay.max(failure.retry_after.unwrap_or_default()));
        None
    }

    /// Lets a failed message be tried again; gives its place.
    pub(super) fn retry(&mut self, cid: &Cid) -> Option<usize> {
        let position = self.position(cid)?;
        let entry = self.entries.get_mut(position)?;
        matches!(entry.state, State::Failed(_)).then(|| {
            entry.state = State::Waiting { tried: true };
            position
        })
    }

    /// Takes out a message that the server cannot have; gives its place.
    pub(super) fn discard(&mut self, cid: &Cid) -> Option<usize> {
        let position = self.position(cid)?;
        let discardable = matches!(
            self.entries.get(position)?.state,
            State::Waiting { tried: false } | State::Failed(_)
        );
        if discardable { self.remove(position) } else { None }
    }

    /// Takes out a message that has its place in the room now; gives its place here.
    pub(super) fn confirm(&mut self, cid: &Cid) -> Option<usize> {
        let position = self.position(cid)?;
        if self.in_flight.take_if(|(_, asked)| asked == cid).is_some() {
            self.backoff.reset();
        }
        self.remove(position)
    }

    /// Takes out one stored message that will not be confirmed, because the window begins after
    /// it (`covered`), or because its numbering ended (`None`); gives its place.
    pub(super) fn remove_stored(&mut self, covered: Option<Seq>) -> Option<usize> {
        let past = |entry: &Entry<B>| match entry.state {
            State::Stored(seq) => covered.is_none_or(|head| seq <= head),
            _ => false,
        };
        let position = self.entries.iter().position(past)?;
        self.remove(position)
    }

    /// Forgets the try that was under way; what it was for waits in its place.
    pub(super) fn link_down(&mut self) {
        self.in_flight = None;
        self.resend_at = None;
        self.backoff.reset();
    }

    fn position(&self, cid: &Cid) -> Option<usize> {
        self.entries.iter().position(|entry| entry.cid == *cid)
    }

    fn remove(&mut self, position: usize) -> Option<usize> {
        self.entries.remove(position).map(|_| position)
    }
}

impl State {
    /// Between tries a message stays "sending": its status never goes back (I8).
    fn status(&self) -> Status {
        match self {
            Self::Waiting { tried: false } => Status::Queued,
            Self::Waiting { tried: true } => Status::Sending,
            Self::Stored(_) => Status::Sent,
            Self::Failed(failure) => Status::Failed(failure.clone()),
        }
    }
}

/// Most unsent messages of a room.
const CAPACITY: usize = 500;
const BACKOFF: backoff::Config =
    backoff::Config { min: Duration::from_secs(1), max: Duration::from_secs(30), jitter: 1.0 };
