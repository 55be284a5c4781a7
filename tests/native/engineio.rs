use core::time::Duration;

use serde_json::Value;
use tabcast::engineio::{
    CloseReason, Config, Connection, Event, Frame, Input, Message, NotOpen, Output, Transport,
};
use tabcast::host::Native;
use tabcast::machine::Machine;
use tabcast::time::Instant;

const VECTORS: &str = include_str!("../vectors/engineio.json");
const HANDSHAKE: &str =
    r#"0{"sid":"é","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;

#[test]
fn a_new_connection_asks_for_its_socket() {
    let mut connection = connection();

    let outputs = drain(&mut connection);

    let url = "wss://host?transport=websocket".to_owned();
    assert_eq!(outputs, [Output::OpenSocket { url }]);
    assert_eq!(connection.poll_timeout(), Some(at(20)));
}

#[test]
fn the_handshake_opens_the_connection() {
    let mut connection = connection();
    drain(&mut connection);

    let outputs = [
        input(&mut connection, Input::SocketOpened, at(1)),
        input(&mut connection, text(HANDSHAKE), at(2)),
    ];

    assert_eq!(outputs[0], []);
    assert_eq!(
        outputs[1],
        [Output::Event(Event::Opened {
            sid: "é".to_owned(),
            transport: Transport::WebSocket,
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            max_payload: Some(1_000_000),
        })]
    );
    assert_eq!(connection.poll_timeout(), Some(at(47)));
}

#[test]
fn a_handshake_may_do_without_what_is_not_needed() {
    let mut connection = connection();
    drain(&mut connection);

    let frame = r#"0{"sid":"a","pingInterval":1,"pingTimeout":2,"more":{}}"#;
    let outputs = input(&mut connection, text(frame), at(0));

    assert!(matches!(outputs.as_slice(), [Output::Event(Event::Opened { max_payload: None, .. })]));
}

#[test]
fn a_bad_handshake_closes_the_connection() {
    for frame in [
        "0",
        "0{bad",
        "0[]",
        "0null",
        "0{}",
        r#"0{"sid":1,"pingInterval":25000,"pingTimeout":20000}"#,
        r#"0{"sid":"a","pingInterval":-1,"pingTimeout":20000}"#,
        r#"0{"sid":"a","pingInterval":"25000","pingTimeout":20000}"#,
        r#"0{"sid":"a","pingInterval":25000}"#,
    ] {
        let mut connection = connection();
        drain(&mut connection);

        let outputs = input(&mut connection, text(frame), at(0));

        assert_eq!(outputs, closed_by_us(CloseReason::InvalidHandshake), "{frame}");
        assert_eq!(connection.poll_timeout(), None);
    }
}

#[test]
fn a_ping_interval_without_end_does_not_overflow() {
    let mut connection = connection();
    drain(&mut connection);
    let max = u64::MAX;
    let frame = format!(r#"0{{"sid":"a","pingInterval":{max},"pingTimeout":{max}}}"#);

    input(&mut connection, text(&frame), at(5));

    assert!(connection.poll_timeout() > Some(at(1 << 40)));
}

#[test]
fn an_open_timeout_closes_the_connection() {
    let mut connection = connection();
    drain(&mut connection);
    input(&mut connection, Input::SocketOpened, at(1));

    connection.handle_timeout(at(20));

    assert_eq!(drain(&mut connection), closed_by_us(CloseReason::OpenTimeout));
    assert_eq!(connection.poll_timeout(), None);
}

#[test]
fn without_an_open_timeout_opening_takes_as_long_as_it_takes() {
    let config = Config { open_timeout: None, ..config() };
    let mut connection = Connection::<Native>::new(config, at(0));
    drain(&mut connection);

    connection.handle_timeout(at(100_000));

    assert_eq!(drain(&mut connection), []);
    assert_eq!(connection.poll_timeout(), None);
}

#[test]
fn a_ping_is_answered_and_puts_the_heartbeat_timeout_off() {
    let mut connection = open();

    let outputs = input(&mut connection, text("2"), at(25));

    assert_eq!(outputs, [send("3"), Output::Event(Event::Ping)]);
    assert_eq!(connection.poll_timeout(), Some(at(70)));
}

// Since engine.io-client 6.6.1.
#[test]
fn other_traffic_does_not_put_the_heartbeat_timeout_off() {
    let mut connection = open();

    for frame in ["4hello", "3", "6", "5", "1"] {
        input(&mut connection, text(frame), at(40));
    }

    assert_eq!(connection.poll_timeout(), Some(at(45)));
}

#[test]
fn a_heartbeat_timeout_closes_the_connection() {
    let mut connection = open();

    connection.handle_timeout(at(44));
    let early = drain(&mut connection);
    connection.handle_timeout(at(45));
    let due = drain(&mut connection);

    assert_eq!(early, []);
    assert_eq!(due, closed_by_us(CloseReason::HeartbeatTimeout));
}

#[test]
fn sending_after_a_suspension_closes_instead_of_sending() {
    let mut connection = open();

    let sent = connection.send_text("2", Some(&"[\"a\"]".to_owned()), at(3600));

    assert_eq!(sent, Err(NotOpen));
    assert_eq!(drain(&mut connection), closed_by_us(CloseReason::HeartbeatTimeout));
}

#[test]
fn messages_go_out_in_frames_of_their_own() {
    let mut connection = open();

    connection.send_text("2/é,", Some(&"[\"é\"]".to_owned()), at(1)).unwrap();
    connection.send_text("0", None, at(1)).unwrap();
    connection.send_binary(vec![1, 2], at(1)).unwrap();

    let binary = Output::SendFrame(Frame::Binary(vec![1, 2]));
    assert_eq!(drain(&mut connection), [send("42/é,[\"é\"]"), send("40"), binary]);
}

#[test]
fn nothing_is_sent_before_the_handshake_or_after_the_end() {
    let mut connection = connection();
    drain(&mut connection);

    let before = connection.send_text("0", None, at(0));
    connection.close();
    drain(&mut connection);
    let after = connection.send_binary(vec![1], at(0));

    assert_eq!((before, after), (Err(NotOpen), Err(NotOpen)));
    assert_eq!(drain(&mut connection), []);
}

#[test]
fn frames_before_the_handshake_are_dropped() {
    let mut connection = connection();
    drain(&mut connection);

    for frame in ["4hello", "2", "3", "1", "6"] {
        assert_eq!(input(&mut connection, text(frame), at(0)), [], "{frame}");
    }
    let binary = input(&mut connection, Input::FrameReceived(Frame::Binary(vec![1])), at(0));

    assert_eq!(binary, []);
    assert_eq!(connection.poll_timeout(), Some(at(20)));
}

#[test]
fn a_second_handshake_is_ignored() {
    let mut connection = open();

    let other = r#"0{"sid":"b","pingInterval":1,"pingTimeout":1}"#;
    let outputs = input(&mut connection, text(other), at(1));

    assert_eq!(outputs, []);
    assert_eq!(connection.poll_timeout(), Some(at(45)));
}

#[test]
fn a_frame_above_the_limit_closes_the_connection() {
    let config = Config { max_frame: 100, ..config() };
    let at_limit = Frame::Text(format!("4{}", "a".repeat(99)));
    let long_text = Frame::Text(format!("4{}", "a".repeat(100)));
    let long_bytes = Frame::Binary(vec![0; 101]);

    let [fits, text, bytes] = [at_limit, long_text, long_bytes].map(|frame| {
        let mut connection = Connection::<Native>::new(config.clone(), at(0));
        input(&mut connection, text(HANDSHAKE), at(0));
        input(&mut connection, Input::FrameReceived(frame), at(0))
    });

    assert!(matches!(fits.as_slice(), [Output::Event(Event::Message(_))]));
    assert_eq!(text, closed_by_us(CloseReason::FrameTooLarge(101)));
    assert_eq!(bytes, closed_by_us(CloseReason::FrameTooLarge(101)));
}

#[test]
fn the_end_of_the_socket_is_the_end_of_the_connection() {
    let lost = CloseReason::SocketClosed { code: 1006, reason: "gone".to_owned() };
    let fact = Input::SocketClosed { code: 1006, reason: "gone".to_owned() };

    assert_eq!(input(&mut open(), fact, at(1)), [Output::Event(Event::Closed(lost))]);
    assert_eq!(
        input(&mut open(), Input::SocketFailed, at(1)),
        closed_by_us(CloseReason::SocketFailed)
    );
    assert_eq!(
        input(&mut open(), Input::NetworkLost, at(1)),
        closed_by_us(CloseReason::NetworkLost)
    );
}

#[test]
fn nothing_comes_after_closed() {
    let mut connection = open();
    connection.close();
    let first = drain(&mut connection);

    connection.close();
    for fact in [
        text(HANDSHAKE),
        text("2"),
        text("4a"),
        text("x"),
        Input::SocketFailed,
        Input::SocketClosed { code: 1000, reason: String::new() },
    ] {
        connection.handle_input(fact, at(1));
    }
    connection.handle_timeout(at(1000));

    assert_eq!(first, closed_by_us(CloseReason::ByOwner));
    assert_eq!(drain(&mut connection), []);
}

#[test]
fn reasons_are_in_the_words_of_the_reference_client() {
    let socket_closed = CloseReason::SocketClosed { code: 1000, reason: String::new() };
    let texts: Vec<_> = [
        CloseReason::ByOwner,
        CloseReason::HeartbeatTimeout,
        socket_closed,
        CloseReason::NetworkLost,
        CloseReason::SocketFailed,
        CloseReason::InvalidFrame,
    ]
    .iter()
    .map(CloseReason::as_str)
    .collect();

    assert_eq!(
        texts,
        [
            "forced close",
            "ping timeout",
            "transport close",
            "transport close",
            "transport error",
            "transport error"
        ]
    );
}

#[test]
fn frames_are_those_of_the_reference_encoder() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();

    for row in vectors["encode"].as_array().unwrap() {
        let mut connection = open();
        match row["packet"]["type"].as_str().unwrap() {
            "pong" => connection.handle_input(text("2"), at(1)),
            "message" => {
                let data = row["packet"]["data"].as_str().unwrap().to_owned();
                connection.send_text("", Some(&data), at(1)).unwrap();
            }
            other => panic!("{other} is not in the vectors"),
        }

        let first = drain(&mut connection).swap_remove(0);

        assert_eq!(first, send(row["frame"].as_str().unwrap()));
    }
}

#[test]
fn frames_are_read_as_by_the_reference_decoder() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();

    for row in vectors["decode"].as_array().unwrap() {
        let frame = row["frame"].as_str().unwrap();

        let outputs = input(&mut open(), text(frame), at(1));

        let expected = match row["packet"]["type"].as_str().unwrap() {
            "message" => {
                let data = row["packet"]["data"].as_str().unwrap_or_default();
                assert_eq!(frame.get(Message::<Native>::START..), Some(data));
                vec![Output::Event(Event::Message(Message::Text(frame.to_owned())))]
            }
            "ping" => vec![send("3"), Output::Event(Event::Ping)],
            "open" | "close" | "pong" | "upgrade" | "noop" => vec![],
            "error" => closed_by_us(CloseReason::InvalidFrame).to_vec(),
            other => panic!("{other} is not in the vectors"),
        };
        assert_eq!(outputs, expected, "{frame:?}");
    }
}

fn config() -> Config {
    Config::new("wss://host")
}

fn connection() -> Connection<Native> {
    Connection::new(config(), at(0))
}

fn open() -> Connection<Native> {
    let mut connection = connection();
    input(&mut connection, text(HANDSHAKE), at(0));
    connection
}

fn text(frame: &str) -> Input<Native> {
    Input::FrameReceived(Frame::Text(frame.to_owned()))
}

fn send(frame: &str) -> Output<Native> {
    Output::SendFrame(Frame::Text(frame.to_owned()))
}

fn closed_by_us(reason: CloseReason) -> [Output<Native>; 2] {
    [Output::CloseSocket, Output::Event(Event::Closed(reason))]
}

fn input(
    connection: &mut Connection<Native>,
    fact: Input<Native>,
    now: Instant,
) -> Vec<Output<Native>> {
    connection.handle_input(fact, now);
    drain(connection)
}

fn drain(connection: &mut Connection<Native>) -> Vec<Output<Native>> {
    core::iter::from_fn(|| connection.poll_output()).collect()
}

fn at(seconds: u64) -> Instant {
    Instant::from_origin(Duration::from_secs(seconds))
}
