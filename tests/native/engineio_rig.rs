//! A session on a clock of its own, whose outputs are lines that a test can compare.

use core::time::Duration;

use tabcast::engineio::{
    Answer, Config, Connection, Event, Frame, Input, Message, NotOpen, Output, Post, Request,
    Traffic, Transport, Transports,
};
use tabcast::host::Native;
use tabcast::machine::Machine;
use tabcast::time::Instant;

pub(crate) struct Rig {
    pub(crate) connection: Connection<Native>,
    pub(crate) now: Instant,
    /// Of requests and sockets, in order.
    pub(crate) urls: Vec<String>,
}

impl Rig {
    pub(crate) fn new(config: Config) -> Self {
        let now = Instant::default();
        Self { connection: Connection::new(config, now), now, urls: Vec::new() }
    }

    /// A session that is open over long-polling, with its next GET under way.
    pub(crate) fn polling(config: Config, upgrades: &[&str]) -> Self {
        let mut rig = Self::new(config);
        rig.drain();
        rig.answer_poll(200, &handshake(upgrades));
        rig
    }

    /// The GET under way is answered.
    pub(crate) fn answer_poll(&mut self, status: u16, body: &str) -> Vec<String> {
        let answer = Answer::<Native> { status, body: body.to_owned() };
        answer.into_polled().into_iter().flat_map(|fact| self.input(fact)).collect()
    }

    /// The POST under way is answered.
    pub(crate) fn answer_post(&mut self, status: u16, body: &str) -> Vec<String> {
        self.input(Answer::<Native> { status, body: body.to_owned() }.into_posted())
    }

    /// A text frame comes over the socket.
    pub(crate) fn receive(&mut self, text: &str) -> Vec<String> {
        self.input(Input::FrameReceived(Frame::Text(text.to_owned())))
    }

    pub(crate) fn input(&mut self, fact: Input<Native>) -> Vec<String> {
        self.connection.handle_input(fact, self.now);
        self.drain()
    }

    pub(crate) fn send(&mut self, text: &str) -> Vec<String> {
        let sent = self.connection.send_text(text, None, self.now);
        assert_eq!(sent, Ok(()));
        self.drain()
    }

    pub(crate) fn send_binary(&mut self, bytes: &[u8]) -> Vec<String> {
        let sent: Result<(), NotOpen> = self.connection.send_binary(bytes.to_vec(), self.now);
        assert_eq!(sent, Ok(()));
        self.drain()
    }

    pub(crate) fn close(&mut self) -> Vec<String> {
        self.connection.close();
        self.drain()
    }

    pub(crate) fn advance(&mut self, by: Duration) -> Vec<String> {
        self.now = self.now + by;
        self.connection.handle_timeout(self.now);
        self.drain()
    }

    pub(crate) fn drain(&mut self) -> Vec<String> {
        let outputs: Vec<_> = core::iter::from_fn(|| self.connection.poll_output()).collect();
        outputs.into_iter().map(|output| self.line(output)).collect()
    }

    fn line(&mut self, output: Output<Native>) -> String {
        match output {
            Output::OpenSocket { url } => self.note("open socket", url),
            Output::SendFrame(Frame::Text(text)) => format!("send {text}"),
            Output::SendFrame(Frame::Binary(bytes)) => format!("send {bytes:?}"),
            Output::CloseSocket => "close socket".to_owned(),
            Output::Request(Request::Poll { url, .. }) => self.note("poll", url),
            Output::Request(Request::Post(post)) => {
                let line = format!("post {}", shown(&post));
                self.note(&line, post.url)
            }
            Output::Request(Request::End(last)) => {
                let bodies: Vec<String> = last.iter().map(shown).collect();
                self.urls.extend(last.into_iter().map(|post| post.url));
                ["end"]
                    .into_iter()
                    .chain(bodies.iter().map(String::as_str))
                    .collect::<Vec<_>>()
                    .join(" ")
            }
            Output::Event(event) => match event {
                Event::Opened { sid, transport, .. } => {
                    format!("opened {sid} over {}", transport.as_str())
                }
                Event::Message(Message::Text(text)) => format!("message {}", &text[1..]),
                Event::Message(Message::Binary(bytes)) => format!("message {bytes:?}"),
                Event::Traffic(Traffic::Received(packet)) => format!("in {packet:?}"),
                Event::Traffic(Traffic::Created(packet)) => format!("out {packet:?}"),
                Event::Traffic(Traffic::Flushed) => "flushed".to_owned(),
                Event::Traffic(Traffic::Drained) => "drained".to_owned(),
                Event::Ping => "ping".to_owned(),
                Event::Upgrading(transport) => format!("upgrading to {}", transport.as_str()),
                Event::Upgraded(transport) => format!("upgraded to {}", transport.as_str()),
                Event::UpgradeFailed(error) => format!("upgrade failed: {error}"),
                Event::Closed(reason) => format!("closed: {reason} ({})", reason.as_str()),
            },
        }
    }

    fn note(&mut self, line: &str, url: String) -> String {
        self.urls.push(url);
        line.to_owned()
    }
}

/// A body with its separators shown.
fn shown(post: &Post<Native>) -> String {
    post.body.replace('\u{1e}', "|")
}

/// The transports of the reference client, in its order.
pub(crate) fn both() -> Config {
    with(&[Transport::Polling, Transport::WebSocket])
}

pub(crate) fn with(order: &[Transport]) -> Config {
    let transports = Transports { order: order.to_vec(), ..Transports::default() };
    Config { transports, ..Config::new("https://host/socket.io/?EIO=4") }
}

pub(crate) fn handshake(upgrades: &[&str]) -> String {
    format!(
        r#"0{{"sid":"s","upgrades":{upgrades:?},"pingInterval":25000,"pingTimeout":20000,"maxPayload":100}}"#
    )
}

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
