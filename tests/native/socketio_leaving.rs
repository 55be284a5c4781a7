//! Namespaces that are left, refused, thrown out or given up.

use core::time::Duration;

use tabcast::engineio::Input as Fact;
use tabcast::machine::Machine;
use tabcast::socketio::{Config, Status};

use crate::socketio_support::{Driver, HANDSHAKE, OPEN, config, seconds};

const NOTHING: [&str; 0] = [];
/// What the manager leaves between DISCONNECT and CONNECT.
const REST: Duration = Duration::from_millis(50);

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
    let again = driver.connect(admin);
    let rested = driver.advance(REST);

    assert_eq!(left, NOTHING);
    assert_eq!(event, NOTHING);
    assert_eq!(answer, ["send 41/admin,"]);
    assert_eq!(again, NOTHING);
    assert_eq!(rested, ["/admin auth wanted", "send 40/admin,"]);
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
