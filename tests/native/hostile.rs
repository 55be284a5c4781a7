//! What a server must not send: every row ends in a typed reason or in nothing, and the connection
//! works afterwards.

use proptest::prelude::*;
use tabcast::engineio::{Frame, Input as Fact, RequestFailure, Transport};
use tabcast::machine::Machine;
use tabcast::socketio::{Config, Input, Status};

use crate::socketio_support::{Driver, HANDSHAKE, OPEN, config, seconds};

const NOTHING: [&str; 0] = [];
const TRANSPORT_ERROR: [&str; 3] =
    ["close", "/ disconnected: transport error", "closed: transport error"];
const PARSE_ERROR: [&str; 3] = ["close", "/ disconnected: parse error", "closed: parse error"];

#[test]
fn frames_that_are_not_engine_io_are_a_transport_error() {
    for frame in ["", "9", "7", "x", " 4", "é1234", "é", "😀", "\0", "bA", "b é", "-1"] {
        let (mut driver, _) = Driver::connected();

        assert_eq!(driver.receive(frame), TRANSPORT_ERROR, "{frame:?}");
        assert_reconnects(driver);
    }
}

#[test]
fn packets_without_a_meaning_over_a_web_socket_are_ignored() {
    for frame in ["1", "3", "3probe", "5", "6", "6é", HANDSHAKE, "0{bad"] {
        let (mut driver, _) = Driver::connected();

        assert_eq!(driver.receive(frame), NOTHING, "{frame}");
        assert_works(driver);
    }
}

#[test]
fn messages_that_are_not_socket_io_are_a_parse_error() {
    for frame in [
        "4",
        "47",
        "4é",
        "4[",
        "42{}",
        "42[]",
        "42[ ]",
        "42[bad",
        "42[null]",
        "42\"a\"",
        "42[é]",
        "42é[\"a\"]",
        "42[\"connect\"]",
        "42[\"newListener\"]",
        "42[\"\\u0063onnect\"]",
        "42[\"\\",
        "42-1[\"a\"]",
        "421e3[\"a\"]",
        "4299999999999999999999[\"a\"]",
        "40[]",
        "40\"a\"",
        "40{bad",
        "40{\"sid\":1}",
        "41{}",
        "41[]",
        "43{}",
        "430{}",
        "44[]",
        "44é",
        "450-[\"a\"]",
        "45-[\"a\"]",
        "45[\"a\"]",
        "45é-[\"a\"]",
        "4511-[\"a\"]",
        "4599999999999999999999-[\"a\"]",
        "451-{}",
        "460-[]",
        "4611-[]",
        "451-",
        // The reference client fails on these, or calls listeners without arguments.
        "42",
        "423",
        "42/",
        "42/é",
        "42/,",
        "42/,3",
    ] {
        let (mut driver, _) = Driver::connected();

        assert_eq!(driver.receive(frame), PARSE_ERROR, "{frame}");
        assert_reconnects(driver);
    }
}

#[test]
fn a_namespace_without_an_end_is_a_parse_error() {
    let (mut driver, _) = Driver::connected();

    let lines = driver.receive(&format!("42/{}", "é".repeat(10_000)));

    assert_eq!(lines, PARSE_ERROR);
    assert_reconnects(driver);
}

#[test]
fn blanks_without_an_end_are_a_parse_error() {
    for frame in [format!("42{}[\"a\"]", " ".repeat(10_000)), format!("42[{}", " ".repeat(10_000))]
    {
        let (mut driver, _) = Driver::connected();

        assert_eq!(driver.receive(&frame), PARSE_ERROR);
        assert_reconnects(driver);
    }
}

#[test]
fn text_while_attachments_are_due_is_a_parse_error() {
    for frame in ["42[\"b\"]", "42/other,[\"b\"]", "41", "451-[\"b\"]"] {
        let (mut driver, _) = Driver::connected();
        driver.receive("452-[\"a\"]");
        driver.receive_binary(&[1]);

        assert_eq!(driver.receive(frame), PARSE_ERROR, "{frame}");
        assert_reconnects(driver);
    }
}

#[test]
fn bytes_while_none_are_due_are_a_parse_error() {
    let (mut driver, _) = Driver::connected();
    let (mut base64, _) = Driver::connected();

    assert_eq!(driver.receive_binary(&[]), PARSE_ERROR);
    assert_eq!(base64.receive("bAQ=="), PARSE_ERROR);
    assert_reconnects(driver);
    assert_reconnects(base64);
}

#[test]
fn frames_above_the_limit_are_a_transport_error() {
    let small = Config { max_frame: 200, ..config() };
    let (mut text, _) = Driver::connected_with(small.clone());
    let (mut binary, _) = Driver::connected_with(small);
    binary.receive("451-[\"a\"]");

    assert_eq!(text.receive(&format!("42[\"{}\"]", "é".repeat(100))), TRANSPORT_ERROR);
    assert_eq!(binary.receive_binary(&[0; 201]), TRANSPORT_ERROR);
    assert_reconnects(text);
    assert_reconnects(binary);
}

#[test]
fn acks_that_nobody_waits_for_do_no_harm() {
    for (frame, lines) in [
        ("43", vec![]),
        ("43[]", vec![]),
        ("43/other,7[]", vec![]),
        ("430", vec!["/ acked 0 -"]),
        ("43999[1]", vec!["/ acked 999 [1]"]),
    ] {
        let (mut driver, _) = Driver::connected();

        assert_eq!(driver.receive(frame), lines, "{frame}");
        assert_works(driver);
    }
}

#[test]
fn packets_for_namespaces_that_were_not_asked_for_are_ignored() {
    let (mut driver, _) = Driver::connected();
    driver.namespace("/known");

    for frame in [
        "42/other,[\"a\"]",
        "44/other,{\"message\":\"no\"}",
        "41/other,",
        "40/other,{\"sid\":\"x\"}",
        "40/other",
        "42/known,[\"a\"]",
        "44/known,{\"message\":\"no\"}",
        "41/known",
        "40/known,{\"sid\":\"x\"}",
    ] {
        assert_eq!(driver.receive(frame), NOTHING, "{frame}");
    }

    assert_works(driver);
}

// The reference client takes the blank for the ack id 0.
#[test]
fn a_blank_before_the_payload_changes_nothing() {
    let (mut driver, _) = Driver::connected();

    assert_eq!(driver.receive("42 [\"a\"]"), ["/ received [\"a\"]"]);
    assert_works(driver);
}

// The reference client stays "connected" without a connection.
#[test]
fn refusing_a_connected_namespace_disconnects_it() {
    for (frame, refusal) in
        [("44", "null"), ("44\"oops\"", "\"oops\""), ("44{\"message\":1}", "{\"message\":1}")]
    {
        let (mut driver, main) = Driver::connected();

        let lines = driver.receive(frame);
        let again = driver.connect(main);

        let end = format!("/ disconnected: io server disconnect {refusal}");
        assert_eq!(lines, ["close", "closed: forced close", &end], "{frame}");
        assert_eq!(again, [OPEN]);
    }
}

#[test]
fn refusals_without_a_reason_are_refusals() {
    for (frame, error) in [
        ("44", "Refused(None)"),
        ("44\"oops\"", "Refused(Some(\"\\\"oops\\\"\"))"),
        ("44{}", "Refused(Some(\"{}\"))"),
    ] {
        let mut driver = connecting();

        let lines = driver.receive(frame);

        let error = format!("/ connect error: {error}");
        assert_eq!(lines, ["close", "closed: forced close", &error], "{frame}");
    }
}

#[test]
fn an_answer_without_a_session_id_is_a_connect_error() {
    for frame in ["40", "40{}", "40{\"pid\":\"p\"}", "40{\"sid\":null}", "40/"] {
        let mut driver = connecting();
        let main = driver.namespace("/");

        let lines = driver.receive(frame);
        let again = driver.connect(main);

        assert_eq!(lines, ["/ connect error: NoSessionId"], "{frame}");
        assert_eq!(again, ["/ auth wanted", "send 40"]);
        assert_eq!(driver.receive("40{\"sid\":\"s\"}"), ["/ connected s"]);
    }
}

#[test]
fn a_second_answer_without_a_session_id_changes_nothing() {
    let (mut driver, _) = Driver::connected();

    assert_eq!(driver.receive("40{}"), ["/ connect error: NoSessionId"]);
    assert_works(driver);
}

#[test]
fn an_answer_that_is_not_json_is_a_parse_error() {
    for frame in ["40[]", "40{bad", "40{\"sid\":1}", "40{\"sid\":\"s\",\"pid\":2}"] {
        let mut driver = connecting();

        let lines = driver.receive(frame);

        let error = "/ connect error: Lost(Parse(PayloadInvalid))";
        assert_eq!(lines, ["close", error, "closed: parse error"], "{frame}");
        assert_reconnects(driver);
    }
}

#[test]
fn a_bad_handshake_fails_the_attempt() {
    for frame in ["0", "0{bad", "0{}", "0[]", "0\"é\"", "0{\"sid\":\"s\"}"] {
        let mut driver = Driver::new(config());
        let main = driver.namespace("/");
        driver.connect(main);

        let lines = driver.receive(frame);

        assert_eq!(
            lines,
            [
                "close",
                "/ connect error: OpenFailed(InvalidHandshake)",
                "open failed: unable to open; the handshake is not valid"
            ],
            "{frame}"
        );
        assert_reconnects(driver);
    }
}

#[test]
fn messages_before_the_handshake_are_dropped() {
    let mut driver = Driver::new(config());
    let main = driver.namespace("/");
    driver.connect(main);

    for frame in ["40{\"sid\":\"s\"}", "42[\"a\"]", "41", "44{\"message\":\"no\"}", "2", "4"] {
        assert_eq!(driver.receive(frame), NOTHING, "{frame}");
    }
    assert_eq!(driver.receive_binary(&[1]), NOTHING);

    assert_eq!(driver.receive(HANDSHAKE), ["opened engine", "/ auth wanted", "send 40"]);
}

// Whether they are right is seen by the tab that parses the payload, which then refuses it.
#[test]
fn bad_placeholders_and_bad_json_pass_and_can_be_refused() {
    for frame in [
        "451-[\"a\",{\"_placeholder\":true,\"num\":1}]",
        "451-[\"a\",{\"_placeholder\":true,\"num\":-1}]",
        "451-[\"a\",{\"_placeholder\":true,\"num\":\"0\"}]",
        "451-[\"a\",{\"_placeholder\":tru",
    ] {
        let (mut driver, _) = Driver::connected();
        driver.receive(frame);

        let received = driver.receive_binary(&[1]);
        driver.manager.refuse_payload(driver.now);

        assert_eq!(received, [format!("/ received {} [1]", &frame[4..])]);
        assert_eq!(driver.drain(), PARSE_ERROR);
        assert_reconnects(driver);
    }
}

proptest! {
    #[test]
    fn no_sequence_of_frames_leaves_the_manager_stuck(
        seed in any::<u64>(),
        steps in prop::collection::vec(step(), 0..30),
    ) {
        let timeout = Some(seconds(5));
        let mut driver = Driver::new(Config { seed, connect_timeout: timeout, ..config() });
        let (main, other) = (driver.namespace("/"), driver.namespace("/é"));
        driver.connect(main);

        for step in steps {
            match step {
                Step::Text(text) => driver.receive(&text),
                Step::Binary => driver.receive_binary(&[1]),
                Step::Fact(fact) => driver.socket(fact),
                Step::Advance(by) => driver.advance(seconds(by)),
                Step::Sleep(by) => {
                    driver.sleep(seconds(by));
                    driver.input(Input::Resumed)
                }
                Step::Connect(true) => driver.connect(main),
                Step::Connect(false) => driver.connect(other),
                Step::Disconnect(true) => driver.disconnect(main),
                Step::Disconnect(false) => driver.disconnect(other),
            };
        }

        driver.manager.close(driver.now);
        driver.drain();
        prop_assert_eq!(driver.manager.status(), Status::Closed);
        prop_assert_eq!(driver.manager.poll_timeout(), None);
        prop_assert_eq!(driver.connect(main), [OPEN]);
        driver.receive(HANDSHAKE);
        driver.receive("40{\"sid\":\"s\"}");
        assert_works(driver);
    }
}

proptest! {
    #[test]
    fn no_sequence_of_answers_leaves_a_manager_over_polling_stuck(
        try_all in any::<bool>(),
        steps in prop::collection::vec(polling_step(), 0..40),
    ) {
        let mut config = config();
        config.transports.order = vec![Transport::Polling, Transport::WebSocket];
        config.transports.try_all = try_all;
        let mut driver = Driver::new(config);
        let main = driver.namespace("/");
        driver.connect(main);

        for step in steps {
            match step {
                PollingStep::Answer(status, body) => driver.answer_poll(status, &body),
                PollingStep::Fact(fact) => driver.socket(fact),
                PollingStep::Send => {
                    let _ = driver.manager.send_event(
                        main, None, &"[\"a\"]".to_owned(), &[vec![1]], driver.now,
                    );
                    driver.drain()
                }
                PollingStep::Advance(by) => driver.advance(seconds(by)),
                PollingStep::Connect(true) => driver.connect(main),
                PollingStep::Connect(false) => driver.disconnect(main),
            };
        }

        driver.manager.close(driver.now);
        driver.drain();
        prop_assert_eq!(driver.manager.status(), Status::Closed);
        prop_assert_eq!(driver.manager.poll_timeout(), None);
        prop_assert_eq!(driver.connect(main), ["poll"]);
        driver.answer_poll(200, HANDSHAKE);
        driver.socket(Fact::Posted);
        prop_assert_eq!(
            driver.answer_poll(200, "40{\"sid\":\"s\"}\u{1e}42[\"b\"]"),
            ["/ connected s", "/ received [\"b\"]", "poll"]
        );
    }
}

#[derive(Clone, Debug)]
enum PollingStep {
    Answer(u16, String),
    Fact(Fact<tabcast::host::Native>),
    Send,
    Advance(u64),
    Connect(bool),
}

fn polling_step() -> impl Strategy<Value = PollingStep> {
    const UPGRADABLE: &str = r#"0{"sid":"e","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":20}"#;
    let status = prop_oneof![4 => Just(200u16), 1 => Just(0), 1 => Just(400), 1 => any::<u16>()];
    let packet = prop_oneof![
        3 => prop::sample::select(vec![
            UPGRADABLE, HANDSHAKE, "40{\"sid\":\"s\"}", "42[\"a\"]", "451-[\"a\"]", "bAQ==", "1", "2",
            "3probe", "6", "41", "44", "",
        ]).prop_map(str::to_owned),
        1 => "[0-7b]?\\PC{0,6}",
    ];
    let body = prop::collection::vec(packet.clone(), 1..5).prop_map(|all| all.join("\u{1e}"));
    prop_oneof![
        2 => Just(PollingStep::Answer(200, UPGRADABLE.to_owned())),
        4 => (status, body).prop_map(|(status, body)| PollingStep::Answer(status, body)),
        3 => Just(PollingStep::Fact(Fact::Posted)),
        1 => Just(PollingStep::Fact(Fact::PollEnded)),
        1 => Just(PollingStep::Fact(Fact::PollFailed(RequestFailure::BodyTooLarge))),
        1 => Just(PollingStep::Fact(Fact::PostFailed(RequestFailure::PacketsTooMany))),
        2 => Just(PollingStep::Fact(Fact::SocketOpened)),
        3 => packet.prop_map(|text| PollingStep::Fact(Fact::FrameReceived(Frame::Text(text)))),
        1 => Just(PollingStep::Fact(Fact::FrameReceived(Frame::Binary(vec![1])))),
        1 => Just(PollingStep::Fact(Fact::SocketFailed)),
        1 => Just(PollingStep::Fact(Fact::SocketClosed { code: 1006, reason: String::new() })),
        2 => Just(PollingStep::Send),
        1 => (0u64..60).prop_map(PollingStep::Advance),
        1 => any::<bool>().prop_map(PollingStep::Connect),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    Text(String),
    Binary,
    Fact(Fact<tabcast::host::Native>),
    Advance(u64),
    Sleep(u64),
    Connect(bool),
    Disconnect(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Text(HANDSHAKE.to_owned())),
        4 => prop::sample::select(vec![
            "40{\"sid\":\"s\"}", "40/é,{\"sid\":\"t\",\"pid\":\"p\"}", "41", "41/é", "44", "44/é,{}",
            "42[\"a\"]", "42/é,[\"a\",\"QxYzAbC\"]", "451-[\"a\"]", "430", "2", "40",
        ])
        .prop_map(|text| Step::Text(text.to_owned())),
        1 => "4?[0-7]?\\PC{0,6}".prop_map(Step::Text),
        1 => Just(Step::Binary),
        1 => Just(Step::Fact(Fact::SocketFailed)),
        1 => Just(Step::Fact(Fact::FrameReceived(Frame::Text("4".to_owned())))),
        1 => Just(Step::Fact(Fact::SocketClosed { code: 1001, reason: "é".to_owned() })),
        1 => (0u64..60).prop_map(Step::Advance),
        1 => (0u64..4000).prop_map(Step::Sleep),
        2 => any::<bool>().prop_map(Step::Connect),
        1 => any::<bool>().prop_map(Step::Disconnect),
    ]
}

fn connecting() -> Driver {
    let mut driver = Driver::new(config());
    let main = driver.namespace("/");
    driver.connect(main);
    driver.receive(HANDSHAKE);
    driver
}

/// A lost connection comes back by itself and works.
fn assert_reconnects(mut driver: Driver) {
    assert_eq!(driver.next_attempt(), ["reconnect attempt 1", OPEN]);
    driver.receive(HANDSHAKE);
    assert_eq!(driver.receive("40{\"sid\":\"t\"}"), ["/ connected t"]);
    assert_works(driver);
}

/// Events go both ways.
fn assert_works(mut driver: Driver) {
    let main = driver.namespace("/");
    let sent = driver.manager.send_event(main, Some(1), &"[\"a\"]".to_owned(), &[], driver.now);
    assert_eq!(sent, Ok(()));
    assert_eq!(driver.drain(), ["send 421[\"a\"]"]);
    assert_eq!(driver.receive("42[\"b\"]"), ["/ received [\"b\"]"]);
}
