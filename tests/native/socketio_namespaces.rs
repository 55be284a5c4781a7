//! Namespaces: joining, events and acknowledgements.

use tabcast::socketio::{Config, Status};

use crate::socketio_support::{Driver, HANDSHAKE, OPEN, config};

const NOTHING: [&str; 0] = [];

#[test]
fn namespaces_share_one_connection() {
    let mut driver = Driver::new(config());
    let (main, admin) = (driver.namespace("/"), driver.namespace("/é"));

    let asked = [driver.connect(main), driver.connect(admin)];
    let opened = driver.receive(HANDSHAKE);
    let answers = [driver.receive(r#"40/é,{"sid":"b"}"#), driver.receive(r#"40{"sid":"a"}"#)];

    assert_eq!(asked[0], [OPEN]);
    assert_eq!(asked[1], NOTHING);
    assert_eq!(
        opened,
        ["opened engine", "/ auth wanted", "/é auth wanted", "send 40", "send 40/é,"]
    );
    assert_eq!(answers[0], ["/é connected b"]);
    assert_eq!(answers[1], ["/ connected a"]);
}

#[test]
fn a_namespace_joins_an_open_connection() {
    let (mut driver, _) = Driver::connected();
    let admin = driver.namespace("/admin");

    let lines = driver.connect(admin);

    assert_eq!(lines, ["/admin auth wanted", "send 40/admin,"]);
}

#[test]
fn the_same_name_is_the_same_namespace() {
    let (mut driver, main) = Driver::connected();

    assert_eq!(driver.namespace("/"), main);
    assert_eq!(driver.namespace(""), main);
    assert_ne!(driver.namespace("/admin"), main);
    assert_eq!(driver.namespace("admin"), driver.namespace("/admin"));
}

#[test]
fn the_payload_of_the_owner_goes_with_connect() {
    let mut driver = Driver::new(config());
    driver.auth = Some(Some(r#"{"token":"é"}"#.to_owned()));
    let (main, admin) = (driver.namespace("/"), driver.namespace("/admin"));
    driver.connect(main);
    driver.connect(admin);

    let lines = driver.receive(HANDSHAKE);

    assert_eq!(lines[3..], [r#"send 40{"token":"é"}"#, r#"send 40/admin,{"token":"é"}"#]);
}

#[test]
fn the_payload_may_come_late_but_not_too_late() {
    let mut driver = Driver::new(config());
    driver.auth = None;
    let main = driver.namespace("/");
    driver.connect(main);
    driver.receive(HANDSHAKE);
    let first = driver.requests[0];
    let lost = driver.lose_socket();
    driver.next_attempt();
    driver.receive(HANDSHAKE);
    let second = driver.requests[1];

    driver.manager.provide_auth(first, None, driver.now);
    let stale = driver.drain();
    driver.manager.provide_auth(second, None, driver.now);
    let current = driver.drain();
    driver.manager.provide_auth(second, None, driver.now);
    let repeated = driver.drain();

    let error = "Lost(Engine(SocketClosed { code: 1006, reason: \"\" }))";
    assert_eq!(lost, [&format!("/ connect error: {error}"), "closed: transport close"]);
    assert_eq!(stale, NOTHING);
    assert_eq!(current, ["send 40"]);
    assert_eq!(repeated, NOTHING);
}

// The reference client sends a CONNECT for each call, and the server closes on the second.
#[test]
fn connecting_repeatedly_asks_once() {
    let mut driver = Driver::new(config());
    let main = driver.namespace("/");
    driver.connect(main);
    driver.receive(HANDSHAKE);

    let pending = driver.connect(main);
    driver.receive(r#"40{"sid":"s"}"#);
    let connected = driver.connect(main);

    assert_eq!(pending, NOTHING);
    assert_eq!(connected, NOTHING);
}

#[test]
fn events_go_out_with_namespace_ack_id_and_attachments() {
    let (mut driver, main) = Driver::connected();
    let admin = driver.namespace("/admin");
    driver.connect(admin);
    driver.receive(r#"40/admin,{"sid":"a"}"#);
    let payload = "[\"é\"]".to_owned();
    let files = [vec![1], vec![2, 3]];
    let now = driver.now;

    driver.manager.send_event(main, None, &payload, &[], now).unwrap();
    driver.manager.send_event(main, Some(0), &payload, &[], now).unwrap();
    driver.manager.send_event(admin, Some(12), &payload, &[], now).unwrap();
    driver.manager.send_event(admin, Some(13), &payload, &files, now).unwrap();
    driver.manager.send_ack(main, 7, &"[]".to_owned(), &[], now).unwrap();
    driver.manager.send_ack(admin, 8, &"[1]".to_owned(), &files[..1], now).unwrap();

    assert_eq!(
        driver.drain(),
        [
            "send 42[\"é\"]",
            "send 420[\"é\"]",
            "send 42/admin,12[\"é\"]",
            "send 452-/admin,13[\"é\"]",
            "send [1]",
            "send [2, 3]",
            "send 437[]",
            "send 461-/admin,8[1]",
            "send [1]",
        ]
    );
}

#[test]
fn nothing_is_sent_over_a_namespace_that_is_not_connected() {
    let mut driver = Driver::new(config());
    let main = driver.namespace("/");
    let payload = "[\"a\"]".to_owned();

    let closed = driver.manager.send_event(main, None, &payload, &[], driver.now);
    driver.connect(main);
    driver.receive(HANDSHAKE);
    let pending = driver.manager.send_event(main, None, &payload, &[], driver.now);
    let ack = driver.manager.send_ack(main, 1, &payload, &[], driver.now);

    assert!(closed.is_err() && pending.is_err() && ack.is_err());
    assert_eq!(driver.drain(), NOTHING);
}

#[test]
fn events_and_acks_come_in_with_their_payload_untouched() {
    let (mut driver, _) = Driver::connected();

    let lines: Vec<_> = [
        r#"42["a",{"é":"\u00e9"} ]"#,
        r#"42/,["main"]"#,
        r#"427["a"]"#,
        "42[1,2]",
        r#"433["ok"]"#,
        "430",
        "43[1]",
        r#"42/other,["a"]"#,
        "43/other,1[]",
        "41/other",
    ]
    .iter()
    .flat_map(|frame| driver.receive(frame))
    .collect();

    assert_eq!(
        lines,
        [
            r#"/ received ["a",{"é":"\u00e9"} ]"#,
            r#"/ received ["main"]"#,
            r#"/ received ack 7 ["a"]"#,
            "/ received [1,2]",
            r#"/ acked 3 ["ok"]"#,
            "/ acked 0 -",
        ]
    );
}

#[test]
fn attachments_are_collected_while_pings_come_between() {
    let (mut driver, _) = Driver::connected();

    let lines = [
        driver.receive(r#"452-7["a",{"_placeholder":true,"num":0}]"#),
        driver.receive_binary(&[1]),
        driver.receive("2"),
        driver.receive_binary(&[2]),
        driver.receive("461-3[]"),
        driver.receive_binary(&[3]),
    ];

    assert_eq!(lines[0], NOTHING);
    assert_eq!(lines[1], NOTHING);
    assert_eq!(lines[2], ["send 3", "ping"]);
    assert_eq!(lines[3], [r#"/ received ack 7 ["a",{"_placeholder":true,"num":0}] [1] [2]"#]);
    assert_eq!(lines[4], NOTHING);
    assert_eq!(lines[5], ["/ acked 3 [] [3]"]);
}

#[test]
fn a_packet_that_lost_its_attachments_does_not_spoil_the_next_session() {
    let (mut driver, _) = Driver::connected();
    driver.receive(r#"451-["a"]"#);
    driver.lose_socket();
    driver.next_attempt();

    let opened = driver.receive(HANDSHAKE);
    let answer = driver.receive(r#"40{"sid":"t"}"#);

    assert_eq!(opened.len(), 4);
    assert_eq!(answer, ["/ connected t"]);
}

#[test]
fn more_attachments_are_a_matter_of_configuration() {
    let (mut driver, _) = Driver::connected_with(Config { max_attachments: 11, ..config() });

    driver.receive(r#"4511-["a"]"#);
    for _ in 0..10 {
        assert_eq!(driver.receive_binary(&[]), NOTHING);
    }

    assert_eq!(driver.receive_binary(&[]).len(), 1);
}

#[test]
fn a_second_answer_replaces_the_id() {
    let (mut driver, main) = Driver::connected();

    let lines = driver.receive(r#"40{"sid":"other"}"#);

    assert_eq!(lines, ["/ connected other"]);
    assert!(driver.manager.is_connected(main));
}

#[test]
fn events_before_the_answer_are_delivered_before_it() {
    let mut driver = Driver::new(config());
    let main = driver.namespace("/");
    driver.connect(main);
    driver.receive(HANDSHAKE);

    let early = [
        driver.receive(r#"42["a"]"#),
        driver.receive(r#"451-5["b"]"#),
        driver.receive_binary(&[1]),
        driver.receive("430[]"),
    ];
    let answer = driver.receive(r#"40{"sid":"s"}"#);
    let later = driver.receive(r#"42["c"]"#);

    assert_eq!(early, [NOTHING; 4]);
    assert_eq!(answer, [r#"/ received ["a"]"#, r#"/ received ack 5 ["b"] [1]"#, "/ connected s"]);
    assert_eq!(later, [r#"/ received ["c"]"#]);
}

#[test]
fn events_before_an_answer_that_never_came_are_dropped() {
    let mut driver = Driver::new(config());
    let main = driver.namespace("/");
    driver.connect(main);
    driver.receive(HANDSHAKE);
    driver.receive(r#"42["early"]"#);
    driver.lose_socket();
    driver.next_attempt();
    driver.receive(HANDSHAKE);

    assert_eq!(driver.receive(r#"40{"sid":"s"}"#), ["/ connected s"]);
}

#[test]
fn a_refused_payload_is_a_parse_error() {
    let (mut driver, _) = Driver::connected();

    driver.manager.refuse_payload(driver.now);

    assert_eq!(driver.drain(), ["close", "/ disconnected: parse error", "closed: parse error"]);
    assert_eq!(driver.next_attempt(), ["reconnect attempt 1", OPEN]);
}

#[test]
fn refusing_a_payload_of_a_lost_connection_does_nothing() {
    let (mut driver, _) = Driver::connected();
    driver.lose_socket();

    driver.manager.refuse_payload(driver.now);

    assert_eq!(driver.drain(), NOTHING);
    assert_eq!(driver.manager.status(), Status::Waiting);
}
