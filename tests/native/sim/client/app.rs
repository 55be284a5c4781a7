//! An app in one tab: two sockets, numbered emits, and a memory of all that it was told.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde_json::{Value, json};
use tabcast::client::{
    AuthRequest, Client, Config, Delivery, Emit, EmitFailure, EmitId, Input, Notice, Output,
    PlainEmit, SocketId,
};
use tabcast::engineio::{self, Frame};
use tabcast::host::Native;
use tabcast::machine::Machine;
use tabcast::socketio::{self, ConnId};
use tabcast::tabs::{self, Role, Roster, SoloReason};
use tabcast::time::Instant;

use super::record::attachment_of;
use super::server::WireNo;
use super::shortcuts::{Shortcuts, Way};
use super::socket::{Phase, Socket};
use crate::sim::browser::Program;

/// The namespaces that apps use; the socket of `NAMESPACES[i]` has the number `i`.
pub(crate) const NAMESPACES: [&str; 2] = ["/", "/b"];

/// An event that may come again.
pub(crate) const AT_LEAST_ONCE: &str = "again";
/// An event that may come again to a server that has a memory.
pub(crate) const EXACTLY_ONCE: &str = "once";

#[derive(Debug)]
pub(crate) struct App {
    pub(crate) client: Client<Native>,
    pub(crate) sockets: [Socket; 2],
    /// It takes part in the connection at all.
    pub(crate) attached: bool,
    /// It wants the connection, whether or not a socket does.
    pub(crate) wants_link: bool,
    pub(crate) emits: BTreeMap<EmitId, Emitted>,
    pub(crate) congested: bool,
    pub(crate) role: Role,
    pub(crate) roster: Roster,
    /// As the tab with the connection: the keys that somebody holds.
    pub(crate) interests: Vec<String>,
    pub(crate) habits: Habits,
    shortcuts: Shortcuts,
    /// Frames that did not go the long way.
    pub(crate) shortened: usize,
    /// What it was told and should not have been.
    pub(crate) wrongs: Vec<String>,
    /// Emits made after all faults.
    pub(crate) last_words: Vec<EmitId>,
    /// The sockets of this page.
    pub(crate) wires: BTreeMap<WireNo, ConnId>,
    /// Those that the other end closed, which the client may hear later.
    lost: Vec<ConnId>,
    page: usize,
    opened: u64,
    commands: VecDeque<Command>,
}

/// What an app does by itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Habits {
    /// Why it shares nothing, if it is told so when it starts.
    pub(crate) solo: Option<SoloReason>,
    pub(crate) auth: AuthHabit,
    /// It tells another tab who it is.
    pub(crate) shares_auth: bool,
    /// It answers what the server asks.
    pub(crate) answers: bool,
    /// How plain packets go in a tab that shares nothing.
    pub(crate) way: Way,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthHabit {
    AtOnce,
    /// After a while: it has to fetch a token.
    Later,
}

#[derive(Debug)]
pub(crate) struct Emitted {
    pub(crate) key: String,
    pub(crate) socket: usize,
    pub(crate) wants_ack: bool,
    pub(crate) volatile: bool,
    pub(crate) sent: usize,
    /// It failed, and was said not to have arrived.
    pub(crate) surely_not_sent: bool,
    /// How it ended: "acked", or why it failed.
    pub(crate) ends: Vec<&'static str>,
}

#[derive(Debug)]
pub(crate) enum Fact {
    Socket(WireNo, engineio::Input<Native>),
    /// The handshake data is there.
    Auth(AuthRequest, String),
}

#[derive(Debug)]
pub(crate) enum Command {
    Open(WireNo),
    Send(WireNo, Frame<Native>),
    Close(WireNo),
    FetchAuth(AuthRequest, String),
    Note(&'static str, String),
}

/// How an emit is made.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manner {
    pub(crate) wants_ack: bool,
    pub(crate) volatile: bool,
    pub(crate) binary: bool,
    pub(crate) timeout: Option<Duration>,
    pub(crate) delivery: Delivery,
}

impl App {
    pub(crate) fn new(page: usize, config: Config, habits: Habits) -> Self {
        Self {
            client: Client::new(config, Instant::default()),
            sockets: [Socket::default(), Socket::default()],
            attached: true,
            wants_link: false,
            emits: BTreeMap::new(),
            congested: false,
            role: Role::Joining,
            roster: Roster::default(),
            interests: Vec::new(),
            habits,
            shortcuts: Shortcuts::default(),
            shortened: 0,
            wrongs: Vec::new(),
            last_words: Vec::new(),
            wires: BTreeMap::new(),
            lost: Vec::new(),
            page,
            opened: 0,
            commands: VecDeque::new(),
        }
    }

    pub(crate) fn connect(&mut self, socket: usize, now: Instant) {
        self.sockets[socket].wanted = true;
        self.client.connect(id_of(socket), NAMESPACES[socket], now);
    }

    pub(crate) fn disconnect(&mut self, socket: usize, now: Instant) {
        self.sockets[socket].wanted = false;
        self.sockets[socket].leave();
        self.client.disconnect(id_of(socket), now);
    }

    /// Whether a socket has to be connected once all is well.
    pub(crate) fn wants(&self, socket: usize) -> bool {
        self.attached && self.sockets[socket].wanted
    }

    pub(crate) fn attach(&mut self, attached: bool, now: Instant) {
        (self.attached, self.wants_link) = (attached, attached);
        if attached {
            self.client.open(now);
        } else {
            self.sockets.iter_mut().for_each(Socket::leave);
            self.client.close(now);
        }
    }

    pub(crate) fn emit(&mut self, socket: usize, manner: Manner, now: Instant) -> EmitId {
        let id = EmitId(u32::try_from(self.emits.len()).expect("few"));
        let key = format!("{}.{}", self.page, id.0);
        let mut payload = json!([event_of(manner.delivery), key]);
        let mut attachments = Vec::new();
        if let (true, Some(array)) = (manner.binary, payload.as_array_mut()) {
            array.push(json!({ "_placeholder": true, "num": 0 }));
            attachments.push(attachment_of(&key));
        }
        let Manner { volatile, timeout, delivery, .. } = manner;
        let wants_ack = manner.wants_ack || delivery == Delivery::ExactlyOnce;
        let emitted = Emitted {
            key,
            socket,
            wants_ack,
            volatile,
            sent: 0,
            surely_not_sent: false,
            ends: Vec::new(),
        };
        self.emits.insert(id, emitted);
        let deadline = timeout.map(|timeout| now + timeout);
        let payload = payload.to_string();
        let units = payload.len();
        let is_plain = !volatile && attachments.is_empty() && delivery == Delivery::AtMostOnce;
        let plain = PlainEmit { id, units, wants_ack, deadline };
        if is_plain && self.send_past(socket, plain, &payload, now) {
            return id;
        }
        let emit = Emit { id, payload, attachments, wants_ack, volatile, deadline, delivery };
        self.client.emit(id_of(socket), emit, now);
        id
    }

    fn on_notice(&mut self, notice: Notice<Native>, now: Instant) {
        match notice {
            Notice::Connected { socket, sid, recovered } => {
                self.note("is connected", format!("{socket:?} {sid} {recovered}"));
                let result = self.socket(socket).connected(&sid, recovered);
                self.demand(result);
            }
            Notice::Disconnected { socket, reason, .. } => {
                self.note("is disconnected", format!("{socket:?} {reason}"));
                let result = self.socket(socket).disconnected(&reason);
                self.demand(result);
            }
            Notice::ConnectError { socket, payload, active } => {
                self.note("cannot connect", format!("{socket:?} {payload} {active}"));
                let result = self.socket(socket).refused(active);
                self.demand(result);
            }
            Notice::Event { socket, payload, attachments, ack } => {
                self.note("receives", format!("{socket:?} {payload}"));
                let parsed: Value = serde_json::from_str(&payload).expect("JSON");
                let result = self.socket(socket).received(&parsed, &attachments);
                self.demand(result);
                let connected = self.socket(socket).phase == Phase::Connected;
                if let (Some(ack), true) = (ack, self.habits.answers && connected) {
                    let answer = json!([self.page]).to_string();
                    self.client.acknowledge(socket, ack, answer, Vec::new(), now);
                }
            }
            Notice::Acked { id, payload, attachments, .. } => {
                let key = self.emits.get(&id).map(|emit| json!([emit.key]).to_string());
                if Some(&payload) != key.as_ref() || !attachments.is_empty() {
                    self.wrongs.push(format!("emit {key:?} was acknowledged with {payload}"));
                }
                self.end(id, "acked");
            }
            Notice::EmitFailed { id, reason, may_have_arrived, .. } => {
                if let Some(emit) = self.emits.get_mut(&id) {
                    emit.surely_not_sent = !may_have_arrived;
                }
                self.end(id, reason.as_str());
            }
            Notice::Sent { id, .. } => match self.emits.get_mut(&id) {
                Some(emit) if emit.sent == 0 => emit.sent = 1,
                _ => self.wrongs.push(format!("emit {} was sent again", id.0)),
            },
            Notice::AuthWanted { request, remote: true, .. } if !self.habits.shares_auth => {
                self.note("does not say who it is", "");
                self.client.withhold_auth(request, now);
            }
            Notice::AuthWanted { request, socket, recovery, .. } => {
                let mut auth = json!({ "namespace": NAMESPACES[index_of(socket)] });
                if let Some((pid, offset)) = recovery {
                    auth["pid"] = json!(pid.as_ref());
                    auth["offset"] = json!(offset.as_deref());
                }
                let auth = auth.to_string();
                self.note("is asked who it is", &auth);
                match self.habits.auth {
                    AuthHabit::AtOnce => self.client.provide_auth(request, Some(auth), now),
                    AuthHabit::Later => self.commands.push_back(Command::FetchAuth(request, auth)),
                }
            }
            Notice::LoggedOut => {
                self.note("is logged out", "");
                for socket in &mut self.sockets {
                    socket.wanted = false;
                    socket.leave();
                }
                self.wants_link = false;
                self.interests.clear();
            }
            Notice::Congested(congested) => {
                if congested == self.congested {
                    self.wrongs.push(format!("told again that the socket is slow: {congested}"));
                }
                self.congested = congested;
            }
            Notice::Link(event) => self.note("hears of the link", format!("{event:?}")),
            Notice::Tabs { role, term, roster, .. } => {
                if role != self.role {
                    self.note("becomes", format!("{role:?} in term {term}"));
                    self.interests.clear();
                }
                (self.role, self.roster) = (role, roster);
            }
            Notice::Interest { key, held } => {
                if held == self.interests.contains(&key) {
                    self.wrongs.push(format!("told twice that {key} is held: {held}"));
                }
                self.interests.retain(|known| *known != key);
                if held {
                    self.interests.push(key);
                }
            }
            Notice::Shortcuts { limit, shortcuts } => {
                self.shortcuts = Shortcuts::new(limit, shortcuts);
            }
            other => self.wrongs.push(format!("unknown notice {other:?}")),
        }
    }

    fn end(&mut self, id: EmitId, how: &'static str) {
        self.note("ends", format!("emit {} {how}", id.0));
        let Some(emit) = self.emits.get_mut(&id) else {
            return self.wrongs.push(format!("an emit ended that was never made: {id:?}"));
        };
        emit.ends.push(how);
        let for_all = [EmitFailure::Full, EmitFailure::Unknown, EmitFailure::LoggedOut];
        let expected = emit.wants_ack || for_all.map(EmitFailure::as_str).contains(&how);
        if emit.ends.len() > 1 || !expected {
            self.wrongs.push(format!("emit {} ended as {:?}", emit.key, emit.ends));
        }
    }

    fn on_command(&mut self, command: socketio::Output<Native>) -> Option<Command> {
        match command {
            socketio::Output::OpenSocket { conn, .. } => {
                self.opened += 1;
                let wire = self.page as u64 * 1_000_000 + self.opened;
                self.wires.insert(wire, conn);
                self.lost.retain(|lost| *lost != conn);
                Some(Command::Open(wire))
            }
            socketio::Output::SendFrame { conn, frame } => {
                let wire = self.wire_of(conn);
                if wire.is_none() && !self.lost.contains(&conn) {
                    self.wrongs.push(format!("a frame for a socket that is closed: {frame:?}"));
                }
                Some(Command::Send(wire?, frame))
            }
            socketio::Output::CloseSocket { conn } => {
                let wire = self.wire_of(conn)?;
                self.wires.remove(&wire);
                Some(Command::Close(wire))
            }
            socketio::Output::Codec(command) => {
                unreachable!("only the codec of the protocol is simulated: {command:?}")
            }
            socketio::Output::Request { request, .. } => {
                unreachable!("long-polling is not simulated: {request:?}")
            }
            socketio::Output::Event(event) => unreachable!("not a command: {event:?}"),
        }
    }

    /// Sends an event past the client, if that allows it.
    fn send_past(&mut self, socket: usize, emit: PlainEmit, payload: &str, now: Instant) -> bool {
        if self.habits.way != Way::Past {
            return false;
        }
        let frame = self.shortcuts.frame(&mut self.client, id_of(socket), emit, payload, now);
        let wire = self.wires.keys().next_back().copied();
        if let (Some(frame), Some(wire)) = (&frame, wire) {
            self.commands.push_back(Command::Send(wire, Frame::Text(frame.clone())));
            self.on_notice(Notice::Sent { socket: id_of(socket), id: emit.id }, now);
        }
        frame.is_some()
    }

    fn take_past(&mut self, fact: &engineio::Input<Native>) -> Option<Notice<Native>> {
        let engineio::Input::FrameReceived(Frame::Text(text)) = fact else { return None };
        let goes_past = self.habits.way == Way::Past;
        if goes_past { self.shortcuts.take(&mut self.client, text) } else { None }
    }

    /// The newest: a connection that begins anew counts from 0 again.
    fn wire_of(&self, conn: ConnId) -> Option<WireNo> {
        self.wires.iter().rev().find(|(_, known)| **known == conn).map(|(wire, _)| *wire)
    }

    fn socket(&mut self, id: SocketId) -> &mut Socket {
        &mut self.sockets[index_of(id)]
    }

    fn demand(&mut self, result: Result<(), String>) {
        self.wrongs.extend(result.err());
    }

    fn note(&mut self, what: &'static str, detail: impl ToString) {
        self.commands.push_back(Command::Note(what, detail.to_string()));
    }
}

impl Program for App {
    type Fact = Fact;
    type Command = Command;

    fn start(&mut self, now: Instant) {
        if let Some(reason) = self.habits.solo {
            self.client.handle_input(Input::Tabs(tabs::Input::SharingUnavailable(reason)), now);
        }
        self.client.start(now);
    }

    fn tell(&mut self, fact: tabs::Input<Native>, now: Instant) {
        let fact = match fact {
            tabs::Input::Page(fact) => Input::Page(fact),
            fact => Input::Tabs(fact),
        };
        self.client.handle_input(fact, now);
    }

    fn tell_other(&mut self, fact: Fact, now: Instant) {
        match fact {
            Fact::Auth(request, auth) => self.client.provide_auth(request, Some(auth), now),
            Fact::Socket(wire, fact) => {
                // Nothing is heard of a socket that this side has closed.
                let Some(conn) = self.wires.get(&wire).copied() else { return };
                if let engineio::Input::SocketClosed { .. } | engineio::Input::SocketFailed = fact {
                    self.wires.remove(&wire);
                    self.lost.push(conn);
                }
                if let Some(notice) = self.take_past(&fact) {
                    self.shortened += 1;
                    return self.on_notice(notice, now);
                }
                let fact = socketio::Input::Socket { conn, fact };
                let fact = Input::Wire(fact);
                if self.habits.way != Way::Long && self.client.handle_timeless(&fact) {
                    self.shortened += 1;
                } else {
                    self.client.handle_input(fact, now);
                }
            }
        }
    }

    fn timeout(&mut self, now: Instant) {
        self.client.handle_timeout(now);
    }

    fn next_command(&mut self, now: Instant) -> Option<Result<tabs::Output<Native>, Command>> {
        loop {
            if let Some(command) = self.commands.pop_front() {
                return Some(Err(command));
            }
            match self.client.poll_output()? {
                Output::Tabs(command) => return Some(Ok(command)),
                Output::Notice(notice) => self.on_notice(notice, now),
                Output::Wire(command) => {
                    if let Some(command) = self.on_command(command) {
                        return Some(Err(command));
                    }
                }
            }
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.client.poll_timeout()
    }

    fn leads(&self) -> bool {
        self.role == Role::Leader
    }
}

/// The name of an event says how often it may be carried out.
fn event_of(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::AtMostOnce => "e",
        Delivery::AtLeastOnce => AT_LEAST_ONCE,
        Delivery::ExactlyOnce => EXACTLY_ONCE,
    }
}

pub(crate) fn id_of(socket: usize) -> SocketId {
    SocketId(u32::try_from(socket).expect("few"))
}

fn index_of(socket: SocketId) -> usize {
    usize::try_from(socket.0).expect("few")
}
