//! Settings that change while a connection is at work.

use core::time::Duration;

use tabcast::engineio::Input as Fact;
use tabcast::machine::Machine;
use tabcast::socketio::{Config, Status};

use super::socketio_support::{Driver, HANDSHAKE, OPEN, config, seconds};

const OTHER: &str = "open wss://other/socket.io/?EIO=4&transport=websocket";

fn other_address() -> Config {
    Config { url: "wss://other/socket.io/?EIO=4".to_owned(), ..config() }
}

/// Takes over `config`; gives what comes of it.
fn configure(driver: &mut Driver, config: Config) -> Vec<String> {
    driver.manager.configure(config, driver.now);
    driver.drain()
}

#[test]
fn switching_reconnection_off_ends_the_wait() {
    let (mut driver, main) = Driver::connected();
    driver.lose_socket();

    let lines = configure(&mut driver, Config { reconnection: false, ..config() });

    assert_eq!(lines, Vec::<String>::new());
    assert_eq!((driver.manager.status(), driver.manager.poll_timeout()), (Status::Closed, None));
    assert_eq!(driver.connect(main), [OPEN]);
}

#[test]
fn a_lost_connection_is_not_tried_again_once_reconnection_is_off() {
    let (mut driver, _) = Driver::connected();
    configure(&mut driver, Config { reconnection: false, ..config() });

    let lines = driver.lose_socket();

    assert_eq!(lines, ["/ disconnected: transport close", "closed: transport close"]);
    assert_eq!(driver.manager.poll_timeout(), None);
}

#[test]
fn switching_reconnection_on_counts_for_the_next_loss() {
    let (mut driver, _) = Driver::connected_with(Config { reconnection: false, ..config() });
    configure(&mut driver, config());

    driver.lose_socket();

    assert_eq!(driver.next_attempt(), ["reconnect attempt 1", OPEN]);
}

#[test]
fn other_delays_count_for_the_next_wait() {
    let (mut driver, _) = Driver::connected();
    let mut longer = config();
    longer.backoff.min = seconds(3);
    longer.backoff.max = seconds(4);
    configure(&mut driver, longer);
    let mut delays = Vec::new();

    driver.lose_socket();
    for _ in 0..3 {
        let before = driver.now;
        driver.next_attempt();
        delays.push(driver.now.saturating_since(before));
        driver.socket(Fact::SocketFailed);
    }

    assert_eq!(delays, [seconds(3), seconds(4), seconds(4)]);
}

#[test]
fn a_smaller_number_of_attempts_counts_at_once() {
    let (mut driver, _) = Driver::connected();
    driver.lose_socket();
    driver.next_attempt();

    configure(&mut driver, Config { attempts: Some(1), ..config() });
    let lines = driver.socket(Fact::SocketFailed);

    assert_eq!(
        lines,
        [
            "close",
            "/ connect error: OpenFailed(SocketFailed)",
            "open failed: websocket error",
            "reconnect failed",
            "reconnect error: websocket error",
        ]
    );
    assert_eq!(driver.manager.poll_timeout(), None);
}

#[test]
fn another_timeout_counts_for_the_next_attempt() {
    let (mut driver, _) = Driver::connected();
    driver.lose_socket();
    configure(&mut driver, Config { timeout: Some(seconds(2)), ..config() });
    driver.next_attempt();

    let before_it = driver.advance(seconds(2) - Duration::from_millis(1));
    let lines = driver.advance(Duration::from_millis(1));

    assert_eq!(before_it, Vec::<String>::new());
    assert_eq!(
        lines,
        [
            "close",
            "/ connect error: OpenFailed(OpenTimeout)",
            "open failed: timeout",
            "reconnect error: timeout",
        ]
    );
}

#[test]
fn another_address_counts_for_the_next_session() {
    let (mut driver, main) = Driver::connected();

    let lines = configure(&mut driver, other_address());

    assert_eq!(lines, Vec::<String>::new());
    assert!(driver.manager.is_connected(main));
    driver.lose_socket();
    assert_eq!(driver.next_attempt(), ["reconnect attempt 1", OTHER]);
}

#[test]
fn a_session_that_is_being_opened_is_begun_anew_for_another_address() {
    let mut driver = Driver::new(config());
    let main = driver.namespace("/");
    driver.connect(main);

    let lines = configure(&mut driver, other_address());

    assert_eq!(lines, ["close", OTHER]);
    driver.receive(HANDSHAKE);
    driver.receive(r#"40{"sid":"s"}"#);
    assert!(driver.manager.is_connected(main));
}

#[test]
fn a_session_that_is_being_opened_goes_on_if_only_reconnection_changes() {
    let mut driver = Driver::new(config());
    let main = driver.namespace("/");
    driver.connect(main);

    let lines = configure(&mut driver, Config { attempts: Some(3), ..config() });

    assert_eq!(lines, Vec::<String>::new());
    assert_eq!(driver.receive(HANDSHAKE), ["opened engine", "/ auth wanted", "send 40"]);
}

#[test]
fn an_attempt_keeps_its_number_when_it_is_begun_anew() {
    let (mut driver, _) = Driver::connected();
    driver.lose_socket();
    driver.next_attempt();

    let lines = configure(&mut driver, other_address());
    let opened = driver.receive(HANDSHAKE);

    assert_eq!(lines, ["close", OTHER]);
    assert_eq!(opened, ["opened engine", "/ auth wanted", "reconnected 1", "send 40"]);
}

#[test]
fn the_time_for_an_answer_to_connect_counts_for_the_next_connect() {
    let mut driver = Driver::new(config());
    let main = driver.namespace("/");
    driver.connect(main);
    configure(&mut driver, Config { connect_timeout: Some(seconds(1)), ..config() });
    driver.receive(HANDSHAKE);

    let lines = driver.advance(seconds(1));

    assert_eq!(lines, ["close", "closed: forced close", "/ connect error: TimedOut"]);
}

#[test]
fn another_limit_of_attachments_counts_for_the_next_packet() {
    let (mut driver, _) = Driver::connected();
    let two = r#"452-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#;
    driver.receive(two);
    driver.receive_binary(&[1]);

    configure(&mut driver, Config { max_attachments: 1, ..config() });
    let begun = driver.receive_binary(&[2]);
    let refused = driver.receive(two);

    assert_eq!(
        begun,
        [r#"/ received ["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}] [1] [2]"#]
    );
    assert_eq!(refused, ["close", "/ disconnected: parse error", "closed: parse error"]);
}
