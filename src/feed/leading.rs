//! What a feed keeps where the request is made.

use core::time::Duration;

use super::delivery::Delivery;
use super::overlap::Overlap;
use super::recent::Recent;
use super::wire::{Down, Head, News, Place, Status};
use crate::host::Host;
use crate::machine::Machine;
use crate::sse::{self, Attempt, Batch, Failure, Notice, Stream};
use crate::tabs::Term;
use crate::time::Instant;

/// The stream, and how it stands.
#[derive(Debug)]
pub(super) struct Leading {
    pub(super) stream: Stream,
    term: Term,
    /// Where the next events will stand.
    next: Place,
    last_event_id: String,
    status: Status,
    /// When the attempt that is waited for is due.
    retry_at: Option<Instant>,
    /// The stream is let go of as nobody can see it.
    pub(super) paused: bool,
    overlap: Overlap,
    /// The failure that the owner has to decide about.
    undecided: Option<Failure>,
}

/// What the stream had to say, for the feed to act on.
pub(super) enum Said<H: Host> {
    Abort,
    Fetch { attempt: Attempt, headers: Vec<(String, String)>, last_event_id: Option<String> },
    HeadersWanted { attempt: Attempt, failures: u32, after: Option<Failure> },
    Undecided { failure: Failure, retry_in: Option<Duration> },
    Publish(Down, Option<H::Text>),
}

impl Leading {
    /// Goes on behind `last_event_id`, with the events that stand at `next`.
    pub(super) fn open(
        config: sse::Config,
        term: Term,
        next: Place,
        last_event_id: &str,
        now: Instant,
    ) -> Self {
        let mut stream = Stream::new(config);
        stream.open(last_event_id, now);
        Self {
            stream,
            term,
            next,
            last_event_id: last_event_id.to_owned(),
            status: Status::Connecting { failures: 0 },
            retry_at: None,
            paused: false,
            overlap: Overlap::default(),
            undecided: None,
        }
    }

    pub(super) const fn next(&self) -> Place {
        self.next
    }

    /// How the stream stands at `now`.
    pub(super) fn status(&self, now: Instant) -> Status {
        match (&self.status, self.retry_at) {
            (Status::Waiting { failure, .. }, Some(at)) => {
                Status::Waiting { failure: failure.clone(), retry_in: at.saturating_since(now) }
            }
            (status, _) => status.clone(),
        }
    }

    /// What the stream says next. `recent` is what came last.
    pub(super) fn poll<H: Host>(
        &mut self,
        recent: &Recent<H>,
        undecided: bool,
        now: Instant,
    ) -> Option<Said<H>> {
        loop {
            let said = match self.stream.poll_output()? {
                sse::Output::Abort => Said::Abort,
                sse::Output::Fetch { attempt, headers, last_event_id } => {
                    // Not by all that this tab has had: others may lack what is not in the log.
                    self.overlap.arm(recent.ahead_of(self.next, &self.last_event_id).iter());
                    Said::Fetch { attempt, headers, last_event_id }
                }
                sse::Output::HeadersWanted { attempt, failures, after } => {
                    Said::HeadersWanted { attempt, failures, after }
                }
                sse::Output::Notice(Notice::Received(batch)) => match self.number(batch) {
                    Some(said) => said,
                    None => continue,
                },
                sse::Output::Notice(Notice::Opened) => {
                    Said::Publish(self.now_is(Status::Open), None)
                }
                sse::Output::Notice(Notice::Failed { failure, retry_in }) if undecided => {
                    self.undecided = Some(failure.clone());
                    Said::Undecided { failure, retry_in }
                }
                sse::Output::Notice(Notice::Failed { failure, retry_in }) => {
                    Said::Publish(self.fail(failure, retry_in, now), None)
                }
                sse::Output::Notice(Notice::Closed(reason)) => {
                    Said::Publish(self.news(News::Closed(reason)), None)
                }
                sse::Output::Notice(Notice::Oversized(part)) => {
                    Said::Publish(self.news(News::Oversized(part)), None)
                }
                sse::Output::Notice(Notice::UnsendableId(why)) => {
                    Said::Publish(self.news(News::UnsendableId(why)), None)
                }
            };
            return Some(said);
        }
    }

    /// Makes a new attempt at once.
    pub(super) fn reconnect(&mut self, now: Instant) {
        self.paused = false;
        self.stream.reconnect(now);
    }

    /// Carries out what the owner decided; gives what the others shall hear of it.
    pub(super) fn decide(&mut self, retry_in: Option<Duration>, now: Instant) -> Option<Down> {
        let failure = self.undecided.take()?;
        let down = self.fail(failure, retry_in, now);
        self.stream.decide(retry_in, now);
        Some(down)
    }

    pub(super) fn now_is(&mut self, status: Status) -> Down {
        self.status = status.clone();
        self.retry_at = None;
        self.undecided = None;
        self.news(News::Status(status))
    }

    fn fail(&mut self, failure: Failure, retry_in: Option<Duration>, now: Instant) -> Down {
        if let Some(retry_in) = retry_in {
            self.retry_at = Some(now + retry_in);
            self.status = Status::Waiting { failure: failure.clone(), retry_in };
        }
        self.news(News::Failed { failure, retry_in })
    }

    fn number<H: Host>(&mut self, batch: Batch) -> Option<Said<H>> {
        let mut delivery = Delivery::<H>::new(batch, &self.last_event_id);
        if self.overlap.is_armed() {
            delivery = delivery.keep(&mut |event| self.overlap.is_new(event))?;
        }
        self.last_event_id.clone_from(&delivery.last_event_id);
        self.next = Place { term: self.term, ..self.next }.behind(delivery.count());
        let (head, text) = Head::take(delivery);
        Some(Said::Publish(self.news(News::Events(head)), Some(text)))
    }

    fn news(&self, news: News) -> Down {
        Down { next: self.next, last_event_id: self.last_event_id.clone(), news }
    }
}
