//! What packets of the server do to a manager.

use std::borrow::Cow;

use super::{Manager, Outgoing, REST, Timer};
use crate::engineio::Message;
use crate::host::{Host, Json, Text};
use crate::socketio::namespace::State;
use crate::socketio::packet::{Header, Packet, PacketType};
use crate::socketio::{
    ConnId, ConnectError, Deduplication, DisconnectReason, Event, NamespaceId, ParseError,
};
use crate::time::Instant;

impl<H: Host> Manager<H> {
    pub(super) fn receive(&mut self, message: Message<H>, now: Instant) {
        if self.link.has_foreign_codec() {
            return self.decode(message);
        }
        let decoded = match message {
            Message::Text(frame) => self.decoder.add_text(&frame, Message::<H>::START),
            Message::Binary(bytes) => self.decoder.add_binary(bytes),
        };
        match decoded {
            Ok(Some(packet)) => self.route(packet, now),
            Ok(None) => {}
            Err(error) => self.fail(error, now),
        }
    }

    /// Takes in the text frame of an event that has no attachments and asks for no acknowledgement,
    /// for a namespace that is connected, and gives that and the payload; the time does not matter
    /// for it. Any other frame is for [`handle_input`](crate::machine::Machine::handle_input).
    pub fn take_plain(&mut self, conn: ConnId, frame: &H::Text) -> Option<(NamespaceId, H::Text)> {
        if self.link.has_foreign_codec() || !self.link.is_plain_message(conn, frame) {
            return None;
        }
        let (header, payload) = self.decoder.peek_plain(frame, Message::<H>::START)?;
        let namespace = NamespaceId(self.position(&header.namespace)?);
        if !self.is_connected(namespace) {
            return None;
        }
        let payload = payload.filter(|_| header.ack.is_none())?;
        self.note_offset(namespace, &payload);
        Some((namespace, payload))
    }

    /// How many units a text frame may have that, if it came in now and were an event or an
    /// acknowledgement of this namespace without attachments, would have no other effect than to be
    /// [`Event::Received`] or [`Event::Acked`]; `None` if there is no such frame.
    ///
    /// If the session can be recovered ([`recovery`](Self::recovery)), an event has one: it is
    /// noted how far the session has come.
    pub fn plain_limit(&self, id: NamespaceId) -> Option<usize> {
        let is_plain = self.is_connected(id) && self.decoder.is_idle();
        self.link.plain_limit().filter(|_| is_plain && !self.link.has_foreign_codec())
    }

    /// How the frame begins of a packet without attachments, up to the id of an acknowledgement.
    pub fn head(packet_type: PacketType, name: &str) -> String {
        let namespace = Cow::Borrowed(name);
        Message::<H>::head(Header { packet_type, attachments: 0, namespace, ack: None })
    }

    /// The connection answers for nothing that concerns a namespace it does not know.
    pub(super) fn route(&mut self, packet: Packet<H>, now: Instant) {
        let Some(index) = self.position(&packet.header.namespace) else { return };
        let id = NamespaceId(index);
        match packet.header.packet_type {
            PacketType::Connect => self.handle_connect(id, packet.payload, now),
            PacketType::ConnectError => self.handle_connect_error(id, packet.payload, now),
            PacketType::Disconnect => self.handle_disconnect(id, now),
            PacketType::Event => self.handle_event(id, packet, now),
            PacketType::Ack => self.handle_ack(id, packet),
        }
    }

    fn handle_connect(&mut self, id: NamespaceId, payload: Option<H::Text>, now: Instant) {
        let Some(namespace) = self.namespaces.get_mut(id.0) else { return };
        match namespace.state {
            State::Detached | State::Resting => {}
            State::Leaving => self.decline(id, now),
            State::AuthPending(_) | State::Connecting | State::Connected => {
                let Some(joined) =
                    payload.map_or(Some(Joined::default()), |text| Joined::of(&text))
                else {
                    return self.fail(ParseError::PayloadInvalid, now);
                };
                self.timers.stop(Timer::Answer(id));
                match joined.sid {
                    Some(sid) => self.join(id, sid, joined.pid, joined.tabcast),
                    None => self.report_old_server(id),
                }
            }
        }
    }

    /// Answers a CONNECT that succeeded after it was given up.
    fn decline(&mut self, id: NamespaceId, now: Instant) {
        if self.send_packet(id, Outgoing::bare(PacketType::Disconnect), now).is_ok()
            && let Some(namespace) = self.namespaces.get_mut(id.0)
        {
            namespace.state = State::Resting;
            self.timers.set(Timer::Rest(id), now + REST);
        }
    }

    /// What was given up is over; if the owner wants the namespace again, now is the time.
    pub(super) fn settle(&mut self, id: NamespaceId) {
        if let Some(namespace) = self.namespaces.get_mut(id.0) {
            namespace.detach();
        }
        self.ask_for_auth(id);
    }

    fn join(
        &mut self,
        id: NamespaceId,
        sid: String,
        pid: Option<String>,
        deduplication: Option<Deduplication>,
    ) {
        let pid = pid.filter(|_| !self.link.has_foreign_codec());
        let Some(namespace) = self.namespaces.get_mut(id.0) else { return };
        let (recovered, early) = namespace.join(pid.clone());
        for packet in early {
            self.deliver(id, packet);
        }
        self.emit(Event::Connected { namespace: id, sid, pid, recovered, deduplication });
    }

    /// The namespace stays wanted, as in the reference client, and connects with the next session.
    fn report_old_server(&mut self, id: NamespaceId) {
        if let Some(namespace) = self.namespaces.get_mut(id.0)
            && namespace.state != State::Connected
        {
            namespace.detach();
        }
        self.emit(Event::ConnectError { namespace: id, error: ConnectError::NoSessionId });
    }

    fn handle_connect_error(&mut self, id: NamespaceId, payload: Option<H::Text>, now: Instant) {
        let Some(namespace) = self.namespaces.get_mut(id.0) else { return };
        match namespace.state {
            State::Detached | State::Resting => {}
            State::Leaving => self.settle(id),
            State::AuthPending(_) | State::Connecting => {
                self.expel(id, now);
                let error = ConnectError::Refused(payload);
                self.emit(Event::ConnectError { namespace: id, error });
            }
            // The reference client stays "connected" here, without a connection.
            State::Connected => {
                self.expel(id, now);
                let reason = DisconnectReason::ByServer;
                let refusal = Some(payload.unwrap_or_else(|| H::Text::from_core("null")));
                self.emit(Event::Disconnected { namespace: id, reason, refusal });
            }
        }
    }

    fn handle_disconnect(&mut self, id: NamespaceId, now: Instant) {
        let Some(namespace) = self.namespaces.get_mut(id.0) else { return };
        let reason = DisconnectReason::ByServer;
        match namespace.state {
            State::Detached | State::Resting => {}
            State::Leaving => self.settle(id),
            State::AuthPending(_) | State::Connecting => {
                self.expel(id, now);
                let error = ConnectError::Lost(reason);
                self.emit(Event::ConnectError { namespace: id, error });
            }
            State::Connected => {
                // A session that the server ended is not kept by it.
                namespace.session = None;
                self.expel(id, now);
                self.emit(Event::Disconnected { namespace: id, reason, refusal: None });
            }
        }
    }

    /// The server does not want the namespace: it stays disconnected until the owner connects it
    /// again.
    fn expel(&mut self, id: NamespaceId, now: Instant) {
        if let Some(namespace) = self.namespaces.get_mut(id.0) {
            namespace.wanted = false;
            namespace.detach();
        }
        self.timers.stop(Timer::Answer(id));
        self.close_if_unused(now);
    }

    /// No answer to a CONNECT came in time.
    pub(super) fn give_up_connecting(&mut self, id: NamespaceId, now: Instant) {
        if let Some(namespace) = self.namespaces.get_mut(id.0) {
            namespace.leave();
            self.close_if_unused(now);
            self.emit(Event::ConnectError { namespace: id, error: ConnectError::TimedOut });
        }
    }

    fn handle_event(&mut self, id: NamespaceId, packet: Packet<H>, now: Instant) {
        let Some(namespace) = self.namespaces.get_mut(id.0) else { return };
        match namespace.state {
            State::Connected => self.deliver(id, packet),
            State::AuthPending(_) | State::Connecting => {
                if namespace.early.len() < self.limits.max_early_events {
                    return namespace.early.push(packet);
                }
                // Recovering would bring them all again.
                namespace.session = None;
                self.fail(ParseError::EarlyEventsTooMany, now);
            }
            State::Detached | State::Leaving | State::Resting => {}
        }
    }

    fn deliver(&mut self, id: NamespaceId, packet: Packet<H>) {
        let Packet { header, payload: Some(payload), attachments } = packet else { return };
        let ack = header.ack;
        // An event that wants to be acknowledged never carries an offset.
        if ack.is_none() && !self.link.has_foreign_codec() {
            self.note_offset(id, &payload);
        }
        self.emit(Event::Received { namespace: id, payload, attachments, ack });
    }

    fn note_offset(&mut self, id: NamespaceId, payload: &H::Text) {
        if let Some(namespace) = self.namespaces.get_mut(id.0)
            && let Some(session) = &mut namespace.session
        {
            session.note_event(payload);
        }
    }

    fn handle_ack(&mut self, id: NamespaceId, packet: Packet<H>) {
        let Packet { header, payload, attachments } = packet;
        if let Some(ack) = header.ack
            && self.is_connected(id)
        {
            self.emit(Event::Acked { namespace: id, ack, payload, attachments });
        }
    }
}

/// Payload of the server's CONNECT.
#[derive(Debug, Default)]
struct Joined {
    sid: Option<String>,
    pid: Option<String>,
    tabcast: Option<Deduplication>,
}

impl Joined {
    /// Reads an object whose members, where it has them, are of their types.
    fn of(payload: &impl Text) -> Option<Self> {
        let json = payload.parse_json()?;
        let id = |name| match json.member(name) {
            Some(id) => id.text().map(Some),
            None => Some(None),
        };
        let tabcast = match json.member("tabcast") {
            Some(promise) => Some(deduplication(&promise)?),
            None => None,
        };
        Some(Self { sid: id("sid")?, pid: id("pid")?, tabcast })
    }
}

fn deduplication(promise: &impl Json) -> Option<Deduplication> {
    let memory = promise.member("memory")?.text()?.into();
    Some(Deduplication { memory, keep: promise.member("keep")?.count()?.try_into().ok()? })
}
