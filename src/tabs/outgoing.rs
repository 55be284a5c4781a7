//! What a tab gives out, in order, with posts gathered into few envelopes.
//!
//! An envelope costs every other tab a task, which is far more than a message in it. So what is
//! said in one drain goes into one envelope, and what follows close behind a post is gathered:
//!
//! - a lone message leaves at once, and nothing comes after it;
//! - events of the log keep the [pace](super::Config::pace), while the tab can be seen: the timers
//!   of a hidden one come a second late;
//! - the rest waits for [`Input::Flush`](super::Input::Flush), the next task: somebody waits for it.

use core::time::Duration;
use std::collections::VecDeque;

use crate::host::Host;
use crate::time::Instant;

use super::wire::{self, Header, Message};
use super::{Envelope, Event, Output, Parcel};

/// Enough to spread the cost of an envelope, little enough not to block the receiver for long.
const MAX_MESSAGES: usize = 256;
const MAX_UNITS: usize = 64 << 10;
/// How soon a message has to follow a post for more to be expected.
const CLOSE_BEHIND: Duration = Duration::from_millis(1);

#[derive(Debug)]
pub(super) struct Outgoing<H: Host> {
    queue: VecDeque<Slot<H>>,
    /// What was said and not put into the queue yet.
    batch: Option<Batch<H>>,
    hold: Hold,
    /// The time of the current call.
    now: Instant,
    /// When the last batch left.
    posted: Option<Instant>,
    pace: Duration,
    /// Whether the timers of this tab come in time.
    timely: bool,
}

/// What the batch waits for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Hold {
    Nothing,
    /// The flush, which is asked for.
    Flush,
    Until(Instant),
}

#[derive(Debug)]
enum Slot<H: Host> {
    Ready(Output<H>),
    /// The batch, with all that is said before the host gets here.
    Batch,
}

#[derive(Debug)]
struct Batch<H: Host> {
    envelope: Envelope<H>,
    messages: usize,
    units: usize,
    has_slot: bool,
}

impl<H: Host> Outgoing<H> {
    pub(super) const fn new(pace: Duration) -> Self {
        Self {
            queue: VecDeque::new(),
            batch: None,
            hold: Hold::Nothing,
            now: Instant::from_origin(Duration::ZERO),
            posted: None,
            pace,
            timely: true,
        }
    }

    /// Every call begins with this.
    pub(super) const fn set_time(&mut self, now: Instant) {
        self.now = now;
    }

    pub(super) fn set_timely(&mut self, timely: bool) {
        self.timely = timely;
        if let (Hold::Until(_), false) = (self.hold, timely) {
            self.release();
        }
    }

    pub(super) fn command(&mut self, output: Output<H>) {
        self.queue.push_back(Slot::Ready(output));
    }

    pub(super) fn event(&mut self, event: Event<H>) {
        self.command(Output::Event(event));
    }

    /// Says something to the other tabs, now or soon.
    pub(super) fn say(
        &mut self,
        header: Header,
        message: &Message<'_>,
        parcel: Option<&Parcel<H>>,
    ) {
        let batch = self.batch.get_or_insert_with(|| Batch {
            envelope: wire::begin(header),
            messages: 0,
            units: 0,
            has_slot: false,
        });
        wire::add(&mut batch.envelope, message, parcel);
        batch.messages += 1;
        batch.units += parcel.map_or(0, Parcel::units);
        if batch.messages >= MAX_MESSAGES || batch.units >= MAX_UNITS {
            self.seal();
        } else if !batch.has_slot {
            let is_event = matches!(message, Message::Log { only: None, .. });
            self.hold(is_event && self.timely && !self.pace.is_zero());
        }
    }

    /// Decides when the batch leaves.
    fn hold(&mut self, is_patient: bool) {
        let distance = if is_patient { self.pace } else { CLOSE_BEHIND };
        let due = self.posted.map(|posted| posted + distance).filter(|due| *due > self.now);
        match (self.hold, due) {
            (Hold::Flush, _) => {}
            (_, None) => self.release(),
            (Hold::Nothing, Some(due)) if is_patient => self.hold = Hold::Until(due),
            (Hold::Until(_), Some(_)) if is_patient => {}
            (_, Some(_)) => self.request_flush(),
        }
    }

    /// Asks for a task of its own, unless one is asked for.
    pub(super) fn request_flush(&mut self) {
        if self.hold != Hold::Flush {
            self.hold = Hold::Flush;
            self.command(Output::RequestFlush);
        }
    }

    /// The page was away: a flush that was asked for before may never come. WebKit loses messages to
    /// the ports of a page that goes into its cache.
    pub(super) fn forget_flush(&mut self) {
        self.hold = Hold::Nothing;
        if self.batch.is_some() {
            self.release();
        }
    }

    /// Posts what was said so far, without waiting for the flush.
    pub(super) fn seal(&mut self) {
        let Some(batch) = self.take_batch() else { return };
        let post = Slot::Ready(Output::Post(batch.envelope));
        let slot = self.queue.iter_mut().find(|slot| matches!(slot, Slot::Batch));
        match slot {
            Some(slot) => *slot = post,
            None => self.queue.push_back(post),
        }
    }

    /// Forgets what only a leader may say, or do.
    pub(super) fn depose(&mut self) {
        self.batch = None;
        self.end_wait();
        self.queue.retain(|slot| match slot {
            Slot::Ready(Output::Event(Event::Requested { .. } | Event::StateWanted { .. })) => {
                false
            }
            Slot::Ready(Output::Post(_)) | Slot::Batch => false,
            Slot::Ready(_) => true,
        });
    }

    /// The flush that was asked for has come.
    pub(super) fn flush(&mut self) {
        self.release();
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called.
    pub(super) const fn poll_timeout(&self) -> Option<Instant> {
        match self.hold {
            Hold::Until(due) => Some(due),
            Hold::Nothing | Hold::Flush => None,
        }
    }

    pub(super) fn handle_timeout(&mut self) {
        if self.poll_timeout().is_some_and(|due| due <= self.now) {
            self.release();
        }
    }

    /// The batch, such as it is when the host gets there, leaves.
    fn release(&mut self) {
        self.hold = Hold::Nothing;
        if let Some(batch) = self.batch.as_mut().filter(|batch| !batch.has_slot) {
            batch.has_slot = true;
            self.queue.push_back(Slot::Batch);
        }
    }

    fn take_batch(&mut self) -> Option<Batch<H>> {
        let batch = self.batch.take()?;
        self.posted = Some(self.now);
        self.end_wait();
        Some(batch)
    }

    /// There is nothing any more that could wait. A flush that was asked for comes all the same.
    fn end_wait(&mut self) {
        if self.hold != Hold::Flush {
            self.hold = Hold::Nothing;
        }
    }

    pub(super) fn poll(&mut self) -> Option<Output<H>> {
        match self.queue.pop_front()? {
            Slot::Ready(output) => Some(output),
            Slot::Batch => {
                let batch = self.take_batch()?;
                Some(Output::Post(batch.envelope))
            }
        }
    }
}

/// An envelope of one message, to be posted by itself.
pub(super) fn single<H: Host>(header: Header, message: &Message<'_>) -> Envelope<H> {
    let mut envelope = wire::begin(header);
    wire::add(&mut envelope, message, None);
    envelope
}
