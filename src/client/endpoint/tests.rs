use core::time::Duration;

use super::*;
use crate::client::message::Session;
use crate::client::mirror::Usage;
use crate::client::{Delivery, Emit, EmitId};
use crate::host::Native;

mod delivery;
mod limits;

const SOCKET: SocketId = SocketId(7);

/// An upstream that keeps what it is asked for.
#[derive(Default)]
struct Recorder {
    requests: Vec<(RequestNo, EmitId)>,
    withdrawn: Vec<RequestNo>,
    wanted: Vec<(String, bool)>,
    connects: usize,
    full: bool,
    now: Instant,
}

impl Upstream<Native> for Recorder {
    fn request(&mut self, message: Message<Native, Up>) -> Option<RequestNo> {
        let no = self.requests.last().map_or(RequestNo::FIRST, |(no, _)| no.next());
        self.connects += usize::from(matches!(message.control, Up::Connect));
        let Up::Emit { id, .. } = message.control else { return Some(no) };
        (!self.full).then(|| {
            self.requests.push((no, id));
            no
        })
    }

    fn withdraw(&mut self, no: RequestNo) {
        self.withdrawn.push(no);
    }

    fn want(&mut self, name: &str, wanted: bool) {
        self.wanted.push((name.to_owned(), wanted));
    }

    fn now(&self) -> Instant {
        self.now
    }
}

struct Rig {
    endpoint: Endpoint<Native>,
    up: Recorder,
}

impl Rig {
    fn new() -> Self {
        Self::with_limits(EmitLimits::default())
    }

    fn with_limits(limits: EmitLimits) -> Self {
        let mut rig = Self { endpoint: Endpoint::new(limits), up: Recorder::default() };
        rig.endpoint.hub_found();
        rig.endpoint.connect(SOCKET, "/rt", &mut rig.up);
        rig
    }

    fn connected() -> Self {
        let mut rig = Self::new();
        rig.hear(connected("s1", 1));
        rig.notices();
        rig
    }

    fn hear(&mut self, control: Down) {
        self.hear_text(control, None);
    }

    fn hear_text(&mut self, control: Down, text: Option<&str>) {
        let message = Message { control, text: text.map(str::to_owned), attachments: Vec::new() };
        self.endpoint.handle(message, &mut self.up);
    }

    fn emit(&mut self, id: u32, wants_ack: bool) {
        self.emit_until(id, wants_ack, None);
    }

    fn emit_until(&mut self, id: u32, wants_ack: bool, deadline: Option<Instant>) {
        self.endpoint.emit(SOCKET, Emit { wants_ack, deadline, ..plain(id) }, &mut self.up);
    }

    fn last_request(&self) -> RequestNo {
        self.up.requests.last().unwrap().0
    }

    fn notices(&mut self) -> Vec<String> {
        core::iter::from_fn(|| self.endpoint.poll_notice()).map(|notice| brief(&notice)).collect()
    }
}

fn plain(id: u32) -> Emit<Native> {
    Emit {
        id: EmitId(id),
        payload: format!(r#"["e",{id}]"#),
        attachments: Vec::new(),
        wants_ack: false,
        volatile: false,
        deadline: None,
        delivery: Delivery::AtMostOnce,
    }
}

fn volatile() -> Emit<Native> {
    Emit { wants_ack: true, volatile: true, ..plain(1) }
}

fn brief(notice: &Notice<Native>) -> String {
    match notice {
        Notice::Connected { sid, recovered, .. } => format!("connected {sid} {recovered}"),
        Notice::Disconnected { reason, refusal: Some(json), .. } => {
            format!("disconnected {reason} {json}")
        }
        Notice::Disconnected { reason, .. } => format!("disconnected {reason}"),
        Notice::ConnectError { payload, active, .. } => format!("connect error {payload} {active}"),
        Notice::Event { payload, .. } => format!("event {payload}"),
        Notice::Acked { id, payload, .. } => format!("acked {} {payload}", id.0),
        Notice::EmitFailed { id, reason, may_have_arrived, .. } => {
            let fate = if *may_have_arrived { ", perhaps sent" } else { "" };
            format!("failed {} {}{fate}", id.0, reason.as_str())
        }
        Notice::Sent { id, .. } => format!("sent {}", id.0),
        Notice::Congested(congested) => format!("congested {congested}"),
        other => format!("{other:?}"),
    }
}

fn name() -> Rc<str> {
    "/rt".into()
}

fn connected(sid: &str, generation: u64) -> Down {
    let session = session(sid, generation);
    Down::Connected { namespace: name(), session, recovered: false }
}

fn session(sid: &str, generation: u64) -> Session {
    Session { sid: sid.into(), pid: None, generation, deduplication: None }
}

fn disconnected(end: End) -> Down {
    Down::Disconnected { namespace: name(), reason: "transport close".into(), detail: None, end }
}

fn ids(requests: &[(RequestNo, EmitId)]) -> Vec<u32> {
    requests.iter().map(|(_, id)| id.0).collect()
}

#[test]
fn emits_before_the_connection_go_out_in_order_before_the_app_hears_of_it() {
    let mut rig = Rig::new();
    rig.emit(1, false);
    rig.emit(2, true);

    rig.hear(connected("s1", 1));

    assert_eq!(ids(&rig.up.requests), [1, 2]);
    assert_eq!(rig.notices(), ["connected s1 false"]);
}

#[test]
fn opening_asks_for_what_was_given_up_even_if_the_tab_took_part_all_the_while() {
    let mut rig = Rig::new();
    rig.up.connects = 0;

    rig.endpoint.attach(&mut rig.up);

    assert_eq!(rig.up.connects, 1);
    assert_eq!(rig.up.wanted, [("/rt".to_owned(), true)]);
}

#[test]
fn a_refusal_while_connected_reaches_the_app_with_what_the_server_said() {
    let mut rig = Rig::connected();

    rig.hear_text(disconnected(End::Expelled), Some(r#"{"message":"banned"}"#));

    assert_eq!(rig.notices(), [r#"disconnected transport close {"message":"banned"}"#]);
}

#[test]
fn unsent_emits_survive_a_lost_connection_and_sent_ones_fail() {
    let mut rig = Rig::connected();
    rig.emit(1, true);
    rig.endpoint.accepted(rig.last_request());
    rig.emit(2, true);
    let unsent = rig.last_request();

    rig.hear(disconnected(End::Lost));
    rig.hear(connected("s2", 2));

    assert_eq!(rig.up.withdrawn, [unsent]);
    assert_eq!(ids(&rig.up.requests), [1, 2, 2]);
    assert_eq!(
        rig.notices(),
        [
            "sent 1",
            "disconnected transport close",
            "failed 1 disconnected, perhaps sent",
            "connected s2 false"
        ]
    );
}

#[test]
fn a_session_resumed_under_the_same_sid_is_a_new_connection() {
    let mut rig = Rig::connected();

    rig.hear(disconnected(End::Lost));
    rig.hear(connected("s1", 2));

    assert_eq!(rig.notices(), ["disconnected transport close", "connected s1 false"]);
}

#[test]
fn an_emit_of_unknown_fate_is_not_sent_twice() {
    let mut rig = Rig::connected();
    rig.emit(1, true);

    rig.endpoint.connection_lost();
    rig.endpoint.hub_found();
    rig.endpoint.fate_unknown(rig.last_request(), &mut rig.up);
    rig.hear(connected("s2", 2));

    assert_eq!(ids(&rig.up.requests), [1]);
    assert_eq!(
        rig.notices(),
        ["disconnected transport close", "failed 1 unknown, perhaps sent", "connected s2 false"]
    );
}

#[test]
fn an_acknowledgement_is_heard_once() {
    let mut rig = Rig::connected();
    rig.emit(4, true);
    rig.endpoint.accepted(rig.last_request());

    let acked = Down::Acked { namespace: name(), id: EmitId(4) };
    rig.hear_text(acked.clone(), Some("[1]"));
    rig.hear_text(acked, Some("[1]"));

    assert_eq!(rig.notices(), ["sent 4", "acked 4 [1]"]);
}

#[test]
fn an_acknowledgement_that_comes_too_late_is_a_timeout() {
    let mut rig = Rig::connected();
    let deadline = Instant::default() + Duration::from_secs(1);
    rig.emit_until(4, true, Some(deadline));
    rig.endpoint.accepted(rig.last_request());
    assert_eq!(rig.endpoint.poll_timeout(), Some(deadline));

    rig.endpoint.handle_timeout(deadline, &mut rig.up);
    let acked = Down::Acked { namespace: name(), id: EmitId(4) };
    rig.hear_text(acked, Some("[1]"));

    assert_eq!(rig.notices(), ["sent 4", "failed 4 timeout, perhaps sent"]);
    assert_eq!(rig.endpoint.poll_timeout(), None);
}

#[test]
fn a_timeout_takes_back_what_is_not_sent_yet() {
    let mut rig = Rig::connected();
    let deadline = Instant::default() + Duration::from_secs(1);
    rig.emit_until(4, true, Some(deadline));

    rig.endpoint.handle_timeout(deadline, &mut rig.up);

    assert_eq!(rig.up.withdrawn, [rig.last_request()]);
    assert_eq!(rig.notices(), ["failed 4 timeout, perhaps sent"]);
}

#[test]
fn volatile_emits_are_dropped_while_not_connected() {
    let mut rig = Rig::new();
    let volatile = Emit { wants_ack: false, ..volatile() };

    rig.endpoint.emit(SOCKET, volatile, &mut rig.up);
    rig.hear(connected("s1", 1));

    assert!(rig.up.requests.is_empty());
}

#[test]
fn disconnecting_one_tab_tells_only_its_own_app() {
    let mut rig = Rig::connected();

    rig.endpoint.disconnect(SOCKET, &mut rig.up);
    rig.hear_text(Down::Event { namespace: name(), ack: None, offset: None }, Some("[\"e\"]"));

    assert_eq!(rig.up.wanted, [("/rt".to_owned(), true), ("/rt".to_owned(), false)]);
    assert_eq!(rig.notices(), ["disconnected io client disconnect"]);
}

#[test]
fn a_socket_that_joins_late_is_connected_at_once() {
    let mut rig = Rig::connected();
    rig.endpoint.disconnect(SOCKET, &mut rig.up);
    rig.notices();

    rig.endpoint.connect(SOCKET, "/rt", &mut rig.up);

    assert_eq!(rig.notices(), ["connected s1 false"]);
}

#[test]
fn a_refused_socket_waits_for_the_app() {
    let mut rig = Rig::new();
    let refused = Down::ConnectError { namespace: name(), active: false };

    rig.hear_text(refused, Some(r#"{"message":"no"}"#));
    rig.hear(connected("s1", 1));

    assert_eq!(rig.up.wanted.last(), Some(&("/rt".to_owned(), false)));
    assert_eq!(rig.notices(), [r#"connect error {"message":"no"} false"#]);
}

#[test]
fn the_server_ending_the_session_leaves_the_socket_inactive() {
    let mut rig = Rig::connected();

    rig.hear(disconnected(End::Expelled));

    assert_eq!(rig.up.wanted.last(), Some(&("/rt".to_owned(), false)));
    assert_eq!(rig.notices(), ["disconnected transport close"]);
}

#[test]
fn a_new_hub_ends_all_sessions_before_it_also_those_that_it_knows_nothing_of() {
    let mut rig = Rig::connected();

    rig.hear(Down::Began);

    assert_eq!(rig.notices(), ["disconnected transport close"]);
}

#[test]
fn a_tab_that_was_away_starts_from_what_the_hub_knows() {
    let mut rig = Rig::connected();
    let mut mirror = Mirror::default();
    mirror.note(&connected("s9", 9));

    rig.endpoint.adopt(mirror, &mut rig.up);

    assert_eq!(rig.notices(), ["disconnected transport close", "connected s9 false"]);
}

#[test]
fn detached_sockets_stay_active_and_come_back() {
    let mut rig = Rig::connected();

    rig.endpoint.detach("forced close", &mut rig.up);
    rig.endpoint.attach(&mut rig.up);

    assert_eq!(rig.notices(), ["disconnected forced close", "connected s1 false"]);
    assert_eq!(rig.up.wanted.last(), Some(&("/rt".to_owned(), true)));
}

#[test]
fn detached_sockets_hear_of_no_session() {
    let mut rig = Rig::connected();
    rig.endpoint.detach("forced close", &mut rig.up);
    rig.notices();
    let mut mirror = Mirror::default();
    mirror.note(&connected("s9", 9));

    rig.endpoint.adopt(mirror, &mut rig.up);
    rig.hear(connected("s10", 10));

    assert_eq!(rig.notices(), [""; 0]);
}

#[test]
fn too_many_requests_fail_the_emit() {
    let mut rig = Rig::connected();
    rig.up.full = true;

    rig.emit(1, false);

    assert_eq!(rig.notices(), ["failed 1 full"]);
}

#[test]
fn the_last_words_of_a_dead_hub_do_not_say_that_an_emit_was_not_sent() {
    let mut rig = Rig::connected();
    rig.emit(1, true);

    rig.endpoint.connection_lost();
    rig.hear(disconnected(End::Lost));
    rig.endpoint.hub_found();
    rig.endpoint.fate_unknown(rig.last_request(), &mut rig.up);
    rig.hear(connected("s2", 2));

    assert_eq!(ids(&rig.up.requests), [1]);
    assert_eq!(
        rig.notices(),
        ["disconnected transport close", "failed 1 unknown, perhaps sent", "connected s2 false"]
    );
}

#[test]
fn an_emit_that_the_hub_may_still_send_is_not_asked_for_again_after_a_gap() {
    let mut rig = Rig::connected();
    rig.emit(1, true);
    let mut mirror = Mirror::default();
    mirror.note(&connected("s1", 1));

    rig.endpoint.place_lost();
    rig.endpoint.adopt(mirror, &mut rig.up);
    rig.endpoint.accepted(rig.last_request());

    assert_eq!(ids(&rig.up.requests), [1]);
    assert_eq!(rig.notices(), ["disconnected transport close", "connected s1 false", "sent 1"]);
}

#[test]
fn an_answer_that_may_lie_in_a_gap_is_not_waited_for() {
    let mut rig = Rig::connected();
    rig.emit(1, true);

    rig.endpoint.place_lost();
    rig.endpoint.accepted(rig.last_request());
    rig.endpoint.adopt(Mirror::default(), &mut rig.up);

    assert_eq!(
        rig.notices(),
        ["disconnected transport close", "sent 1", "failed 1 disconnected, perhaps sent"]
    );
}

#[test]
fn a_resumed_session_is_a_new_one_to_a_socket_that_missed_a_part() {
    for missed in [false, true] {
        let mut rig = Rig::connected();
        rig.endpoint.connection_lost();
        if missed {
            rig.endpoint.place_lost();
        }
        rig.endpoint.hub_found();
        rig.notices();

        let session = session("s1", 2);
        rig.hear(Down::Connected { namespace: name(), session, recovered: true });

        assert_eq!(rig.notices(), [format!("connected s1 {}", !missed)]);
    }
}

#[test]
fn a_socket_that_connects_while_others_are_thrown_out_asks_for_a_session_of_its_own() {
    let mut rig = Rig::new();
    rig.up.connects = 0;

    rig.hear(disconnected(End::Expelled));

    assert_eq!(rig.up.connects, 1);
    assert_eq!(rig.up.wanted, [("/rt".to_owned(), true)]);
}

#[test]
fn connecting_is_asked_for_even_if_others_hold_the_namespace_already() {
    let mut rig = Rig::connected();
    rig.hear(disconnected(End::Expelled));
    rig.up.connects = 0;

    rig.endpoint.connect(SOCKET, "/rt", &mut rig.up);

    assert_eq!(rig.up.connects, 1);
}

#[test]
fn disconnecting_gives_up_the_answers_to_what_is_with_the_hub() {
    let mut rig = Rig::connected();
    rig.emit(1, true);
    let asking = rig.last_request();
    rig.emit(2, false);

    rig.endpoint.disconnect(SOCKET, &mut rig.up);
    rig.endpoint.connect(SOCKET, "/rt", &mut rig.up);
    rig.endpoint.accepted(rig.last_request());

    assert_eq!(rig.up.withdrawn, [asking]);
    assert_eq!(ids(&rig.up.requests), [1, 2]);
    assert_eq!(
        rig.notices(),
        [
            "disconnected io client disconnect",
            "failed 1 disconnected, perhaps sent",
            "connected s1 false",
            "sent 2"
        ]
    );
}

#[test]
fn claims_belong_to_the_new_hub_as_soon_as_it_is_heard_of() {
    let mut rig = Rig::new();
    let session = Session { pid: Some("p1".into()), ..session("s1", 1) };
    rig.hear(Down::Connected { namespace: name(), session, recovered: false });

    rig.endpoint.connection_lost();
    rig.endpoint.hub_found();

    let known = rig.endpoint.mirror().namespace("/rt").unwrap();
    assert_eq!(known.recovery.as_ref().unwrap().usage, Usage::Spent);
}

#[test]
fn a_volatile_emit_that_was_not_sent_ends_with_the_session() {
    let mut rig = Rig::connected();
    rig.endpoint.emit(SOCKET, volatile(), &mut rig.up);

    rig.hear(disconnected(End::Lost));

    assert_eq!(rig.up.withdrawn, [rig.last_request()]);
    assert_eq!(rig.notices(), ["failed 1 disconnected", "disconnected transport close"]);
}
