use super::{
    AuthRequest, Config, Event, Input, NamespaceId, NotConnected, Output, Recovery, Status,
};
use crate::host::Host;
use crate::machine::Machine;
use crate::time::Instant;

/// One Socket.IO connection with its namespaces.
#[derive(Clone, Debug)]
pub struct Manager<H: Host> {
    outputs: std::collections::VecDeque<Output<H>>,
}

#[allow(unused_variables)]
impl<H: Host> Manager<H> {
    /// A manager that does nothing yet.
    pub fn new(config: Config) -> Self {
        Self { outputs: Default::default() }
    }
    /// The namespace called `name`.
    pub fn namespace(&mut self, name: &str) -> NamespaceId {
        NamespaceId(0)
    }
    /// Opens the connection; while a reconnection waits, begins it at once.
    pub fn open(&mut self, now: Instant) {}
    /// Closes the connection and stops reconnection ("forced close").
    pub fn close(&mut self, now: Instant) {}
    /// Drops the socket at once, without DISCONNECT and without events.
    pub fn abandon(&mut self) {}
    /// Connects a namespace, opening the connection if need be.
    pub fn connect(&mut self, namespace: NamespaceId, now: Instant) {}
    /// Disconnects a namespace; the last one closes the connection.
    pub fn disconnect(&mut self, namespace: NamespaceId, now: Instant) {}
    /// Answers [`Event::AuthWanted`].
    pub fn provide_auth(&mut self, request: AuthRequest, payload: Option<H::Text>, now: Instant) {}
    /// Sends an event.
    pub fn send_event(
        &mut self,
        namespace: NamespaceId,
        ack: Option<u64>,
        payload: H::Text,
        attachments: Vec<H::Bytes>,
        now: Instant,
    ) -> Result<(), NotConnected> {
        Err(NotConnected)
    }
    /// Acknowledges an event.
    pub fn send_ack(
        &mut self,
        namespace: NamespaceId,
        ack: u64,
        payload: H::Text,
        attachments: Vec<H::Bytes>,
        now: Instant,
    ) -> Result<(), NotConnected> {
        Err(NotConnected)
    }
    /// Closes the connection with "parse error": the payload of an event or ack turned out not
    /// to be JSON, or its placeholders are wrong. The core does not look into payloads.
    pub fn refuse_payload(&mut self, now: Instant) {}
    /// Whether a namespace is connected.
    pub fn is_connected(&self, namespace: NamespaceId) -> bool {
        false
    }
    /// What the connection is doing.
    pub fn status(&self) -> Status {
        Status::Closed
    }
    /// Sets what the next CONNECT of a namespace asks to recover.
    pub fn set_recovery(&mut self, namespace: NamespaceId, recovery: Option<Recovery>) {}
    /// What the next CONNECT of a namespace would ask to recover.
    pub fn recovery(&self, namespace: NamespaceId) -> Option<&Recovery> {
        None
    }
}

impl<H: Host> Machine for Manager<H> {
    type Input = Input<H>;
    type Output = Output<H>;

    fn handle_input(&mut self, _input: Input<H>, _now: Instant) {}

    fn handle_timeout(&mut self, _now: Instant) {}

    fn poll_output(&mut self) -> Option<Output<H>> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
}
