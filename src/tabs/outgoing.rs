//! What a tab gives out, in order, with posts gathered into few envelopes.
//!
//! An envelope costs every other tab a task, which is far more than a message in it. So what is
//! said in one drain goes into one envelope, and what follows close behind a post is gathered:
//!
//! - a lone message leaves at once, and nothing comes after it;
//! - events of the log keep a [pace](super::Config::pace) among themselves, and a [calm](super::Config::calm_pace)
//!   one for tabs that nobody sees, behind which the others are [ahead](super::ahead);
//! - in a hidden tab timers come a second late: there the pace is kept by naps, if the host can;
//! - the rest waits for [`Input::Flush`](super::Input::Flush), the next task: somebody waits for it.

use core::time::Duration;
use std::collections::VecDeque;

use crate::host::Host;
use crate::machine::sooner;
use crate::time::Instant;

use super::ahead::Ahead;
use super::pace::{CLOSE_BEHIND, Pace};
use super::wire::{self, Header, Message};
use super::{Config, Envelope, Event, Output, Parcel};

/// Enough to spread the cost of an envelope, little enough not to block the receiver for long.
const MAX_MESSAGES: usize = 256;
const MAX_UNITS: usize = 64 << 10;

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
    /// Of those batches that have events in them.
    pace: Pace,
    ahead: Ahead<H>,
    /// Something was said behind the last entry of the log. To hear the next ahead of it would be
    /// to hear it too early, and nothing in the numbers shows that.
    unmarked: bool,
    /// Whether the timers of this tab come in time.
    timely: bool,
    /// Whether the host can wait where they do not.
    naps: bool,
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
    /// What is said ahead.
    Ahead,
}

#[derive(Debug)]
struct Batch<H: Host> {
    envelope: Envelope<H>,
    messages: usize,
    units: usize,
    has_events: bool,
    has_slot: bool,
}

impl<H: Host> Outgoing<H> {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            queue: VecDeque::new(),
            batch: None,
            hold: Hold::Nothing,
            now: Instant::from_origin(Duration::ZERO),
            posted: None,
            pace: Pace::easy(config.pace),
            ahead: Ahead::new(),
            unmarked: false,
            timely: true,
            naps: config.naps,
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

    /// How far apart posts of events are from now on: those to all other tabs, and those to the
    /// visible ones if they are to hear more. What was to wait for the pace of before leaves.
    pub(super) fn set_pace(&mut self, pace: Pace, ahead: Option<Duration>) {
        let changes = self.pace.change_to(pace) || ahead != self.ahead.pace;
        self.ahead.pace = ahead;
        if let (Hold::Until(_), true) = (self.hold, changes) {
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
            has_events: false,
            has_slot: false,
        });
        wire::add(&mut batch.envelope, message, parcel);
        let is_entry = matches!(message, Message::Log { .. });
        let is_mark = core::mem::replace(&mut self.unmarked, !is_entry) && self.ahead.is_used();
        batch.messages += 1;
        batch.units += parcel.map_or(0, Parcel::units);
        let is_event = matches!(message, Message::Log { only: None, .. });
        batch.has_events |= is_event;
        if batch.messages >= MAX_MESSAGES || batch.units >= MAX_UNITS {
            self.seal();
        } else if !batch.has_slot {
            let keeps_pace = (self.timely || self.naps) && !self.pace.is_none();
            self.hold(is_event && keeps_pace && !is_mark);
            if let (Hold::Until(_), Message::Log { seq, .. }) = (self.hold, message) {
                self.say_ahead(header, *seq, parcel);
            }
        }
    }

    fn say_ahead(&mut self, header: Header, seq: u64, parcel: Option<&Parcel<H>>) {
        match self.ahead.add(header, seq, parcel, self.now) {
            Some(due) if due > self.now => self.nap_until(due),
            Some(_) => self.queue.push_back(Slot::Ahead),
            None => {}
        }
    }

    /// Decides when the batch leaves.
    fn hold(&mut self, is_patient: bool) {
        // What was said in between, to answer one tab, is no reason to let all others wait.
        let due = if is_patient {
            self.pace.due()
        } else {
            self.posted.map(|posted| posted + CLOSE_BEHIND)
        };
        let due = due.filter(|due| *due > self.now);
        match (self.hold, due) {
            (Hold::Flush, _) => {}
            (_, None) => self.release(),
            (Hold::Nothing, Some(due)) if is_patient => {
                self.hold = Hold::Until(due);
                self.nap_until(due);
            }
            (Hold::Until(_), Some(_)) if is_patient => {}
            (_, Some(_)) => self.request_flush(),
        }
    }

    /// Asks for a nap in place of a timer that would come late.
    fn nap_until(&mut self, due: Instant) {
        if !self.timely {
            self.command(Output::Nap(due.saturating_since(self.now)));
        }
    }

    /// What waits for the pace leaves with the next task; after that time the owner has to be awake.
    pub(super) fn hurry(&mut self, due_after: Duration) {
        if let Hold::Until(_) = self.hold {
            self.request_flush();
        }
        if self.naps {
            // The clock may be coarse.
            self.nap_until(self.now + due_after + CLOSE_BEHIND);
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
            Slot::Ready(Output::Post(_)) | Slot::Batch | Slot::Ahead => false,
            Slot::Ready(_) => true,
        });
    }

    /// The flush that was asked for has come.
    pub(super) fn flush(&mut self) {
        self.release();
    }

    /// A nap is over, perhaps one for what has left sooner.
    pub(super) fn wake(&mut self) {
        self.release_due(self.now + CLOSE_BEHIND);
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        match self.hold {
            Hold::Until(due) => sooner(Some(due), self.ahead.due()),
            Hold::Nothing | Hold::Flush => None,
        }
    }

    pub(super) fn handle_timeout(&mut self) {
        self.release_due(self.now);
    }

    /// What was to wait until `time` leaves.
    fn release_due(&mut self, time: Instant) {
        if matches!(self.hold, Hold::Until(due) if due <= time) {
            self.release();
        } else if self.ahead.due().is_some_and(|due| due <= time) {
            self.queue.push_back(Slot::Ahead);
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
        if batch.has_events {
            self.pace.posted(self.now);
        }
        self.end_wait();
        Some(batch)
    }

    /// There is nothing any more that could wait. A flush that was asked for comes all the same.
    fn end_wait(&mut self) {
        self.ahead.end_wait(self.now);
        if self.hold != Hold::Flush {
            self.hold = Hold::Nothing;
        }
    }

    pub(super) fn poll(&mut self) -> Option<Output<H>> {
        loop {
            let output = match self.queue.pop_front()? {
                Slot::Ready(output) => Some(output),
                Slot::Batch => self.take_batch().map(|batch| Output::Post(batch.envelope)),
                Slot::Ahead => self.ahead.take(self.now).map(Output::PostAhead),
            };
            if output.is_some() {
                return output;
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
