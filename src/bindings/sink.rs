//! The JavaScript object that hears what a `Connection` has to say.

use std::rc::Rc;

use js_sys::{Array, JsString};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::client::{LinkEvent, Notice, Shortcut};
use crate::engineio::{Frame, Traffic};
use crate::tabs::{Role, SoloReason};
use crate::web::browser::{Browser, JsBytes};
use crate::web::report::report;

/// Passes one notice on. What the listener throws is reported and stops nothing.
pub(super) fn hear(sink: &Sink, notice: Notice<Browser>) {
    if let Err(error) = call(sink, notice) {
        report(&error);
    }
}

fn call(sink: &Sink, notice: Notice<Browser>) -> Result<(), JsValue> {
    match notice {
        Notice::Event { socket, payload, attachments, ack } => {
            let ack = ack.map_or(-1.0, |ack| ack as f64);
            sink.event(socket.0, payload.as_js(), buffers(&attachments), ack);
            Ok(())
        }
        Notice::Acked { socket, id, payload, attachments } => {
            sink.acked(socket.0, id.0, payload.as_js(), buffers(&attachments));
            Ok(())
        }
        Notice::Sent { socket, id } => {
            sink.sent(socket.0, id.0);
            Ok(())
        }
        Notice::EmitFailed { socket, id, reason, may_have_arrived } => {
            sink.ack_failed(socket.0, id.0, reason.as_str(), may_have_arrived)
        }
        Notice::Connected { socket, sid, recovered } => sink.connected(socket.0, &sid, recovered),
        Notice::ConnectError { socket, payload, active } => {
            sink.connect_error(socket.0, payload.as_js(), active)
        }
        Notice::Disconnected { socket, reason, detail, refusal } => {
            let refusal = refusal.map(|json| json.as_js().clone());
            sink.disconnected(socket.0, &reason, detail.as_deref(), refusal)
        }
        Notice::AuthWanted { request, socket, recovery, remote } => {
            let (pid, offset) = recovery.unzip();
            let offset: Option<Rc<str>> = offset.flatten();
            let (pid, offset) = (pid.map(|pid| pid.to_string()), offset.map(|o| o.to_string()));
            sink.auth_wanted(request.number(), socket.0, pid, offset, remote)
        }
        Notice::Shortcuts { limit, shortcuts } => {
            let all = shortcuts.into_iter();
            let all = all.map(|Shortcut { socket, event, ack, takes_events }| {
                Array::of4(&socket.0.into(), &event.into(), &ack.into(), &takes_events.into())
            });
            sink.shortcuts(limit as f64, all.collect())
        }
        Notice::Congested(congested) => sink.congested(congested),
        Notice::LoggedOut => sink.logged_out(),
        Notice::Link(event) => call_link(sink, event),
        Notice::Traffic(Traffic::Received(packet)) => sink.packet_received(&frame(&packet)),
        Notice::Traffic(Traffic::Created(packet)) => sink.packet_created(&frame(&packet)),
        Notice::Traffic(Traffic::Flushed) => sink.flushed(),
        Notice::Traffic(Traffic::Drained) => sink.drained(),
        Notice::Tabs { tab, role, term, leader, roster } => {
            let (role, off) = role_names(role);
            let leader = leader.map(|leader| leader.to_string());
            let (count, visible) = (roster.count as u32, roster.visible as u32);
            sink.tabs(role, term as f64, count, visible, leader, &tab.to_string(), off)
        }
        Notice::Interest { key, held } => sink.interest(&key, held),
    }
}

/// A packet as JavaScript has it: text that begins with its type, or a buffer.
pub(super) fn frame(packet: &Frame<Browser>) -> JsValue {
    match packet {
        Frame::Text(text) => text.as_js().into(),
        Frame::Binary(bytes) => bytes.as_js().into(),
    }
}

fn call_link(sink: &Sink, event: LinkEvent) -> Result<(), JsValue> {
    match event {
        LinkEvent::Opened { sid, transport } => sink.opened(&sid, transport.as_str()),
        LinkEvent::Upgrading(transport) => sink.upgrading(transport.as_str()),
        LinkEvent::Upgraded(transport) => sink.upgraded(transport.as_str()),
        LinkEvent::UpgradeFailed { message } => sink.upgrade_failed(&message),
        LinkEvent::OpenFailed(failure) => {
            sink.open_failed(&failure.message, failure.status, failure.refusal)
        }
        LinkEvent::Closed { reason, failure: Some(failure) } => {
            sink.closed(&reason, Some(failure.message), failure.status, failure.refusal)
        }
        LinkEvent::Closed { reason, failure: None } => sink.closed(&reason, None, None, None),
        LinkEvent::Ping => sink.ping(),
        LinkEvent::ReconnectAttempt(n) => sink.reconnect_attempt(n),
        LinkEvent::ReconnectError(failure) => {
            sink.reconnect_error(&failure.message, failure.status, failure.refusal)
        }
        LinkEvent::ReconnectFailed => sink.reconnect_failed(),
        LinkEvent::Reconnected(n) => sink.reconnected(n),
    }
}

pub(super) const fn role_names(role: Role) -> (&'static str, Option<&'static str>) {
    match role {
        Role::Joining | Role::Left => ("joining", None),
        Role::Leader => ("leader", None),
        Role::Follower => ("follower", None),
        Role::Solo(reason) => ("solo", Some(reason_name(reason))),
    }
}

const fn reason_name(reason: SoloReason) -> &'static str {
    match reason {
        SoloReason::NoChannel => "no BroadcastChannel",
        SoloReason::NoLocks => "insecure context",
        SoloReason::NoUserKey => "no scope",
        SoloReason::OpaqueOrigin => "opaque origin",
        SoloReason::SwitchedOff => "switched off",
    }
}

fn buffers(attachments: &[JsBytes]) -> Option<Array> {
    (!attachments.is_empty()).then(|| attachments.iter().map(JsBytes::as_js).collect())
}

#[wasm_bindgen]
extern "C" {
    /// `ConnectionSink` of `js/src/core/connection.ts`.
    #[wasm_bindgen]
    pub type Sink;

    #[wasm_bindgen(method, catch)]
    fn connected(this: &Sink, socket: u32, sid: &str, recovered: bool) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = connectError)]
    fn connect_error(
        this: &Sink,
        socket: u32,
        json: &JsString,
        active: bool,
    ) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn disconnected(
        this: &Sink,
        socket: u32,
        reason: &str,
        detail: Option<&str>,
        refusal: Option<JsString>,
    ) -> Result<(), JsValue>;

    // What comes with every message is not caught, which costs a closure: there the listeners of
    // the app are called one by one, and what they throw goes no further.
    #[wasm_bindgen(method)]
    fn event(this: &Sink, socket: u32, json: &JsString, attachments: Option<Array>, ack: f64);

    #[wasm_bindgen(method)]
    fn acked(this: &Sink, socket: u32, id: u32, json: &JsString, attachments: Option<Array>);

    #[wasm_bindgen(method, catch, js_name = ackFailed)]
    fn ack_failed(
        this: &Sink,
        socket: u32,
        id: u32,
        why: &str,
        may_have_arrived: bool,
    ) -> Result<(), JsValue>;

    #[wasm_bindgen(method)]
    fn sent(this: &Sink, socket: u32, id: u32);

    #[wasm_bindgen(method, catch)]
    fn shortcuts(this: &Sink, limit: f64, shortcuts: Array) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn congested(this: &Sink, congested: bool) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = authWanted)]
    fn auth_wanted(
        this: &Sink,
        request: u32,
        socket: u32,
        pid: Option<String>,
        offset: Option<String>,
        remote: bool,
    ) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = loggedOut)]
    fn logged_out(this: &Sink) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn opened(this: &Sink, sid: &str, transport: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn upgrading(this: &Sink, transport: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn upgraded(this: &Sink, transport: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = upgradeFailed)]
    fn upgrade_failed(this: &Sink, message: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = openFailed)]
    fn open_failed(
        this: &Sink,
        message: &str,
        status: Option<u16>,
        refusal: Option<String>,
    ) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn closed(
        this: &Sink,
        reason: &str,
        detail: Option<String>,
        status: Option<u16>,
        refusal: Option<String>,
    ) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = packetReceived)]
    fn packet_received(this: &Sink, packet: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = packetCreated)]
    fn packet_created(this: &Sink, packet: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn flushed(this: &Sink) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn drained(this: &Sink) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn ping(this: &Sink) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = reconnectAttempt)]
    fn reconnect_attempt(this: &Sink, n: u32) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = reconnectError)]
    fn reconnect_error(
        this: &Sink,
        message: &str,
        status: Option<u16>,
        refusal: Option<String>,
    ) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = reconnectFailed)]
    fn reconnect_failed(this: &Sink) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn reconnected(this: &Sink, n: u32) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn tabs(
        this: &Sink,
        role: &str,
        term: f64,
        count: u32,
        visible: u32,
        leader: Option<String>,
        tab: &str,
        off: Option<&str>,
    ) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn interest(this: &Sink, key: &str, held: bool) -> Result<(), JsValue>;
}
