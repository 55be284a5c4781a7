//! Packets that the app encodes and decodes.

use std::borrow::Cow;

use tabcast::engineio::Frame;
use tabcast::host::Native;
use tabcast::socketio::packet::{Header, Packet, PacketType};
use tabcast::socketio::{CodecFact, Config, Input, NamespaceId, NotConnected, Status};

use super::socketio_support::{Driver, HANDSHAKE, OPEN, config, seconds};

fn foreign() -> Config {
    Config { foreign_codec: true, ..config() }
}

fn packet(packet_type: PacketType, ack: Option<u64>, payload: &str) -> Packet<Native> {
    let header = Header { packet_type, attachments: 0, namespace: Cow::Borrowed("/"), ack };
    Packet { header, payload: Some(payload.to_owned()), attachments: Vec::new() }
}

fn decoded(
    driver: &mut Driver,
    packet_type: PacketType,
    ack: Option<u64>,
    payload: &str,
) -> Vec<String> {
    let fact = CodecFact::Decoded(packet(packet_type, ack, payload));
    driver.input(Input::Codec(fact))
}

fn encoded(driver: &mut Driver, messages: Vec<Frame<Native>>) -> Vec<String> {
    driver.input(Input::Codec(CodecFact::Encoded(messages)))
}

/// A manager whose main namespace is connected.
fn connected() -> (Driver, NamespaceId) {
    let mut driver = Driver::new(foreign());
    let main = driver.namespace("/");
    driver.connect(main);
    driver.receive(HANDSHAKE);
    encoded(&mut driver, vec![Frame::Binary(vec![0])]);
    decoded(&mut driver, PacketType::Connect, None, r#"{"sid":"s"}"#);
    assert!(driver.manager.is_connected(main));
    (driver, main)
}

fn emit(driver: &mut Driver, id: NamespaceId, ack: Option<u64>) -> Result<(), NotConnected> {
    driver.manager.send_event(id, ack, &"value".to_owned(), &[], driver.now)
}

#[test]
fn a_namespace_connects_by_what_the_codec_makes_of_it() {
    let mut driver = Driver::new(foreign());
    let main = driver.namespace("/");
    driver.auth = Some(Some(r#"{"token":"t"}"#.to_owned()));

    let opening = driver.connect(main);
    let asked = driver.receive(HANDSHAKE);
    let sent = encoded(&mut driver, vec![Frame::Binary(vec![7])]);
    let answer = driver.receive_binary(&[8, 9]);
    let connected = decoded(&mut driver, PacketType::Connect, None, r#"{"sid":"s"}"#);

    assert_eq!(opening, [OPEN]);
    assert_eq!(asked, ["opened engine", "/ auth wanted", r#"encode Connect / {"token":"t"}"#]);
    assert_eq!(sent, ["send [7]"]);
    assert_eq!(answer, ["decode [8, 9]"]);
    assert_eq!(connected, ["/ connected s"]);
}

#[test]
fn a_packet_may_be_several_messages_and_a_text() {
    let (mut driver, main) = connected();

    let asked = emit(&mut driver, main, Some(3)).map(|()| driver.drain());
    let sent = encoded(
        &mut driver,
        vec![Frame::Text("head".to_owned()), Frame::Binary(vec![1]), Frame::Binary(vec![2])],
    );

    assert_eq!(asked, Ok(vec!["encode Event / ack 3 value".to_owned()]));
    assert_eq!(sent, ["send 4head", "send [1]", "send [2]"]);
}

#[test]
fn a_text_is_decoded_without_the_type_of_its_engine_packet() {
    let (mut driver, _) = connected();

    assert_eq!(driver.receive("4hello"), ["decode hello"]);
}

#[test]
fn events_and_answers_come_as_they_are() {
    let (mut driver, _) = connected();

    let event = decoded(&mut driver, PacketType::Event, Some(5), "values");
    let answer = decoded(&mut driver, PacketType::Ack, Some(3), "values");
    let elsewhere = {
        let mut packet = packet(PacketType::Event, None, "values");
        packet.header.namespace = Cow::Borrowed("/other");
        driver.input(Input::Codec(CodecFact::Decoded(packet)))
    };

    assert_eq!(event, ["/ received ack 5 values"]);
    assert_eq!(answer, ["/ acked 3 values"]);
    assert_eq!(elsewhere, Vec::<String>::new());
}

#[test]
fn an_answer_of_the_app_is_encoded() {
    let (mut driver, main) = connected();

    let sent = driver.manager.send_ack(main, 5, &"values".to_owned(), &[], driver.now);

    assert_eq!((sent, driver.drain()), (Ok(()), vec!["encode Ack / ack 5 values".to_owned()]));
}

#[test]
fn what_cannot_be_decoded_ends_the_session_and_the_decoder_begins_anew() {
    let (mut driver, _) = connected();

    let lines = driver.input(Input::Codec(CodecFact::Undecodable));

    assert_eq!(lines, ["close", "reset", "/ disconnected: parse error", "closed: parse error"]);
    assert_eq!(driver.next_attempt(), ["reconnect attempt 1", OPEN]);
}

#[test]
fn a_lost_session_leaves_no_half_packet_behind() {
    let (mut driver, _) = connected();

    let lines = driver.lose_socket();

    assert_eq!(lines, ["reset", "/ disconnected: transport close", "closed: transport close"]);
}

#[test]
fn what_was_encoded_for_a_session_that_is_gone_is_not_sent_over_the_next() {
    let (mut driver, main) = connected();
    assert_eq!(emit(&mut driver, main, None), Ok(()));
    driver.drain();
    driver.lose_socket();

    let lines = encoded(&mut driver, vec![Frame::Binary(vec![1])]);

    assert_eq!(lines, Vec::<String>::new());
}

#[test]
fn nothing_is_encoded_for_a_heartbeat_that_has_run_out() {
    let (mut driver, main) = connected();
    driver.sleep(seconds(46));

    let sent = emit(&mut driver, main, None);

    assert_eq!(sent, Err(NotConnected));
    assert_eq!(
        driver.drain(),
        ["close", "reset", "/ disconnected: ping timeout", "closed: ping timeout"]
    );
}

#[test]
fn who_leaves_says_so_before_the_connection_ends() {
    let (mut driver, main) = connected();

    let left = driver.disconnect(main);
    let closed = encoded(&mut driver, vec![Frame::Binary(vec![1])]);

    assert_eq!(left, ["encode Disconnect / -", "/ disconnected: io client disconnect"]);
    assert_eq!(closed, ["send [1]", "close", "reset", "closed: forced close"]);
    assert_eq!(driver.manager.status(), Status::Closed);
}

#[test]
fn what_was_emitted_is_sent_before_the_owner_closes() {
    let (mut driver, main) = connected();
    assert_eq!(emit(&mut driver, main, None), Ok(()));
    assert_eq!(emit(&mut driver, main, None), Ok(()));
    driver.drain();

    driver.manager.close(driver.now);
    let first = encoded(&mut driver, vec![Frame::Binary(vec![1])]);
    let second = encoded(&mut driver, Vec::new());

    assert_eq!(first, ["send [1]"]);
    assert_eq!(second, ["close", "reset", "/ disconnected: forced close", "closed: forced close"]);
}

#[test]
fn who_opens_again_before_all_was_sent_gets_another_session() {
    let (mut driver, main) = connected();
    driver.disconnect(main);

    let lines = driver.connect(main);

    assert_eq!(lines, ["close", "reset", "closed: forced close", OPEN]);
}

#[test]
fn no_session_is_recovered() {
    let mut driver = Driver::new(foreign());
    let main = driver.namespace("/");
    driver.connect(main);
    driver.receive(HANDSHAKE);
    decoded(&mut driver, PacketType::Connect, None, r#"{"sid":"s","pid":"p"}"#);
    decoded(&mut driver, PacketType::Event, None, r#"["a","offset"]"#);

    assert_eq!(driver.manager.recovery(main), None);
}
