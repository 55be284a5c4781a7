//! Where the connection is: carries out the requests of all tabs and tells them what the server says.

use std::collections::VecDeque;
use std::rc::Rc;

use super::EmitId;
use super::message::{Down, End, Failure, LinkEvent, Message, Session, Up};
use super::mirror::{Mirror, Recovery};
use crate::engineio::{CloseReason, Frame, Traffic};
use crate::host::{Host, Text};
use crate::machine::Machine;
use crate::socketio::{
    self, AuthRequest, ConnectError, DisconnectReason, Event, Manager, NamespaceId,
};
use crate::sorted::{RisingMap, SortedMap};
use crate::tabs::{Audience, RequestNo, TabId};
use crate::time::Instant;

/// The Socket.IO connection of a device, on behalf of its tabs.
#[derive(Debug)]
pub(crate) struct Hub<H: Host> {
    manager: Manager<H>,
    namespaces: SortedMap<NamespaceId, Namespace>,
    /// Whether any tab wants the connection itself.
    link_wanted: bool,
    outputs: VecDeque<Output<H>>,
    /// What the endpoints know once they have heard everything published so far.
    mirror: Mirror,
    generation: u64,
    /// Added to the numbers of auth requests, so that an answer that comes late, to a question of
    /// the hub that was here before, is not taken for one to a question of this hub.
    first_request: u32,
    /// Claims to sessions of the hub before.
    claims: SortedMap<Rc<str>, Recovery>,
    /// Whether another tab may take over, and with it the claims to the sessions. They are then
    /// presented once.
    inheritable: bool,
}

/// What the hub wants done.
#[derive(Debug)]
pub(crate) enum Output<H: Host> {
    /// A command for the socket.
    Wire(socketio::Output<H>),
    /// Tell the endpoints.
    Publish(Audience, Message<H, Down>),
    /// Request `no` of a tab is carried out.
    Accept(TabId, RequestNo),
    /// Tell this tab's app what travels.
    Tell(Traffic<H>),
    /// Ask this tab's app for the handshake data of a namespace.
    AskAuth { request: AuthRequest, namespace: Rc<str>, recovery: Option<socketio::Recovery> },
}

#[derive(Debug)]
struct Namespace {
    name: Rc<str>,
    /// Whether any tab holds it.
    wanted: bool,
    /// Set while connected.
    generation: Option<u64>,
    next_ack: u64,
    /// Who waits for which acknowledgement of the server.
    awaiting: RisingMap<u64, (TabId, EmitId)>,
    /// Server events that wait for an acknowledgement; the first tab that gives one answers.
    answerable: RisingMap<u64, ()>,
    /// The `pid` that was presented last.
    presented: Option<String>,
}

/// Most acknowledgements of a namespace that may be awaited; the oldest are given up first.
const MAX_AWAITING: usize = 100_000;
/// Most server events of a namespace that may wait for an acknowledgement; the oldest go first.
const MAX_ANSWERABLE: usize = 10_000;

impl<H: Host> Hub<H> {
    /// A hub that takes over from `mirror`, which may be empty.
    pub(crate) fn new(
        mut config: socketio::Config,
        generation: u64,
        mirror: Mirror,
        inheritable: bool,
    ) -> Self {
        let names = mirror.names();
        config.websocket_works |= mirror.websocket_works();
        let claim = |name: &Rc<str>| {
            let claim = mirror.namespace(name)?.recovery.clone()?;
            (!claim.spent || !inheritable).then(|| (Rc::clone(name), claim))
        };
        let claims = names.iter().filter_map(claim).collect();
        let mut hub = Self {
            manager: Manager::new(config),
            namespaces: SortedMap::new(),
            link_wanted: false,
            outputs: VecDeque::new(),
            mirror,
            claims,
            generation,
            // Any part of it will do.
            first_request: generation as u32,
            inheritable,
        };
        // The last hub could not say that its sessions ended, and who missed its last words learns
        // only now that they had begun. This tab may have missed them too: it can be the heir of a
        // log that it never received.
        hub.tell(Down::Began);
        // For those who join; others spend them when they hear that there is a hub.
        hub.mirror.spend();
        hub
    }

    /// What a tab that joins now has to know.
    pub(crate) fn mirror(&self) -> &Mirror {
        &self.mirror
    }

    /// Takes over other settings of the connection.
    pub(crate) fn configure(&mut self, config: socketio::Config, now: Instant) {
        self.manager.configure(config, now);
    }

    /// Opens the connection even if no namespace is wanted yet.
    pub(crate) fn open(&mut self, now: Instant) {
        self.link_wanted = true;
        self.manager.open(now);
    }

    /// Ends the connection, unless a namespace is wanted.
    pub(crate) fn close_if_unused(&mut self, now: Instant) {
        self.link_wanted = false;
        if !self.namespaces.values().any(|namespace| namespace.wanted) {
            self.manager.close(now);
        }
    }

    /// Some tab wants namespace `name`. A claim to its earlier session is presented.
    pub(crate) fn connect(&mut self, name: &str, now: Instant) {
        let id = self.manager.namespace(name);
        match self.namespaces.get_mut(&id) {
            Some(namespace) => namespace.wanted = true,
            None => drop(self.namespaces.insert(id, Namespace::new(name))),
        }
        if let Some(claim) = self.claims.remove(name) {
            let offset = claim.offset.as_deref().map(str::to_owned);
            let recovery = socketio::Recovery { pid: claim.pid.to_string(), offset };
            self.manager.set_recovery(id, Some(recovery));
        }
        self.manager.connect(id, now);
    }

    /// No tab wants namespace `name` any more.
    pub(crate) fn disconnect(&mut self, name: &str, now: Instant) {
        let id = self.manager.namespace(name);
        if let Some(namespace) = self.namespaces.get_mut(&id) {
            namespace.wanted = false;
        }
        self.manager.disconnect(id, now);
    }

    /// This tab's app gave the handshake data.
    pub(crate) fn provide_auth(
        &mut self,
        request: AuthRequest,
        auth: Option<H::Text>,
        now: Instant,
    ) {
        self.manager.provide_auth(self.own(request), auth, now);
    }

    /// The request as the manager knows it.
    const fn own(&self, request: AuthRequest) -> AuthRequest {
        AuthRequest::from_number(request.number().wrapping_sub(self.first_request))
    }

    /// The namespaces that any tab holds.
    pub(crate) fn wanted(&self) -> impl Iterator<Item = &Rc<str>> {
        self.namespaces.values().filter(|namespace| namespace.wanted).map(|it| &it.name)
    }

    /// No tab that was asked says who it is. The next connection asks again, or the next tab that
    /// wants the namespace.
    pub(crate) fn withhold_auth(&mut self, request: AuthRequest) {
        let Some(id) = self.manager.withhold_auth(self.own(request)) else { return };
        let Some(namespace) = self.namespaces.get(&id) else { return };
        let control = Down::ConnectError { namespace: Rc::clone(&namespace.name), active: true };
        let text = Some(error_payload::<H>(AUTH_WITHHELD));
        self.publish(Audience::All, Message { control, text, attachments: Vec::new() });
    }

    /// The user logged out: the server is told that the sessions are over.
    pub(crate) fn log_out(&mut self, now: Instant) {
        self.link_wanted = false;
        self.claims.clear();
        let names: Vec<Rc<str>> = self.namespaces.values().map(|it| Rc::clone(&it.name)).collect();
        for name in names {
            self.disconnect(&name, now);
        }
        self.manager.close(now);
    }

    /// Lets go of the connection without a word to the server, which so keeps the sessions.
    pub(crate) fn abandon(&mut self) {
        self.manager.abandon();
    }

    /// Carries out what a tab asked for. What cannot be sent now stays with the tab, which hears
    /// that the namespace is not connected and asks again when it is.
    pub(crate) fn handle_up(
        &mut self,
        tab: TabId,
        no: RequestNo,
        message: Message<H, Up>,
        now: Instant,
    ) {
        let done = match message.control {
            Up::Emit { namespace, generation, id, wants_ack } => {
                let origin = wants_ack.then_some((tab, id));
                self.emit(&namespace, generation, origin, message.text, message.attachments, now)
            }
            Up::Acknowledge { namespace, generation, ack } => {
                self.acknowledge(
                    &namespace,
                    generation,
                    ack,
                    message.text,
                    message.attachments,
                    now,
                );
                true
            }
            Up::DropSession => {
                self.manager.drop_session(now);
                true
            }
            // Whoever asked the tab knows whether its answer counts.
            Up::Auth { .. } => true,
            Up::Connect => {
                self.connect_wanted(now);
                true
            }
        };
        if done {
            self.outputs.push_back(Output::Accept(tab, no));
        }
    }

    /// Whether this tab's app is told what travels.
    pub(crate) fn observe(&mut self, observed: bool) {
        self.manager.observe(observed);
    }

    /// The packets that no transport has taken yet, oldest first.
    pub(crate) fn unsent(&self) -> impl Iterator<Item = &Frame<H>> {
        self.manager.unsent()
    }

    pub(crate) fn handle_input(&mut self, input: socketio::Input<H>, now: Instant) {
        self.manager.handle_input(input, now);
    }

    /// More waits at the socket than it can send soon, or no more so.
    pub(crate) fn set_congested(&mut self, congested: bool) {
        self.tell(Down::Congested(congested));
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        self.manager.handle_timeout(now);
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.manager.poll_timeout()
    }

    pub(crate) fn poll_output(&mut self) -> Option<Output<H>> {
        while let Some(output) = self.manager.poll_output() {
            match output {
                socketio::Output::Event(event) => self.handle_event(event),
                command => self.outputs.push_back(Output::Wire(command)),
            }
        }
        self.outputs.pop_front()
    }

    /// Begins again what was given up: the attempts are used up, or the server refused, and a tab
    /// that has not heard of it yet kept its interest all the while. Whoever asks may have let go
    /// of it since.
    fn connect_wanted(&mut self, now: Instant) {
        if self.link_wanted {
            self.manager.open(now);
        }
        let missing = |namespace: &Namespace| namespace.wanted && namespace.generation.is_none();
        for (id, _) in self.namespaces.iter().filter(|(_, namespace)| missing(namespace)) {
            self.manager.connect(*id, now);
        }
    }

    fn emit(
        &mut self,
        name: &str,
        generation: u64,
        origin: Option<(TabId, EmitId)>,
        text: Option<H::Text>,
        attachments: Vec<H::Bytes>,
        now: Instant,
    ) -> bool {
        let Some((id, namespace)) = self.connected(name, generation) else { return false };
        let Some(text) = text else { return true };
        let mut forgotten = None;
        let ack = origin.map(|origin| {
            let ack = namespace.next_ack;
            namespace.next_ack += 1;
            namespace.awaiting.insert(ack, origin);
            if namespace.awaiting.len() > MAX_AWAITING {
                forgotten = namespace.awaiting.pop_first();
            }
            ack
        });
        if let Some((_, (tab, id))) = forgotten {
            let control = Down::Forgotten { namespace: name.into(), id };
            self.publish(Audience::Only(tab), Message::bare(control));
        }
        let sent = self.manager.send_event(id, ack, &text, &attachments, now).is_ok();
        if let (false, Some(ack), Some(namespace)) = (sent, ack, self.namespaces.get_mut(&id)) {
            namespace.awaiting.remove(&ack);
        }
        sent
    }

    fn acknowledge(
        &mut self,
        name: &str,
        generation: u64,
        ack: u64,
        text: Option<H::Text>,
        attachments: Vec<H::Bytes>,
        now: Instant,
    ) {
        let Some((id, namespace)) = self.connected(name, generation) else { return };
        if namespace.answerable.remove(&ack).is_some()
            && let Some(text) = text
        {
            // A connection that is lost at this moment takes the server's question with it.
            let _ = self.manager.send_ack(id, ack, &text, &attachments, now);
        }
    }

    fn connected(&mut self, name: &str, generation: u64) -> Option<(NamespaceId, &mut Namespace)> {
        let id = self.manager.namespace(name);
        let namespace = self.namespaces.get_mut(&id)?;
        (namespace.generation == Some(generation)).then_some((id, namespace))
    }

    fn handle_event(&mut self, event: Event<H>) {
        match event {
            Event::Received { namespace, payload, attachments, ack } => {
                self.received(namespace, payload, attachments, ack);
            }
            Event::Acked { namespace, ack, payload, attachments } => {
                self.acked(namespace, ack, payload, attachments);
            }
            Event::AuthWanted { namespace, request, recovery } => {
                self.auth_wanted(namespace, request, recovery);
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
                self.tell(Down::Link(LinkEvent::Opened { sid, transport }));
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
            Event::ReconnectAttempt(n) => self.tell(Down::Link(LinkEvent::ReconnectAttempt(n))),
            Event::ReconnectError(error) => {
                self.tell(Down::Link(LinkEvent::ReconnectError((&error).into())));
            }
            Event::ReconnectFailed => self.tell(Down::Link(LinkEvent::ReconnectFailed)),
            Event::Reconnected(n) => self.tell(Down::Link(LinkEvent::Reconnected(n))),
        }
    }

    fn received(
        &mut self,
        id: NamespaceId,
        payload: H::Text,
        attachments: Vec<H::Bytes>,
        ack: Option<u64>,
    ) {
        let offset = self.manager.recovery(id).and_then(|recovery| recovery.offset.as_deref());
        let offset = offset.filter(|_| ack.is_none()).map(Rc::from);
        let Some(namespace) = self.namespaces.get_mut(&id) else { return };
        if let Some(ack) = ack {
            namespace.answerable.insert(ack, ());
            if namespace.answerable.len() > MAX_ANSWERABLE {
                namespace.answerable.pop_first();
            }
        }
        let control = Down::Event { namespace: Rc::clone(&namespace.name), ack, offset };
        let message = Message { control, text: Some(payload), attachments };
        self.publish(Audience::All, message);
    }

    fn acked(
        &mut self,
        id: NamespaceId,
        ack: u64,
        payload: Option<H::Text>,
        attachments: Vec<H::Bytes>,
    ) {
        let Some(namespace) = self.namespaces.get_mut(&id) else { return };
        let Some((tab, id)) = namespace.awaiting.remove(&ack) else { return };
        let control = Down::Acked { namespace: Rc::clone(&namespace.name), id };
        let text = Some(payload.unwrap_or_else(|| H::Text::from_core("[]")));
        let message = Message { control, text, attachments };
        self.publish(Audience::Only(tab), message);
    }

    fn auth_wanted(
        &mut self,
        id: NamespaceId,
        request: AuthRequest,
        recovery: Option<socketio::Recovery>,
    ) {
        let Some(namespace) = self.namespaces.get_mut(&id) else { return };
        let name = Rc::clone(&namespace.name);
        let spent = |claim: &socketio::Recovery| namespace.presented.as_ref() == Some(&claim.pid);
        let recovery = recovery.filter(|claim| !self.inheritable || !spent(claim));
        match &recovery {
            Some(claim) => namespace.presented = Some(claim.pid.clone()),
            None => self.manager.set_recovery(id, None),
        }
        let number = request.number().wrapping_add(self.first_request);
        let request = AuthRequest::from_number(number);
        self.outputs.push_back(Output::AskAuth { request, namespace: name, recovery });
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

    fn tell(&mut self, control: Down) {
        self.publish(Audience::All, Message::bare(control));
    }

    fn publish(&mut self, to: Audience, message: Message<H, Down>) {
        self.mirror.note(&message.control);
        self.outputs.push_back(Output::Publish(to, message));
    }
}

impl Namespace {
    fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            wanted: true,
            generation: None,
            next_ack: 0,
            awaiting: RisingMap::new(),
            answerable: RisingMap::new(),
            presented: None,
        }
    }
}

/// JavaScript knows it by this text.
const AUTH_WITHHELD: &str = "auth withheld";

/// As is this: an answer without a session id is that of a server of version 2.
const VERSION_MISMATCH: &str = "version mismatch";

/// An error of our own in the form of the server's. The message may end in the words of a peer.
fn error_payload<H: Host>(message: &str) -> H::Text {
    let message: String = message
        .chars()
        .filter(|character| !character.is_control())
        .map(|character| match character {
            '"' => '\'',
            '\\' => '/',
            other => other,
        })
        .collect();
    H::Text::from_core(&format!(r#"{{"message":"{message}"}}"#))
}

/// What is known of the request whose failure ended the session, as JSON.
fn failed_request<H: Host>(reason: &DisconnectReason) -> Option<H::Text> {
    let DisconnectReason::Engine(reason) = reason else { return None };
    let Failure { status, refusal, .. } = reason.into();
    let (status, refusal) = (status?, refusal.unwrap_or_default());
    Some(H::Text::from_core(&format!(r#"{{"status":{status},"message":"{refusal}"}}"#)))
}
