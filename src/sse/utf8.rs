//! UTF-8 that is measured and checked by words, without being decoded.
//!
//! JavaScript counts text in UTF-16 code units. In UTF-8 that is one for each byte that continues no
//! character, and one more for each character of four bytes.

use super::words::{self, HIGH_BITS};

/// How long a part of a text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) bytes: usize,
    /// UTF-16 code units.
    pub(super) units: usize,
}

impl Extent {
    /// The same with more bytes that are ASCII.
    pub(super) const fn plus_ascii(self, bytes: usize) -> Self {
        Self { bytes: self.bytes + bytes, units: self.units + bytes }
    }
}

/// How much stands ahead of the first CR or LF, which is behind the first `ascii` bytes; `None` if there
/// is none, or what is ahead of it is no UTF-8.
pub(super) fn measure_line(bytes: &[u8], ascii: usize) -> Option<Extent> {
    let (whole, rest) = bytes.get(ascii..)?.as_chunks::<8>();
    let mut last = [0; 8];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    let mut extent = Extent { bytes: ascii, units: ascii };
    let mut before = Before::default();
    for word in whole.iter().chain([&last]) {
        let word = u64::from_le_bytes(*word);
        let mut line = word;
        let mut ahead = None;
        if words::below_0x0e(word) & HIGH_BITS != 0 {
            ahead = words::line_end_in(word);
            // Zeros in place of what is behind the line continue no character.
            line = ahead.map_or(word, |bytes| word & !(u64::MAX << (bytes * 8)));
        }
        let bytes = ahead.unwrap_or(8);
        extent.bytes += bytes;
        extent.units += bytes;
        if (line & HIGH_BITS) | before.awaited != 0 {
            let (next, surrogates, continuations) = before.followed_by(line)?;
            before = next;
            extent.units = extent.units + surrogates - continuations;
        }
        if ahead.is_some() {
            return Some(extent);
        }
    }
    None
}

/// How many UTF-16 code units a text has.
pub(super) fn units(text: &str) -> usize {
    let (whole, rest) = text.as_bytes().as_chunks::<8>();
    let in_rest = rest.iter().map(|byte| {
        let continues = byte & 0xc0 == 0x80;
        usize::from(!continues) + usize::from(*byte >= 0xf0)
    });
    let in_whole = whole.iter().map(|word| {
        let word = u64::from_le_bytes(*word);
        if word & HIGH_BITS == 0 {
            return 8;
        }
        let continued = word & !bit(word, 6) & HIGH_BITS;
        let fours = word & bit(word, 6) & bit(word, 5) & bit(word, 4) & HIGH_BITS;
        8 + count(fours) - count(continued)
    });
    in_whole.sum::<usize>() + in_rest.sum::<usize>()
}

/// What the bytes so far say of those that come. Of each byte the highest bit counts.
#[derive(Clone, Copy, Debug, Default)]
struct Before {
    /// Bytes that have to continue a character.
    awaited: u64,
    /// The byte ahead, if not every byte may continue the character that it begins.
    choosy: u64,
}

impl Before {
    /// Also gives how many characters begin in `word` that are two code units in UTF-16, and how many
    /// bytes continue one. `None` if it is no UTF-8 (RFC 3629, section 4).
    #[inline(always)]
    fn followed_by(self, word: u64) -> Option<(Self, usize, usize)> {
        let leads = word & bit(word, 6) & HIGH_BITS;
        let continued = (word & HIGH_BITS) ^ leads;
        let threes = leads & bit(word, 5);
        let long = bit(word, 4) | bit(word, 3) | bit(word, 2) | bit(word, 1);
        // What fits into seven bits is spelt with one byte.
        let mut faults = leads & !(threes | long);
        let mut awaited = self.awaited | leads << 8;
        let mut next = Self { awaited: leads >> 56, choosy: 0 };
        let mut surrogates = 0;
        if threes | self.choosy != 0 {
            let fours = threes & bit(word, 4);
            awaited |= threes << 16 | fours << 24;
            next.awaited |= threes >> 48 | fours >> 40;
            // Of E0 to EF the first two and another two.
            let choosy = fours | threes & !((bit(word, 3) ^ bit(word, 2)) | bit(word, 1));
            if choosy | self.choosy != 0 {
                faults |= fours & (bit(word, 3) | bit(word, 2) & (bit(word, 1) | bit(word, 0)));
                faults |= bars(word << 8 | self.choosy, word);
                next.choosy = if choosy >> 63 == 0 { 0 } else { word >> 56 };
                surrogates = count(fours);
            }
        }
        faults |= awaited ^ continued;
        (faults & HIGH_BITS == 0).then_some((next, surrogates, count(continued)))
    }
}

/// Where bytes must not stand ahead of those of `next`: characters that are spelt too long, surrogates,
/// and what is behind U+10FFFF.
const fn bars(bytes: u64, next: u64) -> u64 {
    let threes = bytes & bit(bytes, 6) & bit(bytes, 5) & HIGH_BITS;
    let fours = threes & bit(bytes, 4);
    let low = bit(bytes, 2) | bit(bytes, 1) | bit(bytes, 0);
    let e0 = threes & !(fours | bit(bytes, 3) | low);
    let ed = threes & !fours & bit(bytes, 3) & bit(bytes, 2) & !bit(bytes, 1) & bit(bytes, 0);
    let f0 = fours & !low;
    let f4 = fours & bit(bytes, 2);
    let high = bit(next, 5) | bit(next, 4);
    e0 & !bit(next, 5) | ed & bit(next, 5) | f0 & !high | f4 & high
}

/// Bit `at` of each byte as its highest, and others below.
#[inline(always)]
const fn bit(word: u64, at: u32) -> u64 {
    word << (7 - at)
}

#[inline(always)]
const fn count(bits: u64) -> usize {
    bits.count_ones() as usize
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    proptest! {
        #[test]
        fn text_is_as_long_as_it_is_in_utf_16(text in "[\u{0}-\u{9}a\u{80}-\u{7ff}가-한\u{fffd}😀]{0,40}") {
            let line = format!("{text}\rx");

            let units = text.encode_utf16().count();

            prop_assert_eq!(super::units(&text), units);
            let extent = Extent { bytes: text.len(), units };
            prop_assert_eq!(measure_line(line.as_bytes(), 0), Some(extent));
        }

        #[test]
        fn what_is_no_utf_8_has_no_length(
            pieces in vec(piece(), 0..12),
            end in select(&["\n", "\r", "\r\n\u{ff}", ""]),
        ) {
            let line = pieces.concat();
            let bytes = [line.as_slice(), end.as_bytes()].concat();

            let text = str::from_utf8(&line).ok().filter(|_| !end.is_empty());

            let extent = text.map(|text| Extent {
                bytes: text.len(),
                units: text.encode_utf16().count(),
            });
            prop_assert_eq!(measure_line(&bytes, 0), extent);
        }
    }

    #[test]
    fn characters_are_told_from_what_is_none_by_every_two_bytes() {
        for first in 0x80..=0xff {
            for second in 0x80..=0xff {
                for (behind, filler) in (0..3).flat_map(|behind| (0..9).map(move |n| (behind, n))) {
                    let mut line = vec![b'x'; filler];
                    line.extend([first, second]);
                    line.extend(vec![0xbf; behind]);
                    let is_text = str::from_utf8(&line).is_ok();

                    line.push(b'\n');

                    assert_eq!(measure_line(&line, 0).is_some(), is_text, "{line:x?}");
                }
            }
        }
    }

    const EDGES: &[&[u8]] = &[
        b"\xc2\x80",
        b"\xdf\xbf",
        b"\xe0\xa0\x80",
        b"\xed\x9f\xbf",
        b"\xee\x80\x80",
        b"\xf0\x90\x80\x80",
        b"\xf4\x8f\xbf\xbf",
        b"\xf0\x9f\x98",
        b"\xe2\x82",
        b"\xc3",
        b"\x80",
    ];

    /// Text, the edges of what is a character, and any bytes.
    fn piece() -> impl Strategy<Value = Vec<u8>> {
        let edges = select(EDGES);
        prop_oneof![
            6 => "[a-zäé한😀]{0,9}".prop_map(String::into_bytes),
            3 => edges.prop_map(<[u8]>::to_vec),
            1 => vec((0x0e..=0xffu8).prop_filter("no line end", |byte| *byte > 0x0d), 0..4),
        ]
    }
}
