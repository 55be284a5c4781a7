//! Searches that look at sixteen bytes at a time.
//!
//! That is what can be had without vector instructions, which not every browser has in wasm, and
//! twice as fast as the same by the words of a 32-bit machine.

use super::utf8::{self, Extent};

/// The place of the first CR or LF.
pub(super) fn find_line_end(bytes: &[u8]) -> Option<usize> {
    let (blocks, rest) = bytes.as_chunks::<16>();
    for (at, block) in blocks.iter().enumerate() {
        let [first, second] = words(block);
        // Few blocks have any byte that low.
        if (below_0x0e(first) | below_0x0e(second)) & HIGH_BITS == 0 {
            continue;
        }
        if let Some(in_block) = line_end_in_both(first, second) {
            return Some(at * 16 + in_block);
        }
    }
    let in_rest = rest.iter().position(is_line_end)?;
    Some(bytes.len() - rest.len() + in_rest)
}

/// How much stands ahead of the first CR or LF, and whether it is known that none of it is below U+000E;
/// `None` if there is none, or that is no UTF-8.
#[inline(always)]
pub(super) fn measure_line(bytes: &[u8]) -> Option<(Extent, bool)> {
    let (blocks, _) = bytes.as_chunks::<16>();
    let (mut ascii, mut is_plain) = (0, true);
    for block in blocks {
        let [first, second] = words(block);
        let [low, next_low] = [below_0x0e(first), below_0x0e(second)];
        if (first | second | low | next_low) & HIGH_BITS != 0 {
            if (first | second) & HIGH_BITS != 0 {
                break;
            }
            // As a rule the lowest byte below is the line end.
            let lowest = lowest_of_both(low, next_low);
            is_plain &= block.get(lowest).is_some_and(is_line_end);
            let in_block = if is_plain { Some(lowest) } else { line_end_in_both(first, second) };
            if let Some(in_block) = in_block {
                let bytes = ascii + in_block;
                return Some((Extent { bytes, units: bytes }, is_plain));
            }
        }
        ascii += 16;
    }
    utf8::measure_line(bytes, ascii).map(|extent| (extent, false))
}

/// The place of the lowest byte whose highest bit is set, in the first word or in the second.
#[inline(always)]
const fn lowest_of_both(first: u64, second: u64) -> usize {
    let (word, ahead) = match first & HIGH_BITS {
        0 => (second & HIGH_BITS, 8),
        word => (word, 0),
    };
    ahead + (word.trailing_zeros() / 8) as usize
}

const fn is_line_end(byte: &u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

#[inline(always)]
const fn line_end_in_both(first: u64, second: u64) -> Option<usize> {
    match (line_end_in(first), line_end_in(second)) {
        (None, Some(place)) => Some(8 + place),
        (place, _) => place,
    }
}

/// The place of the first CR or LF in a word.
#[inline(always)]
pub(super) const fn line_end_in(word: u64) -> Option<usize> {
    let hits = line_ends(word);
    if hits == 0 { None } else { Some((hits.trailing_zeros() / 8) as usize) }
}

fn words(block: &[u8; 16]) -> [u64; 2] {
    let both = u128::from_le_bytes(*block);
    [both as u64, (both >> 64) as u64]
}

/// The highest bit of the lowest byte that is below 0x0e, which CR and LF are. Other bits, and those
/// above it, do not mean anything.
#[inline(always)]
pub(super) const fn below_0x0e(word: u64) -> u64 {
    word.wrapping_sub(repeated(0x0e)) & !word
}

/// The highest bit of the lowest byte that is CR or LF, none if no byte is. What is set above it does
/// not mean anything.
const fn line_ends(word: u64) -> u64 {
    zero_bytes(word ^ repeated(b'\r')) | zero_bytes(word ^ repeated(b'\n'))
}

/// The highest bit of the lowest byte that is zero, none if no byte is. What is set above it does not
/// mean anything.
const fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(repeated(0x01)) & !word & HIGH_BITS
}

pub(super) const HIGH_BITS: u64 = repeated(0x80);

const fn repeated(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{Just, any, prop_oneof, proptest};

    proptest! {
        #[test]
        fn first_line_end_is_found_wherever_it_is(
            bytes in vec(prop_oneof![8 => any::<u8>(), 1 => 0x08u8..0x10], 0..70),
        ) {
            let plain = bytes.iter().position(|byte| b"\r\n".contains(byte));

            assert_eq!(super::find_line_end(&bytes), plain);
        }

        #[test]
        fn first_line_end_of_ascii_is_found_wherever_it_is(
            bytes in vec(prop_oneof![16 => 0x0eu8..0x80, 1 => 0x08u8..0x10, 1 => Just(0)], 0..70),
            behind in vec(any::<u8>(), 0..20),
        ) {
            let plain = bytes.iter().position(|byte| b"\r\n".contains(byte));
            let more = [bytes.as_slice(), b"\n", &behind].concat();

            let expected = plain.unwrap_or(bytes.len());
            let extent = super::Extent { bytes: expected, units: expected };
            let measured = super::measure_line(&more);
            assert_eq!(measured.map(|(extent, _)| extent), Some(extent));
            assert!(measured.is_some_and(|(_, is_plain)| {
                !is_plain || bytes[..expected].iter().all(|&byte| byte >= 0x0e)
            }));
            let alone = super::measure_line(&bytes).map(|(extent, _)| extent);
            assert_eq!(alone, plain.map(|_| extent));
        }
    }
}
