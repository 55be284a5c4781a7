//! A stock Socket.IO server in virtual time: handshake, heartbeat, namespaces, acknowledgements,
//! and connection state recovery as its adapters do it, with their defects.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use serde_json::{Value, json};
use tabcast::engineio::Frame;
use tabcast::host::Native;
use tabcast::rng::Rng;
use tabcast::socketio::packet::{Decoder, Header, Packet, PacketType};

use super::adapter::{Adapter, Kept, Namespace};
use super::app::EXACTLY_ONCE;
use super::memory::{Memory, Seen};
use super::record::Record;

/// A WebSocket, by the number that the simulation gave it.
pub(crate) type WireNo = u64;

#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) adapter: Adapter,
    /// Namespaces that let nobody in.
    pub(crate) refused: BTreeSet<String>,
    pub(crate) answers: Answers,
    /// How it recognises that it was sent an emit before, if it does.
    pub(crate) memory: Option<Memory>,
    pub(crate) record: Record,
    engines: BTreeMap<WireNo, Engine>,
    namespaces: BTreeMap<String, Namespace>,
    jobs: BTreeMap<(Duration, u64), Job>,
    outputs: VecDeque<Reply>,
    made: u64,
    rng: Rng,
}

/// When the server acknowledges an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answers {
    AtOnce,
    /// At once or late.
    InTheEnd,
    /// At once, late or never.
    AtRandom,
    Never,
}

#[derive(Debug)]
pub(crate) enum Reply {
    Send(WireNo, Frame<Native>),
    Close(WireNo),
}

#[derive(Debug)]
struct Engine {
    decoder: Decoder<Native>,
    sockets: BTreeMap<String, Socket>,
    pong_due: bool,
}

#[derive(Debug)]
struct Socket {
    sid: String,
    pid: Option<String>,
    next_ack: u64,
}

#[derive(Debug)]
enum Job {
    Ping(WireNo),
    Overdue(WireNo),
    Ack(WireNo, Header<'static>, String),
    /// An emit that is remembered has been carried out.
    Done(String),
}

pub(crate) const PING_INTERVAL: Duration = Duration::from_millis(2000);
pub(crate) const PING_TIMEOUT: Duration = Duration::from_millis(1500);

impl Server {
    pub(crate) fn new(seed: u64, adapter: Adapter) -> Self {
        Self {
            adapter,
            refused: BTreeSet::new(),
            answers: Answers::AtOnce,
            memory: None,
            record: Record::default(),
            engines: BTreeMap::new(),
            namespaces: BTreeMap::new(),
            jobs: BTreeMap::new(),
            outputs: VecDeque::new(),
            made: 0,
            rng: Rng::new(seed ^ 0x5e7_7e7),
        }
    }

    pub(crate) fn poll_reply(&mut self) -> Option<Reply> {
        self.outputs.pop_front()
    }

    pub(crate) fn next_job(&self) -> Option<Duration> {
        self.jobs.keys().next().map(|(at, _)| *at)
    }

    /// The wires whose sessions the server takes for alive.
    pub(crate) fn wires(&self) -> Vec<WireNo> {
        self.engines.keys().copied().collect()
    }

    /// The wires over which a namespace is connected, with the session of each and whether the
    /// adapter still knows it: one that it does not know hears nothing, a zombie.
    pub(crate) fn sockets(&self, name: &str) -> Vec<(WireNo, String, bool)> {
        let namespace = self.namespaces.get(name);
        let sockets = self.engines.iter().filter_map(|(wire, engine)| {
            let sid = engine.sockets.get(name)?.sid.clone();
            let routed = namespace.is_some_and(|known| known.routes.get(&sid) == Some(wire));
            Some((*wire, sid, routed))
        });
        sockets.collect()
    }

    /// The sessions of a namespace that nobody is connected to, but that can be resumed.
    pub(crate) fn resumable(&self, name: &str) -> Vec<String> {
        self.namespaces.get(name).map(Namespace::saved_sids).unwrap_or_default()
    }

    /// Loses everything it had in memory.
    pub(crate) fn restart(&mut self) {
        for wire in self.wires() {
            self.outputs.push_back(Reply::Close(wire));
        }
        self.engines.clear();
        self.jobs.clear();
        self.memory = self.memory.take().map(Memory::forget);
        for namespace in self.namespaces.values_mut() {
            namespace.forget();
        }
    }

    pub(crate) fn opened(&mut self, wire: WireNo, now: Duration) {
        let engine =
            Engine { decoder: Decoder::new(10), sockets: BTreeMap::new(), pong_due: false };
        self.engines.insert(wire, engine);
        let handshake = json!({
            "sid": format!("engine{wire}"),
            "upgrades": [],
            "pingInterval": u64::try_from(PING_INTERVAL.as_millis()).expect("short"),
            "pingTimeout": u64::try_from(PING_TIMEOUT.as_millis()).expect("short"),
            "maxPayload": 1_000_000,
        });
        self.send(wire, format!("0{handshake}"));
        self.plan(now + PING_INTERVAL, Job::Ping(wire));
    }

    pub(crate) fn received(&mut self, wire: WireNo, frame: Frame<Native>, now: Duration) {
        self.record.note_frame(wire);
        let Some(engine) = self.engines.get_mut(&wire) else { return };
        let packet = match frame {
            Frame::Text(text) if text == "3" => {
                engine.pong_due = false;
                return;
            }
            Frame::Text(text) => {
                assert!(text.starts_with('4'), "a client sends messages and pongs, not {text}");
                engine.decoder.add_text(&text, 1)
            }
            Frame::Binary(bytes) => engine.decoder.add_binary(bytes),
        };
        if let Some(packet) = packet.expect("the client speaks Socket.IO") {
            self.handle_packet(wire, packet, now);
        }
    }

    /// The socket is gone, as far as the server can see.
    pub(crate) fn closed(&mut self, wire: WireNo) {
        let Some(engine) = self.engines.remove(&wire) else { return };
        for (name, Socket { sid, pid, .. }) in engine.sockets {
            self.namespaces.entry(name).or_default().close(self.adapter, wire, sid, pid);
        }
    }

    /// Sends the next numbered event to every session of a namespace.
    pub(crate) fn broadcast(&mut self, name: &str) {
        let namespace = self.namespaces.entry(name.to_owned()).or_default();
        let number = namespace.next_number();
        let offset = namespace.keep(self.adapter, number);
        for (sid, wire) in namespace.routes.clone() {
            self.record.note_sent(&sid, number, true);
            self.send(wire, event(name, number, wire, offset.as_deref()));
        }
        let namespace = self.namespaces.entry(name.to_owned()).or_default();
        for sid in namespace.saved_sids() {
            self.record.note_sent(&sid, number, true);
        }
    }

    /// Asks every session of a namespace for an acknowledgement of the next numbered event.
    pub(crate) fn ask(&mut self, name: &str) {
        let namespace = self.namespaces.entry(name.to_owned()).or_default();
        let number = namespace.next_number();
        for (sid, wire) in namespace.routes.clone() {
            let Some(socket) =
                self.engines.get_mut(&wire).and_then(|engine| engine.sockets.get_mut(name))
            else {
                continue;
            };
            let ack = socket.next_ack;
            socket.next_ack += 1;
            self.record.note_sent(&sid, number, false);
            self.record.asked.insert((wire, name.to_owned(), ack), 0);
            let header = header(PacketType::Event, name, Some(ack));
            self.send(wire, format!("4{header}{}", json!(["q", number, wire])));
        }
    }

    /// Sends the next numbered event with two attachments, which no adapter keeps.
    pub(crate) fn broadcast_binary(&mut self, name: &str) {
        let namespace = self.namespaces.entry(name.to_owned()).or_default();
        let number = namespace.next_number();
        for (sid, wire) in namespace.routes.clone() {
            self.record.note_sent(&sid, number, false);
            let header = Header { attachments: 2, ..header(PacketType::Event, name, None) };
            let first = json!({ "_placeholder": true, "num": 0 });
            let second = json!({ "_placeholder": true, "num": 1 });
            self.send(wire, format!("4{header}{}", json!(["n", number, wire, first, second])));
            for part in [0, 1] {
                let bytes = attachment(number, part);
                self.outputs.push_back(Reply::Send(wire, Frame::Binary(bytes)));
            }
        }
    }

    /// Disconnects every session of a namespace.
    pub(crate) fn expel(&mut self, name: &str) {
        for (wire, sid, _) in self.sockets(name) {
            if let Some(engine) = self.engines.get_mut(&wire) {
                engine.sockets.remove(name);
            }
            self.namespaces.entry(name.to_owned()).or_default().routes.remove(&sid);
            self.send(wire, format!("4{}", header(PacketType::Disconnect, name, None)));
        }
    }

    pub(crate) fn work(&mut self, now: Duration) {
        while let Some((&(at, order), _)) = self.jobs.first_key_value().filter(|it| it.0.0 <= now) {
            let job = self.jobs.remove(&(at, order)).expect("it is the first");
            match job {
                Job::Ping(wire) => {
                    if let Some(engine) = self.engines.get_mut(&wire) {
                        engine.pong_due = true;
                        self.send(wire, "2".to_owned());
                        self.plan(at + PING_TIMEOUT, Job::Overdue(wire));
                        self.plan(at + PING_INTERVAL, Job::Ping(wire));
                    }
                }
                Job::Overdue(wire) => {
                    if self.engines.get(&wire).is_some_and(|engine| engine.pong_due) {
                        self.closed(wire);
                        self.outputs.push_back(Reply::Close(wire));
                    }
                }
                Job::Ack(wire, header, payload) => self.acknowledge(wire, &header, &payload),
                Job::Done(key) => {
                    let asked = self.memory.as_mut().map(|memory| memory.finish(&key));
                    for (wire, header) in asked.unwrap_or_default() {
                        self.acknowledge(wire, &header, &json!([key]).to_string());
                    }
                }
            }
        }
    }

    fn handle_packet(&mut self, wire: WireNo, packet: Packet<Native>, now: Duration) {
        let Packet { header, payload, attachments } = packet;
        let name = header.namespace.to_string();
        if header.packet_type == PacketType::Connect {
            return self.connect(wire, &name, payload.as_deref());
        }
        let Some(engine) = self.engines.get_mut(&wire) else { return };
        if !engine.sockets.contains_key(&name) {
            // A packet for a namespace that is not connected ends the whole connection.
            self.closed(wire);
            return self.outputs.push_back(Reply::Close(wire));
        }
        match header.packet_type {
            PacketType::Event => {
                let payload = payload.expect("an event has a payload");
                self.carry_out(wire, &name, header.ack, &payload, &attachments, now);
            }
            PacketType::Ack => {
                let asked = (wire, name, header.ack.expect("an ack has an id"));
                self.record.note_answer(asked, payload.as_deref());
            }
            PacketType::Disconnect => {
                let socket = engine.sockets.remove(&name).expect("it is connected");
                self.namespaces.entry(name).or_default().routes.remove(&socket.sid);
            }
            PacketType::Connect | PacketType::ConnectError => {}
        }
    }

    fn carry_out(
        &mut self,
        wire: WireNo,
        name: &str,
        ack: Option<u64>,
        payload: &str,
        attachments: &[Vec<u8>],
        now: Duration,
    ) {
        let parsed: Value = serde_json::from_str(payload).expect("JSON");
        let key = parsed[1].as_str().expect("a key").to_owned();
        let once = parsed[0] == EXACTLY_ONCE;
        let header = ack.map(|ack| header(PacketType::Ack, name, Some(ack)));
        if let (true, Some(header)) = (once, &header) {
            let memory = self.memory.as_mut().expect("nobody asks for more than a server can do");
            match memory.begin(&key, wire, header, now) {
                Seen::Never => {}
                Seen::Running => return,
                Seen::Done => return self.acknowledge(wire, header, &json!([key]).to_string()),
            }
        }
        self.record.note_carried(name, wire, &key, &parsed, attachments);
        let Some(header) = header else { return };
        let after = match (self.answers, self.rng.below(8)) {
            (Answers::AtRandom, 0) | (Answers::Never, _) => return,
            (Answers::AtRandom | Answers::InTheEnd, 1..=3) => {
                Duration::from_millis(self.rng.below(400))
            }
            _ => Duration::ZERO,
        };
        let ack = Job::Ack(wire, header, json!([key]).to_string());
        self.plan(now + after, if once { Job::Done(key) } else { ack });
    }

    fn acknowledge(&mut self, wire: WireNo, header: &Header<'static>, payload: &str) {
        let engine = self.engines.get(&wire);
        if engine.is_some_and(|engine| engine.sockets.contains_key(header.namespace.as_ref())) {
            self.send(wire, format!("4{header}{payload}"));
        }
    }

    fn connect(&mut self, wire: WireNo, name: &str, payload: Option<&str>) {
        let auth: Value =
            payload.map_or(Value::Null, |text| serde_json::from_str(text).expect("JSON"));
        if let Some(meant) = auth["namespace"].as_str().filter(|meant| *meant != name) {
            self.record.wrongs.push(format!("{name} was given the handshake data of {meant}"));
        }
        if self.refused.contains(name) {
            let header = header(PacketType::ConnectError, name, None);
            return self.send(wire, format!("4{header}{}", json!({ "message": "refused" })));
        }
        if self.engines.get(&wire).is_none_or(|engine| engine.sockets.contains_key(name)) {
            return self.record.wrongs.push(format!("{name} is connected twice over wire {wire}"));
        }
        let pid = auth["pid"].as_str();
        if let Some(pid) = pid {
            *self.record.presented.entry(pid.to_owned()).or_default() += 1;
        }
        let namespace = self.namespaces.entry(name.to_owned()).or_default();
        let offset = auth["offset"].as_str();
        let restored = pid.and_then(|pid| namespace.restore(self.adapter, pid, offset));
        self.made += 1;
        let made = self.made;
        let (kept, missed) = restored.unwrap_or_else(|| (Kept::new(made), Vec::new()));
        for (number, offset) in missed {
            self.send(wire, event(name, number, wire, Some(&offset)));
        }
        let Kept { sid, pid } = kept;
        let pid = (self.adapter != Adapter::Plain).then_some(pid);
        let mut joined = json!({ "sid": sid });
        if let Some(pid) = &pid {
            joined["pid"] = json!(pid);
        }
        if let Some(memory) = &self.memory {
            joined["tabcast"] = memory.announcement();
        }
        self.send(wire, format!("4{}{joined}", header(PacketType::Connect, name, None)));
        self.namespaces.entry(name.to_owned()).or_default().routes.insert(sid.clone(), wire);
        let socket = Socket { sid, pid, next_ack: 0 };
        if let Some(engine) = self.engines.get_mut(&wire) {
            engine.sockets.insert(name.to_owned(), socket);
        }
    }

    fn send(&mut self, wire: WireNo, text: String) {
        self.outputs.push_back(Reply::Send(wire, Frame::Text(text)));
    }

    fn plan(&mut self, at: Duration, job: Job) {
        self.made += 1;
        self.jobs.insert((at, self.made), job);
    }
}

/// The bytes of attachment `part` of event `number`.
pub(crate) fn attachment(number: u64, part: u8) -> Vec<u8> {
    let mut bytes = number.to_le_bytes().to_vec();
    bytes.push(part);
    bytes
}

fn event(name: &str, number: u64, wire: WireNo, offset: Option<&str>) -> String {
    let mut payload = json!(["n", number, wire]);
    if let (Some(offset), Some(array)) = (offset, payload.as_array_mut()) {
        array.push(json!(offset));
    }
    format!("4{}{payload}", header(PacketType::Event, name, None))
}

fn header(packet_type: PacketType, name: &str, ack: Option<u64>) -> Header<'static> {
    Header { packet_type, attachments: 0, namespace: name.to_owned().into(), ack }
}
