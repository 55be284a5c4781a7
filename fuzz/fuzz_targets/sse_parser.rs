//! Any bytes, cut in any way, are read as the standard says.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tabcast::sse::{Chunk, Item, Limits, Parser};

/// What a stream said, and its last event ID in the end.
type Reading = (Vec<Said>, String);

#[derive(Debug, PartialEq)]
enum Said {
    Event { event_type: String, data: String, id: String },
    Retry(u64),
    Oversized,
}

/// Wide enough that no input of the fuzzer exceeds any of them: a byte can become a U+FFFD of three.
const WIDE: Limits = Limits { line_bytes: 1 << 20, event_bytes: 1 << 22, type_bytes: 1 << 22 };

/// Small enough that inputs of the fuzzer exceed each of them.
const TIGHT: Limits = Limits { line_bytes: 24, event_bytes: 16, type_bytes: 6 };

fuzz_target!(|input: &[u8]| {
    let Some((&size, bytes)) = input.split_first() else { return };
    let size = usize::from(size).max(1);

    let plain = read_plainly(bytes);
    assert_eq!(parse([bytes], WIDE), plain);
    assert_eq!(parse(bytes.chunks(size), WIDE), plain);
    assert_eq!(parse(bytes.chunks(1), WIDE), plain);

    let tight = parse([bytes], TIGHT);
    assert_eq!(parse(bytes.chunks(size), TIGHT), tight);
    assert_eq!(parse(bytes.chunks(1), TIGHT), tight);
});

fn parse<'b>(chunks: impl IntoIterator<Item = &'b [u8]>, limits: Limits) -> Reading {
    let mut parser = Parser::new(limits);
    let mut said = Vec::new();
    for bytes in chunks {
        let mut chunk = Chunk::new(bytes);
        while let Some(item) = parser.next_item(&mut chunk) {
            said.push(match item {
                Item::Event(event) => Said::Event {
                    event_type: event.event_type.to_owned(),
                    data: event.data.to_owned(),
                    id: event.last_event_id.to_owned(),
                },
                Item::Retry(time) => Said::Retry(time),
                Item::Oversized(_) => Said::Oversized,
            });
        }
    }
    (said, parser.last_event_id().to_owned())
}

/// HTML 9.2.6 step by step, on the whole body at once: decode, cut into lines, process each.
fn read_plainly(bytes: &[u8]) -> Reading {
    let body = String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    let body = body.replace("\r\n", "\n").replace('\r', "\n");
    // What stands behind the last line end is no line.
    let mut lines: Vec<&str> = body.split('\n').collect();
    lines.pop();
    let (mut said, mut last_id) = (Vec::new(), String::new());
    let (mut data, mut event_type, mut id) = (String::new(), String::new(), String::new());
    for line in lines {
        if line.is_empty() {
            last_id.clone_from(&id);
            let event_type = core::mem::take(&mut event_type);
            if let Some(data) = core::mem::take(&mut data).strip_suffix('\n') {
                let event_type =
                    if event_type.is_empty() { "message".to_owned() } else { event_type };
                said.push(Said::Event { event_type, data: data.to_owned(), id: last_id.clone() });
            }
            continue;
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "data" => data.extend([value, "\n"]),
            "event" => event_type = value.to_owned(),
            "id" if !value.contains('\0') => id = value.to_owned(),
            "retry" if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) => {
                said.push(Said::Retry(value.parse().unwrap_or(u64::MAX)));
            }
            _ => {}
        }
    }
    (said, last_id)
}
