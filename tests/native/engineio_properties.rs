//! Whatever the order in which requests and frames come through, no message is lost, doubled or
//! overtaken, and no request has another one beside it.

use std::collections::VecDeque;

use proptest::prelude::*;
use tabcast::engineio::{Connection, Event, Frame, Input, Message, Output, Request, Transport};
use tabcast::host::Native;
use tabcast::machine::Machine;

use crate::engineio_rig::{both, handshake, seconds};

proptest! {
    #[test]
    fn the_switch_loses_nothing_whatever_comes_first(
        steps in prop::collection::vec(0u8..10, 0..120),
        base64 in any::<bool>(),
    ) {
        let mut world = World::new(base64);
        for step in steps {
            world.step(step);
        }
        world.settle();

        prop_assert_eq!(&world.server.heard, &world.client_said);
        prop_assert_eq!(&world.client_heard, &world.server_said);
        prop_assert!(!world.server.has_socket || world.is_upgraded);
    }
}

/// A session and its server, with all that is under way between them.
struct World {
    connection: Connection<Native>,
    server: Server,
    client_said: Vec<String>,
    client_heard: Vec<String>,
    server_said: Vec<String>,
    /// What the socket carries.
    up: VecDeque<String>,
    down: VecDeque<String>,
    /// The socket is there, and the client knows.
    is_socket_open: Option<bool>,
    is_polling: bool,
    post: Option<String>,
    /// The server has read the POST.
    is_posted: bool,
    is_upgraded: bool,
}

#[derive(Default)]
struct Server {
    heard: Vec<String>,
    waiting: VecDeque<String>,
    /// The first answer is the handshake.
    is_known: bool,
    /// It has seen the probe.
    is_probed: bool,
    has_socket: bool,
}

impl World {
    fn new(base64: bool) -> Self {
        let mut config = both();
        config.transports.websocket.base64 = base64;
        let mut world = Self {
            connection: Connection::new(config, tabcast::time::Instant::default()),
            server: Server::default(),
            client_said: Vec::new(),
            client_heard: Vec::new(),
            server_said: Vec::new(),
            up: VecDeque::new(),
            down: VecDeque::new(),
            is_socket_open: None,
            is_polling: false,
            post: None,
            is_posted: false,
            is_upgraded: false,
        };
        world.perform();
        world
    }

    fn step(&mut self, step: u8) {
        match step {
            0 => self.client_says(),
            1 => self.server_says(),
            2 => self.server_answers_poll(),
            3 => self.server_reads_post(),
            4 => self.client_hears_of_post(),
            5 => self.socket_opens(),
            6 => self.server_reads_frame(),
            7 => self.client_reads_frame(),
            8 => self.socket_fails(),
            // More than one packet for the next payload.
            _ => (0..3).for_each(|_| self.client_says()),
        }
    }

    /// Everything under way arrives.
    fn settle(&mut self) {
        for _ in 0..1000 {
            (2..=7).for_each(|step| self.step(step));
        }
        assert!(self.up.is_empty() && self.down.is_empty() && self.post.is_none());
    }

    fn client_says(&mut self) {
        // One byte tells it, too.
        let number = self.client_said.len() % 256;
        let now = tabcast::time::Instant::default();
        let sent = if number.is_multiple_of(3) {
            self.connection.send_binary(vec![number as u8], now)
        } else {
            self.connection.send_text(number, None, now)
        };
        if sent.is_ok() {
            self.client_said.push(number.to_string());
        }
        self.perform();
    }

    fn server_says(&mut self) {
        let text = self.server_said.len().to_string();
        self.server.waiting.push_back(format!("4{text}"));
        self.server_said.push(text);
        self.flush_socket();
    }

    fn flush_socket(&mut self) {
        if self.server.has_socket {
            self.down.extend(self.server.waiting.drain(..));
        }
    }

    fn server_answers_poll(&mut self) {
        if !self.is_polling {
            return;
        }
        if !self.server.is_known {
            self.server.is_known = true;
            self.server.waiting.push_front(handshake(&["websocket"]));
        } else if self.server.waiting.is_empty() {
            // It lets go of the GET while it sees an upgrade.
            if !self.server.is_probed {
                return;
            }
            self.server.waiting.push_back("6".to_owned());
        }
        self.is_polling = false;
        let packets: Vec<String> = self.server.waiting.drain(..).collect();
        for packet in packets {
            self.tell(Input::Polled(packet));
        }
        self.tell(Input::PollEnded);
    }

    fn server_reads_post(&mut self) {
        if self.is_posted {
            return;
        }
        if let Some(body) = &self.post {
            self.is_posted = true;
            let packets: Vec<String> = body.split('\u{1e}').map(str::to_owned).collect();
            packets.into_iter().for_each(|packet| self.server.hear(&packet));
        }
    }

    fn client_hears_of_post(&mut self) {
        if self.is_posted {
            self.is_posted = false;
            self.post = None;
            self.tell(Input::Posted);
        }
    }

    fn socket_opens(&mut self) {
        if self.is_socket_open == Some(false) {
            self.is_socket_open = Some(true);
            self.tell(Input::SocketOpened);
        }
    }

    fn server_reads_frame(&mut self) {
        match self.up.pop_front().as_deref() {
            None => {}
            Some("2probe") => {
                self.server.is_probed = true;
                self.down.push_back("3probe".to_owned());
            }
            Some("5") => {
                self.server.has_socket = true;
                self.flush_socket();
            }
            Some(packet) => self.server.hear(packet),
        }
    }

    fn client_reads_frame(&mut self) {
        if let Some(frame) = self.down.pop_front() {
            self.tell(Input::FrameReceived(Frame::Text(frame)));
        }
    }

    /// As long as the session is not on it.
    fn socket_fails(&mut self) {
        if self.is_socket_open.is_some() && !self.is_upgraded {
            self.is_socket_open = None;
            self.server.is_probed = false;
            self.up.clear();
            self.down.clear();
            self.tell(Input::SocketFailed);
        }
    }

    fn tell(&mut self, fact: Input<Native>) {
        self.connection.handle_input(fact, tabcast::time::Instant::default());
        self.perform();
    }

    fn perform(&mut self) {
        while let Some(output) = self.connection.poll_output() {
            match output {
                Output::OpenSocket { .. } => {
                    assert_eq!(self.is_socket_open, None, "one socket");
                    self.is_socket_open = Some(false);
                }
                Output::SendFrame(frame) => {
                    assert_eq!(self.is_socket_open, Some(true), "{frame:?} needs a socket");
                    self.up.push_back(match frame {
                        Frame::Text(text) => text,
                        Frame::Binary(bytes) => format!("binary {}", bytes[0]),
                    });
                }
                Output::CloseSocket => self.is_socket_open = None,
                Output::Request(Request::Poll { .. }) => {
                    assert!(!self.is_polling && !self.is_upgraded, "one GET");
                    self.is_polling = true;
                }
                Output::Request(Request::Post(post)) => {
                    assert!(self.post.is_none() && !self.is_upgraded, "one POST");
                    self.post = Some(post.body);
                }
                Output::Request(Request::End(_)) => unreachable!("nobody ends it"),
                Output::Event(Event::Message(Message::Text(text))) => {
                    self.client_heard.push(text[1..].to_owned());
                }
                Output::Event(Event::Upgraded(transport)) => {
                    assert_eq!(transport, Transport::WebSocket);
                    assert!(!self.is_polling && self.post.is_none(), "no request is under way");
                    self.is_upgraded = true;
                }
                Output::Event(Event::Closed(reason)) => panic!("closed: {reason}"),
                Output::Event(_) => {}
            }
        }
        assert!(
            self.connection.poll_timeout() <= Some(tabcast::time::Instant::default() + seconds(45))
        );
    }
}

impl Server {
    fn hear(&mut self, packet: &str) {
        let number = match packet.split_at(1) {
            ("b", _) if packet.starts_with("binary ") => packet.replace("binary ", ""),
            ("b", code) => decoded(code).to_string(),
            ("4", number) => number.to_owned(),
            _ => panic!("{packet} is no message"),
        };
        self.heard.push(number);
    }
}

/// The one byte of a code like `AQ==`.
fn decoded(code: &str) -> u8 {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let value = |at: usize| ALPHABET.find(&code[at..=at]).unwrap() as u8;
    value(0) << 2 | value(1) >> 4
}
