//! Whatever the answers of a server over long-polling and its frames are, a session ends at most
//! once, and says nothing more after that.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tabcast::engineio::{
    Answer, Config, Connection, Event, Frame, Input, Output, Transport, Transports,
};
use tabcast::host::Native;
use tabcast::machine::Machine;
use tabcast::time::Instant;

// Steps stand apart by `\xff`; the first byte of each says what happens.
fuzz_target!(|input: &[u8]| {
    let now = Instant::default();
    let transports = Transports {
        order: vec![Transport::Polling, Transport::WebSocket],
        ..Transports::default()
    };
    let config = Config { transports, max_frame: 1 << 16, ..Config::new("http://h.test/") };
    let mut connection = Connection::<Native>::new(config, now);
    let mut is_closed = drain(&mut connection, false);
    for step in input.split(|byte| *byte == 0xff) {
        let Some((kind, rest)) = step.split_first() else { continue };
        let body = String::from_utf8_lossy(rest).into_owned();
        let facts = match kind % 6 {
            0 => Answer { status: 200, body }.into_polled(),
            1 => Answer { status: 400, body }.into_polled(),
            2 => vec![Answer { status: 200, body }.into_posted()],
            3 => vec![Input::FrameReceived(Frame::Text(body))],
            4 => vec![Input::FrameReceived(Frame::Binary(rest.to_owned()))],
            _ => vec![Input::SocketOpened],
        };
        for fact in facts {
            connection.handle_input(fact, now);
            is_closed = drain(&mut connection, is_closed);
        }
        let _ = connection.send_text("2[\"x\"]", None, now);
        is_closed = drain(&mut connection, is_closed);
    }
});

/// Returns whether the session is over.
fn drain(connection: &mut Connection<Native>, mut is_closed: bool) -> bool {
    while let Some(output) = connection.poll_output() {
        assert!(!is_closed, "{output:?} of a session that is over");
        is_closed = matches!(output, Output::Event(Event::Closed(_)));
    }
    is_closed
}
