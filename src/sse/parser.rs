//! Bytes of an event stream in, events out.

use serde::{Deserialize, Serialize};

use super::field::{self, BOM, Field};
use super::line;

/// An incremental parser of `text/event-stream` (HTML 9.2.5, 9.2.6).
///
/// It never looks ahead: an event is given out with the last byte of the line end that completes
/// it, a CR at the end of a chunk included. How the bytes are cut into chunks makes no difference
/// to what comes out. Each byte is looked at once; comments and unknown fields are not kept.
///
/// ```
/// use tabcast::sse::{Item, Limits, Parser};
///
/// let mut parser = Parser::new(Limits::default());
/// let mut chunk: &[u8] = b"id: 7\ndata: hello\n\n";
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
    /// The last line ended in CR, so an LF that comes next belongs to it.
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
    pub fn next_item(&mut self, chunk: &mut &[u8]) -> Option<Item<'_>> {
        if self.dispatched {
            self.end_block();
        }
        loop {
            match self.next_step(chunk)? {
                Step::Dispatch => break,
                Step::Nothing => {}
                Step::Oversized(part) => return Some(Item::Oversized(part)),
                Step::Retry(time) => return Some(Item::Retry(time)),
            }
        }
        self.dispatched = true;
        let named = !self.event_type.is_empty();
        Some(Item::Event(Event {
            event_type: if named { &self.event_type } else { DEFAULT_TYPE },
            data: &self.data,
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

    fn next_step(&mut self, chunk: &mut &[u8]) -> Option<Step> {
        let first = *chunk.first()?;
        if core::mem::take(&mut self.after_cr) && first == b'\n' {
            *chunk = after(chunk, 0);
        }
        let Some((line, rest)) = line::end(chunk).and_then(|at| chunk.split_at_checked(at)) else {
            return Some(self.keep(core::mem::take(chunk)));
        };
        self.after_cr = rest.first() == Some(&b'\r');
        *chunk = after(rest, 0);
        Some(self.end_line(line))
    }

    /// Takes in the end of a chunk, where no line ends.
    fn keep(&mut self, start: &[u8]) -> Step {
        if self.discarding {
            return Step::Nothing;
        }
        self.line.extend_from_slice(start);
        let line = self.without_bom(&self.line);
        let (of_interest, too_long) =
            (field::may_become_field(line), line.len() > self.limits.line_bytes);
        if of_interest && !too_long {
            return Step::Nothing;
        }
        self.line.clear();
        self.discarding = true;
        if of_interest { self.exceed(Part::Line) } else { Step::Nothing }
    }

    fn end_line(&mut self, end: &[u8]) -> Step {
        if core::mem::take(&mut self.discarding) {
            self.at_first_line = false;
            return Step::Nothing;
        }
        if self.line.is_empty() {
            return self.read_line(end);
        }
        let mut line = core::mem::take(&mut self.line);
        line.extend_from_slice(end);
        let step = self.read_line(&line);
        line.clear();
        self.line = line;
        step
    }

    fn read_line(&mut self, line: &[u8]) -> Step {
        let line = self.without_bom(line);
        self.at_first_line = false;
        if line.is_empty() {
            return self.dispatch();
        }
        match Field::of(line) {
            None => Step::Nothing,
            Some(_) if line.len() > self.limits.line_bytes => self.exceed(Part::Line),
            Some(Field::Data(value)) => self.read_data(value),
            Some(Field::Event(value)) => self.read_type(value),
            Some(Field::Id(value)) => self.read_id(value),
            Some(Field::Retry(value)) => {
                field::milliseconds(value).map_or(Step::Nothing, Step::Retry)
            }
        }
    }

    fn read_data(&mut self, value: &[u8]) -> Step {
        if self.oversized {
            return Step::Nothing;
        }
        push_lossy(&mut self.data, value);
        if self.data.len() > self.limits.event_bytes {
            return self.exceed(Part::Data);
        }
        self.data.push('\n');
        Step::Nothing
    }

    fn read_type(&mut self, value: &[u8]) -> Step {
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

    fn read_id(&mut self, value: &[u8]) -> Step {
        // An id with U+0000 is ignored; an earlier one of the block stays.
        if !value.contains(&0) {
            self.pending_id.clear();
            push_lossy(&mut self.pending_id, value);
            self.has_pending_id = true;
        }
        Step::Nothing
    }

    /// The block is over a limit; said once a block.
    fn exceed(&mut self, part: Part) -> Step {
        if core::mem::replace(&mut self.oversized, true) {
            return Step::Nothing;
        }
        self.data.clear();
        self.event_type.clear();
        Step::Oversized(part)
    }

    fn dispatch(&mut self) -> Step {
        // The id counts even if the block has no data and nothing is given out.
        self.sets_id = core::mem::take(&mut self.has_pending_id);
        if self.sets_id {
            core::mem::swap(&mut self.last_event_id, &mut self.pending_id);
        }
        if self.data.pop().is_some() {
            return Step::Dispatch;
        }
        self.end_block();
        Step::Nothing
    }

    fn end_block(&mut self) {
        self.data.clear();
        self.event_type.clear();
        self.oversized = false;
        self.dispatched = false;
    }

    fn without_bom<'l>(&self, line: &'l [u8]) -> &'l [u8] {
        if self.at_first_line { line.strip_prefix(BOM).unwrap_or(line) } else { line }
    }
}

/// What one line, or the end of a chunk, comes to.
enum Step {
    Dispatch,
    Nothing,
    Oversized(Part),
    Retry(u64),
}

/// Appends a finished value, each faulty sequence of it as U+FFFD (WHATWG Encoding, "UTF-8 decode").
fn push_lossy(text: &mut String, value: &[u8]) {
    // Checking first is several times faster than decoding what is valid already.
    match core::str::from_utf8(value) {
        Ok(valid) => text.push_str(valid),
        Err(_) => text.push_str(&String::from_utf8_lossy(value)),
    }
}

/// What follows the byte at `at`.
fn after(bytes: &[u8], at: usize) -> &[u8] {
    bytes.get(at + 1..).unwrap_or_default()
}

/// The type of an event that the server did not name.
pub(super) const DEFAULT_TYPE: &str = "message";
