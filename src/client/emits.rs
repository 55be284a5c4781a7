//! What the app of one tab asked to send and is not done with.

use std::rc::Rc;

use super::limits::EmitLimits;
use super::message::{Message, Up};
use super::notice::EmitFailure;
use super::{EmitId, SocketId};
use crate::host::{Bytes, Host, Text};
use crate::socketio::Deduplication;
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
    /// What to do where nobody can tell whether it arrived. A volatile one is never sent again.
    pub delivery: Delivery,
}

/// How often an emit may be carried out if the connection, or the tab that holds it, is lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// It is sent once. Where nobody can tell whether it arrived, it fails.
    #[default]
    AtMostOnce,
    /// It is sent again over each new connection until it is acknowledged. Without an
    /// acknowledgement it counts as delivered as soon as it is handed to the connection.
    AtLeastOnce,
    /// As [`AtLeastOnce`](Self::AtLeastOnce), and only to a server that recognises repetitions
    /// ([`Deduplication`]): what that server may have forgotten is not sent again, but fails. The
    /// payload carries the id, and the server acknowledges every one.
    ExactlyOnce,
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
    /// Dropped once it will not be sent again.
    packet: Option<(H::Text, Vec<H::Bytes>)>,
    size: usize,
    wants_ack: bool,
    volatile: bool,
    deadline: Option<Instant>,
    delivery: Delivery,
    attempt: Option<Attempt>,
    /// The app has heard that it was handed over.
    told: bool,
}

/// The first time that an emit was with a hub which may have sent it.
#[derive(Debug)]
struct Attempt {
    at: Instant,
    /// Which memory of the server took note of it, if it arrived.
    memory: Option<Rc<str>>,
    /// No hub can say any more that it did not send it.
    certain: bool,
}

/// All emits of one tab, in the order of their ids within a socket.
#[derive(Debug)]
pub(crate) struct Emits<H: Host> {
    tracked: RisingMap<(SocketId, EmitId), Tracked<H>>,
    requests: RisingMap<RequestNo, (SocketId, EmitId)>,
    deadlines: RisingMap<(Instant, SocketId, EmitId), ()>,
    size: usize,
    limits: EmitLimits,
}

impl<H: Host> Emits<H> {
    pub(crate) const fn new(limits: EmitLimits) -> Self {
        Self {
            tracked: RisingMap::new(),
            requests: RisingMap::new(),
            deadlines: RisingMap::new(),
            size: 0,
            limits,
        }
    }

    /// Whether there is room for an emit of so many units.
    pub(crate) fn has_room(&self, units: usize) -> bool {
        let limits = self.limits;
        self.tracked.len() < limits.emits && self.size.saturating_add(units) <= limits.units
    }

    /// The emit that makes room for a newer one of its socket, if one has to.
    pub(crate) fn expendable(&self, socket: SocketId) -> Option<EmitId> {
        let mut emits = self.of_socket(socket).filter(|_| self.limits.drop_oldest);
        emits.find(|(_, emit)| emit.stage == Stage::Buffered).map(|(id, _)| id)
    }

    /// Takes in an emit for which there is room.
    pub(crate) fn insert(&mut self, socket: SocketId, emit: Emit<H>) {
        let size = emit.units();
        self.size = self.size.saturating_add(size);
        let tracked = Tracked {
            stage: Stage::Buffered,
            packet: Some((emit.payload, emit.attachments)),
            size,
            wants_ack: emit.wants_ack,
            volatile: emit.volatile,
            deadline: emit.deadline,
            delivery: if emit.volatile { Delivery::AtMostOnce } else { emit.delivery },
            attempt: None,
            told: false,
        };
        self.track(socket, emit.id, tracked);
    }

    /// Takes in an emit that was sent at most once, and awaits its acknowledgement.
    pub(crate) fn insert_carried(
        &mut self,
        socket: SocketId,
        id: EmitId,
        deadline: Option<Instant>,
        now: Instant,
    ) {
        let tracked = Tracked {
            stage: Stage::Carried,
            packet: None,
            size: 0,
            wants_ack: true,
            volatile: false,
            deadline,
            delivery: Delivery::AtMostOnce,
            attempt: Some(Attempt { at: now, memory: None, certain: true }),
            told: true,
        };
        self.track(socket, id, tracked);
    }

    fn track(&mut self, socket: SocketId, id: EmitId, emit: Tracked<H>) {
        if let Some(deadline) = emit.deadline {
            self.deadlines.insert((deadline, socket, id), ());
        }
        self.tracked.insert((socket, id), emit);
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

    /// Whether an emit can be sent to a server of these habits now without breaking its promise.
    pub(crate) fn check(
        &self,
        socket: SocketId,
        id: EmitId,
        server: Option<&Deduplication>,
        now: Instant,
    ) -> Result<(), EmitFailure> {
        let Some(emit) = self.tracked.get(&(socket, id)) else { return Ok(()) };
        if emit.delivery != Delivery::ExactlyOnce {
            return Ok(());
        }
        let server = server.ok_or(EmitFailure::Unsupported)?;
        let remembers = |attempt: &Attempt| {
            attempt.memory.as_ref() == Some(&server.memory) && now < attempt.at + server.keep()
        };
        let known = emit.attempt.as_ref().is_none_or(remembers);
        if known { Ok(()) } else { Err(EmitFailure::Unknown) }
    }

    /// The emit is with the hub, as request `no` of generation `generation`.
    pub(crate) fn set_requested(
        &mut self,
        (socket, id): (SocketId, EmitId),
        (no, generation): (RequestNo, u64),
        server: Option<&Deduplication>,
        now: Instant,
    ) {
        if let Some(emit) = self.tracked.get_mut(&(socket, id)) {
            emit.stage = Stage::Requested { no, generation };
            let memory = server.map(|server| Rc::clone(&server.memory));
            emit.attempt.get_or_insert(Attempt { at: now, memory, certain: false });
            self.requests.insert(no, (socket, id));
        }
    }

    /// Whether the server may have got an emit, as far as this tab knows.
    pub(crate) fn may_have_arrived(&self, socket: SocketId, id: EmitId) -> bool {
        self.tracked.get(&(socket, id)).is_some_and(|emit| emit.attempt.is_some())
    }

    /// Request `no` is carried out: the emit is done, unless it waits for an acknowledgement.
    /// Gives the emit, the first time.
    pub(crate) fn carried(&mut self, no: RequestNo) -> Option<(SocketId, EmitId)> {
        let (socket, id) = self.requests.remove(&no)?;
        let emit = self.tracked.get_mut(&(socket, id))?;
        emit.stage = Stage::Carried;
        emit.settle_attempt();
        let again = core::mem::replace(&mut emit.told, true);
        if !emit.wants_ack {
            self.remove(socket, id);
        } else if emit.delivery == Delivery::AtMostOnce && emit.packet.take().is_some() {
            self.size = self.size.saturating_sub(emit.size);
        }
        (!again).then_some((socket, id))
    }

    /// Nobody will say what became of request `no`. Gives the emit, and whether it is to be sent
    /// again.
    pub(crate) fn lost(&mut self, no: RequestNo) -> Option<(SocketId, EmitId, bool)> {
        let (socket, id) = self.requests.remove(&no)?;
        let emit = self.tracked.get_mut(&(socket, id))?;
        emit.stage = Stage::Buffered;
        emit.settle_attempt();
        let again = emit.delivery != Delivery::AtMostOnce;
        Some((socket, id, again))
    }

    /// All emits of a socket, oldest first.
    pub(crate) fn all(&self, socket: SocketId) -> Vec<EmitId> {
        self.at_stage(socket, |_| true)
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
            if emit.attempt.as_ref().is_some_and(|attempt| !attempt.certain) {
                emit.attempt = None;
            }
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

    /// The emits of a socket that are with the hub, or sent, and await an answer.
    pub(crate) fn asking(&self, socket: SocketId) -> Vec<EmitId> {
        let mut ids = self.at_stage(socket, |stage| stage != Stage::Buffered);
        ids.retain(|id| self.tracked.get(&(socket, *id)).is_some_and(|emit| emit.wants_ack));
        ids
    }

    /// The session ended that was to bring acknowledgements: what may be sent again waits for the
    /// next one, the rest is forgotten. Returns what is forgotten.
    pub(crate) fn drop_carried(&mut self, socket: SocketId) -> Vec<EmitId> {
        let mut carried = self.at_stage(socket, |stage| stage == Stage::Carried);
        carried.retain(|id| match self.tracked.get_mut(&(socket, *id)) {
            Some(emit) if emit.delivery != Delivery::AtMostOnce => {
                emit.stage = Stage::Buffered;
                false
            }
            _ => true,
        });
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
        let own = self.of_socket(socket);
        own.filter(|(_, emit)| wanted(emit.stage)).map(|(id, _)| id).collect()
    }

    fn of_socket(&self, socket: SocketId) -> impl Iterator<Item = (EmitId, &Tracked<H>)> {
        let own = self.tracked.iter().filter(move |((owner, _), _)| *owner == socket);
        own.map(|((_, id), emit)| (*id, emit))
    }
}

impl<H: Host> Emit<H> {
    /// Size of text and bytes.
    pub(crate) fn units(&self) -> usize {
        let bytes: usize = self.attachments.iter().map(Bytes::byte_len).sum();
        self.payload.units().saturating_add(bytes)
    }
}

impl<H: Host> Tracked<H> {
    /// It may have arrived, whatever is said of it later.
    fn settle_attempt(&mut self) {
        if let Some(attempt) = &mut self.attempt {
            attempt.certain = true;
        }
    }
}
