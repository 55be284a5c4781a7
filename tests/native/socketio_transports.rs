//! Which transport a reconnection begins with, and what a session may be told and asked.

use tabcast::engineio::{Input as Fact, Message, RequestFailure, Transport};
use tabcast::socketio::{Config, Input};

use crate::socketio_support::{Driver, OPEN, config};

const NOTHING: [&str; 0] = [];
const UPGRADABLE: &str =
    r#"0{"sid":"engine","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000}"#;

#[test]
fn a_websocket_that_worked_is_remembered_where_that_is_wanted() {
    for (remember_upgrade, begins) in [(true, OPEN), (false, "poll")] {
        let mut driver = Driver::new(Config { remember_upgrade, ..both() });
        upgrade(&mut driver);

        driver.lose_socket();

        assert_eq!(driver.next_attempt(), ["reconnect attempt 1", begins]);
    }
}

#[test]
fn a_websocket_that_failed_is_remembered_too() {
    let mut driver = Driver::new(Config { remember_upgrade: true, ..both() });
    upgrade(&mut driver);
    driver.lose_socket();
    driver.next_attempt();

    let failed = driver.socket(Fact::SocketFailed);

    assert!(failed.contains(&"open failed: websocket error".to_owned()), "{failed:?}");
    assert_eq!(driver.next_attempt(), ["reconnect attempt 2", "poll"]);
}

#[test]
fn who_knows_that_a_websocket_works_begins_with_it() {
    let known = Config { websocket_works: true, remember_upgrade: true, ..both() };
    let mut polling_only = known.clone();
    polling_only.transports.order = vec![Transport::Polling];
    let [known, polling_only] = [known, polling_only].map(|config| {
        let mut driver = Driver::new(config);
        let main = driver.namespace("/");
        driver.connect(main)
    });

    assert_eq!(known, [OPEN]);
    assert_eq!(polling_only, ["poll"]);
}

#[test]
fn a_session_over_polling_that_is_lost_comes_back() {
    let mut driver = Driver::new(both());
    let main = driver.namespace("/");
    driver.connect(main);
    driver.answer_poll(200, r#"0{"sid":"engine","pingInterval":25000,"pingTimeout":20000}"#);
    driver.answer_poll(200, r#"40{"sid":"s"}"#);

    let lost =
        driver.socket(Fact::PollFailed(RequestFailure::Refused { status: 502, refusal: None }));

    assert_eq!(lost, ["end \"1\"", "/ disconnected: transport error", "closed: transport error"]);
    assert_eq!(driver.next_attempt(), ["reconnect attempt 1", "poll"]);
}

#[test]
fn what_follows_a_bad_packet_in_a_payload_is_not_read() {
    let mut driver = Driver::new(both());
    let main = driver.namespace("/");
    driver.connect(main);
    driver.answer_poll(200, r#"0{"sid":"engine","pingInterval":25000,"pingTimeout":20000}"#);
    driver.socket(Fact::Posted);

    let lines = driver.answer_poll(200, "40{\"sid\":\"s\"}\u{1e}42[bad\u{1e}42[\"a\"]");

    assert_eq!(
        lines,
        ["/ connected s", "end \"1\"", "/ disconnected: parse error", "closed: parse error"]
    );
}

#[test]
fn disconnecting_over_polling_says_so_before_the_end() {
    let mut driver = Driver::new(both());
    let main = driver.namespace("/");
    driver.connect(main);
    driver.answer_poll(200, r#"0{"sid":"engine","pingInterval":25000,"pingTimeout":20000}"#);
    driver.socket(Fact::Posted);
    driver.answer_poll(200, r#"40{"sid":"s"}"#);

    let lines = driver.disconnect(main);

    assert_eq!(
        lines,
        [
            "post \"41\"",
            "end \"1\"",
            "closed: forced close",
            "/ disconnected: io client disconnect"
        ]
    );
}

#[test]
fn a_session_that_is_dropped_counts_as_lost() {
    let (mut open, _) = Driver::connected();
    let mut opening = Driver::new(config());
    let main = opening.namespace("/");
    opening.connect(main);

    open.manager.drop_session(open.now);
    opening.manager.drop_session(opening.now);

    assert_eq!(open.drain(), ["close", "/ disconnected: forced close", "closed: forced close"]);
    assert_eq!(open.next_attempt(), ["reconnect attempt 1", OPEN]);
    assert_eq!(
        opening.drain(),
        ["close", "/ connect error: OpenFailed(ByOwner)", "open failed: forced close"]
    );
    assert_eq!(opening.next_attempt(), ["reconnect attempt 1", OPEN]);
}

#[test]
fn a_message_of_the_owner_counts_as_one_of_the_server() {
    let (mut driver, _) = Driver::connected();
    let injected = |frame: &str| Input::Injected(Message::Text(frame.to_owned()));

    assert_eq!(driver.input(injected(r#"42["a",1]"#)), [r#"/ received ["a",1]"#]);
    assert_eq!(
        driver.input(injected("4bad")),
        ["close", "/ disconnected: parse error", "closed: parse error"]
    );
    assert_eq!(driver.input(injected(r#"42["a",2]"#)), NOTHING);
    assert_eq!(driver.next_attempt(), ["reconnect attempt 1", OPEN]);
}

#[test]
fn a_manager_without_a_session_has_none_to_drop() {
    let mut driver = Driver::new(config());

    driver.manager.drop_session(driver.now);

    assert_eq!(driver.drain(), NOTHING);
    assert_eq!(driver.manager.unsent().count(), 0);
    assert_eq!(driver.input(Input::WentOnline), NOTHING);
}

fn both() -> Config {
    let mut config = config();
    config.transports.order = vec![Transport::Polling, Transport::WebSocket];
    config
}

/// Connects the main namespace over a session that has moved to its WebSocket.
fn upgrade(driver: &mut Driver) {
    let main = driver.namespace("/");
    assert_eq!(driver.connect(main), ["poll"]);
    driver.answer_poll(200, UPGRADABLE);
    driver.socket(Fact::Posted);
    driver.socket(Fact::SocketOpened);
    assert_eq!(driver.receive("3probe"), ["upgrading websocket"]);
    let moved = driver.answer_poll(200, r#"40{"sid":"s"}"#);
    assert_eq!(moved, ["/ connected s", "send 5", "upgraded websocket"]);
}
