//! The events of one chunk in a form that crosses to JavaScript in one call.

use core::ops::Range;

use super::parser::{DEFAULT_TYPE, Event};
use super::words;

/// Events as one text and the lengths to cut it by.
///
/// Strings cost a decode and an allocation each time one crosses from wasm. So the texts of all
/// events go as one, and JavaScript cuts it into slices, which share the memory of the whole.
/// A batch stands for itself, without what came before it: it can be posted to another tab.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    text: String,
    marks: Vec<u32>,
    inherits_id: bool,
    last_event_id: Option<String>,
    latest_type: Range<usize>,
    latest_id: Range<usize>,
}

impl Batch {
    /// The value of a mark whose text is that of the event before.
    pub const SAME: u32 = u32::MAX;

    /// A batch that is about to be filled with what a chunk of so many bytes says.
    pub(super) fn of_chunk(bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), ..Self::default() }
    }

    /// The texts of the events one after the other: of each its type, its id, its data.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Three numbers an event: how many UTF-16 code units its type, its id and its data have. A
    /// type of length 0 is `message`; [`SAME`](Self::SAME) stands for the type of the event before,
    /// or for its id where the event set none of its own.
    pub fn marks(&self) -> &[u32] {
        &self.marks
    }

    /// Whether the first event set no id of its own, although its id is in the text.
    pub const fn inherits_id(&self) -> bool {
        self.inherits_id
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
    #[inline(always)]
    pub fn push(&mut self, event: &Event<'_>) {
        let first = self.marks.is_empty();
        self.inherits_id |= first && !event.sets_id;
        let event_type = if event.event_type == DEFAULT_TYPE { "" } else { event.event_type };
        let mut marks = [Self::SAME, Self::SAME, 0];
        if first || self.text.get(self.latest_type.clone()) != Some(event_type) {
            (self.latest_type, marks[0]) = self.append(event_type);
        }
        let id = event.last_event_id;
        if first || event.sets_id || self.text.get(self.latest_id.clone()) != Some(id) {
            (self.latest_id, marks[1]) = self.append(id);
        }
        (_, marks[2]) = self.append(event.data);
        self.marks.extend_from_slice(&marks);
        self.last_event_id = None;
    }

    /// Notes an id that was committed without an event.
    pub fn end_at(&mut self, last_event_id: &str) {
        self.last_event_id = Some(last_event_id.to_owned());
    }

    /// The id of the last event, if there is one.
    pub fn latest_id(&self) -> Option<&str> {
        if self.marks.is_empty() { None } else { self.text.get(self.latest_id.clone()) }
    }

    #[inline(always)]
    fn append(&mut self, text: &str) -> (Range<usize>, u32) {
        let start = self.text.len();
        self.text.push_str(text);
        (start..self.text.len(), utf16_units(text))
    }
}

/// The events of a text and its marks, as [`Batch`] has them. What does not fit together comes out
/// shorter or empty; it never fails.
#[derive(Clone, Debug)]
pub struct Cut<'b> {
    rest: &'b str,
    marks: &'b [u32],
    inherits_id: bool,
    event_type: &'b str,
    id: &'b str,
}

impl<'b> Cut<'b> {
    /// All events of a batch.
    pub const fn new(text: &'b str, marks: &'b [u32], inherits_id: bool) -> Self {
        Self { rest: text, marks, inherits_id, event_type: DEFAULT_TYPE, id: "" }
    }

    fn take(&mut self, units: u32) -> &'b str {
        let mut left = units as usize;
        let mut bytes = 0;
        for character in self.rest.chars() {
            if left < character.len_utf16() {
                break;
            }
            left -= character.len_utf16();
            bytes += character.len_utf8();
        }
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or_default();
        self.rest = rest;
        taken
    }
}

impl<'b> Iterator for Cut<'b> {
    type Item = Event<'b>;

    fn next(&mut self) -> Option<Event<'b>> {
        let (&[type_units, id_units, data_units], marks) = self.marks.split_first_chunk()?;
        self.marks = marks;
        if type_units != Batch::SAME {
            let event_type = self.take(type_units);
            self.event_type = if event_type.is_empty() { DEFAULT_TYPE } else { event_type };
        }
        let sets_id = id_units != Batch::SAME && !core::mem::take(&mut self.inherits_id);
        if id_units != Batch::SAME {
            self.id = self.take(id_units);
        }
        let data = self.take(data_units);
        Some(Event { event_type: self.event_type, data, last_event_id: self.id, sets_id })
    }
}

#[inline(always)]
fn utf16_units(text: &str) -> u32 {
    let units =
        if words::is_ascii(text.as_bytes()) { text.len() } else { text.encode_utf16().count() };
    // A chunk of 4 GiB does not fit into wasm memory.
    u32::try_from(units).unwrap_or(Batch::SAME - 1)
}
