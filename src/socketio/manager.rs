mod foreign;
mod inbound;

use core::mem;
use core::time::Duration;
use std::borrow::Cow;
use std::collections::VecDeque;

use super::link::{Link, Signal};
use super::namespace::{Namespace, State};
use super::packet::{Decoder, Header, PacketType};
use super::recovery::Session;
use super::{
    AuthRequest, Config, ConnectError, DisconnectReason, Event, Input, NamespaceId, NotConnected,
    Output, ParseError, Recovery, Status,
};
use crate::engineio::{CloseReason, Frame};
use crate::host::Host;
use crate::machine::{Machine, Timers, sooner};
use crate::time::Instant;

/// One Socket.IO connection with its namespaces, opened again when it is lost.
///
/// Nothing is buffered for sending: what cannot be sent is handed back as [`NotConnected`].
#[derive(Clone, Debug)]
pub struct Manager<H: Host> {
    link: Link<H>,
    decoder: Decoder<H>,
    namespaces: Vec<Namespace<H>>,
    limits: Limits,
    next_request: u32,
    /// Packets that a foreign codec has not encoded yet.
    encoding: usize,
    /// Whether to close as soon as they are sent.
    closing: bool,
    timers: Timers<Timer>,
    outputs: VecDeque<Output<H>>,
}

impl<H: Host> Manager<H> {
    /// A manager that does nothing yet.
    pub fn new(config: Config) -> Self {
        Self {
            decoder: Decoder::new(config.max_attachments),
            namespaces: Vec::new(),
            limits: Limits::of(&config),
            next_request: 0,
            encoding: 0,
            closing: false,
            timers: Timers::default(),
            outputs: VecDeque::new(),
            link: Link::new(config),
        }
    }

    /// The namespace called `name`; the same id for the same name, with or without its `/`.
    pub fn namespace(&mut self, name: &str) -> NamespaceId {
        if let Some(index) = self.position(name) {
            return NamespaceId(index);
        }
        let name = format!("/{}", name.strip_prefix('/').unwrap_or(name));
        let index = self.position(&name).unwrap_or_else(|| {
            self.namespaces.push(Namespace::new(name));
            self.namespaces.len() - 1
        });
        NamespaceId(index)
    }

    /// Opens the connection; a reconnection that waits begins at once.
    pub fn open(&mut self, now: Instant) {
        if mem::take(&mut self.closing) {
            self.link.close();
            self.pump(now);
        }
        self.link.open(now);
        self.pump(now);
    }

    /// Takes over other settings: how to reconnect and all limits at once, the rest for the next
    /// session. One that is being opened is begun anew.
    pub fn configure(&mut self, config: Config, now: Instant) {
        self.limits = Limits::of(&config);
        self.decoder.set_max_attachments(config.max_attachments);
        self.link.configure(config, now);
        self.pump(now);
    }

    /// Closes the connection and stops reconnection ("forced close").
    ///
    /// Namespaces stay wanted: they connect when the connection is opened again.
    pub fn close(&mut self, now: Instant) {
        self.closing = self.encoding > 0;
        if !self.closing {
            self.link.close();
            self.pump(now);
        }
    }

    /// Closes the session that is open or being opened, and goes on as if it had been lost.
    pub fn drop_session(&mut self, now: Instant) {
        self.link.drop_session(now);
        self.pump(now);
    }

    /// Whether [`Event::Traffic`] tells what travels, in this session and those that follow. It
    /// does not at first.
    pub fn observe(&mut self, observed: bool) {
        self.link.observe(observed);
    }

    /// The packets that no transport has taken yet, oldest first.
    pub fn unsent(&self) -> impl Iterator<Item = &Frame<H>> {
        self.link.unsent()
    }

    /// Drops the connection at once, without DISCONNECT packets and without events.
    ///
    /// The server takes that for a lost connection and keeps the sessions recoverable, for
    /// whoever presents [`recovery`](Self::recovery) next. No namespace is wanted any more.
    pub fn abandon(&mut self) {
        self.link.abandon();
        while let Some(signal) = self.link.poll_output() {
            if let Signal::Forward(output) = signal {
                self.outputs.push_back(output);
            }
        }
        self.reset_decoder();
        self.timers.clear();
        for namespace in &mut self.namespaces {
            namespace.wanted = false;
            namespace.detach();
        }
    }

    /// Connects a namespace, opening the connection if need be; a reconnection that waits begins
    /// at once. Nothing happens if it is connected or on the way.
    pub fn connect(&mut self, id: NamespaceId, now: Instant) {
        let Some(namespace) = self.namespaces.get_mut(id.0) else { return };
        namespace.wanted = true;
        self.open(now);
        if self.status() == Status::Open {
            self.ask_for_auth(id);
        }
    }

    /// Disconnects a namespace. The last one closes the connection.
    ///
    /// A namespace that was not connected yet gets no event.
    pub fn disconnect(&mut self, id: NamespaceId, now: Instant) {
        let left = self.send(id, Outgoing::bare(PacketType::Disconnect), now).is_ok();
        let Some(namespace) = self.namespaces.get_mut(id.0) else { return };
        namespace.leave();
        self.timers.stop(Timer::Answer(id));
        if left {
            // A session that was left is not kept by the server.
            namespace.session = None;
            self.timers.set(Timer::Rest(id), now + REST);
        }
        self.close_if_unused(now);
        if left {
            let reason = DisconnectReason::ByClient;
            self.emit(Event::Disconnected { namespace: id, reason, refusal: None });
        }
    }

    /// Answers [`Event::AuthWanted`] with the JSON text of an object, or with nothing. An answer
    /// that comes too late is ignored.
    pub fn provide_auth(&mut self, request: AuthRequest, payload: Option<H::Text>, now: Instant) {
        let asked = State::AuthPending(request);
        let Some(index) = self.namespaces.iter().position(|namespace| namespace.state == asked)
        else {
            return;
        };
        let id = NamespaceId(index);
        if let Some(namespace) = self.namespaces.get_mut(index) {
            namespace.state = State::Connecting;
        }
        if let Some(timeout) = self.limits.connect_timeout {
            self.timers.set(Timer::Answer(id), now + timeout);
        }
        // If it could not be sent, the session was lost and the namespace heard of that.
        let payload = payload.as_ref();
        let connect = Outgoing { payload, ..Outgoing::bare(PacketType::Connect) };
        let _ = self.send_packet(id, connect, now);
    }

    /// Answers [`Event::AuthWanted`]: there is no answer, and so no attempt until the next
    /// connection or [`connect`](Self::connect). Gives the namespace that was asked for.
    pub fn withhold_auth(&mut self, request: AuthRequest) -> Option<NamespaceId> {
        let asked = State::AuthPending(request);
        let index = self.namespaces.iter().position(|namespace| namespace.state == asked)?;
        self.namespaces.get_mut(index)?.state = State::Detached;
        Some(NamespaceId(index))
    }

    /// Sends an event: `payload` is the JSON text of the array of its name and arguments.
    ///
    /// # Errors
    ///
    /// [`NotConnected`] if the namespace is not connected, also if it is only found here that the
    /// heartbeat has run out.
    pub fn send_event(
        &mut self,
        id: NamespaceId,
        ack: Option<u64>,
        payload: &H::Text,
        attachments: &[H::Bytes],
        now: Instant,
    ) -> Result<(), NotConnected> {
        let packet_type = PacketType::Event;
        self.send(id, Outgoing { packet_type, ack, payload: Some(payload), attachments }, now)
    }

    /// Acknowledges an event: `payload` is the JSON text of the array of arguments.
    ///
    /// # Errors
    ///
    /// As [`send_event`](Self::send_event).
    pub fn send_ack(
        &mut self,
        id: NamespaceId,
        ack: u64,
        payload: &H::Text,
        attachments: &[H::Bytes],
        now: Instant,
    ) -> Result<(), NotConnected> {
        let (packet_type, ack) = (PacketType::Ack, Some(ack));
        self.send(id, Outgoing { packet_type, ack, payload: Some(payload), attachments }, now)
    }

    /// Closes the connection with "parse error" and tries again: the payload of an event or an
    /// ack turned out not to be JSON, or its placeholders to be wrong. The manager itself does
    /// not look into payloads.
    pub fn refuse_payload(&mut self, now: Instant) {
        self.fail(ParseError::PayloadInvalid, now);
    }

    /// Whether a namespace is connected.
    pub fn is_connected(&self, id: NamespaceId) -> bool {
        self.namespaces.get(id.0).is_some_and(|namespace| namespace.state == State::Connected)
    }

    /// What the connection is doing.
    pub const fn status(&self) -> Status {
        self.link.status()
    }

    /// Sets what the next CONNECT of a namespace asks to recover; `None` for a new session.
    pub fn set_recovery(&mut self, id: NamespaceId, recovery: Option<Recovery>) {
        if let Some(namespace) = self.namespaces.get_mut(id.0) {
            namespace.session = recovery.map(Session::new);
        }
    }

    /// What the next CONNECT of a namespace asks to recover.
    pub fn recovery(&self, id: NamespaceId) -> Option<&Recovery> {
        self.namespaces.get(id.0)?.recovery()
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.namespaces.iter().position(|namespace| namespace.name == name)
    }

    /// Sends a packet over a connected namespace.
    fn send(
        &mut self,
        id: NamespaceId,
        packet: Outgoing<'_, H>,
        now: Instant,
    ) -> Result<(), NotConnected> {
        if !self.is_connected(id) {
            return Err(NotConnected);
        }
        self.send_packet(id, packet, now)
    }

    /// Sends a packet, whatever the namespace's state.
    fn send_packet(
        &mut self,
        id: NamespaceId,
        packet: Outgoing<'_, H>,
        now: Instant,
    ) -> Result<(), NotConnected> {
        if self.link.has_foreign_codec() {
            return self.encode(id, &packet, now);
        }
        let Some(namespace) = self.namespaces.get(id.0) else { return Err(NotConnected) };
        let header = Header {
            packet_type: packet.packet_type,
            attachments: packet.attachments.len(),
            namespace: Cow::Borrowed(namespace.name.as_str()),
            ack: packet.ack,
        };
        let mut sent = self.link.send_text(header, packet.payload, now);
        for bytes in packet.attachments {
            sent = sent.and_then(|()| self.link.send_binary(bytes.clone(), now));
        }
        self.pump(now);
        sent.map_err(|_| NotConnected)
    }

    /// Asks for the payload of a CONNECT, unless one is on the way.
    fn ask_for_auth(&mut self, id: NamespaceId) {
        let Some(namespace) = self.namespaces.get_mut(id.0) else { return };
        if !namespace.wanted || namespace.state != State::Detached {
            return;
        }
        let request = AuthRequest(self.next_request);
        self.next_request = self.next_request.wrapping_add(1);
        namespace.state = State::AuthPending(request);
        let recovery = namespace.recovery().cloned();
        self.emit(Event::AuthWanted { namespace: id, request, recovery });
    }

    fn close_if_unused(&mut self, now: Instant) {
        if !self.namespaces.iter().any(|namespace| namespace.wanted) {
            self.close(now);
        }
    }

    fn fail(&mut self, error: ParseError, now: Instant) {
        self.link.fail(DisconnectReason::Parse(error), now);
        self.pump(now);
    }

    /// Passes on what the link did, with what follows from it for the namespaces.
    fn pump(&mut self, now: Instant) {
        while let Some(signal) = self.link.poll_output() {
            match signal {
                Signal::Message(message) => self.receive(message, now),
                Signal::Forward(output) => self.forward(output),
            }
        }
    }

    fn forward(&mut self, output: Output<H>) {
        match &output {
            Output::Event(Event::Closed { reason }) => self.detach_all(reason),
            Output::Event(Event::OpenFailed { error }) => self.report_open_failure(error),
            Output::Event(Event::Opened { .. }) => {
                self.outputs.push_back(output);
                return self.ids().for_each(|id| self.ask_for_auth(id));
            }
            _ => {}
        }
        self.outputs.push_back(output);
    }

    fn detach_all(&mut self, reason: &DisconnectReason) {
        let forced = *reason == DisconnectReason::Engine(CloseReason::ByOwner);
        self.reset_decoder();
        self.timers.clear();
        for id in self.ids() {
            let Some(namespace) = self.namespaces.get_mut(id.0) else { continue };
            let (connected, pending) =
                (namespace.state == State::Connected, namespace.is_pending());
            namespace.detach();
            if connected {
                let reason = reason.clone();
                self.emit(Event::Disconnected { namespace: id, reason, refusal: None });
            } else if pending && !forced {
                // The reference client says `disconnect` here, without a `connect` before it.
                let error = ConnectError::Lost(reason.clone());
                self.emit(Event::ConnectError { namespace: id, error });
            }
        }
    }

    fn report_open_failure(&mut self, reason: &CloseReason) {
        for id in self.ids() {
            if self.namespaces.get(id.0).is_some_and(|namespace| namespace.wanted) {
                let error = ConnectError::OpenFailed(reason.clone());
                self.emit(Event::ConnectError { namespace: id, error });
            }
        }
    }

    fn ids(&self) -> impl Iterator<Item = NamespaceId> + use<H> {
        (0..self.namespaces.len()).map(NamespaceId)
    }

    fn emit(&mut self, event: Event<H>) {
        self.outputs.push_back(Output::Event(event));
    }
}

impl<H: Host> Machine for Manager<H> {
    type Input = Input<H>;
    type Output = Output<H>;

    fn handle_input(&mut self, input: Input<H>, now: Instant) {
        match input {
            Input::Codec(fact) => self.handle_codec(fact, now),
            Input::Injected(message) if self.status() == Status::Open => self.receive(message, now),
            input => self.link.handle_input(input, now),
        }
        self.pump(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        while let Some(timer) = self.timers.pop_due(now) {
            match timer {
                Timer::Answer(id) => self.give_up_connecting(id, now),
                Timer::Rest(id) => self.settle(id),
            }
        }
        self.link.handle_timeout(now);
        self.pump(now);
    }

    fn poll_output(&mut self) -> Option<Output<H>> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        sooner(self.timers.next(), self.link.poll_timeout())
    }
}

/// A packet to be sent.
struct Outgoing<'a, H: Host> {
    packet_type: PacketType,
    ack: Option<u64>,
    payload: Option<&'a H::Text>,
    attachments: &'a [H::Bytes],
}

impl<H: Host> Outgoing<'_, H> {
    const fn bare(packet_type: PacketType) -> Self {
        Self { packet_type, ack: None, payload: None, attachments: &[] }
    }
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    connect_timeout: Option<Duration>,
    max_early_events: usize,
}

impl Limits {
    const fn of(config: &Config) -> Self {
        Self { connect_timeout: config.connect_timeout, max_early_events: config.max_early_events }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    /// When the answer to the CONNECT of this namespace is overdue.
    Answer(NamespaceId),
    /// When this namespace may send CONNECT after its DISCONNECT.
    Rest(NamespaceId),
}

/// Enough for two frames not to be read at once, by a server that is not stuck; too short to be
/// noticed. If it was not enough, the session is lost and opened again.
const REST: Duration = Duration::from_millis(50);
