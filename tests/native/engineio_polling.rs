//! Sessions over HTTP long-polling.

use serde_json::Value;
use tabcast::engineio::{
    Answer, CloseReason, Config, Event, Frame, Input, Output, Refusal, RequestFailure, Transport,
    Transports,
};
use tabcast::machine::Machine;

use crate::engineio_rig::{Rig, both, handshake, seconds, with};

const NOTHING: [&str; 0] = [];
const VECTORS: &str = include_str!("../vectors/engineio.json");

#[test]
fn a_get_brings_the_handshake_and_the_next_one_waits() {
    let mut rig = Rig::new(polling());

    let begin = rig.drain();
    let opened = rig.answer_poll(200, &handshake(&[]));

    assert_eq!(begin, ["poll"]);
    assert_eq!(opened, ["opened s over polling", "poll"]);
    assert_eq!(rig.connection.poll_timeout(), Some(rig.now + seconds(45)));
    let [first, second] = [0, 1].map(|at| without_stamp(&rig.urls[at]));
    assert_eq!(first, "https://host/socket.io/?EIO=4&transport=polling");
    assert_eq!(second, "https://host/socket.io/?EIO=4&transport=polling&sid=s");
    assert_ne!(rig.urls[0], rig.urls[1]);
}

#[test]
fn packets_of_a_payload_are_received_in_order_and_the_next_get_follows_them() {
    let mut rig = open();

    let lines = rig.answer_poll(200, "4a\u{1e}bAQID\u{1e}2\u{1e}6\u{1e}3\u{1e}4\u{1e}4é");

    assert_eq!(
        lines,
        ["message a", "message [1, 2, 3]", "post 3", "ping", "message ", "message é", "poll"]
    );
}

#[test]
fn a_handshake_and_messages_may_come_in_one_payload() {
    let mut rig = Rig::new(polling());
    rig.drain();

    let lines = rig.answer_poll(200, &format!("{}\u{1e}4a", handshake(&[])));

    assert_eq!(lines, ["opened s over polling", "message a", "poll"]);
}

#[test]
fn one_post_is_under_way_and_the_rest_waits_for_it() {
    let mut rig = open();

    let lines = [
        rig.send("a"),
        rig.send("b"),
        rig.send_binary(&[1, 2]),
        rig.answer_post(200, "ok"),
        rig.send("c"),
        rig.answer_post(200, ""),
        rig.answer_post(200, "ok"),
        rig.send("d"),
    ];

    assert_eq!(lines[0], ["post 4a"]);
    assert_eq!([lines[1].clone(), lines[2].clone()].concat(), NOTHING);
    assert_eq!(lines[3], ["post 4b|bAQI="]);
    assert_eq!(lines[4], NOTHING);
    assert_eq!(lines[5], ["post 4c"]);
    assert_eq!(lines[6], NOTHING);
    assert_eq!(lines[7], ["post 4d"]);
}

// `maxPayload` is 100: 1 for the first type, 2 for each further packet, texts by their UTF-8.
#[test]
fn payloads_are_cut_before_the_packet_that_exceeds_the_limit() {
    for (texts, bodies) in [
        // 1 + 40 + 2 + 57 = 100
        (vec!["a".repeat(40), "b".repeat(57)], vec![2]),
        (vec!["a".repeat(40), "b".repeat(58)], vec![1, 1]),
        // 1 + 2 * 20 + 2 + 57 = 100
        (vec!["é".repeat(20), "b".repeat(57)], vec![2]),
        (vec!["é".repeat(20), "b".repeat(58)], vec![1, 1]),
        // The first always goes.
        (vec!["a".repeat(1000), "b".to_owned(), "c".to_owned()], vec![1, 2]),
        (vec!["a".to_owned(), "b".repeat(1000), "c".to_owned()], vec![1, 1, 1]),
        (vec!["a".to_owned(); 100], vec![33, 33, 33, 1]),
    ] {
        let mut rig = open();
        rig.send("first");
        for text in &texts {
            assert_eq!(rig.send(text), NOTHING);
        }

        let mut sizes = Vec::new();
        loop {
            let lines = rig.answer_post(200, "ok");
            let [line] = lines.as_slice() else { break };
            sizes.push(line.split('|').count());
        }

        assert_eq!(sizes, bodies, "{texts:?}");
    }
}

// 1 + ceil(70 * 1.33) = 95; one byte more makes 97 with what is between, two of text fill up.
#[test]
fn bytes_count_by_what_base64_makes_of_them() {
    for (text, count) in [("abc", 2), ("abcd", 1)] {
        let mut rig = open();
        rig.send("first");
        rig.send_binary(&[0; 70]);
        rig.send(text);

        let line = rig.answer_post(200, "ok").concat();

        assert_eq!(line.split('|').count(), count);
    }
}

#[test]
fn without_a_limit_everything_goes_at_once() {
    let mut rig = Rig::new(polling());
    rig.drain();
    rig.answer_poll(200, r#"0{"sid":"s","pingInterval":25000,"pingTimeout":20000}"#);
    rig.send("first");
    for _ in 0..1000 {
        rig.send("a");
    }

    let line = rig.answer_post(200, "ok").concat();

    assert_eq!(line.split('|').count(), 1000);
}

#[test]
fn closing_sends_what_is_left_and_then_says_so() {
    let mut idle = open();
    let mut busy = open();
    busy.send("a");
    for _ in 0..40 {
        busy.send("b");
    }

    assert_eq!(idle.close(), ["end 1", "closed: forced close (forced close)"]);
    let rest = [["4b"; 33].join("|"), ["4b"; 7].join("|")].join(" ");
    assert_eq!(
        busy.close(),
        [format!("end {rest} 1").as_str(), "closed: forced close (forced close)"]
    );
    assert!(busy.urls.last().is_some_and(|url| url.ends_with("&sid=s")));
}

#[test]
fn closing_while_opening_says_nothing_to_the_server() {
    let mut rig = Rig::new(polling());
    rig.drain();

    assert_eq!(rig.close(), ["end", "closed: forced close (forced close)"]);
    assert_eq!(rig.answer_poll(200, &handshake(&[])), NOTHING);
}

#[test]
fn the_server_closes_with_a_packet_and_what_follows_it_is_nothing() {
    let mut rig = open();

    let lines = rig.answer_poll(200, "4a\u{1e}1\u{1e}4b");

    let closed = "closed: transport closed by the server (transport close)";
    assert_eq!(lines, ["message a", "end", closed]);
}

// As the reference client does, on the chance that the server still knows the session.
#[test]
fn a_session_that_fails_says_goodbye() {
    let mut rig = open();

    assert_eq!(rig.advance(seconds(45)), ["end 1", "closed: ping timeout (ping timeout)"]);
}

#[test]
fn a_failed_get_closes_the_session_with_its_status_and_reason() {
    for (status, body, refusal) in [
        (400, r#"{"code":1,"message":"Session ID unknown"}"#, Some(Refusal::SessionUnknown)),
        (502, "<html>Bad Gateway</html>", None),
        (0, "", None),
    ] {
        let mut rig = open();
        let answer = Answer { status, body: body.to_owned() };

        for fact in answer.into_polled() {
            rig.connection.handle_input(fact, rig.now);
        }

        let outputs: Vec<_> = core::iter::from_fn(|| rig.connection.poll_output()).collect();
        let reason = CloseReason::PollFailed(RequestFailure::Refused { status, refusal });
        assert_eq!(outputs.last(), Some(&Output::Event(Event::Closed(reason))), "{body}");
    }
    let lines = open().answer_poll(502, "");
    assert_eq!(lines, ["end 1", "closed: xhr poll error (transport error)"]);
}

#[test]
fn a_failed_post_closes_the_session() {
    let mut rig = open();
    rig.send("a");
    rig.send("b");

    let lines = rig.answer_post(413, "");

    assert_eq!(lines, ["end 1", "closed: xhr post error (transport error)"]);
}

#[test]
fn a_failed_handshake_closes_without_a_word() {
    for (status, body, message) in [
        (400, r#"{"code":5}"#, "xhr poll error"),
        (0, "", "xhr poll error"),
        (200, "<html>", "server error"),
        (200, "", "server error"),
        (200, "0{\"sid\":", "unable to open; the handshake is not valid"),
        (200, "0{}", "unable to open; the handshake is not valid"),
        (200, "6\u{1e}9", "server error"),
    ] {
        let mut rig = Rig::new(polling());
        rig.drain();

        let lines = rig.answer_poll(status, body);

        assert_eq!(lines, ["end", &format!("closed: {message} (transport error)")], "{body:?}");
        assert_eq!(rig.connection.poll_timeout(), None);
    }
}

#[test]
fn packets_that_are_none_close_the_session() {
    for body in ["", "x", "4a\u{1e}", "b\u{1e}", "bA", "b~~~~", "9", "\u{1e}"] {
        let mut rig = open();

        let lines = rig.answer_poll(200, body);

        let last: Vec<&str> = lines.iter().rev().take(2).map(String::as_str).collect();
        if body == "b\u{1e}" || body == "4a\u{1e}" {
            assert_eq!(lines.len(), 3, "the first packet is one");
        }
        assert_eq!(last, ["closed: server error (transport error)", "end 1"], "{body:?}");
    }
}

#[test]
fn a_packet_above_the_limit_closes_the_session() {
    let mut rig = Rig::new(Config { max_frame: 200, ..polling() });
    rig.drain();
    rig.answer_poll(200, &handshake(&[]));

    let lines = rig.answer_poll(200, &format!("4{}", "a".repeat(200)));

    let closed = "closed: unable to read the frame; 201 is more than allowed (transport error)";
    assert_eq!(lines, ["end 1", closed]);
}

#[test]
fn facts_that_nobody_asked_for_change_nothing() {
    let mut rig = open();

    let lines = [
        rig.input(Input::Posted),
        rig.input(Input::PostFailed(RequestFailure::BodyTooLarge)),
        rig.input(Input::SocketOpened),
        rig.input(Input::SocketFailed),
        rig.input(Input::SocketClosed { code: 1006, reason: String::new() }),
        rig.receive("4a"),
        rig.receive("3probe"),
    ]
    .concat();

    assert_eq!(lines, NOTHING);
    assert_eq!(rig.send("a"), ["post 4a"]);
}

#[test]
fn the_next_transport_is_tried_where_one_cannot_open() {
    let all = |order: &[Transport]| {
        let config = with(order);
        let transports = Transports { try_all: true, ..config.transports.clone() };
        Rig::new(Config { transports, ..config })
    };
    let mut polling_first = all(&[Transport::Polling, Transport::WebSocket]);
    polling_first.drain();
    let mut websocket_first = all(&[Transport::WebSocket, Transport::Polling]);
    websocket_first.drain();

    assert_eq!(polling_first.answer_poll(503, ""), ["end", "open socket"]);
    assert_eq!(polling_first.receive(&handshake(&[])), ["opened s over websocket"]);
    assert_eq!(websocket_first.input(Input::SocketFailed), ["close socket", "poll"]);
    // What could not open is not tried again as an upgrade.
    let opened = websocket_first.answer_poll(200, &handshake(&["websocket"]));
    assert_eq!(opened, ["opened s over polling", "poll"]);
}

#[test]
fn when_no_transport_can_open_the_last_one_says_why() {
    let config = both();
    let transports = Transports { try_all: true, ..config.transports.clone() };
    let mut rig = Rig::new(Config { transports, ..config });
    rig.drain();

    rig.answer_poll(200, "<html>");
    let lines = rig.input(Input::SocketFailed);

    assert_eq!(lines, ["close socket", "closed: websocket error (transport error)"]);
}

#[test]
fn all_transports_together_have_the_time_to_open() {
    let config = both();
    let transports = Transports { try_all: true, ..config.transports.clone() };
    let mut rig = Rig::new(Config { transports, ..config });
    rig.drain();
    rig.now = rig.now + seconds(15);
    rig.answer_poll(503, "");

    assert_eq!(rig.advance(seconds(5)), ["close socket", "closed: timeout (transport error)"]);
}

#[test]
fn without_try_all_the_first_failure_is_the_last() {
    let mut rig = Rig::new(both());
    rig.drain();

    assert_eq!(rig.answer_poll(503, ""), ["end", "closed: xhr poll error (transport error)"]);
}

#[test]
fn without_a_transport_there_is_no_session() {
    let mut rig = Rig::new(with(&[]));

    assert_eq!(rig.drain(), ["closed: No transports available (transport error)"]);
    assert_eq!(rig.connection.poll_timeout(), None);
}

#[test]
fn who_asks_is_told_what_travels() {
    let mut rig = open();
    rig.connection.observe(true);

    let lines = [
        rig.send("a"),
        rig.send("b"),
        rig.answer_poll(200, "2\u{1e}4c"),
        rig.answer_post(200, "ok"),
    ];
    let unsent: Vec<_> = rig.connection.unsent().cloned().collect();
    let last = rig.answer_post(200, "ok");

    assert_eq!(lines[0], ["out Text(\"4a\")", "post 4a", "flushed"]);
    assert_eq!(lines[1], ["out Text(\"4b\")"]);
    assert_eq!(
        lines[2],
        ["in Text(\"2\")", "out Text(\"3\")", "ping", "in Text(\"4c\")", "message c", "poll"]
    );
    assert_eq!(lines[3], ["post 4b|3", "flushed"]);
    assert_eq!(unsent, ["4b", "3"].map(|text| Frame::Text(text.to_owned())));
    assert_eq!(last, ["drained"]);
    assert_eq!(rig.connection.unsent().count(), 0);
}

#[test]
fn payloads_are_those_of_the_reference_encoder() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();

    for row in vectors["encodePayload"].as_array().unwrap() {
        let mut rig = Rig::new(polling());
        rig.drain();
        rig.answer_poll(200, r#"0{"sid":"s","pingInterval":25000,"pingTimeout":20000}"#);
        rig.send("first");
        for packet in row["packets"].as_array().unwrap() {
            match &packet["data"]["bytes"] {
                Value::Null => rig.send(packet["data"].as_str().unwrap_or_default()),
                bytes => {
                    rig.send_binary(&serde_json::from_value::<Vec<u8>>(bytes.clone()).unwrap())
                }
            };
        }

        let lines = rig.answer_post(200, "ok");

        let body = row["payload"].as_str().unwrap().replace('\u{1e}', "|");
        assert_eq!(lines, [format!("post {body}")]);
    }
}

#[test]
fn payloads_are_read_as_by_the_reference_decoder() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();

    for row in vectors["decodePayload"].as_array().unwrap() {
        let payload = row["payload"].as_str().unwrap();
        let mut rig = open();

        let lines = rig.answer_poll(200, payload);

        let mut expected = Vec::new();
        let mut closed = false;
        for packet in row["packets"].as_array().unwrap() {
            match packet["type"].as_str().unwrap() {
                "message" => expected.push(match &packet["data"]["bytes"] {
                    Value::Null => {
                        format!("message {}", packet["data"].as_str().unwrap_or_default())
                    }
                    bytes => {
                        let bytes: Vec<u8> = serde_json::from_value(bytes.clone()).unwrap();
                        format!("message {bytes:?}")
                    }
                }),
                "error" => {
                    expected.push("end 1".to_owned());
                    expected.push("closed: server error (transport error)".to_owned());
                    closed = true;
                    break;
                }
                "noop" => {}
                other => panic!("{other} is not in the vectors"),
            }
        }
        if !closed {
            expected.push("poll".to_owned());
        }
        assert_eq!(lines, expected, "{payload:?}");
    }
}

fn polling() -> Config {
    with(&[Transport::Polling])
}

fn open() -> Rig {
    Rig::polling(polling(), &[])
}

fn without_stamp(url: &str) -> String {
    let (head, rest) = url.split_once("&t=").expect("a time stamp");
    format!("{head}{}", &rest[8..])
}
