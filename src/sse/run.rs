//! Events of the usual form, measured where they stand.
//!
//! Where many events wait in one chunk, the parser's way costs more than what it reads. So blocks of
//! the form that servers write are only measured, and the chunk itself becomes the text that JavaScript
//! cuts. Whatever is not of that form is left to the parser.

use core::ops::Range;

use super::batch::Batch;
use super::field::Field;
use super::parser::Limits;
use super::utf8::Extent;
use super::words;

/// Events that stand one behind the other, with nothing but comments between them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// Where it ends in the text.
    pub(super) end: Extent,
    /// Where the last of its ids stands; `None`: it sets none.
    pub(super) latest_id: Option<Range<usize>>,
}

impl Run {
    /// Reads the blocks that `bytes` begin with, where a parser stands between two blocks. That is at
    /// `start` of the text; [`Batch::marks`] come behind those that are there.
    pub(super) fn read(bytes: &[u8], start: Extent, limits: &Limits, marks: &mut Vec<u32>) -> Self {
        let mut run = Self { end: start, latest_id: None };
        let mut lines = Lines { rest: bytes, at: start, limits };
        while let Some(block) = lines.take_block() {
            run.end = lines.at;
            run.latest_id = block.id_at.or(run.latest_id);
            if marks.len() == marks.capacity() {
                // Most blocks are of about the same size.
                let blocks = lines.rest.len() / (run.end.bytes - start.bytes) + 1;
                marks.reserve((blocks + 1) * Batch::MARKS);
            }
            marks.extend_from_slice(&block.marks);
        }
        run
    }
}

/// What is left of the chunk.
struct Lines<'b> {
    rest: &'b [u8],
    /// Where that stands in the text.
    at: Extent,
    limits: &'b Limits,
}

/// What is measured of a block.
struct Block {
    marks: [u32; Batch::MARKS],
    id_at: Option<Range<usize>>,
}

/// A line without its end.
struct Line<'b> {
    bytes: &'b [u8],
    /// Where it begins in the text.
    at: Extent,
    units: usize,
    /// It is known that nothing in it is below U+000E.
    is_plain: bool,
}

impl<'b> Lines<'b> {
    /// Takes a block off the front, with the comments ahead of it. Nothing if it is of another form, or
    /// not all of it is there; then the lines are of no use any more.
    #[inline(always)]
    fn take_block(&mut self) -> Option<Block> {
        self.skip_comments()?;
        let (mut event_type, mut id, mut id_at) = (None, None, None);
        let data = loop {
            let (field, before_value) = Field::of_usual(self.rest)?;
            let line = self.take_line()?;
            let value = line.bytes.get(before_value..)?;
            let mark = line.mark_behind(before_value)?;
            match field {
                Field::Data if value.len() <= self.limits.event_bytes => break mark,
                Field::Event if value.len() <= self.limits.type_bytes => event_type = Some(mark),
                // One with U+0000 is ignored. Ids are short: to call the search for a byte costs more.
                Field::Id if line.is_plain || value.iter().all(|&byte| byte != 0) => {
                    id = Some(mark);
                    let start = line.at.bytes + before_value;
                    id_at = Some(start..start + value.len());
                }
                _ => return None,
            }
        };
        self.take_line_end()?;
        let [type_at, type_units] = event_type.unwrap_or_default();
        let [id_from, id_units] = id.unwrap_or([Batch::SAME, 0]);
        let [data_at, data_units] = data;
        let marks = [type_at, type_units, id_from, id_units, data_at, data_units];
        Some(Block { marks, id_at })
    }

    #[inline(always)]
    fn skip_comments(&mut self) -> Option<()> {
        loop {
            match self.rest.first()? {
                b':' => {
                    self.take_line()?;
                }
                b'\n' | b'\r' => self.take_line_end()?,
                _ => return Some(()),
            }
        }
    }

    /// Takes a line and its end off the front.
    #[inline(always)]
    fn take_line(&mut self) -> Option<Line<'b>> {
        let (length, is_plain) = words::measure_line(self.rest)?;
        let (bytes, rest) = self.rest.split_at_checked(length.bytes)?;
        let at = self.at;
        self.rest = rest;
        self.at.bytes += length.bytes;
        self.at.units += length.units;
        self.take_line_end()?;
        let fits = bytes.len() <= self.limits.line_bytes;
        fits.then_some(Line { bytes, at, units: length.units, is_plain })
    }

    /// Takes a line end off the front. A CR alone may have its LF behind the chunk.
    #[inline(always)]
    fn take_line_end(&mut self) -> Option<()> {
        let bytes = match self.rest {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => return None,
        };
        self.rest = self.rest.get(bytes..)?;
        self.at = self.at.plus_ascii(bytes);
        Some(())
    }
}

impl Line<'_> {
    /// Where the value behind a name begins and how long it is, in UTF-16 code units.
    #[inline(always)]
    fn mark_behind(&self, name: usize) -> Option<[u32; 2]> {
        let units = self.units.checked_sub(name)?;
        Some([u32::try_from(self.at.units + name).ok()?, u32::try_from(units).ok()?])
    }
}
