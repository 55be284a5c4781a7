use core::fmt::Display;
use core::time::Duration;
use std::collections::VecDeque;

use super::packet::{Handshake, PacketType};
use super::{CloseReason, Frame, Message};
use crate::host::{Host, Text};
use crate::machine::{Machine, Timers};
use crate::time::Instant;

/// One Engine.IO session.
///
/// Asks for its socket when it is made. [`Event::Closed`] is its last output and comes exactly
/// once; a new session is a new `Connection`.
#[derive(Clone, Debug)]
pub struct Connection<H: Host> {
    state: State,
    max_frame: usize,
    timers: Timers<Timer>,
    outputs: VecDeque<Output<H>>,
}

impl<H: Host> Connection<H> {
    /// Begins a session: asks for the socket and starts the open timeout.
    pub fn new(config: Config, now: Instant) -> Self {
        let mut timers = Timers::default();
        if let Some(timeout) = config.open_timeout {
            timers.set(Timer::Open, now + timeout);
        }
        let outputs = VecDeque::from([Output::OpenSocket { url: config.url }]);
        Self { state: State::Opening, max_frame: config.max_frame, timers, outputs }
    }

    /// Sends a text message: `body` behind `head`, put together in one step.
    ///
    /// # Errors
    ///
    /// [`NotOpen`] if the session is not open, also if it is only found here that its heartbeat
    /// has run out (a suspended laptop, a throttled timer).
    pub fn send_text(
        &mut self,
        head: impl Display,
        body: Option<&H::Text>,
        now: Instant,
    ) -> Result<(), NotOpen> {
        self.ensure_open(now)?;
        let head = format!("4{head}");
        let frame = body.map_or_else(|| H::Text::from_core(&head), |body| body.behind(&head));
        self.outputs.push_back(Output::SendFrame(Frame::Text(frame)));
        Ok(())
    }

    /// Sends a binary message.
    ///
    /// # Errors
    ///
    /// As [`send_text`](Self::send_text).
    pub fn send_binary(&mut self, bytes: H::Bytes, now: Instant) -> Result<(), NotOpen> {
        self.ensure_open(now)?;
        self.outputs.push_back(Output::SendFrame(Frame::Binary(bytes)));
        Ok(())
    }

    /// Closes the session; nothing happens if it is closed.
    ///
    /// No `close` packet is sent: over a WebSocket the reference client sends none either.
    pub fn close(&mut self) {
        self.close_for(CloseReason::ByOwner);
    }

    fn ensure_open(&mut self, now: Instant) -> Result<(), NotOpen> {
        self.handle_timeout(now);
        match self.state {
            State::Open { .. } => Ok(()),
            State::Opening | State::Closed => Err(NotOpen),
        }
    }

    fn receive(&mut self, frame: Frame<H>, now: Instant) {
        let size = frame.size();
        if size > self.max_frame {
            return self.close_for(CloseReason::FrameTooLarge(size));
        }
        match frame {
            Frame::Binary(bytes) => self.deliver(Message::Binary(bytes)),
            Frame::Text(text) => match PacketType::of(&text) {
                Some(PacketType::Message) => self.deliver(Message::Text(text)),
                Some(PacketType::Ping) => self.answer_ping(now),
                Some(PacketType::Open) => self.shake_hands(&text, now),
                // `close` means something over long-polling only; the reference client ignores
                // all four over a WebSocket.
                Some(
                    PacketType::Close | PacketType::Pong | PacketType::Upgrade | PacketType::Noop,
                ) => {}
                None => self.close_for(CloseReason::InvalidFrame),
            },
        }
    }

    fn shake_hands(&mut self, frame: &H::Text, now: Instant) {
        if self.state != State::Opening {
            return;
        }
        let Some(handshake) = Handshake::of(frame) else {
            return self.close_for(CloseReason::InvalidHandshake);
        };
        let (ping_interval, ping_timeout) = (handshake.ping_interval(), handshake.ping_timeout());
        self.state = State::Open { silence: ping_interval.saturating_add(ping_timeout) };
        self.timers.stop(Timer::Open);
        self.await_ping(now);
        self.outputs.push_back(Output::Event(Event::Opened {
            sid: handshake.sid,
            ping_interval,
            ping_timeout,
            max_payload: handshake.max_payload,
        }));
    }

    fn answer_ping(&mut self, now: Instant) {
        if let State::Open { .. } = self.state {
            self.outputs.push_back(Output::SendFrame(Frame::Text(H::Text::from_core("3"))));
            self.outputs.push_back(Output::Event(Event::Ping));
            self.await_ping(now);
        }
    }

    /// Only pings put the timeout off; other traffic does not count.
    fn await_ping(&mut self, now: Instant) {
        if let State::Open { silence } = self.state {
            self.timers.set(Timer::Heartbeat, now + silence);
        }
    }

    /// A message before the handshake is dropped.
    fn deliver(&mut self, message: Message<H>) {
        if let State::Open { .. } = self.state {
            self.outputs.push_back(Output::Event(Event::Message(message)));
        }
    }

    fn close_for(&mut self, reason: CloseReason) {
        if self.state == State::Closed {
            return;
        }
        self.state = State::Closed;
        self.timers.clear();
        if !matches!(reason, CloseReason::SocketClosed { .. }) {
            self.outputs.push_back(Output::CloseSocket);
        }
        self.outputs.push_back(Output::Event(Event::Closed(reason)));
    }
}

impl<H: Host> Machine for Connection<H> {
    type Input = Input<H>;
    type Output = Output<H>;

    fn handle_input(&mut self, input: Input<H>, now: Instant) {
        if self.state == State::Closed {
            return;
        }
        match input {
            // The server speaks first.
            Input::SocketOpened => {}
            Input::FrameReceived(frame) => self.receive(frame, now),
            Input::SocketClosed { code, reason } => {
                self.close_for(CloseReason::SocketClosed { code, reason });
            }
            Input::SocketFailed => self.close_for(CloseReason::SocketFailed),
            Input::NetworkLost => self.close_for(CloseReason::NetworkLost),
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        match self.timers.pop_due(now) {
            Some(Timer::Open) => self.close_for(CloseReason::OpenTimeout),
            Some(Timer::Heartbeat) => self.close_for(CloseReason::HeartbeatTimeout),
            None => {}
        }
    }

    fn poll_output(&mut self) -> Option<Output<H>> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }
}

/// Settings of a [`Connection`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Complete URL of the socket, `EIO=4&transport=websocket` included.
    pub url: String,
    /// How long the socket and the handshake may take together; `None` for ever.
    pub open_timeout: Option<Duration>,
    /// Largest frame that is accepted, in units of text or in bytes.
    pub max_frame: usize,
}

/// A fact about the socket.
#[derive(Clone, Debug, PartialEq)]
pub enum Input<H: Host> {
    /// The socket is open.
    SocketOpened,
    /// A frame came in.
    FrameReceived(Frame<H>),
    /// The socket is closed.
    SocketClosed {
        /// Close code of the WebSocket.
        code: u16,
        /// Reason that came with the code.
        reason: String,
    },
    /// The socket failed.
    SocketFailed,
    /// The host is offline: the socket is dead, whatever it says.
    NetworkLost,
}

/// A command for the socket, or an event for the owner.
#[derive(Clone, Debug, PartialEq)]
pub enum Output<H: Host> {
    /// Open a socket.
    OpenSocket {
        /// Where to.
        url: String,
    },
    /// Send a frame.
    SendFrame(Frame<H>),
    /// Send what is left to send, then close the socket and report nothing more of it.
    CloseSocket,
    /// Something the owner wants to know.
    Event(Event<H>),
}

/// What happened to a session.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<H: Host> {
    /// The handshake is done.
    Opened {
        /// Id of the session.
        sid: String,
        /// How often the server pings.
        ping_interval: Duration,
        /// How late a ping may be.
        ping_timeout: Duration,
        /// Largest payload the server takes, in bytes.
        max_payload: Option<u64>,
    },
    /// A message came in.
    Message(Message<H>),
    /// A ping came in and was answered.
    Ping,
    /// The session is over. Last output, exactly once.
    Closed(CloseReason),
}

/// The session is not open; nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotOpen;

/// ```text
/// Opening -- open packet --> Open -- anything final --> Closed
///    +------------- anything final ----------------------^
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Opening,
    Open { silence: Duration },
    Closed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    /// When to give up opening.
    Open,
    /// When a ping is overdue.
    Heartbeat,
}
