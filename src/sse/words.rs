//! Searches that look at sixteen bytes at a time.
//!
//! That is what can be had without vector instructions, which not every browser has in wasm, and
//! twice as fast as the same by the words of a 32-bit machine.

/// The place of the first CR or LF.
pub(super) fn find_line_end(bytes: &[u8]) -> Option<usize> {
    let (blocks, rest) = bytes.as_chunks::<16>();
    for (at, block) in blocks.iter().enumerate() {
        let [first, second] = words(block);
        // Few blocks have any byte that low.
        if (below_0x0e(first) | below_0x0e(second)) & HIGH_BITS == 0 {
            continue;
        }
        let (hits, before) = match line_ends(first) {
            0 => (line_ends(second), 8),
            hits => (hits, 0),
        };
        if hits != 0 {
            return Some(at * 16 + before + (hits.trailing_zeros() / 8) as usize);
        }
    }
    let in_rest = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'))?;
    Some(bytes.len() - rest.len() + in_rest)
}

/// Whether all of it is ASCII.
pub(super) fn is_ascii(bytes: &[u8]) -> bool {
    let (blocks, rest) = bytes.as_chunks::<16>();
    let is_plain = |block: &[u8; 16]| {
        let [first, second] = words(block);
        (first | second) & HIGH_BITS == 0
    };
    blocks.iter().all(is_plain) && rest.is_ascii()
}

fn words(block: &[u8; 16]) -> [u64; 2] {
    let both = u128::from_le_bytes(*block);
    [both as u64, (both >> 64) as u64]
}

/// The highest bit of the lowest byte that is below 0x0e, which CR and LF are. Other bits, and those
/// above it, do not mean anything.
const fn below_0x0e(word: u64) -> u64 {
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

const HIGH_BITS: u64 = repeated(0x80);

const fn repeated(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{any, prop_oneof, proptest};

    proptest! {
        #[test]
        fn first_line_end_is_found_wherever_it_is(
            bytes in vec(prop_oneof![8 => any::<u8>(), 1 => 0x08u8..0x10], 0..70),
        ) {
            let plain = bytes.iter().position(|byte| b"\r\n".contains(byte));

            assert_eq!(super::find_line_end(&bytes), plain);
        }

        #[test]
        fn ascii_is_told_from_what_is_not(
            bytes in vec(prop_oneof![40 => 0u8..0x80, 1 => any::<u8>()], 0..70),
        ) {
            assert_eq!(super::is_ascii(&bytes), bytes.is_ascii());
        }
    }
}
