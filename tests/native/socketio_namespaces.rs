//! Namespaces: letting in, events and acknowledgements, leaving, refusing.

use core::time::Duration;

use tabcast::engineio::Input as Fact;
use tabcast::machine::Machine;
use tabcast::socketio::{Config, Status};

use crate::socketio_support::{Driver, HANDSHAKE, OPEN, config, seconds};

const NOTHING: [&str; 0] = [];
/// What the manager leaves between DISCONNECT and CONNECT.
const REST: Duration = Duration::from_millis(50);

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
fn leaving_says_so_and_keeps_the_connection_for_the_others() {
    let (mut driver, main) = Driver::connected();
    let admin = driver.namespace("/admin");
    driver.connect(admin);
    driver.receive(r#"40/admin,{"sid":"a"}"#);

    let admin_left = driver.disconnect(admin);
    let main_left = driver.disconnect(main);

    assert_eq!(admin_left, ["send 41/admin,", "/admin disconnected: io client disconnect"]);
    assert_eq!(
        main_left,
        ["send 41", "close", "closed: forced close", "/ disconnected: io client disconnect"]
    );
    assert_eq!(driver.manager.poll_timeout(), None);
}

#[test]
fn leaving_while_the_connection_is_lost_ends_reconnection() {
    let (mut driver, main) = Driver::connected();
    driver.lose_socket();

    let lines = driver.disconnect(main);

    assert_eq!(lines, ["closed: forced close"]);
    assert_eq!(driver.manager.status(), Status::Closed);
    assert_eq!(driver.manager.poll_timeout(), None);
}

// A server closes the whole session on a DISCONNECT of a namespace that it has not let in yet.
#[test]
fn leaving_before_the_answer_waits_for_the_answer() {
    let (mut driver, _) = Driver::connected();
    let admin = driver.namespace("/admin");
    driver.connect(admin);

    let left = driver.disconnect(admin);
    let event = driver.receive(r#"42/admin,["a"]"#);
    let answer = driver.receive(r#"40/admin,{"sid":"a"}"#);
    let later = driver.advance(seconds(1));
    let again = driver.connect(admin);

    assert_eq!(left, NOTHING);
    assert_eq!(event, NOTHING);
    assert_eq!(answer, ["send 41/admin,"]);
    assert_eq!(later, NOTHING);
    assert_eq!(again, ["/admin auth wanted", "send 40/admin,"]);
}

#[test]
fn changing_ones_mind_twice_asks_anew_after_the_answer() {
    let asked = ["/admin auth wanted", "send 40/admin,"];
    for (answer, at_once, after_rest) in [
        (r#"40/admin,{"sid":"a"}"#, &["send 41/admin,"][..], &asked[..]),
        (r#"44/admin,{"message":"no"}"#, &asked, &[]),
        ("41/admin,", &asked, &[]),
    ] {
        let (mut driver, _) = Driver::connected();
        let admin = driver.namespace("/admin");
        driver.connect(admin);
        driver.disconnect(admin);

        let again = driver.connect(admin);
        let answered = driver.receive(answer);
        let rested = driver.advance(REST);

        assert_eq!(again, NOTHING);
        assert_eq!(answered, at_once, "{answer}");
        assert_eq!(rested, after_rest, "{answer}");
        assert_eq!(driver.receive(r#"40/admin,{"sid":"b"}"#), ["/admin connected b"]);
    }
}

// The reference client sends CONNECT at once, and the server closes the session.
#[test]
fn connect_keeps_a_distance_from_the_disconnect_before_it() {
    let (mut driver, main) = Driver::connected();
    let admin = driver.namespace("/admin");
    driver.connect(admin);
    driver.receive(r#"40/admin,{"sid":"a"}"#);

    let left = driver.disconnect(admin);
    let again = driver.connect(admin);
    let stray = [r#"42/admin,["a"]"#, "41/admin", "44/admin", r#"40/admin,{"sid":"b"}"#]
        .map(|frame| driver.receive(frame));
    let early = driver.advance(REST - Duration::from_millis(1));
    let rested = driver.advance(Duration::from_millis(1));

    assert_eq!(left, ["send 41/admin,", "/admin disconnected: io client disconnect"]);
    assert_eq!(again, NOTHING);
    assert_eq!(stray, [NOTHING; 4]);
    assert_eq!(early, NOTHING);
    assert_eq!(rested, ["/admin auth wanted", "send 40/admin,"]);
    assert!(driver.manager.is_connected(main));
}

#[test]
fn a_new_session_needs_no_distance() {
    let (mut driver, main) = Driver::connected();
    driver.disconnect(main);

    let again = driver.connect(main);
    let opened = driver.receive(HANDSHAKE);

    assert_eq!(again, [OPEN]);
    assert_eq!(opened, ["opened engine", "/ auth wanted", "send 40"]);
}

#[test]
fn a_namespace_that_was_given_up_does_not_hear_of_a_lost_connection() {
    let (mut driver, _) = Driver::connected();
    let admin = driver.namespace("/admin");
    driver.connect(admin);
    driver.disconnect(admin);

    let lost = driver.lose_socket();
    driver.next_attempt();
    let failed = driver.socket(Fact::SocketFailed);

    assert_eq!(lost, ["/ disconnected: transport close", "closed: transport close"]);
    assert_eq!(
        failed,
        [
            "close",
            "/ connect error: OpenFailed(SocketFailed)",
            "open failed: websocket error",
            "reconnect error: websocket error"
        ]
    );
}

#[test]
fn closing_before_the_answer_is_no_failure() {
    let mut driver = Driver::new(config());
    let main = driver.namespace("/");
    driver.connect(main);
    driver.receive(HANDSHAKE);

    driver.manager.close(driver.now);

    assert_eq!(driver.drain(), ["close", "closed: forced close"]);
}

#[test]
fn events_before_a_connect_that_was_given_up_are_dropped() {
    let (mut driver, _) = Driver::connected();
    driver.auth = None;
    let admin = driver.namespace("/admin");
    driver.connect(admin);
    driver.receive(r#"42/admin,["early"]"#);
    driver.disconnect(admin);
    driver.auth = Some(None);
    driver.connect(admin);

    assert_eq!(driver.receive(r#"40/admin,{"sid":"a"}"#), ["/admin connected a"]);
}

#[test]
fn leaving_before_the_payload_sends_nothing() {
    let (mut driver, _) = Driver::connected();
    driver.auth = None;
    let admin = driver.namespace("/admin");
    driver.connect(admin);

    let left = driver.disconnect(admin);
    let request = driver.requests[1];
    driver.manager.provide_auth(request, None, driver.now);

    assert_eq!(left, NOTHING);
    assert_eq!(driver.drain(), NOTHING);
}

#[test]
fn after_a_server_disconnect_there_is_no_reconnection() {
    let (mut driver, main) = Driver::connected();

    let lines = driver.receive("41");
    let timeout = driver.manager.poll_timeout();
    let again = driver.connect(main);

    assert_eq!(lines, ["close", "closed: forced close", "/ disconnected: io server disconnect"]);
    assert_eq!(timeout, None);
    assert_eq!(again, [OPEN]);
}

#[test]
fn a_server_disconnect_of_one_namespace_leaves_the_others() {
    let (mut driver, main) = Driver::connected();
    let admin = driver.namespace("/admin");
    driver.connect(admin);
    driver.receive(r#"40/admin,{"sid":"a"}"#);

    let lines = driver.receive("41/admin");

    assert_eq!(lines, ["/admin disconnected: io server disconnect"]);
    assert!(driver.manager.is_connected(main));
}

#[test]
fn a_refused_namespace_does_not_try_again_by_itself() {
    let (mut driver, _) = Driver::connected();
    let admin = driver.namespace("/admin");
    driver.connect(admin);

    let refused = driver.receive(r#"44/admin,{"message":"no","data":{"code":7}}"#);
    driver.lose_socket();
    driver.next_attempt();
    let reopened = driver.receive(HANDSHAKE);
    let again = driver.connect(admin);

    let error = r#"Refused(Some("{\"message\":\"no\",\"data\":{\"code\":7}}"))"#;
    assert_eq!(refused, [format!("/admin connect error: {error}")]);
    assert_eq!(reopened, ["opened engine", "/ auth wanted", "reconnected 1", "send 40"]);
    assert_eq!(again, ["/admin auth wanted", "send 40/admin,"]);
}

#[test]
fn refusing_the_last_namespace_closes_the_connection() {
    let mut driver = Driver::new(config());
    let main = driver.namespace("/");
    driver.connect(main);
    driver.receive(HANDSHAKE);

    let lines = driver.receive(r#"44{"message":"no"}"#);

    let error = r#"/ connect error: Refused(Some("{\"message\":\"no\"}"))"#;
    assert_eq!(lines, ["close", "closed: forced close", error]);
    assert_eq!(driver.manager.poll_timeout(), None);
}

// The reference client says `disconnect` without a `connect` before it.
#[test]
fn losing_the_connection_before_the_answer_is_a_connect_error() {
    let mut driver = Driver::new(config());
    let main = driver.namespace("/");
    driver.connect(main);
    driver.receive(HANDSHAKE);

    let lines = driver.socket(Fact::SocketFailed);

    assert_eq!(
        lines,
        ["close", "/ connect error: Lost(Engine(SocketFailed))", "closed: transport error"]
    );
    assert_eq!(driver.manager.status(), Status::Waiting);
}

#[test]
fn a_server_disconnect_before_the_answer_is_a_connect_error() {
    let (mut driver, _) = Driver::connected();
    let admin = driver.namespace("/admin");
    driver.connect(admin);

    let lines = driver.receive("41/admin");

    assert_eq!(lines, ["/admin connect error: Lost(ByServer)"]);
}

#[test]
fn without_a_connect_timeout_the_answer_may_take_for_ever() {
    let (mut driver, _) = Driver::connected();
    let admin = driver.namespace("/admin");
    driver.connect(admin);

    assert_eq!(driver.advance(seconds(44)), NOTHING);
    assert_eq!(driver.receive(r#"40/admin,{"sid":"a"}"#), ["/admin connected a"]);
}

#[test]
fn a_connect_timeout_gives_the_namespace_up() {
    let timeout = Some(seconds(5));
    let (mut driver, main) =
        Driver::connected_with(Config { connect_timeout: timeout, ..config() });
    let admin = driver.namespace("/admin");
    driver.connect(admin);

    let given_up = driver.advance(seconds(5));
    let late = driver.receive(r#"40/admin,{"sid":"a"}"#);
    driver.advance(REST);
    let again = driver.connect(admin);

    assert_eq!(given_up, ["/admin connect error: TimedOut"]);
    assert_eq!(late, ["send 41/admin,"]);
    assert_eq!(again, ["/admin auth wanted", "send 40/admin,"]);
    assert!(driver.manager.is_connected(main));
}

#[test]
fn a_connect_timeout_of_the_only_namespace_closes_the_connection() {
    let mut driver = Driver::new(Config { connect_timeout: Some(seconds(5)), ..config() });
    let main = driver.namespace("/");
    driver.connect(main);
    driver.receive(HANDSHAKE);

    let lines = driver.advance(seconds(5));

    assert_eq!(lines, ["close", "closed: forced close", "/ connect error: TimedOut"]);
    assert_eq!(driver.manager.poll_timeout(), None);
}

#[test]
fn whatever_ends_a_connect_stops_its_timeout() {
    let timeout = Some(seconds(5));
    let (mut left, _) = Driver::connected_with(Config { connect_timeout: timeout, ..config() });
    let admin = left.namespace("/admin");
    left.connect(admin);
    let (mut refused, mut thrown_out) = (left.clone(), left.clone());

    left.disconnect(admin);
    refused.receive("44/admin");
    thrown_out.receive("41/admin");

    for driver in [&mut left, &mut refused, &mut thrown_out] {
        assert_eq!(driver.advance(seconds(10)), NOTHING);
    }
}

#[test]
fn an_answer_in_time_stops_the_connect_timeout() {
    let timeout = Some(seconds(5));
    let (mut driver, main) =
        Driver::connected_with(Config { connect_timeout: timeout, ..config() });

    assert_eq!(driver.advance(seconds(10)), NOTHING);
    assert!(driver.manager.is_connected(main));
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
