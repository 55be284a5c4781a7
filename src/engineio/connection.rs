mod close;
mod upgrade;

use core::fmt::Display;
use core::time::Duration;
use std::collections::VecDeque;

use super::address;
use super::base64;
use super::packet::{Handshake, PacketType};
use super::polling::{self, Polling};
use super::{
    CloseReason, Config, Event, Frame, Input, Message, Output, Post, Request, Traffic, Transport,
    UpgradeError,
};
use crate::host::{Bytes, Host, Text};
use crate::machine::{Machine, Timers};
use crate::rng::Rng;
use crate::time::Instant;

/// One Engine.IO session.
///
/// Asks for its transport when it is made. [`Event::Closed`] is its last output and comes exactly
/// once; a new session is a new `Connection`.
#[derive(Clone, Debug)]
pub struct Connection<H: Host> {
    config: Config,
    rng: Rng,
    state: State,
    /// Transports that may still be used; the first is, or was, for opening.
    transports: VecDeque<Transport>,
    sid: Option<String>,
    max_payload: Option<u64>,
    polling: Polling<H>,
    upgrade: Upgrade,
    /// Whether the owner wants to be told what travels.
    observed: bool,
    timers: Timers<Timer>,
    outputs: VecDeque<Output<H>>,
}

impl<H: Host> Connection<H> {
    /// Begins a session: asks for the first transport and starts the open timeout.
    pub fn new(config: Config, now: Instant) -> Self {
        let mut timers = Timers::default();
        if let Some(timeout) = config.open_timeout {
            timers.set(Timer::Open, now + timeout);
        }
        let mut connection = Self {
            rng: Rng::new(config.seed),
            state: State::Closed,
            transports: config.transports.order.iter().copied().collect(),
            sid: None,
            max_payload: None,
            polling: Polling::new(),
            upgrade: Upgrade::None,
            observed: false,
            timers,
            outputs: VecDeque::new(),
            config,
        };
        connection.open_first();
        connection
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
        let head = Message::<H>::head(head);
        let frame = body.map_or_else(|| H::Text::from_core(&head), |body| body.behind(&head));
        self.send(Frame::Text(frame));
        Ok(())
    }

    /// Sends a binary message.
    ///
    /// # Errors
    ///
    /// As [`send_text`](Self::send_text).
    pub fn send_binary(&mut self, bytes: H::Bytes, now: Instant) -> Result<(), NotOpen> {
        self.ensure_open(now)?;
        self.send(Frame::Binary(bytes));
        Ok(())
    }

    /// Whether [`Event::Traffic`] tells what travels. It does not at first.
    pub const fn observe(&mut self, observed: bool) {
        self.observed = observed;
    }

    /// The packets that no transport has taken yet, oldest first.
    pub fn unsent(&self) -> impl Iterator<Item = &Frame<H>> {
        self.polling.packets()
    }

    /// How many units a frame may have that, if it came in now and is a message, would have no
    /// other effect; `None` if there is no such frame.
    pub fn plain_limit(&self) -> Option<usize> {
        let is_plain = matches!(self.state, State::Open { transport: Transport::WebSocket, .. });
        (is_plain && !self.observed).then_some(self.config.max_frame)
    }

    /// Whether `frame`, if it came in now, would be a message and have no other effect.
    pub fn is_plain_message(&self, frame: &H::Text) -> bool {
        self.plain_limit().is_some_and(|limit| frame.units() <= limit)
            && PacketType::of(frame) == Some(PacketType::Message)
    }

    fn ensure_open(&mut self, now: Instant) -> Result<(), NotOpen> {
        self.handle_timeout(now);
        match self.state {
            State::Open { .. } => Ok(()),
            State::Opening(_) | State::Closed => Err(NotOpen),
        }
    }

    fn open_first(&mut self) {
        match self.transports.front().copied() {
            Some(transport) => {
                self.state = State::Opening(transport);
                match transport {
                    Transport::Polling => self.poll(),
                    Transport::WebSocket => self.open_socket(),
                }
            }
            None => {
                self.timers.clear();
                self.emit(Event::Closed(CloseReason::NoTransport));
            }
        }
    }

    fn open_socket(&mut self) {
        let url = self.url(Transport::WebSocket);
        self.outputs.push_back(Output::OpenSocket { url });
    }

    fn poll(&mut self) {
        self.polling.is_waiting = true;
        let (url, limit) = (self.url(Transport::Polling), self.config.max_frame);
        self.outputs.push_back(Output::Request(Request::Poll { url, limit }));
    }

    fn post(&mut self, body: H::Text) -> Post<H> {
        Post { url: self.url(Transport::Polling), body }
    }

    fn url(&mut self, transport: Transport) -> String {
        address::url(&self.config, transport, self.sid.as_deref(), &mut self.rng)
    }

    /// The transport that packets travel over.
    const fn transport(&self) -> Option<Transport> {
        match self.state {
            State::Opening(transport) | State::Open { transport, .. } => Some(transport),
            State::Closed => None,
        }
    }

    fn send(&mut self, packet: Frame<H>) {
        if self.observed {
            self.emit(Event::Traffic(Traffic::Created(packet.clone())));
        }
        self.hand_over(packet);
    }

    fn hand_over(&mut self, packet: Frame<H>) {
        if self.transport() == Some(Transport::Polling) {
            self.polling.push(packet);
            self.flush();
        } else {
            let frame = match packet {
                Frame::Binary(_) if self.config.transports.websocket.base64 => {
                    Frame::Text(polling::text(&packet))
                }
                packet => packet,
            };
            self.outputs.push_back(Output::SendFrame(frame));
            self.note(Traffic::Flushed);
            self.note(Traffic::Drained);
        }
    }

    /// Sends what waits, unless a POST is under way or the session is about to move.
    fn flush(&mut self) {
        if self.upgrade != Upgrade::Switching
            && let Some(body) = self.polling.next_body(self.max_payload)
        {
            let post = self.post(body);
            self.outputs.push_back(Output::Request(Request::Post(post)));
            self.note(Traffic::Flushed);
        }
    }

    fn handle_frame(&mut self, frame: Frame<H>, now: Instant) {
        if self.transport() == Some(Transport::WebSocket) {
            self.receive(frame, now);
        } else if self.upgrade == Upgrade::Probing {
            self.handle_probe_answer(&frame);
        }
    }

    fn handle_polled(&mut self, packet: H::Text, now: Instant) {
        if self.polling.is_waiting {
            self.receive(Frame::Text(packet), now);
        }
    }

    fn handle_poll_ended(&mut self) {
        if core::mem::take(&mut self.polling.is_waiting) {
            if self.upgrade == Upgrade::Switching {
                self.switch_if_idle();
            } else {
                self.poll();
            }
        }
    }

    fn handle_posted(&mut self) {
        if self.polling.is_posting() {
            self.polling.posted();
            if self.polling.packets().next().is_none() {
                self.note(Traffic::Drained);
            }
            if self.upgrade == Upgrade::Switching {
                self.switch_if_idle();
            } else {
                self.flush();
            }
        }
    }

    fn receive(&mut self, frame: Frame<H>, now: Instant) {
        let size = frame.size();
        if size > self.config.max_frame {
            return self.fail(CloseReason::FrameTooLarge(size));
        }
        if self.observed {
            self.emit(Event::Traffic(Traffic::Received(frame.clone())));
        }
        let text = match frame {
            Frame::Binary(bytes) => return self.deliver(Message::Binary(bytes)),
            Frame::Text(text) => text,
        };
        match PacketType::of(&text) {
            Some(PacketType::Message) => self.deliver(Message::Text(text)),
            Some(PacketType::Base64) => match base64::decode(&text.part(1, size).to_core()) {
                Some(bytes) => self.deliver(Message::Binary(H::Bytes::from_core(&bytes))),
                None => self.fail(CloseReason::InvalidFrame),
            },
            Some(PacketType::Ping) => self.answer_ping(now),
            Some(PacketType::Open) => self.shake_hands(&text, now),
            // The reference client ignores it over a WebSocket.
            Some(PacketType::Close) => {
                if self.transport() == Some(Transport::Polling) {
                    self.close_for(CloseReason::ByServer);
                }
            }
            Some(PacketType::Pong | PacketType::Upgrade | PacketType::Noop) => {}
            None => self.fail(CloseReason::InvalidFrame),
        }
    }

    fn shake_hands(&mut self, frame: &H::Text, now: Instant) {
        let State::Opening(transport) = self.state else { return };
        let Some(handshake) = Handshake::of(frame) else {
            return self.fail(CloseReason::InvalidHandshake);
        };
        let (ping_interval, ping_timeout) = (handshake.ping_interval(), handshake.ping_timeout());
        let silence = ping_interval.saturating_add(ping_timeout);
        self.state = State::Open { transport, silence };
        self.sid = Some(handshake.sid.clone());
        self.max_payload = handshake.max_payload;
        self.timers.stop(Timer::Open);
        self.await_ping(now);
        let (sid, max_payload) = (handshake.sid, handshake.max_payload);
        self.emit(Event::Opened { sid, transport, ping_interval, ping_timeout, max_payload });
        if transport == Transport::Polling {
            self.probe(&handshake.upgrades);
        }
    }

    fn answer_ping(&mut self, now: Instant) {
        if let State::Open { .. } = self.state {
            self.send(Frame::Text(H::Text::from_core("3")));
            self.emit(Event::Ping);
            self.await_ping(now);
        }
    }

    /// Only pings put the timeout off; other traffic does not count.
    fn await_ping(&mut self, now: Instant) {
        if let State::Open { silence, .. } = self.state {
            self.timers.set(Timer::Heartbeat, now + silence);
        }
    }

    /// A message before the handshake is dropped.
    fn deliver(&mut self, message: Message<H>) {
        if let State::Open { .. } = self.state {
            self.emit(Event::Message(message));
        }
    }

    fn note(&mut self, traffic: Traffic<H>) {
        if self.observed {
            self.emit(Event::Traffic(traffic));
        }
    }

    fn emit(&mut self, event: Event<H>) {
        self.outputs.push_back(Output::Event(event));
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
            Input::SocketOpened => self.handle_socket_opened(),
            Input::FrameReceived(frame) => self.handle_frame(frame, now),
            Input::SocketClosed { code, reason } => self.handle_socket_lost(
                CloseReason::SocketClosed { code, reason },
                UpgradeError::SocketClosed,
            ),
            Input::SocketFailed => {
                self.handle_socket_lost(CloseReason::SocketFailed, UpgradeError::SocketFailed);
            }
            Input::Polled(packet) => self.handle_polled(packet, now),
            Input::PollEnded => self.handle_poll_ended(),
            Input::PollFailed(failure) => {
                if self.polling.is_waiting {
                    self.fail(CloseReason::PollFailed(failure));
                }
            }
            Input::Posted => self.handle_posted(),
            Input::PostFailed(failure) => {
                if self.polling.is_posting() {
                    self.fail(CloseReason::PostFailed(failure));
                }
            }
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

/// The session is not open; nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotOpen;

/// ```text
/// Opening -- open packet --> Open -- anything final --> Closed
///  |    ^-+ next transport                               ^
///  +------------- anything final ------------------------+
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Opening(Transport),
    Open { transport: Transport, silence: Duration },
    Closed,
}

/// ```text
/// None -- offered --> Probing -- "3probe" --> Switching -- requests ended --> None
///  ^---- failed ---------+----------------------+
/// ```
/// Except in `None` there is a WebSocket beside long-polling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Upgrade {
    None,
    Probing,
    Switching,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    /// When to give up opening.
    Open,
    /// When a ping is overdue.
    Heartbeat,
}
