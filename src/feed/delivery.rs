//! The events of one chunk, with their text left to the host.

use crate::host::{Host, Text};
use crate::sse::{Batch, Cut};

/// Events as one text, and where in it they stand; see [`Batch`].
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery<H: Host> {
    pub(super) text: H::Text,
    pub(super) marks: Vec<u32>,
    pub(super) inherits_id: bool,
    /// The last event ID behind it.
    pub(super) last_event_id: String,
    /// That id was set behind the last event.
    pub(super) ends_with_id: bool,
}

impl<H: Host> Delivery<H> {
    /// Takes over a batch; `before` is the last event ID ahead of it.
    pub(super) fn new(batch: Batch, before: &str) -> Self {
        let last_event_id = batch.last_event_id().or(batch.latest_id()).unwrap_or(before);
        Self {
            text: batch.to_host(),
            inherits_id: batch.inherits_id(),
            last_event_id: last_event_id.to_owned(),
            ends_with_id: batch.last_event_id().is_some(),
            marks: batch.into_marks(),
        }
    }

    /// The texts of the events.
    pub const fn text(&self) -> &H::Text {
        &self.text
    }

    /// Six numbers an event; see [`Batch::marks`].
    pub fn marks(&self) -> &[u32] {
        &self.marks
    }

    /// The last event ID behind it, where that is not the id of its last event.
    pub fn last_event_id(&self) -> Option<&str> {
        self.ends_with_id.then_some(self.last_event_id.as_str())
    }

    /// How many events there are.
    pub(super) const fn count(&self) -> usize {
        self.marks.len() / Batch::MARKS
    }

    /// Copies the text into the core, to look at single events. Only where tabs or requests change.
    pub(super) fn text_to_core(&self) -> String {
        self.text.to_core()
    }

    /// The events of `text`, which is that of this delivery.
    pub(super) fn cut<'d>(&'d self, text: &'d str) -> Cut<'d> {
        Cut::new(text, &self.marks, self.inherits_id)
    }

    /// This delivery with only the events that `keep` wants, called for each in order; `None` if
    /// nothing is left to say.
    ///
    /// Not generic: it would be in the wasm four times.
    pub(super) fn keep(self, keep: &mut dyn FnMut(&crate::sse::Event<'_>) -> bool) -> Option<Self> {
        let text = self.text_to_core();
        let mut batch = Batch::default();
        for event in self.cut(&text) {
            if keep(&event) {
                batch.push(&event);
            }
        }
        let kept = batch.marks().len() == self.marks.len();
        if kept {
            return Some(self);
        }
        if self.ends_with_id {
            batch.end_at(&self.last_event_id);
        }
        (!batch.is_empty()).then(|| Self::new(batch, &self.last_event_id))
    }
}
