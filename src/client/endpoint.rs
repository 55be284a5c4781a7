//! The sockets of one tab, as its app sees them.
//!
//! An endpoint holds what the app asked to send until the hub has sent it, and what waits for an
//! acknowledgement until that comes. It does not know whether the hub is in this tab or another.

mod emitting;

use std::collections::VecDeque;
use std::rc::Rc;

use super::SocketId;
use super::emits::Emits;
use super::limits::EmitLimits;
use super::message::{Down, End, LinkEvent, Message, Up};
use super::mirror::Mirror;
use super::notice::{EmitFailure, Notice};
use crate::host::Host;
use crate::sorted::SortedMap;
use crate::tabs::RequestNo;
use crate::time::Instant;

/// The way from an endpoint to the hub.
pub(crate) trait Upstream<H: Host> {
    /// Passes a message on; `None` if too many are under way.
    fn request(&mut self, message: Message<H, Up>) -> Option<RequestNo>;
    /// Takes a message back, unless the hub has already acted on it.
    fn withdraw(&mut self, no: RequestNo);
    /// Says whether this tab wants namespace `name`.
    fn want(&mut self, name: &str, wanted: bool);
    /// The time of the current call.
    fn now(&self) -> Instant;
}

/// All sockets of one tab.
#[derive(Debug)]
pub(crate) struct Endpoint<H: Host> {
    sockets: SortedMap<SocketId, Socket>,
    by_name: SortedMap<Rc<str>, SocketId>,
    emits: Emits<H>,
    mirror: Mirror,
    /// What the app was told last of the way to the server.
    congested: bool,
    notices: VecDeque<Notice<H>>,
    /// Whether this tab takes part in the connection at all.
    attached: bool,
    /// There is no hub. What was with the last one may have been carried out; what is said by it
    /// can only be old.
    orphaned: bool,
}

#[derive(Debug)]
struct Socket {
    name: Rc<str>,
    /// The app wants it connected.
    active: bool,
    /// Generation of the session that the app was told of.
    generation: Option<u64>,
    /// `sid` of the last session, if the app has missed nothing of it.
    whole: Option<Rc<str>>,
}

/// Why a session ended, as `Notice::Disconnected` has it.
#[derive(Debug)]
struct Reason<H: Host> {
    reason: Rc<str>,
    detail: Option<Rc<str>>,
    refusal: Option<H::Text>,
}

impl<H: Host> Endpoint<H> {
    pub(crate) fn new(limits: EmitLimits) -> Self {
        Self {
            sockets: SortedMap::new(),
            by_name: SortedMap::new(),
            emits: Emits::new(limits),
            mirror: Mirror::default(),
            congested: false,
            notices: VecDeque::new(),
            attached: true,
            orphaned: true,
        }
    }

    pub(crate) fn poll_notice(&mut self) -> Option<Notice<H>> {
        self.notices.pop_front()
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.emits.next_deadline()
    }

    pub(crate) fn mirror(&self) -> &Mirror {
        &self.mirror
    }

    /// The socket of this tab for namespace `name`, if the app wants it connected.
    pub(crate) fn socket_for(&self, name: &str) -> Option<SocketId> {
        let id = self.by_name.get(name)?;
        self.sockets.get(id).filter(|socket| socket.active && self.attached).map(|_| *id)
    }

    /// The namespace of `socket`.
    pub(crate) fn name_of(&self, socket: SocketId) -> Option<Rc<str>> {
        self.sockets.get(&socket).map(|socket| Rc::clone(&socket.name))
    }

    /// The app wants `socket` connected to namespace `name`. A second call does nothing.
    pub(crate) fn connect(&mut self, id: SocketId, name: &str, up: &mut impl Upstream<H>) {
        let name: Rc<str> = name.into();
        if !self.sockets.contains_key(&id) {
            self.sockets.insert(id, Socket::new(Rc::clone(&name)));
        }
        let Some(socket) = self.sockets.get_mut(&id).filter(|socket| !socket.active) else {
            return;
        };
        socket.active = true;
        self.by_name.insert(Rc::clone(&name), id);
        if self.attached {
            up.want(&name, true);
            up.request(Message::bare(Up::Connect));
            self.follow_mirror(id, false, up);
        }
    }

    /// Takes part in the connection again: active sockets connect.
    pub(crate) fn attach(&mut self, up: &mut impl Upstream<H>) {
        let active = if self.attached { Vec::new() } else { self.active() };
        self.attached = true;
        for &id in &active {
            if let Some(socket) = self.sockets.get(&id) {
                up.want(&socket.name, true);
            }
        }
        up.request(Message::bare(Up::Connect));
        for id in active {
            self.follow_mirror(id, false, up);
        }
    }

    /// Ends the connection for this tab. Its sockets stay active.
    pub(crate) fn detach(&mut self, reason: &str, up: &mut impl Upstream<H>) {
        self.attached = false;
        for id in self.active() {
            self.leave_session(id, reason, up);
            if let Some(socket) = self.sockets.get(&id) {
                up.want(&socket.name, false);
            }
        }
    }

    /// The app does not want `socket` any more. Other tabs keep theirs.
    pub(crate) fn disconnect(&mut self, id: SocketId, up: &mut impl Upstream<H>) {
        let Some(socket) = self.sockets.get_mut(&id).filter(|socket| socket.active) else {
            return;
        };
        socket.active = false;
        let name = Rc::clone(&socket.name);
        self.leave_session(id, "io client disconnect", up);
        up.want(&name, false);
    }

    /// The user logged out: nothing that was asked for is done, and nothing is kept.
    pub(crate) fn log_out(&mut self, up: &mut impl Upstream<H>) {
        let ids: Vec<SocketId> = self.sockets.keys().copied().collect();
        for id in ids {
            for emit in self.emits.all(id) {
                self.give_up(id, emit, EmitFailure::LoggedOut, up);
            }
            self.lose_session(id, Reason::bare("logout"));
            self.deactivate(id, up);
        }
        self.mirror = Mirror::default();
        self.notices.push_back(Notice::LoggedOut);
    }

    /// The hub said something.
    pub(crate) fn handle(&mut self, message: Message<H, Down>, up: &mut impl Upstream<H>) {
        self.mirror.note(&message.control);
        match message.control {
            Down::Event { namespace, ack, .. } => {
                if let Some(socket) = self.socket_for(&namespace)
                    && let Some(payload) = message.text
                {
                    let attachments = message.attachments;
                    self.notices.push_back(Notice::Event { socket, payload, attachments, ack });
                }
            }
            Down::Acked { namespace, id } => {
                if let Some(socket) = self.by_name.get(&namespace).copied()
                    && self.cancel(socket, id, up)
                    && let Some(payload) = message.text
                {
                    let attachments = message.attachments;
                    self.notices.push_back(Notice::Acked { socket, id, payload, attachments });
                }
            }
            Down::Connected { namespace, recovered, .. } => {
                if let Some(socket) = self.socket_for(&namespace) {
                    self.follow_mirror(socket, recovered, up);
                }
            }
            Down::ConnectError { namespace, active } => {
                if let Some(socket) = self.socket_for(&namespace)
                    && let Some(payload) = message.text
                {
                    if !active {
                        self.deactivate(socket, up);
                    }
                    self.notices.push_back(Notice::ConnectError { socket, payload, active });
                }
            }
            Down::Disconnected { namespace, reason, detail, end } => {
                if let Some(socket) = self.by_name.get(&namespace).copied() {
                    self.session_ended(
                        socket,
                        Reason { reason, detail, refusal: message.text },
                        end,
                        up,
                    );
                }
            }
            Down::Forgotten { namespace, id } => {
                if let Some(socket) = self.by_name.get(&namespace).copied() {
                    self.give_up(socket, id, EmitFailure::Unknown, up);
                }
            }
            Down::Congested(_) => self.follow_congestion(),
            // That is for the client to answer.
            Down::AuthWanted { .. } => {}
            Down::Link(event) => self.notices.push_back(Notice::Link(event)),
            Down::Began => {
                self.follow_congestion();
                let ids: Vec<SocketId> = self.sockets.keys().copied().collect();
                for id in ids {
                    self.session_ended(id, Reason::bare("transport close"), End::Lost, up);
                }
            }
        }
    }

    fn follow_congestion(&mut self) {
        let congested = self.mirror.congested();
        if core::mem::replace(&mut self.congested, congested) != congested {
            self.notices.push_back(Notice::Congested(congested));
        }
    }

    /// The connection ended without a word of the hub: its tab is gone.
    pub(crate) fn connection_lost(&mut self) {
        self.orphaned = true;
        self.lose_sessions();
    }

    /// There is a hub again, and of each request that the last one got the fate is known.
    pub(crate) fn hub_found(&mut self) {
        self.orphaned = false;
        self.mirror.spend();
    }

    /// Takes over what the hub knows, after joining late or falling too far behind.
    pub(crate) fn adopt(&mut self, mirror: Mirror, up: &mut impl Upstream<H>) {
        let known = self.mirror.take_link();
        self.miss();
        self.mirror = mirror;
        self.follow_congestion();
        if let Some((sid, transport)) = self.mirror.link()
            && known.is_none_or(|(known, _)| known != *sid)
        {
            let opened = LinkEvent::Opened { sid: sid.clone(), transport: *transport };
            self.notices.push_back(Notice::Link(opened));
        }
        for id in self.active() {
            self.follow_mirror(id, false, up);
        }
    }

    /// What this tab knows does not go up to the end of the log: its claims would bring back
    /// events that others have had.
    pub(crate) fn place_lost(&mut self) {
        self.miss();
        self.mirror = Mirror::default();
    }

    /// Something of the sessions did not come here.
    fn miss(&mut self) {
        self.lose_sessions();
        for socket in self.sockets.values_mut() {
            socket.whole = None;
        }
    }

    fn lose_sessions(&mut self) {
        self.mirror.connection_lost();
        self.follow_congestion();
        for id in self.active() {
            self.lose_session(id, Reason::bare("transport close"));
        }
    }

    /// The hub says so: what it has not carried out by now, it will not carry out.
    fn session_ended(&mut self, id: SocketId, why: Reason<H>, end: End, up: &mut impl Upstream<H>) {
        self.take_back(id, None, up);
        let Some(socket) = self.sockets.get(&id).filter(|socket| socket.active) else { return };
        match (end, socket.generation) {
            // It was the session of others; this socket wants one of its own.
            (End::Expelled, None) if self.attached => {
                up.request(Message::bare(Up::Connect));
            }
            (End::Expelled, _) => self.deactivate(id, up),
            (End::Lost | End::Left, _) => {}
        }
        self.lose_session(id, why);
    }

    fn active(&self) -> Vec<SocketId> {
        self.sockets.iter().filter(|(_, socket)| socket.active).map(|(id, _)| *id).collect()
    }

    /// Tells the app about a session that it has not heard of.
    fn follow_mirror(&mut self, id: SocketId, recovered: bool, up: &mut impl Upstream<H>) {
        let Some(socket) = self.sockets.get(&id) else { return };
        if !socket.active || !self.attached {
            return;
        }
        let known = self.mirror.namespace(&socket.name);
        let Some(session) = known.and_then(|namespace| namespace.session.as_ref()) else { return };
        let (sid, generation) = (Rc::clone(&session.sid), session.generation);
        if socket.generation == Some(generation) {
            return;
        }
        self.lose_session(id, Reason::bare("transport close"));
        let Some(socket) = self.sockets.get_mut(&id) else { return };
        socket.generation = Some(generation);
        let recovered = recovered && socket.whole.as_ref() == Some(&sid);
        socket.whole = Some(Rc::clone(&sid));
        self.take_back(id, Some(generation), up);
        // What was buffered goes out before the app hears `connect`, as in socket.io-client 4.8.2.
        for emit in self.emits.buffered(id) {
            self.request(id, emit, up);
        }
        self.notices.push_back(Notice::Connected { socket: id, sid, recovered });
    }

    /// Ends the session of a socket: no answer comes to what was sent. What is with the hub stays
    /// there until it is known whether it was sent.
    fn lose_session(&mut self, id: SocketId, why: Reason<H>) {
        self.tell_end(id, why);
        self.drop_carried(id);
    }

    /// Ends the session on this side. What is with the hub counts as sent.
    fn leave_session(&mut self, id: SocketId, reason: &str, up: &mut impl Upstream<H>) {
        self.tell_end(id, Reason::bare(reason));
        for emit in self.emits.asking(id) {
            self.give_up(id, emit, EmitFailure::Disconnected, up);
        }
        self.drop_carried(id);
        if let Some(socket) = self.sockets.get_mut(&id) {
            socket.whole = None;
        }
    }

    /// The app hears this before its emits fail, as in socket.io-client.
    fn tell_end(&mut self, id: SocketId, why: Reason<H>) {
        let Some(socket) = self.sockets.get_mut(&id) else { return };
        if socket.generation.take().is_some() {
            let Reason { reason, detail, refusal } = why;
            self.notices.push_back(Notice::Disconnected { socket: id, reason, detail, refusal });
        }
    }

    fn deactivate(&mut self, id: SocketId, up: &mut impl Upstream<H>) {
        if let Some(socket) = self.sockets.get_mut(&id) {
            socket.active = false;
            socket.whole = None;
            up.want(&socket.name, false);
        }
    }
}

impl<H: Host> Reason<H> {
    fn bare(reason: &str) -> Self {
        Self { reason: reason.into(), detail: None, refusal: None }
    }
}

impl Socket {
    const fn new(name: Rc<str>) -> Self {
        Self { name, active: false, generation: None, whole: None }
    }
}

#[cfg(test)]
mod tests;
