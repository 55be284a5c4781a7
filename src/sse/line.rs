//! Where lines end, and what of a chunk is text.
//!
//! What runs for each line is inlined by decree, here and where it is used: the crate is compiled for
//! size, and the calls would cost a tenth of the whole way from the chunk to the app.

use super::words;

/// What is left of a chunk of a stream.
///
/// Whether it is UTF-8 is looked at once for all of it: to ask for each value costs more than the
/// rest of the parser.
#[derive(Clone, Copy, Debug)]
pub struct Chunk<'c> {
    whole: &'c [u8],
    rest: &'c [u8],
    /// As much of the beginning of `whole` as is UTF-8.
    text: &'c str,
}

/// A line without its end, or what is behind its field name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'c> {
    pub(super) bytes: &'c [u8],
    /// Text in which it ends at `end`, unless that is behind the text.
    text: &'c str,
    end: usize,
}

impl<'c> Chunk<'c> {
    /// All of a chunk.
    pub fn new(bytes: &'c [u8]) -> Self {
        let text = core::str::from_utf8(bytes).or_else(|error| {
            core::str::from_utf8(bytes.get(..error.valid_up_to()).unwrap_or_default())
        });
        Self { whole: bytes, rest: bytes, text: text.unwrap_or_default() }
    }

    /// The bytes that are left.
    pub const fn rest(&self) -> &'c [u8] {
        self.rest
    }

    /// Whether nothing is left behind a CR, whose LF can be in the next chunk.
    pub(super) fn is_used_up_by_cr(&self) -> bool {
        self.rest.is_empty() && self.whole.last() == Some(&b'\r')
    }

    /// Takes the first line and its end off; `None` if no line ends here.
    #[inline(always)]
    pub(super) fn take_line(&mut self) -> Option<Line<'c>> {
        let (bytes, end) = self.rest.split_at_checked(words::find_line_end(self.rest)?)?;
        let line = Line { bytes, text: self.text, end: self.whole.len() - end.len() };
        self.rest = end;
        self.take_blank_line();
        Some(line)
    }

    /// Takes a line end off the front; says whether there was one.
    #[inline(always)]
    pub(super) const fn take_blank_line(&mut self) -> bool {
        let ([b'\r', b'\n', rest @ ..] | [b'\r' | b'\n', rest @ ..]) = self.rest else {
            return false;
        };
        self.rest = rest;
        true
    }

    /// Takes an LF off the front, if one is there.
    pub(super) fn skip_line_feed(&mut self) {
        self.rest = self.rest.strip_prefix(b"\n").unwrap_or(self.rest);
    }

    pub(super) fn take_rest(&mut self) -> &'c [u8] {
        core::mem::take(&mut self.rest)
    }
}

impl<'c> Line<'c> {
    /// A line that was put together of several chunks.
    pub(super) fn of_bytes(bytes: &'c [u8]) -> Self {
        Self { bytes, text: "", end: usize::MAX }
    }

    /// The end of the line behind its first bytes.
    #[inline(always)]
    pub(super) fn behind(&self, first: usize) -> Self {
        Self { bytes: self.bytes.get(first..).unwrap_or_default(), ..*self }
    }

    /// The same as text, if it is known to be text.
    #[inline(always)]
    pub(super) fn as_text(&self) -> Option<&'c str> {
        self.text.get(self.end - self.bytes.len()..self.end)
    }
}
