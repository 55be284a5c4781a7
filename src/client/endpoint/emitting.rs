//! What becomes of the emits of a tab.

use std::rc::Rc;

use super::{Endpoint, Upstream};
use crate::client::emits::{Emit, Stage};
use crate::client::message::{Message, Up};
use crate::client::notice::{EmitFailure, Notice};
use crate::client::{EmitId, SocketId};
use crate::host::Host;
use crate::tabs::RequestNo;
use crate::time::Instant;

impl<H: Host> Endpoint<H> {
    /// Sends an event, now or when the socket is connected.
    pub(crate) fn emit(&mut self, id: SocketId, emit: Emit<H>, up: &mut impl Upstream<H>) {
        let connected = self.sockets.get(&id).is_some_and(|socket| socket.generation.is_some());
        let emit_id = emit.id;
        if emit.volatile && (!connected || self.congested) {
            if emit.wants_ack {
                self.fail(id, emit_id, EmitFailure::Disconnected, false);
            }
            return;
        }
        while !self.emits.has_room(emit.units()) {
            let Some(oldest) = self.emits.expendable(id) else {
                return self.fail(id, emit_id, EmitFailure::Full, false);
            };
            self.give_up(id, oldest, EmitFailure::Full, up);
        }
        self.emits.insert(id, emit);
        if connected {
            self.request(id, emit_id, up);
        }
    }

    /// Namespace and generation of a socket's session, if an emit of so many units would be sent at
    /// once.
    pub(crate) fn session_with_room(&self, id: SocketId, units: usize) -> Option<(Rc<str>, u64)> {
        let socket = self.sockets.get(&id)?;
        let generation = socket.generation?;
        self.emits.has_room(units).then(|| (Rc::clone(&socket.name), generation))
    }

    /// An emit was sent at once, and awaits an acknowledgement.
    pub(crate) fn carry(
        &mut self,
        socket: SocketId,
        id: EmitId,
        deadline: Option<Instant>,
        now: Instant,
    ) {
        self.emits.insert_carried(socket, id, deadline, now);
    }

    /// Forgets an emit: it is not sent if it has not been, and its acknowledgement is not awaited.
    /// Says whether there was such an emit.
    pub(crate) fn cancel(&mut self, id: SocketId, emit: EmitId, up: &mut impl Upstream<H>) -> bool {
        let Some(emit) = self.emits.remove(id, emit) else { return false };
        if let Stage::Requested { no, .. } = emit.stage {
            up.withdraw(no);
        }
        true
    }

    /// Whether the server may have got an emit, as far as this tab knows.
    pub(crate) fn may_have_arrived(&self, id: SocketId, emit: EmitId) -> bool {
        self.emits.may_have_arrived(id, emit)
    }

    /// Answers a server event that asked for acknowledgement `ack`.
    pub(crate) fn acknowledge(
        &mut self,
        id: SocketId,
        ack: u64,
        text: H::Text,
        attachments: Vec<H::Bytes>,
        up: &mut impl Upstream<H>,
    ) {
        let Some(socket) = self.sockets.get(&id) else { return };
        // An acknowledgement is never buffered: on another session its id means another event.
        let Some(generation) = socket.generation else { return };
        let control = Up::Acknowledge { namespace: Rc::clone(&socket.name), generation, ack };
        let _ = up.request(Message { control, text: Some(text), attachments });
    }

    /// Gives up emits whose time for an acknowledgement has passed.
    pub(crate) fn handle_timeout(&mut self, now: Instant, up: &mut impl Upstream<H>) {
        while let Some((socket, emit)) = self.emits.pop_overdue(now) {
            self.give_up(socket, emit, EmitFailure::Timeout, up);
        }
    }

    /// The hub has carried out request `no`.
    pub(crate) fn accepted(&mut self, no: RequestNo) {
        if let Some((socket, id)) = self.emits.carried(no) {
            self.notices.push_back(Notice::Sent { socket, id });
        }
    }

    /// The hub is gone and nobody can say whether it carried out request `no`.
    pub(crate) fn fate_unknown(&mut self, no: RequestNo, up: &mut impl Upstream<H>) {
        match self.emits.lost(no) {
            // At most once, as socket.io promises: a second try could be a second message.
            Some((socket, id, false)) => self.give_up(socket, id, EmitFailure::Unknown, up),
            // Waits for the next session, unless that has begun.
            Some((socket, id, true)) => self.request(socket, id, up),
            None => {}
        }
    }

    pub(super) fn take_back(
        &mut self,
        id: SocketId,
        current: Option<u64>,
        up: &mut impl Upstream<H>,
    ) {
        if self.orphaned {
            return;
        }
        for no in self.emits.take_back(id, current) {
            up.withdraw(no);
        }
        for emit in self.emits.drop_volatile(id) {
            self.fail(id, emit, EmitFailure::Disconnected, false);
        }
    }

    pub(super) fn drop_carried(&mut self, id: SocketId) {
        for emit in self.emits.drop_carried(id) {
            self.fail(id, emit, EmitFailure::Disconnected, true);
        }
    }

    pub(super) fn request(&mut self, id: SocketId, emit_id: EmitId, up: &mut impl Upstream<H>) {
        let Some(socket) = self.sockets.get(&id) else { return };
        let Some(generation) = socket.generation else { return };
        let name = Rc::clone(&socket.name);
        let session = self.mirror.namespace(&name).and_then(|known| known.session.as_ref());
        let server = session.and_then(|session| session.deduplication.as_ref());
        if let Err(reason) = self.emits.check(id, emit_id, server, up.now()) {
            return self.give_up(id, emit_id, reason, up);
        }
        let Some(message) = self.emits.message(id, emit_id, name, generation) else { return };
        match up.request(message) {
            Some(no) => {
                self.emits.set_requested((id, emit_id), (no, generation), server, up.now());
            }
            None => self.give_up(id, emit_id, EmitFailure::Full, up),
        }
    }

    pub(super) fn give_up(
        &mut self,
        socket: SocketId,
        id: EmitId,
        reason: EmitFailure,
        up: &mut impl Upstream<H>,
    ) {
        let may_have_arrived = self.may_have_arrived(socket, id);
        self.cancel(socket, id, up);
        self.fail(socket, id, reason, may_have_arrived);
    }

    pub(super) fn fail(
        &mut self,
        socket: SocketId,
        id: EmitId,
        reason: EmitFailure,
        may_have_arrived: bool,
    ) {
        self.notices.push_back(Notice::EmitFailed { socket, id, reason, may_have_arrived });
    }
}
