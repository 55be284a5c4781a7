//! Connection state recovery: which offset is kept, and when it is presented.

use tabcast::socketio::{Config, NamespaceId, Recovery};

use crate::socketio_support::{Driver, HANDSHAKE, config};

const PLAIN: &str = r#"40{"sid":"s"}"#;
const RECOVERABLE: &str = r#"40{"sid":"s","pid":"p"}"#;

#[test]
fn the_next_connect_presents_pid_and_offset() {
    let (mut driver, _) = recoverable();

    let lines = driver.receive(r#"42["a","QxYzAbC"]"#);
    let opened = reopen(&mut driver);
    let answer = driver.receive(r#"40{"sid":"s","pid":"p"}"#);

    assert_eq!(lines, [r#"/ received ["a","QxYzAbC"]"#]);
    assert_eq!(opened[1], "/ auth wanted: p QxYzAbC");
    assert_eq!(answer, ["/ connected s pid p recovered"]);
}

#[test]
fn a_server_without_recovery_is_not_asked_for_it() {
    let (mut driver, main) = Driver::connected_with(config());

    driver.receive(r#"42["a","QxYzAbC"]"#);

    assert_eq!(driver.manager.recovery(main), None);
    assert_eq!(reopen(&mut driver)[1], "/ auth wanted");
}

#[test]
fn missed_events_come_before_connected_and_count() {
    let (mut driver, main) = recoverable();
    driver.receive(r#"42["a","QxYzAbC"]"#);
    reopen(&mut driver);

    driver.receive(r#"42["b","QxYzAbD"]"#);
    let kept = offset(&driver, main);
    let answer = driver.receive(RECOVERABLE);

    // Until the events are delivered they are not taken for received.
    assert_eq!(kept.as_deref(), Some("QxYzAbC"));
    assert_eq!(answer, [r#"/ received ["b","QxYzAbD"]"#, "/ connected s pid p recovered"]);
    assert_eq!(offset(&driver, main).as_deref(), Some("QxYzAbD"));
}

#[test]
fn a_new_session_forgets_the_offset_of_the_old_one() {
    let (mut driver, main) = recoverable();
    driver.receive(r#"42["a","QxYzAbC"]"#);
    reopen(&mut driver);

    let answer = driver.receive(r#"40{"sid":"t","pid":"q"}"#);

    assert_eq!(answer, ["/ connected t pid q"]);
    assert_eq!(driver.manager.recovery(main), Some(&recovery("q", None)));
}

#[test]
fn a_server_that_stops_to_offer_recovery_ends_it() {
    let (mut driver, main) = recoverable();
    reopen(&mut driver);

    assert_eq!(driver.receive(PLAIN), ["/ connected s"]);
    assert_eq!(driver.manager.recovery(main), None);
}

#[test]
fn only_what_looks_like_the_first_offset_is_one() {
    // Rows: first offset, what follows, what is kept.
    for (first, next, kept) in [
        // In memory: an optional part behind a dot counts what came in one millisecond.
        ("QxYzAbC", "QxYzAbD", "QxYzAbD"),
        ("QxYzAbC", "QxYzAbC.0", "QxYzAbC.0"),
        ("QxYzAbC.1f", "QxYzAb-", "QxYzAb-"),
        ("QxYzAbC", "alice", "QxYzAbC"),
        ("QxYzAbC", "somebody", "QxYzAbC"),
        // Redis streams.
        ("1700000000000-0", "1700000000001-12", "1700000000001-12"),
        ("1700000000000-0", "2024-01-01", "1700000000000-0"),
        ("1700000000000-0", "-1", "1700000000000-0"),
        ("1700000000000-0", "QxYzAbC", "1700000000000-0"),
        // MongoDB.
        ("65f0a1b2c3d4e5f601234567", "65f0a1b2c3d4e5f601234568", "65f0a1b2c3d4e5f601234568"),
        ("65f0a1b2c3d4e5f601234567", "zzzzzzzzzzzzzzzzzzzzzzzz", "65f0a1b2c3d4e5f601234567"),
        // Others are told apart by length.
        ("id-of-an-event_1", "id-of-an-event_2", "id-of-an-event_2"),
        ("id-of-an-event_1", "id-of-an-event_10", "id-of-an-event_1"),
    ] {
        let (mut driver, main) = recoverable();

        driver.receive(&format!(r#"42["a","{first}"]"#));
        driver.receive(&format!(r#"42["a","{next}"]"#));

        assert_eq!(offset(&driver, main).as_deref(), Some(kept), "{first}, then {next}");
    }
}

#[test]
fn what_cannot_be_an_offset_is_left_out() {
    let too_long = format!(r#"42["a","{}"]"#, "x".repeat(65));
    for event in [
        // The name of an event is none.
        r#"42["QxYzAbC"]"#,
        // Events with an ack id never carry one.
        r#"427["a","QxYzAbC"]"#,
        r#"42["a","bob"]"#,
        r#"42["a",""]"#,
        r#"42["a","hello world"]"#,
        r#"42["a","QxYzAbé"]"#,
        r#"42["é","éééééééééééé"]"#,
        r#"42["a","\"QxYzAbC"]"#,
        r#"42["a",["QxYzAbC"]]"#,
        r#"42["a",{"b":"QxYzAbC"}]"#,
        r#"42["a",1234567]"#,
        r#"42["a"]"#,
        "42[1]",
        too_long.as_str(),
        // Not JSON at all.
        r#"42["]"#,
        r#"42[1"]"#,
        r#"42["a"QxYzAbC"]"#,
    ] {
        let (mut driver, main) = recoverable();

        let lines = driver.receive(event);

        assert_eq!(lines.len(), 1, "{event}");
        assert_eq!(driver.manager.recovery(main), Some(&recovery("p", None)), "{event}");
    }
}

#[test]
fn events_with_attachments_and_other_namespaces_keep_their_own_offsets() {
    let (mut driver, main) = recoverable();
    let admin = driver.namespace("/é");
    driver.connect(admin);
    driver.receive(r#"40/é,{"sid":"a","pid":"q"}"#);

    driver.receive(r#"451-["a",{"_placeholder":true,"num":0},"QxYzAbC"]"#);
    driver.receive_binary(&[1]);
    driver.receive(r#"42/é,["é","QxYzAbD"]"#);

    assert_eq!(offset(&driver, main).as_deref(), Some("QxYzAbC"));
    assert_eq!(offset(&driver, admin).as_deref(), Some("QxYzAbD"));
}

#[test]
fn a_session_that_was_left_is_not_asked_for() {
    let (mut by_client, main) = recoverable();
    let mut by_server = by_client.clone();

    by_client.disconnect(main);
    by_server.receive("41");

    assert_eq!(by_client.manager.recovery(main), None);
    assert_eq!(by_server.manager.recovery(main), None);
}

#[test]
fn a_refused_recovery_can_be_tried_again() {
    let (mut driver, main) = recoverable();
    driver.receive(r#"42["a","QxYzAbC"]"#);
    reopen(&mut driver);
    driver.receive(r#"42["missed","QxYzAbD"]"#);

    driver.receive(r#"44{"message":"token expired"}"#);
    let presented = driver.manager.recovery(main).cloned();
    driver.connect(main);
    driver.receive(HANDSHAKE);

    assert_eq!(presented, Some(recovery("p", Some("QxYzAbC"))));
    // What came before the refusal comes again; it is not delivered twice.
    assert_eq!(driver.receive(RECOVERABLE), ["/ connected s pid p recovered"]);
}

#[test]
fn a_session_can_be_handed_over() {
    let (mut old, main) = recoverable();
    old.receive(r#"42["a","QxYzAbC"]"#);
    let handed_over = old.manager.recovery(main).cloned();

    old.manager.abandon();
    let mut new = Driver::new(config());
    let heir = new.namespace("/");
    new.manager.set_recovery(heir, handed_over);
    new.connect(heir);
    let opened = new.receive(HANDSHAKE);
    let answer = new.receive(RECOVERABLE);
    new.receive(r#"42["a","alice_and_bob"]"#);

    assert_eq!(old.drain(), ["close"]);
    assert_eq!(opened[1], "/ auth wanted: p QxYzAbC");
    assert_eq!(answer, ["/ connected s pid p recovered"]);
    assert_eq!(offset(&new, heir).as_deref(), Some("QxYzAbC"));
}

#[test]
fn too_many_early_events_end_in_a_fresh_session() {
    let (mut driver, main) = recoverable_with(Config { max_early_events: 2, ..config() });
    driver.receive(r#"42["a","QxYzAbC"]"#);
    reopen(&mut driver);
    driver.receive(r#"42["b"]"#);
    driver.receive(r#"42["c"]"#);

    let lines = driver.receive(r#"42["d"]"#);
    let recovery = driver.manager.recovery(main).cloned();
    let next = driver.next_attempt();
    let opened = driver.receive(HANDSHAKE);

    assert_eq!(
        lines,
        ["close", "/ connect error: Lost(Parse(EarlyEventsTooMany))", "closed: parse error"]
    );
    assert_eq!(recovery, None);
    assert_eq!(next[0], "reconnect attempt 1");
    assert_eq!(opened[1], "/ auth wanted");
}

fn recoverable() -> (Driver, NamespaceId) {
    recoverable_with(config())
}

fn recoverable_with(config: Config) -> (Driver, NamespaceId) {
    let mut driver = Driver::new(config);
    let main = driver.namespace("/");
    driver.connect(main);
    driver.receive(HANDSHAKE);
    assert_eq!(driver.receive(RECOVERABLE), ["/ connected s pid p"]);
    (driver, main)
}

fn reopen(driver: &mut Driver) -> Vec<String> {
    driver.lose_socket();
    driver.next_attempt();
    driver.receive(HANDSHAKE)
}

fn offset(driver: &Driver, id: NamespaceId) -> Option<String> {
    driver.manager.recovery(id)?.offset.clone()
}

fn recovery(pid: &str, offset: Option<&str>) -> Recovery {
    Recovery { pid: pid.to_owned(), offset: offset.map(str::to_owned) }
}
