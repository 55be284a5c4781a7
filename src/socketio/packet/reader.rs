use crate::host::Text;

/// Reads text unit by unit, each unit once: in a browser a reading is a call into JavaScript.
pub(super) struct Reader<'a, T> {
    text: &'a T,
    at: usize,
    unit: Option<u16>,
}

impl<'a, T: Text> Reader<'a, T> {
    pub(super) fn new(text: &'a T, at: usize) -> Self {
        Self { text, at, unit: text.unit(at) }
    }

    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// The unit here, or NUL, which means nothing anywhere, if it is not ASCII; `None` at the end.
    pub(super) fn ascii(&self) -> Option<u8> {
        self.unit.map(|unit| u8::try_from(unit).ok().filter(u8::is_ascii).unwrap_or_default())
    }

    /// Goes on to the next unit; stays at the end.
    pub(super) fn advance(&mut self) {
        if self.unit.is_some() {
            self.at += 1;
            self.unit = self.text.unit(self.at);
        }
    }

    /// Skips what JSON allows between tokens, as far as somebody may have meant it.
    pub(super) fn skip_blanks(&mut self) {
        for _ in 0..MAX_BLANKS {
            if !matches!(self.ascii(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
                return;
            }
            self.advance();
        }
    }

    /// The text from `from` up to here.
    pub(super) fn read_since(&self, from: usize) -> T {
        self.text.part(from, self.at)
    }

    /// The text from `from` to the end.
    pub(super) fn all_since(&self, from: usize) -> T {
        self.text.part(from, usize::MAX)
    }
}

const MAX_BLANKS: usize = 64;
