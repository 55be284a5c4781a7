//! What the connection says, for the tabs to hear.

use std::rc::Rc;

use super::{Hub, Output, error_payload};
use crate::client::message::{Down, End, Failure, LinkEvent, Message, Session};
use crate::engineio::CloseReason;
use crate::host::{Host, Text};
use crate::socketio::{ConnectError, DisconnectReason, Event, NamespaceId};
use crate::tabs::Audience;
use crate::time::Instant;

impl<H: Host> Hub<H> {
    pub(super) fn handle_event(&mut self, event: Event<H>, now: Instant) {
        match event {
            Event::Received { namespace, payload, attachments, ack } => {
                self.received(namespace, payload, attachments, ack);
            }
            Event::Acked { namespace, ack, payload, attachments } => {
                self.acked(namespace, ack, payload, attachments);
            }
            Event::AuthWanted { namespace, request, recovery } => {
                self.auth_wanted(namespace, request, recovery, now);
            }
            Event::Connected { namespace, sid, pid, recovered, deduplication } => {
                self.generation = self.generation.wrapping_add(1);
                let generation = self.generation;
                let Some(namespace) = self.namespaces.get_mut(&namespace) else { return };
                namespace.generation = Some(generation);
                let (sid, pid) = (Rc::from(sid), pid.map(Rc::from));
                let session = Session { sid, pid, generation, deduplication };
                let namespace = Rc::clone(&namespace.name);
                self.tell(Down::Connected { namespace, session, recovered });
            }
            Event::ConnectError { namespace, error } => self.connect_error(namespace, error),
            Event::Disconnected { namespace, reason, refusal } => {
                let Some(namespace) = self.namespaces.get_mut(&namespace) else { return };
                namespace.generation = None;
                namespace.awaiting.clear();
                namespace.answerable.clear();
                let end = match reason {
                    DisconnectReason::ByServer => End::Expelled,
                    DisconnectReason::ByClient => End::Left,
                    _ => End::Lost,
                };
                let text = refusal.or_else(|| failed_request::<H>(&reason));
                let (detail, reason) = (reason.detail().map(Rc::from), reason.as_str().into());
                let namespace = Rc::clone(&namespace.name);
                let control = Down::Disconnected { namespace, reason, detail, end };
                let message = Message { control, text, attachments: Vec::new() };
                self.publish(Audience::All, message);
            }
            Event::Opened { sid, transport } => {
                self.tell_attempt(LinkEvent::Opened { sid, transport }, now);
            }
            Event::Traffic(traffic) => self.outputs.push_back(Output::Tell(traffic)),
            Event::Upgrading(transport) => self.tell(Down::Link(LinkEvent::Upgrading(transport))),
            Event::Upgraded(transport) => self.tell(Down::Link(LinkEvent::Upgraded(transport))),
            Event::UpgradeFailed(error) => {
                self.tell(Down::Link(LinkEvent::UpgradeFailed { message: error.to_string() }));
            }
            Event::OpenFailed { error } => {
                self.tell(Down::Link(LinkEvent::OpenFailed((&error).into())));
            }
            Event::Closed { reason } => {
                self.present_no_more(None);
                let failure = match &reason {
                    DisconnectReason::Engine(
                        CloseReason::ByOwner | CloseReason::HeartbeatTimeout,
                    ) => None,
                    DisconnectReason::Engine(reason) => Some(Failure::from(reason)),
                    _ => None,
                };
                let reason = reason.as_str().to_owned();
                self.tell(Down::Link(LinkEvent::Closed { reason, failure }));
            }
            Event::Ping => self.tell(Down::Link(LinkEvent::Ping)),
            Event::ReconnectAttempt(n) => self.tell_attempt(LinkEvent::ReconnectAttempt(n), now),
            Event::ReconnectError(error) => {
                self.tell(Down::Link(LinkEvent::ReconnectError((&error).into())));
            }
            Event::ReconnectFailed => self.tell(Down::Link(LinkEvent::ReconnectFailed)),
            Event::Reconnected(n) => self.tell(Down::Link(LinkEvent::Reconnected(n))),
        }
    }

    fn connect_error(&mut self, id: NamespaceId, error: ConnectError<H>) {
        let Some(namespace) = self.namespaces.get(&id) else { return };
        let active = !matches!(error, ConnectError::Refused(_) | ConnectError::TimedOut);
        let text = match error {
            // All namespaces at once: the link says so.
            ConnectError::OpenFailed(_) => return,
            ConnectError::Refused(Some(payload)) => payload,
            ConnectError::Refused(None) => error_payload::<H>(""),
            ConnectError::TimedOut => error_payload::<H>("timeout"),
            ConnectError::NoSessionId => error_payload::<H>(VERSION_MISMATCH),
            ConnectError::Lost(reason) => error_payload::<H>(reason.as_str()),
        };
        let control = Down::ConnectError { namespace: Rc::clone(&namespace.name), active };
        let message = Message { control, text: Some(text), attachments: Vec::new() };
        self.publish(Audience::All, message);
    }
}

/// JavaScript knows it by this text: an answer without a session id is that of a server of version 2.
const VERSION_MISMATCH: &str = "version mismatch";

/// What is known of the request whose failure ended the session, as JSON.
fn failed_request<H: Host>(reason: &DisconnectReason) -> Option<H::Text> {
    let DisconnectReason::Engine(reason) = reason else { return None };
    let Failure { status, refusal, .. } = reason.into();
    let (status, refusal) = (status?, refusal.unwrap_or_default());
    Some(H::Text::from_core(&format!(r#"{{"status":{status},"message":"{refusal}"}}"#)))
}
