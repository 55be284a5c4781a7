//! The events of one chunk in a form that crosses to JavaScript in one call.

use core::ops::Range;

use super::buffer::Buffer;
use super::parser::{DEFAULT_TYPE, Event};
use super::utf8;
use crate::host::Text;

/// Events as one text, and where in it they stand.
///
/// Strings cost a decode and an allocation each time one crosses from wasm. So the texts of all
/// events go as one, and JavaScript cuts it into slices, which share the memory of the whole.
/// A batch stands for itself, without what came before it: it can be posted to another tab.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// What was pushed.
    text: String,
    units: usize,
    /// The text as well, if that is not empty: a chunk with runs from `start` on, and what was pushed.
    chunk: Buffer,
    start: usize,
    marks: Vec<u32>,
    inherits_id: bool,
    last_event_id: Option<String>,
    /// Where the type of the last event stands in what was pushed.
    latest_type: Option<Range<usize>>,
    latest_id: String,
}

impl Batch {
    /// Where a type or an id stands that is that of the event before.
    pub const SAME: u32 = u32::MAX;

    /// Numbers of an event.
    pub(crate) const MARKS: usize = 6;

    /// A batch that is about to be filled with so many bytes of text.
    pub(super) fn with_room(bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), ..Self::default() }
    }

    /// Where the marks of events that are not pushed are added; [`add_run`](Self::add_run) comes next.
    pub(super) const fn marks_mut(&mut self) -> &mut Vec<u32> {
        &mut self.marks
    }

    /// Takes note of events whose marks, from `first` on, were added: ahead of them the last event ID was
    /// `id_before`, and the last that they set is `latest_id`. Gives which of these marks are of
    /// something that had to be pushed.
    pub(super) fn add_run(
        &mut self,
        first: usize,
        id_before: &str,
        latest_id: Option<&str>,
    ) -> Option<Range<usize>> {
        let id_mark = first + 2..first + 4;
        let id_at = self.marks.get(id_mark.start);
        let lacks_id = id_at == Some(&Self::SAME) && self.latest_id != id_before;
        if lacks_id {
            self.inherits_id = first == 0;
            let mark = self.append(id_before);
            if let Some(place) = self.marks.get_mut(id_mark.clone()) {
                place.copy_from_slice(&mark);
            }
        }
        if let Some(id) = latest_id.or(lacks_id.then_some(id_before)) {
            id.clone_into(&mut self.latest_id);
        }
        self.latest_type = None;
        self.last_event_id = None;
        lacks_id.then_some(id_mark)
    }

    /// Makes `part` of a chunk, which has so many UTF-16 code units, the beginning of the text. Of the
    /// marks only those `pushed` do not count in it already.
    pub(super) fn put_behind(
        &mut self,
        mut chunk: Buffer,
        part: Range<usize>,
        units: usize,
        pushed: &[Range<usize>],
    ) {
        for place in pushed {
            let marks = self.marks.get_mut(place.clone()).unwrap_or_default();
            for start in marks.iter_mut().step_by(2).filter(|start| **start != Self::SAME) {
                *start = start.saturating_add(mark(units));
            }
        }
        chunk.truncate(part.end);
        chunk.extend_from_slice(self.text.as_bytes());
        self.chunk = chunk;
        self.start = part.start;
    }

    /// The texts of the events. There can be others between them.
    pub fn text(&self) -> &str {
        if self.chunk.is_empty() {
            &self.text
        } else {
            str::from_utf8(self.part()).unwrap_or_default()
        }
    }

    /// The same for the host, which need not be looked through for it.
    pub fn to_host<T: Text>(&self) -> T {
        if self.chunk.is_empty() { T::from_core(&self.text) } else { T::from_utf8(self.part()) }
    }

    fn part(&self) -> &[u8] {
        self.chunk.get(self.start..).unwrap_or_default()
    }

    /// Six numbers an event, in UTF-16 code units: where in the text its type begins and how long it is,
    /// the same of its id and of its data. A type of length 0 is `message`. [`SAME`](Self::SAME) as the
    /// beginning stands for the type of the event before, or for its id where the event set none of its
    /// own. Ahead of the first they are `message` and the empty id.
    pub fn marks(&self) -> &[u32] {
        &self.marks
    }

    /// The same, taken out.
    pub(crate) fn into_marks(self) -> Vec<u32> {
        self.marks
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
        let mut marks = [[Self::SAME, 0]; 3];
        let latest_type = self.latest_type.clone().and_then(|place| self.text.get(place));
        if latest_type != Some(event_type) {
            let start = self.text.len();
            marks[0] = self.append(event_type);
            self.latest_type = Some(start..self.text.len());
        }
        let id = event.last_event_id;
        if first || event.sets_id || self.latest_id != id {
            marks[1] = self.append(id);
            id.clone_into(&mut self.latest_id);
        }
        marks[2] = self.append(event.data);
        self.marks.extend_from_slice(marks.as_flattened());
        self.last_event_id = None;
    }

    /// Notes an id that was committed without an event.
    pub fn end_at(&mut self, last_event_id: &str) {
        self.last_event_id = Some(last_event_id.to_owned());
    }

    /// The id of the last event, if there is one.
    pub fn latest_id(&self) -> Option<&str> {
        (!self.marks.is_empty()).then_some(self.latest_id.as_str())
    }

    #[inline(always)]
    fn append(&mut self, text: &str) -> [u32; 2] {
        let (start, units) = (self.units, utf8::units(text));
        self.text.push_str(text);
        self.units += units;
        [start, units].map(mark)
    }
}

#[inline(always)]
fn mark(units: usize) -> u32 {
    // A chunk of 4 GiB does not fit into wasm memory.
    u32::try_from(units).unwrap_or(Batch::SAME - 1)
}
