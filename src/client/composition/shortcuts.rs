//! Frames that need not go through the client: plain events, in both directions, and acknowledgements
//! of a tab that shares nothing. The app is told how they begin; it asks for numbers only.

use std::rc::Rc;

use super::{Client, Output};
use crate::client::hub::Hub;
use crate::client::{EmitId, Notice, Shortcut, SocketId};
use crate::host::Host;
use crate::machine::Machine;
use crate::socketio::Manager;
use crate::socketio::packet::PacketType;
use crate::time::Instant;

/// A shortcut that the app knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    socket: SocketId,
    limit: usize,
    takes_events: bool,
}

/// An event that the app sends by itself: without attachments, and at most once.
#[derive(Clone, Copy, Debug)]
pub struct PlainEmit {
    /// Chosen by the app, as that of an [`Emit`](crate::client::Emit).
    pub id: EmitId,
    /// Size of the payload, in units of the host's text.
    pub units: usize,
    /// Whether the server shall acknowledge it.
    pub wants_ack: bool,
    /// When to stop waiting for the acknowledgement.
    pub deadline: Option<Instant>,
}

impl<H: Host> Client<H> {
    /// The app is about to send an event by itself ([`Notice::Shortcuts`]). Gives the id under which
    /// it shall be acknowledged, if it shall; `None` if it has to be an
    /// [`emit`](Self::emit).
    pub fn send_plain(
        &mut self,
        socket: SocketId,
        emit: PlainEmit,
        now: Instant,
    ) -> Option<Option<u64>> {
        let is_overdue = self.poll_timeout().is_some_and(|due| due <= now);
        let is_alone = self.way.tab.is_none() && self.outputs.is_empty();
        if is_overdue || !is_alone {
            return None;
        }
        let (name, generation) = self.endpoint.session_with_room(socket, emit.units)?;
        let origin = emit.wants_ack.then_some(emit.id);
        let ack = self.hub.as_mut()?.send_plain(&name, generation, origin)?;
        if emit.wants_ack {
            self.endpoint.carry(socket, emit.id, emit.deadline, now);
        }
        Some(ack)
    }

    /// The app took in an acknowledgement by itself ([`Notice::Shortcuts`]). Gives the emit that
    /// awaits it; if there is none, the client has to see the frame.
    pub fn answered(&mut self, socket: SocketId, ack: u64) -> Option<EmitId> {
        let is_alone = self.way.tab.is_none() && self.outputs.is_empty();
        let name = self.endpoint.name_of(socket).filter(|_| is_alone)?;
        let emit = self.hub.as_mut()?.answered(&name, ack)?;
        self.endpoint.cancel(socket, emit, &mut self.way).then_some(emit)
    }

    /// Tells the app if there are other shortcuts than it knows of.
    pub(super) fn follow_shortcuts(&mut self) {
        if self.open_shortcuts().map(|(known, _)| known).eq(self.shortcuts.iter().copied()) {
            return;
        }
        let (mut all, mut shortcuts) = (Vec::new(), Vec::new());
        for (known, name) in self.open_shortcuts() {
            let head = |packet_type| Manager::<H>::head(packet_type, name);
            let (event, ack) = (head(PacketType::Event), head(PacketType::Ack));
            let Known { socket, takes_events, .. } = known;
            shortcuts.push(Shortcut { socket, event, ack, takes_events });
            all.push(known);
        }
        // One connection has one limit.
        let limit = all.first().map_or(0, |known| known.limit);
        self.shortcuts = all;
        self.outputs.push_back(Output::Notice(Notice::Shortcuts { limit, shortcuts }));
    }

    fn open_shortcuts(&self) -> impl Iterator<Item = (Known, &Rc<str>)> {
        let hub = self.hub.iter().filter(|_| self.way.tab.is_none());
        hub.flat_map(Hub::plain_namespaces).filter_map(|(name, limit, tracks_events)| {
            let socket = self.endpoint.socket_for(name)?;
            Some((Known { socket, limit, takes_events: !tracks_events }, name))
        })
    }
}
