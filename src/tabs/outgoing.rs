//! What a tab gives out, in order, with posts gathered into few envelopes.
//!
//! An envelope costs far more than a message in it. So what is said in one drain goes into one
//! envelope, and after a post the next one waits for [`Input::Flush`](super::Input::Flush): a lone
//! message leaves at once, a storm leaves in one envelope per task (Nagle, with the event loop for
//! a round trip).

use std::collections::VecDeque;

use crate::host::Host;

use super::wire::{self, Header, Message};
use super::{Envelope, Event, Output, Parcel};

/// Enough to spread the cost of an envelope, little enough not to block the receiver for long.
const MAX_MESSAGES: usize = 256;
const MAX_UNITS: usize = 64 << 10;

#[derive(Debug)]
pub(super) struct Outgoing<H: Host> {
    queue: VecDeque<Slot<H>>,
    /// What was said and not put into the queue yet.
    batch: Option<Batch<H>>,
    /// A post left, and the flush that follows has not come back yet.
    flush_due: bool,
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
    pub(super) const fn new() -> Self {
        Self { queue: VecDeque::new(), batch: None, flush_due: false }
    }

    pub(super) fn command(&mut self, output: Output<H>) {
        self.queue.push_back(Slot::Ready(output));
    }

    pub(super) fn event(&mut self, event: Event<H>) {
        self.command(Output::Event(event));
    }

    /// Says something to the other tabs, at the latest with the next flush.
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
        } else if !self.flush_due && !batch.has_slot {
            batch.has_slot = true;
            self.queue.push_back(Slot::Batch);
        }
    }

    /// Posts what was said so far, without waiting for the flush.
    pub(super) fn seal(&mut self) {
        let Some(batch) = self.batch.take() else { return };
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
        self.queue.retain(|slot| match slot {
            Slot::Ready(Output::Event(Event::Requested { .. } | Event::StateWanted { .. })) => {
                false
            }
            Slot::Ready(Output::Post(_)) | Slot::Batch => false,
            Slot::Ready(_) => true,
        });
    }

    pub(super) fn flush(&mut self) {
        self.flush_due = false;
        if let Some(batch) = self.batch.as_mut().filter(|batch| !batch.has_slot) {
            batch.has_slot = true;
            self.queue.push_back(Slot::Batch);
        }
    }

    pub(super) fn poll(&mut self) -> Option<Output<H>> {
        match self.queue.pop_front()? {
            Slot::Ready(output) => Some(output),
            Slot::Batch => {
                let batch = self.batch.take()?;
                self.flush_due = true;
                self.queue.push_front(Slot::Ready(Output::RequestFlush));
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
