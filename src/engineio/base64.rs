//! Base64 (RFC 4648, section 4), for binary messages where only text can travel.

/// Encodes with padding, behind `head`.
pub(super) fn encode(head: &str, bytes: &[u8]) -> String {
    let mut text = String::with_capacity(head.len() + bytes.len().div_ceil(3) * 4);
    text.push_str(head);
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0u32, |bits, at| {
            bits << 8 | u32::from(chunk.get(at).copied().unwrap_or_default())
        });
        // One byte takes two characters, two take three.
        text.extend((0..=chunk.len()).map(|at| character(bits >> (18 - 6 * at))));
        text.extend((chunk.len()..3).map(|_| '='));
    }
    text
}

/// Decodes; `None` if a character is not of the alphabet, or the length not that of a code. Padding
/// may be missing.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=').as_bytes();
    let padding = text.len() - digits.len();
    let is_padded = padding <= 2 && text.len().is_multiple_of(4);
    if digits.len() % 4 == 1 || (padding > 0 && !is_padded) {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    for chunk in digits.chunks(4) {
        let mut bits = 0;
        for at in 0..4 {
            bits = bits << 6 | chunk.get(at).map_or(Some(0), |digit| value(*digit))?;
        }
        bytes.extend(bits.to_be_bytes().into_iter().skip(1).take(chunk.len() - 1));
    }
    Some(bytes)
}

fn character(bits: u32) -> char {
    let code = match (bits & 63) as u8 {
        digit @ 0..=25 => b'A' + digit,
        digit @ 26..=51 => b'a' + (digit - 26),
        digit @ 52..=61 => b'0' + (digit - 52),
        62 => b'+',
        _ => b'/',
    };
    code.into()
}

fn value(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 4648, section 10.
    const VECTORS: [(&str, &str); 7] = [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ];

    #[test]
    fn codes_are_those_of_the_standard() {
        for (plain, code) in VECTORS {
            assert_eq!(encode("b", plain.as_bytes()), format!("b{code}"));
            assert_eq!(decode(code).as_deref(), Some(plain.as_bytes()), "{code}");
            assert_eq!(decode(code.trim_end_matches('=')).as_deref(), Some(plain.as_bytes()));
        }
    }

    #[test]
    fn every_byte_comes_back_from_every_place() {
        let bytes: Vec<u8> = (0..=255).chain(0..=255).chain(0..=255).collect();

        for skip in 0..3 {
            let bytes = bytes.get(skip..).unwrap_or_default();
            assert_eq!(decode(&encode("", bytes)).as_deref(), Some(bytes));
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for text in ["A", "AAAAA", "AA-A", "AA_A", "A=AA", "AA AA", "é", "AAAA====", "=", "===="] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
