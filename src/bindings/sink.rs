//! The JavaScript object that hears what a `Connection` has to say.

use std::rc::Rc;

use js_sys::{Array, JsString};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use super::object::tell;
use crate::client::{Failure, LinkEvent, Notice, Shortcut};
use crate::engineio::{Frame, Traffic};
use crate::tabs::{Role, Roster, SoloReason, TabId};
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
            let why = reason.as_str();
            let args = [socket.0.into(), id.0.into(), why.into(), may_have_arrived.into()];
            tell(sink, "ackFailed", &args)
        }
        Notice::Connected { socket, sid, recovered } => {
            tell(sink, "connected", &[socket.0.into(), text(&sid), recovered.into()])
        }
        Notice::ConnectError { socket, payload, active } => {
            tell(sink, "connectError", &[socket.0.into(), payload.as_js().into(), active.into()])
        }
        Notice::Disconnected { socket, reason, detail, refusal } => {
            let refusal = refusal.map(|json| json.as_js().clone());
            let detail = detail.as_deref();
            let args = [socket.0.into(), text(&reason), detail.into(), refusal.into()];
            tell(sink, "disconnected", &args)
        }
        Notice::AuthWanted { request, socket, recovery, remote } => {
            let (pid, offset) = recovery.unzip();
            let offset: Option<Rc<str>> = offset.flatten();
            let (pid, offset) = (pid.as_deref().into(), offset.as_deref().into());
            let args = [request.number().into(), socket.0.into(), pid, offset, remote.into()];
            tell(sink, "authWanted", &args)
        }
        Notice::Shortcuts { limit, shortcuts } => {
            let all = shortcuts.into_iter();
            let all = all.map(|Shortcut { socket, event, ack, takes_events }| {
                Array::of4(&socket.0.into(), &event.into(), &ack.into(), &takes_events.into())
            });
            tell(sink, "shortcuts", &[(limit as f64).into(), all.collect::<Array>().into()])
        }
        Notice::Congested(congested) => tell(sink, "congested", &[congested.into()]),
        Notice::LoggedOut => tell(sink, "loggedOut", &[]),
        Notice::Link(event) => call_link(sink, event),
        Notice::Traffic(Traffic::Received(packet)) => {
            tell(sink, "packetReceived", &[frame(&packet)])
        }
        Notice::Traffic(Traffic::Created(packet)) => tell(sink, "packetCreated", &[frame(&packet)]),
        Notice::Traffic(Traffic::Flushed) => tell(sink, "flushed", &[]),
        Notice::Traffic(Traffic::Drained) => tell(sink, "drained", &[]),
        Notice::Tabs { tab, role, term, leader, roster } => {
            tell_tabs(sink, tab, role, term, leader, roster)
        }
        Notice::Interest { key, held } => tell(sink, "interest", &[text(&key), held.into()]),
    }
}

/// Says how the tabs share a connection or a stream.
pub(super) fn tell_tabs(
    sink: &JsValue,
    tab: TabId,
    role: Role,
    term: u64,
    leader: Option<TabId>,
    roster: Roster,
) -> Result<(), JsValue> {
    let (role, off) = role_names(role);
    let leader = leader.map(|leader| leader.to_string());
    let (count, visible) = (roster.count as u32, roster.visible as u32);
    let args = [
        role.into(),
        (term as f64).into(),
        count.into(),
        visible.into(),
        leader.into(),
        tab.to_string().into(),
        off.into(),
    ];
    tell(sink, "tabs", &args)
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
        LinkEvent::Opened { sid, transport } => {
            tell(sink, "opened", &[text(&sid), transport.as_str().into()])
        }
        LinkEvent::Upgrading(transport) => tell(sink, "upgrading", &[transport.as_str().into()]),
        LinkEvent::Upgraded(transport) => tell(sink, "upgraded", &[transport.as_str().into()]),
        LinkEvent::UpgradeFailed { message } => tell(sink, "upgradeFailed", &[text(&message)]),
        LinkEvent::OpenFailed(failure) => tell(sink, "openFailed", &parts(failure)),
        LinkEvent::Closed { reason, failure: Some(failure) } => {
            let [message, status, refusal] = parts(failure);
            tell(sink, "closed", &[text(&reason), message, status, refusal])
        }
        LinkEvent::Closed { reason, failure: None } => tell(sink, "closed", &[text(&reason)]),
        LinkEvent::Ping => tell(sink, "ping", &[]),
        LinkEvent::ReconnectAttempt(n) => tell(sink, "reconnectAttempt", &[n.into()]),
        LinkEvent::ReconnectError(failure) => tell(sink, "reconnectError", &parts(failure)),
        LinkEvent::ReconnectFailed => tell(sink, "reconnectFailed", &[]),
        LinkEvent::Reconnected(n) => tell(sink, "reconnected", &[n.into()]),
    }
}

fn parts(failure: Failure) -> [JsValue; 3] {
    [failure.message.into(), failure.status.into(), failure.refusal.into()]
}

fn text(text: &str) -> JsValue {
    text.into()
}

const fn role_names(role: Role) -> (&'static str, Option<&'static str>) {
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
    /// `ConnectionSink` of `js/src/core/connection.ts`. What comes seldom is told by name (`tell`).
    #[wasm_bindgen]
    pub type Sink;

    // What comes with every message is not caught, which costs a closure: there the listeners of
    // the app are called one by one, and what they throw goes no further.
    #[wasm_bindgen(method)]
    fn event(this: &Sink, socket: u32, json: &JsString, attachments: Option<Array>, ack: f64);

    #[wasm_bindgen(method)]
    fn acked(this: &Sink, socket: u32, id: u32, json: &JsString, attachments: Option<Array>);

    #[wasm_bindgen(method)]
    fn sent(this: &Sink, socket: u32, id: u32);
}
