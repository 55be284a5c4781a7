//! The core over text in UTF-16 whose readings are counted, as a browser's would cost.

use core::cell::Cell;
use std::rc::Rc;

use tabcast::engineio::{Frame, Input as Fact};
use tabcast::host::{Host, Text};
use tabcast::machine::Machine;
use tabcast::socketio::{Config, ConnId, Event, Input, Manager, NamespaceId, Output};
use tabcast::time::Instant;

use crate::socketio_support::HANDSHAKE;

#[test]
fn a_plain_event_costs_a_handful_of_readings() {
    let mut peer = Peer::connected(r#"40{"sid":"s"}"#);
    let payload = format!("[\"message\",\"{}\"]", "é".repeat(10_000));
    let cost = Rc::new(Cell::new(Cost::default()));

    let outputs = peer.receive(Counted::new(&format!("42{payload}"), &cost));

    assert_eq!(outputs, [peer.received(&payload)]);
    assert_eq!(cost.get(), Cost { units: 5, parts: 1, copies: 0 });
}

#[test]
fn looking_for_an_offset_costs_little_where_there_is_none() {
    let mut peer = Peer::connected(r#"40{"sid":"s","pid":"p"}"#);
    let payload = format!("[\"message\",{{\"text\":\"{}\"}}]", "é".repeat(10_000));
    let cost = Rc::new(Cell::new(Cost::default()));

    let outputs = peer.receive(Counted::new(&format!("42{payload}"), &cost));

    assert_eq!(outputs, [peer.received(&payload)]);
    assert_eq!(cost.get(), Cost { units: 7, parts: 1, copies: 0 });
}

#[test]
fn names_beyond_ascii_are_read_in_units_of_the_host() {
    let mut peer = Peer::connected(r#"40{"sid":"s"}"#);
    let cost = Rc::new(Cell::new(Cost::default()));
    let room = peer.manager.namespace("/é😀");
    peer.manager.connect(room, Instant::default());
    peer.drain();

    let joined = peer.receive(Counted::new(r#"40/é😀,{"sid":"é","pid":"p"}"#, &cost));
    peer.receive(Counted::new(r#"42/é😀,["😀","é","QxYzAbC"]"#, &cost));

    assert_eq!(
        joined,
        [Output::Event(Event::Connected {
            namespace: room,
            sid: "é".to_owned(),
            pid: Some("p".to_owned()),
            recovered: false,
            deduplication: None,
        })]
    );
    let recovery = peer.manager.recovery(room).unwrap();
    assert_eq!(recovery.offset.as_deref(), Some("QxYzAbC"));
}

/// The server's side of a manager with a connected main namespace.
struct Peer {
    manager: Manager<Utf16>,
    main: NamespaceId,
    conn: Option<ConnId>,
}

impl Peer {
    fn connected(answer: &str) -> Self {
        let mut manager = Manager::new(Config::new("wss://host"));
        let main = manager.namespace("/");
        manager.connect(main, Instant::default());
        let mut peer = Self { manager, main, conn: None };
        peer.drain();
        let cost = Rc::default();
        peer.receive(Counted::new(HANDSHAKE, &cost));
        peer.receive(Counted::new(answer, &cost));
        assert!(peer.manager.is_connected(main));
        peer
    }

    fn receive(&mut self, text: Counted) -> Vec<Output<Utf16>> {
        let fact = Fact::FrameReceived(Frame::Text(text));
        let conn = self.conn.expect("a socket was asked for");
        self.manager.handle_input(Input::Socket { conn, fact }, Instant::default());
        self.drain()
    }

    fn drain(&mut self) -> Vec<Output<Utf16>> {
        let mut outputs = Vec::new();
        while let Some(output) = self.manager.poll_output() {
            match &output {
                Output::OpenSocket { conn, .. } => self.conn = Some(*conn),
                Output::Event(Event::AuthWanted { request, .. }) => {
                    self.manager.provide_auth(*request, None, Instant::default());
                }
                _ => {}
            }
            outputs.push(output);
        }
        outputs
    }

    fn received(&self, payload: &str) -> Output<Utf16> {
        let payload = Counted::new(payload, &Rc::default());
        let event =
            Event::Received { namespace: self.main, payload, attachments: vec![], ack: None };
        Output::Event(event)
    }
}

/// A host whose text is what a browser's is.
#[derive(Clone, Debug, PartialEq)]
struct Utf16;

impl Host for Utf16 {
    type Text = Counted;
    type Bytes = Vec<u8>;
}

#[derive(Clone, Debug)]
struct Counted {
    text: Vec<u16>,
    cost: Rc<Cell<Cost>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Cost {
    units: usize,
    parts: usize,
    copies: usize,
}

impl Counted {
    fn new(text: &str, cost: &Rc<Cell<Cost>>) -> Self {
        Self { text: text.encode_utf16().collect(), cost: Rc::clone(cost) }
    }

    fn with(&self, text: Vec<u16>) -> Self {
        Self { text, cost: Rc::clone(&self.cost) }
    }

    fn count(&self, add: impl Fn(&mut Cost)) {
        let mut cost = self.cost.get();
        add(&mut cost);
        self.cost.set(cost);
    }
}

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Text for Counted {
    type Json = serde_json::Value;

    fn from_core(text: &str) -> Self {
        Self::new(text, &Rc::default())
    }

    fn from_utf8(bytes: &[u8]) -> Self {
        Self::from_core(&String::from_utf8_lossy(bytes))
    }

    fn to_core(&self) -> String {
        self.count(|cost| cost.copies += 1);
        String::from_utf16_lossy(&self.text)
    }

    fn units(&self) -> usize {
        self.text.len()
    }

    fn unit(&self, at: usize) -> Option<u16> {
        self.count(|cost| cost.units += 1);
        self.text.get(at).copied()
    }

    fn part(&self, from: usize, to: usize) -> Self {
        self.count(|cost| cost.parts += 1);
        let text = self.text.get(from..to.min(self.text.len())).unwrap_or_default();
        self.with(text.to_vec())
    }

    fn behind(&self, head: &str) -> Self {
        self.with(head.encode_utf16().chain(self.text.iter().copied()).collect())
    }

    fn join(texts: &[Self], separator: char) -> Self {
        let texts: Vec<String> = texts.iter().map(Self::to_core).collect();
        Self::from_core(&Text::join(&texts, separator))
    }

    fn split(&self, separator: char, limit: usize) -> Vec<Self> {
        let texts = Text::split(&self.to_core(), separator, limit);
        texts.iter().map(|text| Self::from_core(text)).collect()
    }

    fn utf8_len(&self) -> usize {
        self.to_core().len()
    }

    fn parse_json(&self) -> Option<serde_json::Value> {
        serde_json::from_str(&String::from_utf16(&self.text).ok()?).ok()
    }
}
