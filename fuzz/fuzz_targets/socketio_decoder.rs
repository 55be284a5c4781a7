//! Any messages are packets or errors, and what was read is written as it came.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tabcast::host::Native;
use tabcast::socketio::packet::{Decoder, Packet};

const MAX_ATTACHMENTS: usize = 4;

// Messages stand apart by `\xff`, which no text has; one that is not text is binary.
fuzz_target!(|input: &[u8]| {
    let mut decoder = Decoder::<Native>::new(MAX_ATTACHMENTS);
    for message in input.split(|byte| *byte == 0xff) {
        let decoded = match core::str::from_utf8(message) {
            Ok(text) => decoder.add_text(&text.to_owned(), 0),
            Err(_) => decoder.add_binary(message.to_owned()),
        };
        match decoded {
            Ok(Some(packet)) => reread(&packet),
            Ok(None) => {}
            Err(_) => decoder.reset(),
        }
    }
});

fn reread(packet: &Packet<Native>) {
    let payload = packet.payload.clone().unwrap_or_default();
    let text = format!("{}{payload}", packet.header);
    assert!(packet.attachments.len() <= MAX_ATTACHMENTS);

    let mut decoder = Decoder::<Native>::new(MAX_ATTACHMENTS);
    let mut again = decoder.add_text(&text, 0);
    for bytes in &packet.attachments {
        assert_eq!(again, Ok(None), "{text}");
        again = decoder.add_binary(bytes.clone());
    }

    assert_eq!(again.as_ref().map(Option::as_ref), Ok(Some(packet)), "{text}");
}
