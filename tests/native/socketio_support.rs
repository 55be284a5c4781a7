//! A manager on a clock of its own, whose outputs are lines that a test can compare.

use core::time::Duration;

use tabcast::engineio::{self, Answer, Frame, Post, Request};
use tabcast::host::Native;
use tabcast::machine::Machine;
use tabcast::socketio::packet::Packet;
use tabcast::socketio::{
    AuthRequest, CodecCommand, Config, ConnId, Event, Input, Manager, NamespaceId, Output,
};
use tabcast::time::Instant;

pub(crate) const HANDSHAKE: &str = r#"0{"sid":"engine","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;

#[derive(Clone)]
pub(crate) struct Driver {
    pub(crate) manager: Manager<Native>,
    pub(crate) now: Instant,
    /// Answer `AuthWanted` at once with this; `None` to leave that to the test.
    pub(crate) auth: Option<Option<String>>,
    pub(crate) requests: Vec<AuthRequest>,
    conns: Vec<ConnId>,
    names: Vec<String>,
}

impl Driver {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            manager: Manager::new(config),
            now: Instant::default(),
            auth: Some(None),
            requests: Vec::new(),
            conns: Vec::new(),
            names: Vec::new(),
        }
    }

    /// A manager whose main namespace is connected.
    pub(crate) fn connected() -> (Self, NamespaceId) {
        Self::connected_with(config())
    }

    pub(crate) fn connected_with(config: Config) -> (Self, NamespaceId) {
        let mut driver = Self::new(config);
        let main = driver.namespace("/");
        driver.connect(main);
        driver.receive(HANDSHAKE);
        driver.receive(r#"40{"sid":"s"}"#);
        assert!(driver.manager.is_connected(main));
        (driver, main)
    }

    pub(crate) fn namespace(&mut self, name: &str) -> NamespaceId {
        let id = self.manager.namespace(name);
        if !self.names.iter().any(|known| known == name) {
            self.names.push(name.to_owned());
        }
        id
    }

    pub(crate) fn connect(&mut self, id: NamespaceId) -> Vec<String> {
        self.manager.connect(id, self.now);
        self.drain()
    }

    pub(crate) fn disconnect(&mut self, id: NamespaceId) -> Vec<String> {
        self.manager.disconnect(id, self.now);
        self.drain()
    }

    pub(crate) fn receive(&mut self, text: &str) -> Vec<String> {
        self.socket(engineio::Input::FrameReceived(Frame::Text(text.to_owned())))
    }

    pub(crate) fn receive_binary(&mut self, bytes: &[u8]) -> Vec<String> {
        self.socket(engineio::Input::FrameReceived(Frame::Binary(bytes.to_vec())))
    }

    /// The GET under way is answered.
    pub(crate) fn answer_poll(&mut self, status: u16, body: &str) -> Vec<String> {
        let facts = Answer { status, body: body.to_owned() }.into_polled();
        facts.into_iter().flat_map(|fact| self.socket(fact)).collect()
    }

    pub(crate) fn lose_socket(&mut self) -> Vec<String> {
        self.socket(engineio::Input::SocketClosed { code: 1006, reason: String::new() })
    }

    /// Reports a fact about the newest socket.
    pub(crate) fn socket(&mut self, fact: engineio::Input<Native>) -> Vec<String> {
        let conn = *self.conns.last().expect("a socket was asked for");
        self.input(Input::Socket { conn, fact })
    }

    /// Reports a fact about an older socket.
    pub(crate) fn old_socket(
        &mut self,
        index: usize,
        fact: engineio::Input<Native>,
    ) -> Vec<String> {
        let conn = self.conns[index];
        self.input(Input::Socket { conn, fact })
    }

    pub(crate) fn input(&mut self, input: Input<Native>) -> Vec<String> {
        self.manager.handle_input(input, self.now);
        self.drain()
    }

    /// Lets time pass, with every timer on time.
    pub(crate) fn advance(&mut self, by: Duration) -> Vec<String> {
        let until = self.now + by;
        let mut lines = Vec::new();
        while let Some(due) = self.manager.poll_timeout().filter(|due| *due <= until) {
            self.now = due.max(self.now);
            self.manager.handle_timeout(self.now);
            lines.extend(self.drain());
        }
        self.now = until;
        lines
    }

    /// Lets time pass without a timer, as if the machine slept.
    pub(crate) fn sleep(&mut self, by: Duration) {
        self.now = self.now + by;
    }

    /// Runs to the next reconnection.
    pub(crate) fn next_attempt(&mut self) -> Vec<String> {
        let due = self.manager.poll_timeout().expect("a reconnection waits");
        self.advance(due.saturating_since(self.now))
    }

    pub(crate) fn drain(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(output) = self.manager.poll_output() {
            lines.push(self.line(&output));
            if let Output::Event(Event::AuthWanted { request, .. }) = output {
                self.requests.push(request);
                if let Some(auth) = self.auth.clone() {
                    self.manager.provide_auth(request, auth, self.now);
                }
            }
        }
        lines
    }

    fn line(&mut self, output: &Output<Native>) -> String {
        match output {
            Output::OpenSocket { conn, url } => {
                self.name_of_newest(*conn);
                format!("open {url}")
            }
            Output::SendFrame { conn, frame } => {
                assert_eq!(Some(conn), self.conns.last(), "frames go over the newest socket");
                match frame {
                    Frame::Text(text) => format!("send {text}"),
                    Frame::Binary(bytes) => format!("send {bytes:?}"),
                }
            }
            Output::CloseSocket { conn } => {
                assert_eq!(Some(conn), self.conns.last(), "older sockets are closed already");
                "close".to_owned()
            }
            Output::Codec(command) => codec(command),
            Output::Request { conn, request } => self.request(*conn, request),
            Output::Event(event) => self.event(event),
        }
    }

    /// A session may have a socket and requests, but no name comes back.
    fn name_of_newest(&mut self, conn: ConnId) {
        if self.conns.last() != Some(&conn) {
            assert!(!self.conns.contains(&conn), "every session has its own name");
            self.conns.push(conn);
        }
    }

    fn request(&mut self, conn: ConnId, request: &Request<Native>) -> String {
        self.name_of_newest(conn);
        let posts = |posts: &[Post<Native>]| {
            posts.iter().map(|post| format!(" {:?}", post.body)).collect::<String>()
        };
        match request {
            Request::Poll { .. } => "poll".to_owned(),
            Request::Post(post) => format!("post {:?}", post.body),
            Request::End(last) => format!("end{}", posts(last)),
        }
    }

    fn event(&self, event: &Event<Native>) -> String {
        match event {
            Event::Opened { sid, .. } => format!("opened {sid}"),
            Event::Traffic(traffic) => format!("{traffic:?}"),
            Event::Upgrading(transport) => format!("upgrading {}", transport.as_str()),
            Event::Upgraded(transport) => format!("upgraded {}", transport.as_str()),
            Event::UpgradeFailed(error) => format!("upgrade failed: {error}"),
            Event::Closed { reason } => format!("closed: {}", reason.as_str()),
            Event::OpenFailed { error } => format!("open failed: {error}"),
            Event::Ping => "ping".to_owned(),
            Event::ReconnectAttempt(number) => format!("reconnect attempt {number}"),
            Event::ReconnectError(error) => format!("reconnect error: {error}"),
            Event::ReconnectFailed => "reconnect failed".to_owned(),
            Event::Reconnected(number) => format!("reconnected {number}"),
            Event::AuthWanted { namespace, recovery, .. } => match recovery {
                None => format!("{} auth wanted", self.name(*namespace)),
                Some(recovery) => format!(
                    "{} auth wanted: {} {}",
                    self.name(*namespace),
                    recovery.pid,
                    recovery.offset.as_deref().unwrap_or("-"),
                ),
            },
            Event::Connected { namespace, sid, pid, recovered, deduplication } => {
                let pid = pid.as_ref().map(|pid| format!(" pid {pid}")).unwrap_or_default();
                let recovered = if *recovered { " recovered" } else { "" };
                let memory = deduplication.as_ref().map(|known| format!(" {known:?}"));
                let memory = memory.unwrap_or_default();
                format!("{} connected {sid}{pid}{recovered}{memory}", self.name(*namespace))
            }
            Event::ConnectError { namespace, error } => {
                format!("{} connect error: {error:?}", self.name(*namespace))
            }
            Event::Disconnected { namespace, reason, refusal } => {
                let refusal = refusal.as_ref().map(|json| format!(" {json}")).unwrap_or_default();
                format!("{} disconnected: {}{refusal}", self.name(*namespace), reason.as_str())
            }
            Event::Received { namespace, payload, attachments, ack } => {
                let ack = ack.map(|ack| format!(" ack {ack}")).unwrap_or_default();
                let name = self.name(*namespace);
                format!("{name} received{ack} {payload}{}", bytes(attachments))
            }
            Event::Acked { namespace, ack, payload, attachments } => {
                let name = self.name(*namespace);
                let payload = payload.as_deref().unwrap_or("-");
                format!("{name} acked {ack} {payload}{}", bytes(attachments))
            }
        }
    }

    fn name(&self, id: NamespaceId) -> &str {
        let mut manager = self.manager.clone();
        self.names.iter().find(|name| manager.namespace(name) == id).expect("a known namespace")
    }
}

/// Delays without jitter, so that attempts come when the test expects them.
pub(crate) fn config() -> Config {
    let mut config = Config::new("wss://host/socket.io/?EIO=4");
    config.backoff.jitter = 0.0;
    config
}

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) const OPEN: &str = "open wss://host/socket.io/?EIO=4&transport=websocket";

fn codec(command: &CodecCommand<Native>) -> String {
    match command {
        CodecCommand::Encode(Packet { header, payload, attachments }) => {
            assert!(
                attachments.is_empty() && header.attachments == 0,
                "values hold what is binary"
            );
            let ack = header.ack.map(|ack| format!(" ack {ack}")).unwrap_or_default();
            let payload = payload.as_deref().unwrap_or("-");
            format!("encode {:?} {}{ack} {payload}", header.packet_type, header.namespace)
        }
        CodecCommand::Decode(Frame::Text(text)) => format!("decode {text}"),
        CodecCommand::Decode(Frame::Binary(bytes)) => format!("decode {bytes:?}"),
        CodecCommand::Reset => "reset".to_owned(),
    }
}

fn bytes(attachments: &[Vec<u8>]) -> String {
    attachments.iter().map(|bytes| format!(" {bytes:?}")).collect()
}
