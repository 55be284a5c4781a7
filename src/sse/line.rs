//! Where lines end.

/// The place of the first CR or LF.
///
/// Eight bytes at a time: without vector instructions, which not every browser has in wasm, that is
/// twice as fast as a search by the words of a 32-bit machine.
pub(super) fn end(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // Most words have no byte from 0x08 to 0x0F, which both are among.
        if zero_bytes((word & repeated(0xf8)) ^ repeated(0x08)) == 0 {
            continue;
        }
        let hits = zero_bytes(word ^ repeated(b'\r')) | zero_bytes(word ^ repeated(b'\n'));
        if hits != 0 {
            return Some(at * 8 + (hits.trailing_zeros() / 8) as usize);
        }
    }
    let in_rest = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'))?;
    Some(words.len() * 8 + in_rest)
}

/// The highest bit of the lowest byte that is zero, none if no byte is. What is set above it does not
/// mean anything.
const fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(repeated(0x01)) & !word & repeated(0x80)
}

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

            assert_eq!(super::end(&bytes), plain);
        }
    }
}
