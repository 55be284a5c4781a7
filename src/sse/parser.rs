//! Bytes of an event stream in, events out.

use serde::{Deserialize, Serialize};

use super::field::{self, BOM, Field};
use super::line::{Chunk, Line};

/// An incremental parser of `text/event-stream` (HTML 9.2.5, 9.2.6).
///
/// It never looks ahead: an event is given out with the last byte of the line end that completes
/// it, a CR at the end of a chunk included. How the bytes are cut into chunks makes no difference
/// to what comes out. Each byte is looked at once; comments and unknown fields are not kept.
///
/// ```
/// use tabcast::sse::{Chunk, Item, Limits, Parser};
///
/// let mut parser = Parser::new(Limits::default());
/// let mut chunk = Chunk::new(b"id: 7\ndata: hello\n\n");
/// while let Some(item) = parser.next_item(&mut chunk) {
///     if let Item::Event(event) = item {
///         assert_eq!((event.data, event.last_event_id), ("hello", "7"));
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Parser {
    limits: Limits,
    /// The beginning of a line whose end has not come yet.
    line: Vec<u8>,
    /// The rest of the current line does not matter.
    discarding: bool,
    at_first_line: bool,
    /// The last chunk ended in the CR of a line, so an LF that comes next belongs to it.
    after_cr: bool,
    data: String,
    event_type: String,
    /// The current block is over a limit.
    oversized: bool,
    /// `data` and `event_type` were given out and are to be cleared.
    dispatched: bool,
    last_event_id: String,
    /// An id that the end of the block will commit, if `has_pending_id`. It changes places with the
    /// last one, so that an id costs no allocation.
    pending_id: String,
    has_pending_id: bool,
    /// The block that ended last committed one.
    sets_id: bool,
}

/// What a stream says, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item<'p> {
    /// A block with data ended.
    Event(Event<'p>),
    /// The server sets the reconnection time, in milliseconds.
    Retry(u64),
    /// A part of the current block is over its limit: the block's event will not be given out. Its
    /// id and reconnection time count all the same.
    Oversized(Part),
}

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'p> {
    /// The event's type, `message` unless the server named it.
    pub event_type: &'p str,
    /// Its data: the data lines, joined by LF.
    pub data: &'p str,
    /// The last event ID as of this event.
    pub last_event_id: &'p str,
    /// Whether the event's own block set it, so that a server can go on behind this very event.
    pub sets_id: bool,
}

/// How much of a stream is kept in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest line of a known field, in bytes. Default 1 MiB.
    pub line_bytes: usize,
    /// Most data of one event, in bytes of UTF-8. Default 1 MiB.
    pub event_bytes: usize,
    /// Longest event type, in bytes of UTF-8. Default 1024.
    pub type_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { line_bytes: 1 << 20, event_bytes: 1 << 20, type_bytes: 1024 }
    }
}

/// What can be over its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Part {
    /// A single line.
    Line,
    /// The data of an event.
    Data,
    /// The type of an event.
    Type,
}

impl Parser {
    /// A parser at the beginning of a stream, without an id of an earlier one.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            line: Vec::new(),
            discarding: false,
            at_first_line: true,
            after_cr: false,
            data: String::new(),
            event_type: String::new(),
            oversized: false,
            dispatched: false,
            last_event_id: String::new(),
            pending_id: String::new(),
            has_pending_id: false,
            sets_id: false,
        }
    }

    /// Takes bytes off the front of `chunk` up to the end of the next item; `None` once `chunk` is
    /// used up. Stop calling to stop in the middle of a chunk.
    pub fn next_item<'p, 'c: 'p>(&'p mut self, chunk: &mut Chunk<'c>) -> Option<Item<'p>> {
        if self.dispatched {
            self.end_block();
        }
        let whole_data = loop {
            match self.next_step(chunk)? {
                Step::Dispatch(whole_data) => break whole_data,
                Step::Nothing => {}
                Step::Oversized(part) => return Some(Item::Oversized(part)),
                Step::Retry(time) => return Some(Item::Retry(time)),
            }
        };
        self.dispatched = true;
        let named = !self.event_type.is_empty();
        Some(Item::Event(Event {
            event_type: if named { &self.event_type } else { DEFAULT_TYPE },
            data: whole_data.unwrap_or(&self.data),
            last_event_id: &self.last_event_id,
            sets_id: self.sets_id,
        }))
    }

    /// The last event ID: that of the last block that ended, kept over [`restart`](Self::restart).
    pub fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    /// Goes on from an id that an earlier stream ended with.
    pub fn set_last_event_id(&mut self, id: &str) {
        id.clone_into(&mut self.last_event_id);
    }

    /// Starts over with a new stream. A block that was not finished is discarded, its id too.
    pub fn restart(&mut self) {
        let fresh = Self::new(self.limits);
        let last = core::mem::replace(self, fresh);
        self.last_event_id = last.last_event_id;
    }

    /// Whether it holds nothing of a block, and what comes next is one.
    pub(super) const fn is_between_blocks(&self) -> bool {
        let has_line =
            self.at_first_line || self.after_cr || self.discarding || !self.line.is_empty();
        let has_fields = self.oversized
            || self.has_pending_id
            || !self.data.is_empty()
            || !self.event_type.is_empty();
        !has_line && (self.dispatched || !has_fields)
    }

    pub(super) const fn limits(&self) -> &Limits {
        &self.limits
    }

    #[inline(always)]
    fn next_step<'c>(&mut self, chunk: &mut Chunk<'c>) -> Option<Step<'c>> {
        if chunk.rest().is_empty() {
            return None;
        }
        if core::mem::take(&mut self.after_cr) {
            chunk.skip_line_feed();
        }
        let Some(line) = chunk.take_line() else { return Some(self.keep(chunk.take_rest())) };
        let is_whole = self.line.is_empty() && !self.discarding;
        let step = if is_whole { self.read_line(line, chunk) } else { self.end_line(line.bytes) };
        self.after_cr = chunk.is_used_up_by_cr();
        Some(step)
    }

    /// Takes in the end of a chunk, where no line ends.
    fn keep<'c>(&mut self, start: &[u8]) -> Step<'c> {
        if self.discarding {
            return Step::Nothing;
        }
        // What is too long for certain is not kept to find that out; its field name can be.
        let bytes = self.line.len() + start.len();
        let far_too_long = bytes > self.limits.line_bytes.saturating_add(BOM.len());
        let kept = if far_too_long { start.get(..16).unwrap_or(start) } else { start };
        self.line.extend_from_slice(kept);
        let start = self.line.as_slice();
        let line =
            if self.at_first_line { start.strip_prefix(BOM).unwrap_or(start) } else { start };
        let of_interest = field::may_become_field(line);
        let too_long = far_too_long || line.len() > self.limits.line_bytes;
        if of_interest && !too_long {
            return Step::Nothing;
        }
        self.line = Vec::new();
        self.discarding = true;
        if of_interest { self.exceed(Part::Line) } else { Step::Nothing }
    }

    /// Reads a line of which only the end is in this chunk.
    fn end_line<'c>(&mut self, end: &[u8]) -> Step<'c> {
        if core::mem::take(&mut self.discarding) {
            self.at_first_line = false;
            return Step::Nothing;
        }
        let mut line = core::mem::take(&mut self.line);
        line.extend_from_slice(end);
        // Nothing follows it, so none of its text is given out as it stands here.
        let step = self.read_line(Line::of_bytes(&line), &mut Chunk::new(&[])).of_parser();
        line.clear();
        self.line = line;
        step
    }

    #[inline(always)]
    fn read_line<'c>(&mut self, line: Line<'c>, behind: &mut Chunk<'c>) -> Step<'c> {
        let line = if core::mem::take(&mut self.at_first_line) { without_bom(line) } else { line };
        if line.bytes.is_empty() {
            return self.dispatch();
        }
        let Some((field, before_value)) = Field::of(line.bytes) else { return Step::Nothing };
        if line.bytes.len() > self.limits.line_bytes {
            return self.exceed(Part::Line);
        }
        let value = line.behind(before_value);
        match field {
            Field::Data => self.read_data(value, behind),
            Field::Event => self.read_type(value),
            Field::Id => self.read_id(value),
            Field::Retry => field::milliseconds(value.bytes).map_or(Step::Nothing, Step::Retry),
        }
    }

    #[inline(always)]
    fn read_data<'c>(&mut self, value: Line<'c>, behind: &mut Chunk<'c>) -> Step<'c> {
        if self.oversized {
            return Step::Nothing;
        }
        // The usual event, one line of data at its end, is given out as it stands in the chunk.
        if self.data.is_empty()
            && value.bytes.len() <= self.limits.event_bytes
            && let Some(text) = value.as_text()
            && behind.take_blank_line()
        {
            self.commit_id();
            return Step::Dispatch(Some(text));
        }
        push_lossy(&mut self.data, value);
        if self.data.len() > self.limits.event_bytes {
            return self.exceed(Part::Data);
        }
        self.data.push('\n');
        Step::Nothing
    }

    fn read_type<'c>(&mut self, value: Line<'_>) -> Step<'c> {
        if self.oversized {
            return Step::Nothing;
        }
        self.event_type.clear();
        push_lossy(&mut self.event_type, value);
        if self.event_type.len() > self.limits.type_bytes {
            return self.exceed(Part::Type);
        }
        Step::Nothing
    }

    #[inline(always)]
    fn read_id<'c>(&mut self, value: Line<'_>) -> Step<'c> {
        // An id with U+0000 is ignored; an earlier one of the block stays.
        if !value.bytes.contains(&0) {
            self.pending_id.clear();
            push_lossy(&mut self.pending_id, value);
            self.has_pending_id = true;
        }
        Step::Nothing
    }

    /// The block is over a limit; said once a block.
    fn exceed<'c>(&mut self, part: Part) -> Step<'c> {
        if core::mem::replace(&mut self.oversized, true) {
            return Step::Nothing;
        }
        self.data.clear();
        self.event_type.clear();
        Step::Oversized(part)
    }

    fn dispatch<'c>(&mut self) -> Step<'c> {
        // The id counts even if the block has no data and nothing is given out.
        self.commit_id();
        if self.data.pop().is_some() {
            return Step::Dispatch(None);
        }
        self.end_block();
        Step::Nothing
    }

    fn commit_id(&mut self) {
        self.sets_id = core::mem::take(&mut self.has_pending_id);
        if self.sets_id {
            core::mem::swap(&mut self.last_event_id, &mut self.pending_id);
        }
    }

    fn end_block(&mut self) {
        self.data.clear();
        self.event_type.clear();
        self.oversized = false;
        self.dispatched = false;
    }
}

/// What one line, or the end of a chunk, comes to.
enum Step<'c> {
    /// An event; its data is in the chunk, or in the parser.
    Dispatch(Option<&'c str>),
    Nothing,
    Oversized(Part),
    Retry(u64),
}

impl Step<'_> {
    /// The same, with what is given out in the parser.
    fn of_parser<'c>(self) -> Step<'c> {
        match self {
            Self::Dispatch(_) => Step::Dispatch(None),
            Self::Nothing => Step::Nothing,
            Self::Oversized(part) => Step::Oversized(part),
            Self::Retry(time) => Step::Retry(time),
        }
    }
}

fn without_bom(line: Line<'_>) -> Line<'_> {
    line.behind(if line.bytes.starts_with(BOM) { BOM.len() } else { 0 })
}

/// Appends a finished value, each faulty sequence of it as U+FFFD (WHATWG Encoding, "UTF-8 decode").
fn push_lossy(text: &mut String, value: Line<'_>) {
    // Checking first is several times faster than decoding what is valid already.
    match value.as_text().map_or_else(|| core::str::from_utf8(value.bytes), Ok) {
        Ok(valid) => text.push_str(valid),
        Err(_) => text.push_str(&String::from_utf8_lossy(value.bytes)),
    }
}

/// The type of an event that the server did not name.
pub(super) const DEFAULT_TYPE: &str = "message";
