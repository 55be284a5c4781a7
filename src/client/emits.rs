//! What the app of one tab asked to send and is not done with.

use std::rc::Rc;

use super::message::{Message, Up};
use super::{EmitId, SocketId};
use crate::host::{Bytes, Host, Text};
use crate::sorted::RisingMap;
use crate::tabs::RequestNo;
use crate::time::Instant;

/// One event on its way to the server.
#[derive(Clone, Debug)]
pub struct Emit<H: Host> {
    /// Chosen by the app: unique and rising within a socket.
    pub id: EmitId,
    /// JSON array `[event, ...args]`.
    pub payload: H::Text,
    /// Binary attachments that the payload's placeholders refer to.
    pub attachments: Vec<H::Bytes>,
    /// Whether the server shall acknowledge it.
    pub wants_ack: bool,
    /// Whether it is dropped rather than kept when it cannot be sent at once.
    pub volatile: bool,
    /// When to stop waiting for the acknowledgement.
    pub deadline: Option<Instant>,
}

/// How far an emit has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Waits for the socket to be connected.
    Buffered,
    /// With the hub, which has not sent it yet as far as this tab knows; it will not, if the
    /// session is not of this generation any more.
    Requested { no: RequestNo, generation: u64 },
    /// Sent; waits for the acknowledgement.
    Carried,
}

/// An emit and how far it has come.
#[derive(Debug)]
pub(crate) struct Tracked<H: Host> {
    pub(crate) stage: Stage,
    /// Dropped once it is sent.
    packet: Option<(H::Text, Vec<H::Bytes>)>,
    size: usize,
    wants_ack: bool,
    volatile: bool,
    deadline: Option<Instant>,
}

/// All emits of one tab, in the order of their ids within a socket.
#[derive(Debug)]
pub(crate) struct Emits<H: Host> {
    tracked: RisingMap<(SocketId, EmitId), Tracked<H>>,
    requests: RisingMap<RequestNo, (SocketId, EmitId)>,
    deadlines: RisingMap<(Instant, SocketId, EmitId), ()>,
    size: usize,
}

/// Most emits of one tab that may be unsent or unacknowledged.
const MAX_EMITS: usize = 100_000;
/// Most text units and bytes that may be unsent.
const MAX_SIZE: usize = 256 << 20;

impl<H: Host> Default for Emits<H> {
    fn default() -> Self {
        Self {
            tracked: RisingMap::new(),
            requests: RisingMap::new(),
            deadlines: RisingMap::new(),
            size: 0,
        }
    }
}

impl<H: Host> Emits<H> {
    /// Takes in an emit; false if there is no room for it.
    pub(crate) fn insert(&mut self, socket: SocketId, emit: Emit<H>) -> bool {
        let bytes: usize = emit.attachments.iter().map(Bytes::byte_len).sum();
        let size = emit.payload.units().saturating_add(bytes);
        if self.tracked.len() >= MAX_EMITS || self.size.saturating_add(size) > MAX_SIZE {
            return false;
        }
        self.size = self.size.saturating_add(size);
        if let Some(deadline) = emit.deadline {
            self.deadlines.insert((deadline, socket, emit.id), ());
        }
        let tracked = Tracked {
            stage: Stage::Buffered,
            packet: Some((emit.payload, emit.attachments)),
            size,
            wants_ack: emit.wants_ack,
            volatile: emit.volatile,
            deadline: emit.deadline,
        };
        self.tracked.insert((socket, emit.id), tracked);
        true
    }

    /// Forgets an emit.
    pub(crate) fn remove(&mut self, socket: SocketId, id: EmitId) -> Option<Tracked<H>> {
        let emit = self.tracked.remove(&(socket, id))?;
        if emit.packet.is_some() {
            self.size = self.size.saturating_sub(emit.size);
        }
        if let Stage::Requested { no, .. } = emit.stage {
            self.requests.remove(&no);
        }
        if let Some(deadline) = emit.deadline {
            self.deadlines.remove(&(deadline, socket, id));
        }
        Some(emit)
    }

    /// The message that asks the hub to send an emit.
    pub(crate) fn message(
        &self,
        socket: SocketId,
        id: EmitId,
        namespace: Rc<str>,
        generation: u64,
    ) -> Option<Message<H, Up>> {
        let emit = self.tracked.get(&(socket, id))?;
        let (text, attachments) = emit.packet.clone()?;
        let control = Up::Emit { namespace, generation, id, wants_ack: emit.wants_ack };
        Some(Message { control, text: Some(text), attachments })
    }

    /// The emit is with the hub, as request `no`.
    pub(crate) fn set_requested(
        &mut self,
        socket: SocketId,
        id: EmitId,
        no: RequestNo,
        generation: u64,
    ) {
        if let Some(emit) = self.tracked.get_mut(&(socket, id)) {
            emit.stage = Stage::Requested { no, generation };
            self.requests.insert(no, (socket, id));
        }
    }

    /// Which emit request `no` carries.
    pub(crate) fn requested(&self, no: RequestNo) -> Option<(SocketId, EmitId)> {
        self.requests.get(&no).copied()
    }

    /// Request `no` is carried out: the emit is done, unless it waits for an acknowledgement.
    pub(crate) fn carried(&mut self, no: RequestNo) -> Option<(SocketId, EmitId)> {
        let (socket, id) = self.requests.remove(&no)?;
        let emit = self.tracked.get_mut(&(socket, id))?;
        emit.stage = Stage::Carried;
        if emit.wants_ack {
            emit.packet = None;
            self.size = self.size.saturating_sub(emit.size);
        } else {
            self.remove(socket, id);
        }
        Some((socket, id))
    }

    /// The emits of a socket that wait for it to be connected, oldest first.
    pub(crate) fn buffered(&self, socket: SocketId) -> Vec<EmitId> {
        self.at_stage(socket, |stage| stage == Stage::Buffered)
    }

    /// Puts back what is with the hub and was meant for another session than that of generation
    /// `current`. Returns the requests.
    pub(crate) fn take_back(&mut self, socket: SocketId, current: Option<u64>) -> Vec<RequestNo> {
        let ids = self.at_stage(socket, |stage| match stage {
            Stage::Requested { generation, .. } => Some(generation) != current,
            Stage::Buffered | Stage::Carried => false,
        });
        let mut requests = Vec::new();
        for id in ids {
            let Some(emit) = self.tracked.get_mut(&(socket, id)) else { continue };
            if let Stage::Requested { no, .. } = emit.stage {
                requests.push(no);
                self.requests.remove(&no);
            }
            emit.stage = Stage::Buffered;
        }
        requests
    }

    /// Forgets the volatile emits that would have to wait. Returns those that awaited an answer.
    pub(crate) fn drop_volatile(&mut self, socket: SocketId) -> Vec<EmitId> {
        let buffered = self.buffered(socket).into_iter();
        let volatile = buffered.filter_map(|id| {
            let emit = self.tracked.get(&(socket, id)).filter(|emit| emit.volatile)?;
            Some((id, emit.wants_ack))
        });
        let volatile: Vec<(EmitId, bool)> = volatile.collect();
        for (id, _) in &volatile {
            self.remove(socket, *id);
        }
        volatile.into_iter().filter(|(_, wants_ack)| *wants_ack).map(|(id, _)| id).collect()
    }

    /// The emits of a socket that are with the hub and await an answer.
    pub(crate) fn asking(&self, socket: SocketId) -> Vec<EmitId> {
        let mut ids = self.at_stage(socket, |stage| matches!(stage, Stage::Requested { .. }));
        ids.retain(|id| self.tracked.get(&(socket, *id)).is_some_and(|emit| emit.wants_ack));
        ids
    }

    /// Forgets what waits for an acknowledgement of a session that ended. Returns the emits.
    pub(crate) fn drop_carried(&mut self, socket: SocketId) -> Vec<EmitId> {
        let carried = self.at_stage(socket, |stage| stage == Stage::Carried);
        for id in &carried {
            self.remove(socket, *id);
        }
        carried
    }

    /// When the earliest deadline of an acknowledgement is.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|((at, ..), ())| *at)
    }

    /// Takes an emit whose deadline has passed.
    pub(crate) fn pop_overdue(&mut self, now: Instant) -> Option<(SocketId, EmitId)> {
        let ((at, socket, id), ()) = *self.deadlines.first()?;
        (at <= now).then(|| {
            self.deadlines.pop_first();
            (socket, id)
        })
    }

    fn at_stage(&self, socket: SocketId, wanted: impl Fn(Stage) -> bool) -> Vec<EmitId> {
        let own = self.tracked.iter().filter(|((owner, _), _)| *owner == socket);
        own.filter(|(_, emit)| wanted(emit.stage)).map(|((_, id), _)| *id).collect()
    }
}
