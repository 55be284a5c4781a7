use core::fmt::Display;
use core::mem;
use core::time::Duration;
use std::collections::VecDeque;

use super::{Config, ConnId, DisconnectReason, Event, Input, Output};
use crate::backoff::Backoff;
use crate::engineio::{
    self, CloseReason, Connection, Frame, Message, NotOpen, Transport, Transports,
};
use crate::host::Host;
use crate::machine::Machine;
use crate::rng::Rng;
use crate::time::Instant;

/// An Engine.IO session that is opened again when it is lost. Knows nothing of namespaces.
#[derive(Clone, Debug)]
pub(super) struct Link<H: Host> {
    config: Config,
    state: State<H>,
    next_conn: u32,
    backoff: Backoff,
    rng: Rng,
    /// The last WebSocket worked.
    websocket_works: bool,
    /// The owner is told what travels.
    observed: bool,
    outputs: VecDeque<Signal<H>>,
}

/// What a link says to its manager.
#[derive(Clone, Debug)]
pub(super) enum Signal<H: Host> {
    /// An output that the manager passes on, after or before its own share.
    Forward(Output<H>),
    /// A message for the decoder.
    Message(Message<H>),
}

impl<H: Host> Link<H> {
    pub(super) fn new(config: Config) -> Self {
        Self {
            state: State::Closed,
            next_conn: 0,
            backoff: Backoff::new(config.backoff),
            rng: Rng::new(config.seed),
            websocket_works: config.websocket_works,
            observed: false,
            outputs: VecDeque::new(),
            config,
        }
    }

    pub(super) const fn status(&self) -> Status {
        match self.state {
            State::Closed => Status::Closed,
            State::Opening { .. } => Status::Opening,
            State::Open(_) => Status::Open,
            State::Waiting { .. } => Status::Waiting,
        }
    }

    /// Opens a session if none is open or being opened.
    pub(super) fn open(&mut self, now: Instant) {
        match self.state {
            State::Closed => self.begin(None, now),
            State::Waiting { .. } => self.try_again(now),
            State::Opening { .. } | State::Open(_) => {}
        }
    }

    /// Takes over other settings. How to reconnect counts at once, the rest for the next session;
    /// one that is being opened is begun anew.
    pub(super) fn configure(&mut self, config: Config, now: Instant) {
        let concerns_session = !config.differs_in_reconnection_only(&self.config);
        self.backoff.configure(config.backoff);
        self.config = Config { seed: self.config.seed, ..config };
        match mem::replace(&mut self.state, State::Closed) {
            State::Waiting { .. } if !self.config.reconnection => self.backoff.reset(),
            State::Opening { engine, attempt } if concerns_session => {
                self.end(engine);
                self.begin(attempt, now);
            }
            other => self.state = other,
        }
    }

    /// Closes for good. [`Event::Closed`] comes even if nothing was open, as in the reference
    /// client.
    pub(super) fn close(&mut self) {
        self.abandon();
        self.emit(Event::Closed { reason: DisconnectReason::Engine(CloseReason::ByOwner) });
    }

    /// Closes because of what the layer above found, and tries again.
    pub(super) fn fail(&mut self, reason: DisconnectReason, now: Instant) {
        if let State::Open(_) = self.state {
            self.abandon();
            self.emit(Event::Closed { reason });
            self.plan_reconnection(now);
        }
    }

    /// Ends the session that is open or being opened, and tries again.
    pub(super) fn drop_session(&mut self, now: Instant) {
        if let Some(engine) = self.state.engine_mut() {
            engine.connection.close();
            self.pump(now);
        }
    }

    /// Whether the owner is told what travels.
    pub(super) fn observe(&mut self, observed: bool) {
        self.observed = observed;
        if let Some(engine) = self.state.engine_mut() {
            engine.connection.observe(observed);
        }
    }

    /// The packets that no transport has taken yet.
    pub(super) fn unsent(&self) -> impl Iterator<Item = &Frame<H>> {
        let engine = match &self.state {
            State::Opening { engine, .. } | State::Open(engine) => Some(engine),
            State::Closed | State::Waiting { .. } => None,
        };
        engine.into_iter().flat_map(|engine| engine.connection.unsent())
    }

    /// Closes for good without an event.
    pub(super) fn abandon(&mut self) {
        if let Some(engine) = mem::replace(&mut self.state, State::Closed).into_engine() {
            self.end(engine);
        }
        self.backoff.reset();
    }

    fn end(&mut self, mut engine: Engine<H>) {
        engine.connection.close();
        while let Some(output) = engine.connection.poll_output() {
            if let Ok(command) = engine.command(output) {
                self.outputs.push_back(Signal::Forward(command));
            }
        }
    }

    /// Whether `frame`, if it came in now over socket `conn`, would be a message and have no other
    /// effect.
    pub(super) fn is_plain_message(&self, conn: ConnId, frame: &H::Text) -> bool {
        matches!(&self.state, State::Open(engine)
            if engine.conn == conn && engine.connection.is_plain_message(frame))
    }

    pub(super) fn plain_limit(&self) -> Option<usize> {
        let State::Open(engine) = &self.state else { return None };
        engine.connection.plain_limit()
    }

    pub(super) const fn has_foreign_codec(&self) -> bool {
        self.config.foreign_codec
    }

    pub(super) fn send_text(
        &mut self,
        head: impl Display,
        body: Option<&H::Text>,
        now: Instant,
    ) -> Result<(), NotOpen> {
        let State::Open(engine) = &mut self.state else { return Err(NotOpen) };
        let sent = engine.connection.send_text(head, body, now);
        self.pump(now);
        sent
    }

    pub(super) fn send_binary(&mut self, bytes: H::Bytes, now: Instant) -> Result<(), NotOpen> {
        let State::Open(engine) = &mut self.state else { return Err(NotOpen) };
        let sent = engine.connection.send_binary(bytes, now);
        self.pump(now);
        sent
    }

    fn begin(&mut self, attempt: Option<u32>, now: Instant) {
        let conn = ConnId(self.next_conn);
        self.next_conn = self.next_conn.wrapping_add(1);
        let config = engineio::Config {
            url: self.config.url.clone(),
            transports: self.transports(),
            open_timeout: self.config.timeout,
            max_frame: self.config.max_frame,
            seed: self.config.seed.wrapping_add(conn.0.into()),
        };
        let mut connection = Connection::new(config, now);
        connection.observe(self.observed);
        self.state = State::Opening { engine: Engine { conn, connection }, attempt };
        self.pump(now);
    }

    fn transports(&self) -> Transports {
        let mut transports = self.config.transports.clone();
        let order = &mut transports.order;
        if self.config.remember_upgrade
            && self.websocket_works
            && let Some(at) = order.iter().position(|one| *one == Transport::WebSocket)
        {
            order.remove(at);
            order.insert(0, Transport::WebSocket);
        }
        transports
    }

    /// Begins the reconnection that waits, if one does.
    fn try_again(&mut self, now: Instant) {
        if let State::Waiting { .. } = self.state {
            let attempt = self.backoff.attempts();
            self.emit(Event::ReconnectAttempt(attempt));
            self.begin(Some(attempt), now);
        }
    }

    fn plan_reconnection(&mut self, now: Instant) {
        if !self.config.reconnection {
            return;
        }
        if self.config.attempts.is_some_and(|attempts| self.backoff.attempts() >= attempts) {
            self.backoff.reset();
            return self.emit(Event::ReconnectFailed);
        }
        let delay = self.backoff.next_delay(&mut self.rng).max(SHORTEST_DELAY);
        self.state = State::Waiting { until: now + delay };
    }

    fn pump(&mut self, now: Instant) {
        while let Some(engine) = self.state.engine_mut() {
            let Some(output) = engine.connection.poll_output() else { return };
            match engine.command(output) {
                Ok(command) => self.outputs.push_back(Signal::Forward(command)),
                Err(event) => self.handle_event(event, now),
            }
        }
    }

    fn handle_event(&mut self, event: engineio::Event<H>, now: Instant) {
        match event {
            engineio::Event::Opened { sid, transport, .. } => self.handle_opened(sid, transport),
            engineio::Event::Message(message) => self.outputs.push_back(Signal::Message(message)),
            engineio::Event::Ping => self.emit(Event::Ping),
            engineio::Event::Traffic(traffic) => self.emit(Event::Traffic(traffic)),
            engineio::Event::Upgrading(transport) => {
                self.websocket_works = true;
                self.emit(Event::Upgrading(transport));
            }
            engineio::Event::Upgraded(transport) => self.emit(Event::Upgraded(transport)),
            engineio::Event::UpgradeFailed(error) => {
                self.websocket_works = false;
                self.emit(Event::UpgradeFailed(error));
            }
            engineio::Event::Closed(reason) => self.handle_closed(reason, now),
        }
    }

    fn handle_opened(&mut self, sid: String, transport: Transport) {
        self.websocket_works = transport == Transport::WebSocket;
        match mem::replace(&mut self.state, State::Closed) {
            State::Opening { engine, attempt } => {
                self.state = State::Open(engine);
                self.backoff.reset();
                self.emit(Event::Opened { sid, transport });
                if let Some(attempt) = attempt {
                    self.emit(Event::Reconnected(attempt));
                }
            }
            other => self.state = other,
        }
    }

    fn handle_closed(&mut self, reason: CloseReason, now: Instant) {
        match mem::replace(&mut self.state, State::Closed) {
            State::Opening { attempt, .. } => {
                self.websocket_works = false;
                self.emit(Event::OpenFailed { error: reason.clone() });
                self.plan_reconnection(now);
                // Behind `ReconnectFailed`, as in the reference client.
                if attempt.is_some() {
                    self.emit(Event::ReconnectError(reason));
                }
            }
            State::Open(_) => {
                self.emit(Event::Closed { reason: DisconnectReason::Engine(reason) });
                self.plan_reconnection(now);
            }
            other => self.state = other,
        }
    }

    fn emit(&mut self, event: Event<H>) {
        self.outputs.push_back(Signal::Forward(Output::Event(event)));
    }
}

impl<H: Host> Machine for Link<H> {
    type Input = Input<H>;
    type Output = Signal<H>;

    fn handle_input(&mut self, input: Input<H>, now: Instant) {
        match input {
            Input::Socket { conn, fact } => {
                if let Some(engine) = self.state.engine_mut().filter(|engine| engine.conn == conn) {
                    engine.connection.handle_input(fact, now);
                    self.pump(now);
                }
            }
            // Those of the manager.
            Input::Codec(_) | Input::Injected(_) => {}
            Input::WentOnline => self.try_again(now),
            Input::WentOffline => {
                if let Some(engine) = self.state.engine_mut()
                    && host_name(&self.config.url) != "localhost"
                {
                    engine.connection.handle_input(engineio::Input::NetworkLost, now);
                    self.pump(now);
                }
            }
            Input::Resumed => {
                self.handle_timeout(now);
                self.try_again(now);
            }
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        if let State::Waiting { until } = self.state
            && until <= now
        {
            self.try_again(now);
        }
        if let Some(engine) = self.state.engine_mut() {
            engine.connection.handle_timeout(now);
            self.pump(now);
        }
    }

    fn poll_output(&mut self) -> Option<Signal<H>> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match &self.state {
            State::Closed => None,
            State::Opening { engine, .. } | State::Open(engine) => engine.connection.poll_timeout(),
            State::Waiting { until } => Some(*until),
        }
    }
}

/// What a manager's connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing, and nothing is planned.
    Closed,
    /// A session is being opened.
    Opening,
    /// A session is open.
    Open,
    /// A reconnection is planned.
    Waiting,
}

/// ```text
/// Closed -- open --> Opening -- handshake --> Open
///    ^                | failed    ^ delay over | lost
///    +-- given up ----+------> Waiting <-------+
/// ```
/// `close` leads from everywhere to `Closed`.
#[derive(Clone, Debug)]
enum State<H: Host> {
    Closed,
    Opening {
        engine: Engine<H>,
        /// Number of the reconnection; `None` if the owner opened.
        attempt: Option<u32>,
    },
    Open(Engine<H>),
    Waiting {
        until: Instant,
    },
}

impl<H: Host> State<H> {
    const fn engine_mut(&mut self) -> Option<&mut Engine<H>> {
        match self {
            Self::Opening { engine, .. } | Self::Open(engine) => Some(engine),
            Self::Closed | Self::Waiting { .. } => None,
        }
    }

    fn into_engine(self) -> Option<Engine<H>> {
        match self {
            Self::Opening { engine, .. } | Self::Open(engine) => Some(engine),
            Self::Closed | Self::Waiting { .. } => None,
        }
    }
}

#[derive(Clone, Debug)]
struct Engine<H: Host> {
    conn: ConnId,
    connection: Connection<H>,
}

impl<H: Host> Engine<H> {
    /// The command of an output under the name of the socket; an event comes back.
    fn command(&self, output: engineio::Output<H>) -> Result<Output<H>, engineio::Event<H>> {
        let conn = self.conn;
        match output {
            engineio::Output::OpenSocket { url } => Ok(Output::OpenSocket { conn, url }),
            engineio::Output::SendFrame(frame) => Ok(Output::SendFrame { conn, frame }),
            engineio::Output::CloseSocket => Ok(Output::CloseSocket { conn }),
            engineio::Output::Request(request) => Ok(Output::Request { conn, request }),
            engineio::Output::Event(event) => Err(event),
        }
    }
}

fn host_name(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    host.split(':').next().unwrap_or_default()
}

/// With a delay of zero an unreachable server would be tried without end in one turn.
const SHORTEST_DELAY: Duration = Duration::from_millis(1);
