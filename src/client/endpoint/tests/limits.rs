//! What does not fit, and what is held back while the connection is slow.

use super::*;

const TWO: EmitLimits = EmitLimits { emits: 2, units: 1000, drop_oldest: false };

#[test]
fn an_emit_that_finds_no_room_fails() {
    let mut rig = Rig::with_limits(TWO);

    for id in 1..=3 {
        rig.emit(id, false);
    }
    rig.hear(connected("s1", 1));

    assert_eq!(ids(&rig.up.requests), [1, 2]);
    assert_eq!(rig.notices(), ["failed 3 full", "connected s1 false"]);
}

#[test]
fn what_waits_for_an_acknowledgement_takes_room_until_it_comes() {
    let mut rig = Rig::with_limits(TWO);
    rig.hear(connected("s1", 1));
    for id in 1..=2 {
        rig.emit(id, true);
        rig.endpoint.accepted(rig.last_request());
    }
    rig.notices();

    rig.emit(3, false);
    rig.hear_text(Down::Acked { namespace: name(), id: EmitId(1) }, Some("[]"));
    rig.emit(4, false);

    assert_eq!(rig.notices(), ["failed 3 full", "acked 1 []"]);
    assert_eq!(ids(&rig.up.requests), [1, 2, 4]);
}

#[test]
fn the_oldest_that_waits_for_a_connection_makes_room_where_that_is_wanted() {
    let mut rig = Rig::with_limits(EmitLimits { drop_oldest: true, ..TWO });

    for id in 1..=3 {
        rig.emit(id, false);
    }
    rig.hear(connected("s1", 1));
    rig.emit(4, false);

    // What is with the hub makes no room.
    assert_eq!(ids(&rig.up.requests), [2, 3]);
    assert_eq!(rig.notices(), ["failed 1 full", "connected s1 false", "failed 4 full"]);
}

#[test]
fn the_size_of_what_may_have_to_be_sent_again_counts() {
    // Each has seven units.
    let mut rig = Rig::with_limits(EmitLimits { units: 14, ..EmitLimits::default() });
    rig.hear(connected("s1", 1));
    rig.notices();
    let again = Emit { delivery: Delivery::AtLeastOnce, wants_ack: true, ..plain(1) };
    rig.endpoint.emit(SOCKET, again, &mut rig.up);
    rig.endpoint.accepted(rig.last_request());
    rig.emit(2, true);
    rig.endpoint.accepted(rig.last_request());

    rig.emit(3, true);
    rig.emit(4, true);

    assert_eq!(ids(&rig.up.requests), [1, 2, 3]);
    assert_eq!(rig.notices(), ["sent 1", "sent 2", "failed 4 full"]);
}

#[test]
fn an_emit_whose_answer_the_hub_forgot_is_of_unknown_fate() {
    let mut rig = Rig::connected();
    rig.emit(1, true);
    rig.endpoint.accepted(rig.last_request());

    rig.hear(Down::Forgotten { namespace: name(), id: EmitId(1) });

    assert_eq!(rig.notices(), ["sent 1", "failed 1 unknown, perhaps sent"]);
}

#[test]
fn the_app_hears_once_that_the_connection_is_slow_and_volatile_emits_are_dropped() {
    let mut rig = Rig::connected();

    rig.hear(Down::Congested(true));
    rig.hear(Down::Congested(true));
    rig.endpoint.emit(SOCKET, volatile(), &mut rig.up);
    rig.emit(2, false);
    rig.hear(Down::Congested(false));

    assert_eq!(ids(&rig.up.requests), [2]);
    assert_eq!(rig.notices(), ["congested true", "failed 1 disconnected", "congested false"]);
}

#[test]
fn a_slow_connection_ends_with_its_hub_and_is_known_to_whoever_joins() {
    let mut rig = Rig::connected();
    let mut mirror = Mirror::default();
    mirror.note(&Down::Congested(true));

    rig.endpoint.adopt(mirror, &mut rig.up);
    rig.endpoint.connection_lost();

    assert_eq!(
        rig.notices(),
        ["disconnected transport close", "congested true", "congested false"]
    );
}
