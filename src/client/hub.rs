//! Where the connection is: carries out the requests of all tabs and tells them what the server says.

mod claims;
mod events;
mod requests;

use core::time::Duration;
use std::collections::VecDeque;
use std::rc::Rc;

use claims::OwnClaims;

use super::EmitId;
use super::message::{Down, Message};
use super::mirror::{Mirror, Recovery, Usage};
use crate::engineio::{Frame, Traffic};
use crate::host::{Host, Text};
use crate::machine::{Machine, sooner};
use crate::socketio::{self, AuthRequest, Manager, NamespaceId};
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
    own_claims: OwnClaims,
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
    /// What was told so far is not to wait for the pace of the log; in that time something is due.
    Hurry(Duration),
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
            (claim.usage == Usage::Free || !inheritable).then(|| (Rc::clone(name), claim))
        };
        let claims = names.iter().filter_map(claim).collect();
        let mut hub = Self {
            manager: Manager::new(config),
            namespaces: SortedMap::new(),
            link_wanted: false,
            outputs: VecDeque::new(),
            mirror,
            claims,
            own_claims: OwnClaims::default(),
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
        self.present_no_more(Some(id));
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
        self.present_due(now);
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        sooner(self.manager.poll_timeout(), self.claims_due())
    }

    pub(crate) fn poll_output(&mut self, now: Instant) -> Option<Output<H>> {
        while let Some(output) = self.manager.poll_output() {
            match output {
                socketio::Output::Event(event) => self.handle_event(event, now),
                command => self.outputs.push_back(Output::Wire(command)),
            }
        }
        self.outputs.pop_front()
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

    /// Gives the id under which an emit shall be acknowledged.
    fn await_answer(&mut self, origin: (TabId, EmitId)) -> u64 {
        let ack = self.next_ack;
        self.next_ack += 1;
        self.awaiting.insert(ack, origin);
        ack
    }
}

/// JavaScript knows it by this text.
const AUTH_WITHHELD: &str = "auth withheld";

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
