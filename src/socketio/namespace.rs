use core::mem;

use super::packet::Packet;
use super::recovery::Session;
use super::{AuthRequest, Recovery};
use crate::host::Host;

/// What a manager knows of one namespace.
#[derive(Clone, Debug)]
pub(super) struct Namespace<H: Host> {
    pub(super) name: String,
    /// Whether the owner wants it connected.
    pub(super) wanted: bool,
    pub(super) state: State,
    pub(super) session: Option<Session>,
    /// Events that came before the namespace was connected.
    pub(super) early: Vec<Packet<H>>,
}

/// ```text
/// Detached -- session open --> AuthPending -- payload --> Connecting -- let in --> Connected
///    ^                              | left                    | left                  |
///    +------------------------------+      Leaving <----------+                       |
///    +----- refused ------------------------+                                         |
///    +--------------------- Resting <-------+ let in                                  |
///    |                         ^--------------------------- left ---------------------+
///    +--------------------------------- thrown out, session lost ---------------------+
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Detached,
    /// The owner was asked for the payload of the CONNECT.
    AuthPending(AuthRequest),
    /// CONNECT is sent.
    Connecting,
    Connected,
    /// CONNECT is sent, but the answer is not wanted any more. A server that gets a DISCONNECT
    /// before it has answered closes the whole session, so the answer must be waited for.
    Leaving,
    /// DISCONNECT was just sent. A server that finds a CONNECT right behind it closes the whole
    /// session, since it carries DISCONNECT out a turn later.
    Resting,
}

impl<H: Host> Namespace<H> {
    pub(super) const fn new(name: String) -> Self {
        Self { name, wanted: false, state: State::Detached, session: None, early: Vec::new() }
    }

    /// Whether the owner waits for the outcome of a CONNECT.
    pub(super) const fn is_pending(&self) -> bool {
        self.wanted && !matches!(self.state, State::Detached | State::Connected)
    }

    pub(super) fn recovery(&self) -> Option<&Recovery> {
        self.session.as_ref().map(Session::recovery)
    }

    /// The session is lost. Early events are too: the next recovery brings them again.
    pub(super) fn detach(&mut self) {
        self.state = State::Detached;
        self.early.clear();
    }

    /// The owner does not want it connected any more; if it is connected, DISCONNECT was sent.
    pub(super) fn leave(&mut self) {
        self.wanted = false;
        self.early.clear();
        self.state = match self.state {
            State::Connecting | State::Leaving => State::Leaving,
            State::Connected | State::Resting => State::Resting,
            State::AuthPending(_) | State::Detached => State::Detached,
        };
    }

    /// The server let it in; returns whether that goes on with the session before, and the events
    /// that came early.
    pub(super) fn join(&mut self, pid: Option<String>) -> (bool, Vec<Packet<H>>) {
        self.state = State::Connected;
        let known = self.recovery().map(|recovery| recovery.pid.as_str());
        let recovered = pid.is_some() && pid.as_deref() == known;
        if !recovered {
            // The offset of another session would make the next recovery fail.
            self.session = pid.map(|pid| Session::new(Recovery { pid, offset: None }));
        }
        (recovered, mem::take(&mut self.early))
    }
}
