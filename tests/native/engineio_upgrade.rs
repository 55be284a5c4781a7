//! How a session moves from long-polling to a WebSocket.

use tabcast::engineio::{Config, Frame, Input, Transport, Transports};

use crate::engineio_rig::{Rig, both, handshake, seconds, with};

const NOTHING: [&str; 0] = [];

#[test]
fn a_socket_is_opened_beside_polling_where_server_and_owner_want_that() {
    let mut rig = Rig::new(both());
    rig.drain();

    let lines = rig.answer_poll(200, &handshake(&["websocket"]));

    assert_eq!(lines, ["opened s over polling", "open socket", "poll"]);
    assert_eq!(rig.urls[1], "wss://host/socket.io/?EIO=4&transport=websocket&sid=s");
}

#[test]
fn no_socket_is_opened_that_was_not_offered_or_not_wanted() {
    let config = both();
    let transports = Transports { upgrade: false, ..config.transports.clone() };
    let unwanted = Config { transports, ..config };
    for (config, upgrades) in [
        (both(), vec![]),
        (both(), vec!["webtransport", "polling"]),
        (with(&[Transport::Polling]), vec!["websocket"]),
        (unwanted, vec!["websocket"]),
    ] {
        let mut rig = Rig::new(config);
        rig.drain();

        let lines = rig.answer_poll(200, &handshake(&upgrades));

        assert_eq!(lines, ["opened s over polling", "poll"], "{upgrades:?}");
    }
}

#[test]
fn the_session_moves_when_the_get_has_ended() {
    let mut rig = probing();

    let lines = [
        rig.input(Input::SocketOpened),
        rig.receive("3probe"),
        rig.answer_poll(200, "6"),
        rig.receive("4a"),
        rig.send("b"),
    ];

    assert_eq!(lines[0], ["send 2probe"]);
    assert_eq!(lines[1], ["upgrading to websocket"]);
    assert_eq!(lines[2], ["send 5", "upgraded to websocket"]);
    assert_eq!(lines[3], ["message a"]);
    assert_eq!(lines[4], ["send 4b"]);
}

#[test]
fn the_session_moves_when_the_post_has_ended_too() {
    for get_first in [true, false] {
        let mut rig = probing();
        rig.send("a");
        rig.input(Input::SocketOpened);
        rig.receive("3probe");

        let (first, second) = if get_first {
            (rig.answer_poll(200, "6"), rig.answer_post(200, "ok"))
        } else {
            (rig.answer_post(200, "ok"), rig.answer_poll(200, "6"))
        };

        assert_eq!(first, NOTHING);
        assert_eq!(second, ["send 5", "upgraded to websocket"]);
    }
}

#[test]
fn nothing_is_lost_or_overtaken_on_the_way() {
    let mut rig = probing();
    rig.send("a");
    rig.input(Input::SocketOpened);

    let lines = [
        rig.send("b"),
        rig.receive("3probe"),
        rig.send("c"),
        rig.send_binary(&[1]),
        rig.answer_post(200, "ok"),
        rig.answer_poll(200, "4x\u{1e}4y"),
        rig.receive("4z"),
    ];

    assert_eq!(lines[0], NOTHING);
    assert_eq!(lines[1], ["upgrading to websocket"]);
    assert_eq!([lines[2].clone(), lines[3].clone()].concat(), NOTHING);
    assert_eq!(lines[4], NOTHING, "what waits goes over the socket");
    assert_eq!(
        lines[5],
        [
            "message x",
            "message y",
            "send 5",
            "upgraded to websocket",
            "send 4b",
            "send 4c",
            "send [1]"
        ]
    );
    assert_eq!(lines[6], ["message z"]);
}

#[test]
fn while_it_probes_the_session_goes_on_over_polling() {
    let mut rig = probing();
    rig.input(Input::SocketOpened);

    assert_eq!(rig.answer_poll(200, "4a\u{1e}2"), ["message a", "post 3", "ping", "poll"]);
    assert_eq!(rig.answer_post(200, "ok"), NOTHING);
    assert_eq!(rig.send("b"), ["post 4b"]);
}

#[test]
fn a_wrong_answer_ends_the_probe_and_nothing_else() {
    for answer in ["3", "3probe2", "3prob", "2probe", "4probe", "", "é", "0{}"] {
        let mut rig = probing();
        rig.input(Input::SocketOpened);

        let lines = rig.receive(answer);

        assert_eq!(lines, ["close socket", "upgrade failed: probe error"], "{answer}");
        assert_goes_on(rig);
    }
    let mut rig = probing();
    rig.input(Input::SocketOpened);
    let binary = rig.input(Input::FrameReceived(Frame::Binary(b"3probe".to_vec())));
    assert_eq!(binary, ["close socket", "upgrade failed: probe error"]);
    assert_goes_on(rig);
}

#[test]
fn a_socket_that_fails_ends_the_probe_and_nothing_else() {
    for (fact, message) in [
        (Input::SocketFailed, "upgrade failed: probe error: Error: websocket error"),
        (closed_socket(), "upgrade failed: probe error: transport closed"),
    ] {
        let mut rig = probing();

        let lines = rig.input(fact);

        assert_eq!(lines, ["close socket", message]);
        assert_goes_on(rig);
    }
}

// The reference client stops polling for good here.
#[test]
fn a_socket_that_is_lost_while_it_switches_brings_the_session_back_to_polling() {
    let mut waiting = switching();
    let mut polled = switching();
    polled.send("a");
    polled.send("b");
    let mut posting = probing();
    posting.send("a");
    posting.input(Input::SocketOpened);
    posting.receive("3probe");
    posting.answer_poll(200, "4x");

    let failed = "upgrade failed: probe error: transport closed";
    assert_eq!(waiting.input(closed_socket()), ["close socket", failed]);
    assert_eq!(polled.input(closed_socket()), ["close socket", failed, "post 4a|4b"]);
    assert_eq!(posting.input(closed_socket()), ["close socket", failed, "poll"]);
    assert_goes_on(waiting);
}

#[test]
fn the_end_of_the_session_is_the_end_of_the_probe() {
    let failed = "upgrade failed: probe error: socket closed";
    let forced = "closed: forced close (forced close)";

    assert_eq!(probing().close(), ["close socket", failed, "end 1", forced]);
    let mut switching = switching();
    switching.send("a");
    assert_eq!(switching.close(), ["close socket", failed, "end 4a 1", forced]);
    assert_eq!(
        probing().answer_poll(400, ""),
        ["close socket", failed, "end 1", "closed: xhr poll error (transport error)"]
    );
    assert_eq!(
        probing().advance(seconds(45)),
        ["close socket", failed, "end 1", "closed: ping timeout (ping timeout)"]
    );
}

#[test]
fn a_session_that_has_moved_is_one_of_its_socket() {
    let mut lost = upgraded();
    let mut closed = upgraded();
    let mut late = upgraded();

    assert_eq!(
        lost.input(closed_socket()),
        ["closed: websocket connection closed (transport close)"]
    );
    assert_eq!(closed.close(), ["close socket", "closed: forced close (forced close)"]);
    assert_eq!(late.answer_poll(400, ""), NOTHING, "no request is under way");
    assert_eq!(late.receive("1"), NOTHING, "as over any WebSocket");
    assert_eq!(late.receive("2"), ["send 3", "ping"]);
}

#[test]
fn a_socket_may_be_told_to_send_text_only() {
    let config = both();
    let mut transports = Transports { order: vec![Transport::WebSocket], ..config.transports };
    transports.websocket.base64 = true;
    let mut rig = Rig::new(Config { transports, ..Config::new("wss://host/?EIO=4") });
    rig.drain();
    rig.receive(&handshake(&[]));

    assert_eq!(rig.send_binary(&[1, 2]), ["send bAQI="]);
    assert_eq!(rig.receive("bAQI="), ["message [1, 2]"]);
    assert_eq!(rig.urls, ["wss://host/?EIO=4&transport=websocket&b64=1"]);
}

fn probing() -> Rig {
    Rig::polling(both(), &["websocket"])
}

fn switching() -> Rig {
    let mut rig = probing();
    rig.input(Input::SocketOpened);
    rig.receive("3probe");
    rig
}

fn upgraded() -> Rig {
    let mut rig = switching();
    assert_eq!(rig.answer_poll(200, "6"), ["send 5", "upgraded to websocket"]);
    rig
}

fn closed_socket() -> Input<tabcast::host::Native> {
    Input::SocketClosed { code: 1006, reason: String::new() }
}

/// Packets travel by HTTP, both ways.
fn assert_goes_on(mut rig: Rig) {
    assert_eq!(rig.send("on"), ["post 4on"]);
    assert_eq!(rig.answer_post(200, "ok"), NOTHING);
    assert_eq!(rig.answer_poll(200, "4on"), ["message on", "poll"]);
    assert_eq!(rig.receive("4stale"), NOTHING);
}
