//! What is sent again, and what fails instead.

use super::*;
use crate::socketio::Deduplication;

#[test]
fn an_emit_that_may_be_repeated_is_sent_again_until_it_is_acknowledged() {
    let mut rig = Rig::connected();
    rig.emit_as(Delivery::AtLeastOnce, 1);
    rig.endpoint.accepted(rig.last_request());
    rig.emit_as(Delivery::AtLeastOnce, 2);
    let lost = rig.last_request();

    rig.lose_hub(lost);
    rig.hear(connected("s2", 2));
    rig.endpoint.accepted(rig.last_request());
    rig.hear_text(acked(1), Some("[]"));
    rig.hear_text(acked(2), Some("[]"));
    rig.lose_hub(RequestNo::FIRST);
    rig.hear(connected("s3", 3));

    assert_eq!(ids(&rig.up.requests), [1, 2, 1, 2]);
    assert_eq!(
        rig.notices(),
        [
            "sent 1",
            "disconnected transport close",
            "connected s2 false",
            "sent 2",
            "acked 1 []",
            "acked 2 []",
            "disconnected transport close",
            "connected s3 false",
        ]
    );
}

#[test]
fn an_acknowledgement_that_comes_while_an_emit_is_sent_again_takes_it_back() {
    let mut rig = Rig::connected();
    rig.emit_as(Delivery::AtLeastOnce, 1);
    rig.lose_hub(rig.last_request());
    rig.hear(connected("s2", 2));

    rig.hear_text(acked(1), Some("[]"));

    assert_eq!(rig.up.withdrawn, [rig.last_request()]);
}

#[test]
fn without_an_acknowledgement_what_was_handed_over_is_not_sent_again() {
    let mut rig = Rig::connected();
    for id in [1, 2] {
        let emit = Emit { delivery: Delivery::AtLeastOnce, ..plain(id) };
        rig.endpoint.emit(SOCKET, emit, &mut rig.up);
    }
    rig.endpoint.accepted(rig.up.requests[0].0);

    rig.lose_hub(rig.last_request());
    rig.hear(connected("s2", 2));

    assert_eq!(ids(&rig.up.requests), [1, 2, 2]);
}

#[test]
fn a_session_that_begins_before_the_fate_of_an_emit_is_known_gets_it_all_the_same() {
    let mut rig = Rig::connected();
    rig.emit_as(Delivery::AtLeastOnce, 1);
    let lost = rig.last_request();
    rig.endpoint.connection_lost();
    rig.hear(connected("s2", 2));

    rig.endpoint.fate_unknown(lost, &mut rig.up);

    assert_eq!(ids(&rig.up.requests), [1, 1]);
}

#[test]
fn an_emit_for_exactly_once_fails_where_the_server_does_not_recognise_repetitions() {
    let mut rig = Rig::connected();

    rig.emit_as(Delivery::ExactlyOnce, 1);

    assert!(rig.up.requests.is_empty());
    assert_eq!(rig.notices(), ["failed 1 unsupported"]);
}

#[test]
fn an_emit_for_exactly_once_is_sent_again_while_the_server_remembers_it() {
    let mut rig = Rig::with_memory("m1");
    rig.emit_as(Delivery::ExactlyOnce, 1);
    rig.lose_hub(rig.last_request());
    rig.up.now = Instant::default() + Duration::from_millis(999);

    rig.hear(remembering("m1", 2));

    assert_eq!(ids(&rig.up.requests), [1, 1]);
}

#[test]
fn an_emit_for_exactly_once_fails_when_the_server_may_have_forgotten_it() {
    for (memory, after) in [("m1", 1000), ("m2", 0)] {
        let mut rig = Rig::with_memory("m1");
        rig.emit_as(Delivery::ExactlyOnce, 1);
        rig.lose_hub(rig.last_request());
        rig.notices();
        rig.up.now = Instant::default() + Duration::from_millis(after);

        rig.hear(remembering(memory, 2));

        assert_eq!(ids(&rig.up.requests), [1]);
        assert_eq!(rig.notices(), ["failed 1 unknown, perhaps sent", "connected s1 false"]);
    }
}

#[test]
fn what_a_hub_did_not_send_is_new_to_any_memory() {
    let mut rig = Rig::with_memory("m1");
    rig.emit_as(Delivery::ExactlyOnce, 1);
    rig.hear(disconnected(End::Lost));

    rig.hear(remembering("m2", 2));

    assert_eq!(ids(&rig.up.requests), [1, 1]);
}

#[test]
fn what_one_hub_may_have_sent_stays_doubtful_when_the_next_did_not_send_it() {
    let mut rig = Rig::with_memory("m1");
    rig.emit_as(Delivery::ExactlyOnce, 1);
    rig.lose_hub(rig.last_request());
    rig.hear(remembering("m1", 2));
    rig.hear(disconnected(End::Lost));

    rig.hear(remembering("m2", 3));

    assert_eq!(ids(&rig.up.requests), [1, 1]);
}

#[test]
fn disconnecting_gives_up_what_may_have_arrived_and_keeps_what_waits() {
    let mut rig = Rig::connected();
    rig.emit_as(Delivery::AtLeastOnce, 1);
    rig.endpoint.accepted(rig.last_request());
    rig.endpoint.disconnect(SOCKET, &mut rig.up);
    rig.emit_as(Delivery::AtLeastOnce, 2);

    rig.endpoint.connect(SOCKET, "/rt", &mut rig.up);

    assert_eq!(ids(&rig.up.requests), [1, 2]);
    assert_eq!(
        rig.notices(),
        [
            "sent 1",
            "disconnected io client disconnect",
            "failed 1 disconnected, perhaps sent",
            "connected s1 false",
        ]
    );
}

impl Rig {
    fn with_memory(memory: &str) -> Self {
        let mut rig = Self::new();
        rig.hear(remembering(memory, 1));
        rig.notices();
        rig
    }

    fn emit_as(&mut self, delivery: Delivery, id: u32) {
        let emit = Emit { delivery, wants_ack: true, ..plain(id) };
        self.endpoint.emit(SOCKET, emit, &mut self.up);
    }

    /// The hub dies; there is another, and nobody knows what became of request `no`.
    fn lose_hub(&mut self, no: RequestNo) {
        self.endpoint.connection_lost();
        self.endpoint.fate_unknown(no, &mut self.up);
        self.endpoint.hub_found();
    }
}

fn remembering(memory: &str, generation: u64) -> Down {
    let deduplication = Some(Deduplication { memory: memory.into(), keep: 1000 });
    let session = Session { deduplication, ..session("s1", generation) };
    Down::Connected { namespace: name(), session, recovered: false }
}

fn acked(id: u32) -> Down {
    Down::Acked { namespace: name(), id: EmitId(id) }
}
