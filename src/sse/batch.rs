//! The events of one chunk in a form that crosses to JavaScript in one call.

use core::ops::Range;

use super::parser::{DEFAULT_TYPE, Event};

/// Events as one text and the lengths to cut it by.
///
/// Strings cost a decode and an allocation each time one crosses from wasm. So the texts of all
/// events go as one, and JavaScript cuts it into slices, which share the memory of the whole.
/// A batch stands for itself, without what came before it: it can be posted to another tab.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    text: String,
    marks: Vec<u32>,
    last_event_id: Option<String>,
    latest_type: Range<usize>,
    latest_id: Range<usize>,
}

impl Batch {
    /// The value of a mark whose text is that of the event before.
    pub const SAME: u32 = u32::MAX;

    /// The texts of the events one after the other: of each its type, its id, its data.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Three numbers an event: how many UTF-16 code units its type, its id and its data have. A
    /// type of length 0 is `message`; [`SAME`](Self::SAME) stands for the type or id of the event
    /// before.
    pub fn marks(&self) -> &[u32] {
        &self.marks
    }

    /// The last event ID behind the batch, where that is not the id of its last event.
    pub fn last_event_id(&self) -> Option<&str> {
        self.last_event_id.as_deref()
    }

    /// Whether it says nothing at all.
    pub const fn is_empty(&self) -> bool {
        self.marks.is_empty() && self.last_event_id.is_none()
    }

    /// Appends an event.
    pub fn push(&mut self, event: &Event<'_>) {
        let first = self.marks.is_empty();
        let event_type = if event.event_type == DEFAULT_TYPE { "" } else { event.event_type };
        self.latest_type = self.append_new(event_type, self.latest_type.clone(), first);
        self.latest_id = self.append_new(event.last_event_id, self.latest_id.clone(), first);
        self.append(event.data);
        self.last_event_id = None;
    }

    /// Notes an id that was committed without an event.
    pub(super) fn end_at(&mut self, last_event_id: &str) {
        self.last_event_id = Some(last_event_id.to_owned());
    }

    /// The id of the last event, if there is one.
    pub(super) fn latest_id(&self) -> Option<&str> {
        if self.marks.is_empty() { None } else { self.text.get(self.latest_id.clone()) }
    }

    fn append_new(&mut self, text: &str, latest: Range<usize>, first: bool) -> Range<usize> {
        if first || self.text.get(latest.clone()) != Some(text) {
            return self.append(text);
        }
        self.marks.push(Self::SAME);
        latest
    }

    fn append(&mut self, text: &str) -> Range<usize> {
        let start = self.text.len();
        self.text.push_str(text);
        self.marks.push(utf16_units(text));
        start..self.text.len()
    }
}

fn utf16_units(text: &str) -> u32 {
    let units = if text.is_ascii() { text.len() } else { text.encode_utf16().count() };
    // A chunk of 4 GiB does not fit into wasm memory.
    u32::try_from(units).unwrap_or(Batch::SAME - 1)
}
