//! Opening, losing and reopening the connection.

use core::time::Duration;

use tabcast::backoff;
use tabcast::engineio::Input as Fact;
use tabcast::machine::Machine;
use tabcast::socketio::{Config, Input, Status};

use crate::socketio_support::{Driver, HANDSHAKE, OPEN, config, seconds};

#[test]
fn connecting_opens_the_connection_and_then_the_namespace() {
    let mut driver = Driver::new(config());
    let main = driver.namespace("/");

    let opening = driver.connect(main);
    let handshake = driver.receive(HANDSHAKE);
    let answer = driver.receive(r#"40{"sid":"s"}"#);

    assert_eq!(opening, [OPEN]);
    assert_eq!(handshake, ["opened engine", "/ auth wanted", "send 40"]);
    assert_eq!(answer, ["/ connected s"]);
    assert_eq!(driver.manager.status(), Status::Open);
}

#[test]
fn a_lost_connection_is_opened_again() {
    let (mut driver, main) = Driver::connected();

    let lost = driver.lose_socket();
    let connected = driver.manager.is_connected(main);
    let attempt = driver.next_attempt();
    let opened = driver.receive(HANDSHAKE);
    let answer = driver.receive(r#"40{"sid":"t"}"#);

    assert_eq!(lost, ["/ disconnected: transport close", "closed: transport close"]);
    assert!(!connected);
    assert_eq!(attempt, ["reconnect attempt 1", OPEN]);
    assert_eq!(opened, ["opened engine", "/ auth wanted", "reconnected 1", "send 40"]);
    assert_eq!(answer, ["/ connected t"]);
}

#[test]
fn failures_count_attempts_and_double_the_delay() {
    let mut driver = Driver::new(config());
    let main = driver.namespace("/");
    driver.connect(main);

    let first = driver.socket(Fact::SocketFailed);
    let mut delays = Vec::new();
    let mut rest = Vec::new();
    for _ in 0..5 {
        let before = driver.now;
        rest.push(driver.next_attempt());
        delays.push(driver.now.saturating_since(before).as_secs());
        rest.push(driver.socket(Fact::SocketFailed));
    }

    let error = "/ connect error: OpenFailed(SocketFailed)";
    assert_eq!(first, ["close", error, "open failed: websocket error"]);
    assert_eq!(delays, [1, 2, 4, 5, 5]);
    for (number, lines) in rest.chunks(2).enumerate() {
        assert_eq!(lines[0], [&format!("reconnect attempt {}", number + 1), OPEN]);
        assert_eq!(
            lines[1],
            ["close", error, "open failed: websocket error", "reconnect error: websocket error"]
        );
    }
}

#[test]
fn the_delay_starts_over_after_a_success() {
    let (mut driver, _) = Driver::connected();
    driver.lose_socket();
    driver.next_attempt();
    driver.socket(Fact::SocketFailed);
    driver.next_attempt();
    driver.receive(HANDSHAKE);

    driver.lose_socket();
    let before = driver.now;
    let attempt = driver.next_attempt();

    assert_eq!(attempt, ["reconnect attempt 1", OPEN]);
    assert_eq!(driver.now.saturating_since(before), seconds(1));
}

#[test]
fn after_the_last_allowed_attempt_the_manager_stays_closed() {
    let mut driver = Driver::new(Config { attempts: Some(1), ..config() });
    let main = driver.namespace("/");
    driver.connect(main);
    driver.socket(Fact::SocketFailed);
    driver.next_attempt();

    let last = driver.socket(Fact::SocketFailed);
    let status = driver.manager.status();
    let again = driver.connect(main);
    driver.socket(Fact::SocketFailed);
    let counted_anew = driver.next_attempt();

    assert_eq!(
        last,
        [
            "close",
            "/ connect error: OpenFailed(SocketFailed)",
            "open failed: websocket error",
            "reconnect failed",
            "reconnect error: websocket error"
        ]
    );
    assert_eq!(status, Status::Closed);
    assert_eq!(again, [OPEN]);
    assert_eq!(counted_anew, ["reconnect attempt 1", OPEN]);
}

#[test]
fn without_reconnection_a_lost_connection_stays_closed() {
    let (mut driver, _) = Driver::connected_with(Config { reconnection: false, ..config() });

    let lost = driver.lose_socket();

    assert_eq!(lost, ["/ disconnected: transport close", "closed: transport close"]);
    assert_eq!(driver.manager.poll_timeout(), None);
    assert_eq!(driver.manager.status(), Status::Closed);
}

#[test]
fn without_reconnection_a_failure_is_final() {
    let mut driver = Driver::new(Config { reconnection: false, ..config() });
    let main = driver.namespace("/");
    driver.connect(main);

    let failed = driver.socket(Fact::SocketFailed);

    assert_eq!(
        failed,
        ["close", "/ connect error: OpenFailed(SocketFailed)", "open failed: websocket error"]
    );
    assert_eq!(driver.manager.poll_timeout(), None);
}

#[test]
fn opening_that_takes_too_long_fails() {
    let mut driver = Driver::new(Config { timeout: Some(seconds(3)), ..config() });
    let main = driver.namespace("/");
    driver.connect(main);

    let lines = driver.advance(seconds(3));

    assert_eq!(
        lines,
        ["close", "/ connect error: OpenFailed(OpenTimeout)", "open failed: timeout"]
    );
    assert_eq!(driver.manager.status(), Status::Waiting);
}

#[test]
fn a_timeout_and_delays_of_zero_do_not_spin() {
    let backoff = backoff::Config { min: Duration::ZERO, max: Duration::ZERO, jitter: 0.5 };
    let timeout = Some(Duration::ZERO);
    let mut driver = Driver::new(Config { timeout, backoff, ..config() });
    let main = driver.namespace("/");
    driver.connect(main);

    let lines = driver.advance(Duration::from_millis(10));

    let attempts = lines.iter().filter(|line| line.starts_with("reconnect attempt")).count();
    assert_eq!(attempts, 10);
}

#[test]
fn a_missing_ping_closes_and_reconnects() {
    let (mut driver, _) = Driver::connected();

    let lines = driver.advance(seconds(45));

    assert_eq!(lines, ["close", "/ disconnected: ping timeout", "closed: ping timeout"]);
    assert_eq!(driver.next_attempt(), ["reconnect attempt 1", OPEN]);
}

#[test]
fn pings_keep_the_connection() {
    let (mut driver, _) = Driver::connected();

    for _ in 0..10 {
        assert_eq!(driver.advance(seconds(25)), Vec::<String>::new());
        assert_eq!(driver.receive("2"), ["send 3", "ping"]);
    }
}

// socket.io-client 4.8.0, #5134.
#[test]
fn an_event_after_a_suspension_is_handed_back() {
    let (mut driver, main) = Driver::connected();
    driver.sleep(seconds(3600));

    let sent = driver.manager.send_event(main, None, &"[\"a\"]".to_owned(), &[], driver.now);

    assert!(sent.is_err());
    assert_eq!(driver.drain(), ["close", "/ disconnected: ping timeout", "closed: ping timeout"]);
}

#[test]
fn resuming_after_a_suspension_reconnects_at_once() {
    let (mut driver, _) = Driver::connected();
    driver.sleep(seconds(3600));

    let lines = driver.input(Input::Resumed);

    assert_eq!(
        lines,
        [
            "close",
            "/ disconnected: ping timeout",
            "closed: ping timeout",
            "reconnect attempt 1",
            OPEN
        ]
    );
}

#[test]
fn resuming_with_a_live_connection_does_nothing() {
    let (mut driver, _) = Driver::connected();
    driver.sleep(seconds(10));

    assert_eq!(driver.input(Input::Resumed), Vec::<String>::new());
    assert_eq!(driver.input(Input::WentOnline), Vec::<String>::new());
}

#[test]
fn whatever_promises_success_cuts_the_delay_short() {
    let begun = ["reconnect attempt 1", OPEN];
    let (mut waiting, main) = Driver::connected();
    waiting.lose_socket();

    let mut online = waiting.clone();
    let mut resumed = waiting.clone();
    let mut opened = waiting.clone();
    opened.manager.open(opened.now);

    assert_eq!(online.input(Input::WentOnline), begun);
    assert_eq!(resumed.input(Input::Resumed), begun);
    assert_eq!(opened.drain(), begun);
    assert_eq!(waiting.connect(main), begun);
}

#[test]
fn a_cut_delay_is_not_followed_by_a_second_attempt() {
    let (mut driver, _) = Driver::connected();
    driver.lose_socket();
    driver.input(Input::WentOnline);

    let again = driver.input(Input::WentOnline);
    let later = driver.advance(seconds(10));

    assert_eq!(again, Vec::<String>::new());
    assert_eq!(later, Vec::<String>::new());
}

#[test]
fn going_offline_loses_the_connection() {
    let (mut driver, _) = Driver::connected();

    let lines = driver.input(Input::WentOffline);

    assert_eq!(lines, ["close", "/ disconnected: transport close", "closed: transport close"]);
}

// The reference client waits for its timeout here.
#[test]
fn going_offline_while_opening_fails_at_once() {
    let mut driver = Driver::new(config());
    let main = driver.namespace("/");
    driver.connect(main);

    let lines = driver.input(Input::WentOffline);

    assert_eq!(
        lines,
        [
            "close",
            "/ connect error: OpenFailed(NetworkLost)",
            "open failed: network connection lost"
        ]
    );
}

#[test]
fn a_connection_to_localhost_does_not_need_a_network() {
    for url in ["ws://localhost:3000/socket.io/?EIO=4", "ws://localhost/", "ws://u@localhost?a"] {
        let (mut driver, _) = Driver::connected_with(Config::new(url));

        assert_eq!(driver.input(Input::WentOffline), Vec::<String>::new(), "{url}");
    }
}

#[test]
fn closing_stops_everything_until_it_is_opened_again() {
    let (mut driver, _) = Driver::connected();

    driver.manager.close(driver.now);
    let closed = driver.drain();
    let timeout = driver.manager.poll_timeout();
    driver.manager.open(driver.now);
    let opening = driver.drain();
    let opened = driver.receive(HANDSHAKE);

    assert_eq!(closed, ["close", "/ disconnected: forced close", "closed: forced close"]);
    assert_eq!(timeout, None);
    assert_eq!(opening, [OPEN]);
    assert_eq!(opened, ["opened engine", "/ auth wanted", "send 40"]);
}

#[test]
fn closing_stops_a_waiting_reconnection() {
    let (mut driver, _) = Driver::connected();
    driver.lose_socket();

    driver.manager.close(driver.now);

    assert_eq!(driver.drain(), ["closed: forced close"]);
    assert_eq!(driver.manager.poll_timeout(), None);
    assert_eq!(driver.input(Input::WentOnline), Vec::<String>::new());
}

#[test]
fn closing_while_opening_is_no_failure() {
    let mut driver = Driver::new(config());
    let main = driver.namespace("/");
    driver.connect(main);

    driver.manager.close(driver.now);

    assert_eq!(driver.drain(), ["close", "closed: forced close"]);
}

#[test]
fn opening_twice_opens_one_connection() {
    let (mut driver, _) = Driver::connected();

    driver.manager.open(driver.now);

    assert_eq!(driver.drain(), Vec::<String>::new());
}

#[test]
fn facts_about_an_old_socket_do_not_touch_the_new_one() {
    let (mut driver, main) = Driver::connected();
    driver.advance(seconds(45));
    driver.next_attempt();
    driver.receive(HANDSHAKE);
    driver.receive(r#"40{"sid":"t"}"#);

    for fact in [
        Fact::SocketClosed { code: 1006, reason: String::new() },
        Fact::SocketFailed,
        Fact::FrameReceived(tabcast::engineio::Frame::Text("41".to_owned())),
    ] {
        assert_eq!(driver.old_socket(0, fact), Vec::<String>::new());
    }

    assert!(driver.manager.is_connected(main));
}

#[test]
fn abandoning_closes_the_socket_and_says_nothing() {
    let (mut driver, main) = Driver::connected();

    driver.manager.abandon();
    let lines = driver.drain();

    assert_eq!(lines, ["close"]);
    assert_eq!(driver.manager.poll_timeout(), None);
    assert!(!driver.manager.is_connected(main));
    assert_eq!(driver.connect(main), [OPEN]);
}

#[test]
fn jitter_does_not_die_out_over_many_attempts() {
    let mut config = Config { seed: 3, ..Config::new("wss://host") };
    config.timeout = None;
    let mut driver = Driver::new(config);
    let main = driver.namespace("/");
    driver.connect(main);

    let mut delays = Vec::new();
    for _ in 0..30 {
        driver.socket(Fact::SocketFailed);
        let before = driver.now;
        driver.next_attempt();
        delays.push(driver.now.saturating_since(before));
    }

    let late = &delays[10..];
    assert!(late.iter().all(|delay| (2500..=5000).contains(&delay.as_millis())));
    assert!(late.iter().filter(|delay| **delay == seconds(5)).count() < 3);
}
