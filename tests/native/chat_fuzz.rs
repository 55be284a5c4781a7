//! Three tabs of two users and a server, over links that lose, double and reorder.
//!
//! After calm every tab shows what the server has, each message once.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::time::Duration;

use tabcast::chat::{
    Answer, Call, Cid, Code, Config, Cursor, Epoch, Input, Message, Op, Output, RequestId, RoomId,
    Seq, Snapshot, Status, Store, Sync, UserId,
};
use tabcast::machine::Machine;
use tabcast::rng::Rng;
use tabcast::time::Instant;

use crate::chat_support::{View, failure};

const SEEDS: u64 = 300;

#[test]
fn replicas_agree_with_the_server_after_loss_doubling_and_reordering() {
    let mut retries = 0;
    for seed in 0..SEEDS {
        let mut world = World::new(seed);
        for _ in 0..120 {
            world.act();
            world.run_for(Duration::from_millis(250));
        }
        world.calm();
        world.assert_agreement();
        retries += world.server.resent;
    }
    assert!(retries > SEEDS, "the faults cause only {retries} retries");
}

#[test]
fn same_seed_gives_the_same_run() {
    let run = |seed| {
        let mut world = World::new(seed);
        for _ in 0..60 {
            world.act();
            world.run_for(Duration::from_millis(250));
        }
        world.trace
    };

    assert_eq!(run(11), run(11));
    assert_ne!(run(11), run(12));
}

struct World {
    now: Instant,
    rng: Rng,
    calm: bool,
    server: Server,
    tabs: Vec<Tab>,
    events: BinaryHeap<Reverse<(Instant, u64)>>,
    payloads: BTreeMap<u64, (usize, u64, Event)>,
    trace: Vec<String>,
}

enum Event {
    Arrived(RequestId, Call<String>),
    Heard(Input<String>),
}

struct Tab {
    user: UserId,
    store: Store<String>,
    view: View,
    /// Counts the links of the tab: what belongs to an earlier one is lost.
    link: u64,
    up: bool,
    joined: BTreeSet<RoomId>,
    sent: u64,
    ranks: BTreeMap<String, u8>,
}

#[derive(Default)]
struct Server {
    epochs: u64,
    rooms: BTreeMap<RoomId, Vec<Op<String>>>,
    resent: u64,
}

fn rooms() -> [RoomId; 2] {
    [RoomId::new("r1"), RoomId::new("r2")]
}

impl World {
    fn new(seed: u64) -> Self {
        let tab = |(index, user): (usize, &str)| {
            let user = UserId::new(user);
            let mut store = Store::new(Config { page: 5, ..Config::new(user.clone(), seed) });
            for room in rooms() {
                store.retain(&room);
            }
            Tab {
                user,
                store,
                view: View::default(),
                link: 0,
                up: false,
                joined: BTreeSet::new(),
                sent: 1000 * index as u64,
                ranks: BTreeMap::new(),
            }
        };
        Self {
            now: Instant::default(),
            rng: Rng::new(seed),
            calm: false,
            server: Server::default(),
            tabs: ["ann", "ann", "bob"].into_iter().enumerate().map(tab).collect(),
            events: BinaryHeap::new(),
            payloads: BTreeMap::new(),
            trace: Vec::new(),
        }
    }

    fn chance(&mut self, percent: u64) -> bool {
        !self.calm && self.rng.below(100) < percent
    }

    /// Something that a user or the network does.
    fn act(&mut self) {
        let index = self.rng.below(3) as usize;
        let room = rooms()[self.rng.below(2) as usize].clone();
        match self.rng.below(20) {
            0..=9 => self.send(index, &room),
            10..=12 => self.connect(index),
            13 => self.disconnect(index),
            14 => self.tabs[index].store.load_older(&room, 7),
            15 => {
                let now = self.now;
                self.tabs[index].store.release(&room, now);
                let away = self.rng.below(2000);
                self.run_for(Duration::from_millis(away));
                self.tabs[index].store.retain(&room);
            }
            16 => self.server_op(&room),
            17 if self.rng.below(10) == 0 => self.renumber(),
            _ => self.retry_failed(index, &room),
        }
        self.drain(index);
    }

    fn send(&mut self, index: usize, room: &RoomId) {
        let tab = &mut self.tabs[index];
        tab.sent += 1;
        let cid = format!("c{}", tab.sent);
        tab.store.send(room, Cid::new(&cid), cid.clone(), self.now).expect("space");
    }

    fn retry_failed(&mut self, index: usize, room: &RoomId) {
        let tab = &mut self.tabs[index];
        let rows = tab.view.rows.entry(room.clone()).or_default();
        let failed: Vec<String> = rows
            .iter()
            .filter(|row| matches!(row.status, Status::Failed(_)))
            .map(|row| row.body.clone())
            .collect();
        for cid in failed {
            tab.ranks.remove(&cid);
            assert!(tab.store.retry(room, &Cid::new(&cid), self.now));
        }
    }

    /// A change without a message: every client counts it, none shows it.
    fn server_op(&mut self, room: &RoomId) {
        let ops = self.server.rooms.entry(room.clone()).or_default();
        let op = Op::Other(Seq::new(ops.len() as u64 + 1));
        ops.push(op.clone());
        self.broadcast(room, &op);
    }

    /// The server loses its numbering, not its messages.
    fn renumber(&mut self) {
        self.server.epochs += 1;
        for ops in self.server.rooms.values_mut() {
            ops.retain(|op| matches!(op, Op::Message(_)));
            for (index, op) in ops.iter_mut().enumerate() {
                if let Op::Message(message) = op {
                    message.seq = Seq::new(index as u64 + 1);
                }
            }
        }
        for index in 0..self.tabs.len() {
            self.disconnect(index);
            self.connect(index);
        }
    }

    fn connect(&mut self, index: usize) {
        let now = self.now;
        let tab = &mut self.tabs[index];
        if !tab.up {
            tab.up = true;
            tab.link += 1;
            tab.joined.clear();
            tab.store.handle_input(Input::LinkUp { recovered: false }, now);
        }
        self.drain(index);
    }

    fn disconnect(&mut self, index: usize) {
        let now = self.now;
        let tab = &mut self.tabs[index];
        if tab.up {
            tab.up = false;
            tab.link += 1;
            tab.joined.clear();
            tab.store.handle_input(Input::LinkDown, now);
        }
        self.drain(index);
    }

    fn calm(&mut self) {
        self.calm = true;
        for index in 0..self.tabs.len() {
            self.disconnect(index);
            self.connect(index);
        }
        self.run_for(Duration::from_secs(120));
        for index in 0..self.tabs.len() {
            for room in rooms() {
                self.retry_failed(index, &room);
                self.drain(index);
            }
        }
        self.run_for(Duration::from_secs(120));
    }

    fn run_for(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let event = self.events.peek().map(|Reverse((at, _))| *at);
            let timers = self.tabs.iter().filter_map(|tab| tab.store.poll_timeout()).min();
            let next = tabcast::machine::sooner(event, timers).filter(|at| *at <= end);
            let Some(at) = next else { break };
            self.now = self.now.max(at);
            if event == Some(at) {
                let Some(Reverse((_, key))) = self.events.pop() else { continue };
                let (index, link, event) = self.payloads.remove(&key).expect("a payload");
                self.deliver(index, link, event);
            } else {
                for index in 0..self.tabs.len() {
                    let now = self.now;
                    self.tabs[index].store.handle_timeout(now);
                    self.drain(index);
                }
            }
        }
        self.now = end;
    }

    fn post(&mut self, index: usize, link: u64, after: Duration, event: Event) {
        let key = self.payloads.keys().last().map_or(0, |last| last + 1);
        self.events.push(Reverse((self.now + after, key)));
        self.payloads.insert(key, (index, link, event));
    }

    fn delay(&mut self) -> Duration {
        Duration::from_millis(1 + self.rng.below(if self.calm { 20 } else { 400 }))
    }

    fn drain(&mut self, index: usize) {
        while let Some(output) = self.tabs[index].store.poll_output() {
            self.trace.push(format!("{index} {:?} {output:?}", self.now));
            match output {
                Output::Call { request, call } => {
                    let (link, delay) = (self.tabs[index].link, self.delay());
                    self.post(index, link, delay, Event::Arrived(request, call));
                }
                Output::Changed(change) => {
                    self.tabs[index].view.apply(change);
                    self.tabs[index].check();
                }
                Output::OlderLoaded { .. }
                | Output::SetInterest { .. }
                | Output::SendTyping { .. } => {}
            }
        }
    }

    fn deliver(&mut self, index: usize, link: u64, event: Event) {
        if self.tabs[index].link != link {
            return;
        }
        match event {
            Event::Heard(input) => {
                let now = self.now;
                self.tabs[index].store.handle_input(input, now);
                self.drain(index);
            }
            Event::Arrived(request, call) => {
                let lost = self.chance(8);
                let answer = if lost { Err(Code::Timeout) } else { self.answer(index, call) };
                let answer = answer.map_err(failure);
                let late = self.chance(20);
                let (answer, delay) = if lost || late {
                    (Err(failure(Code::Timeout)), Duration::from_secs(1))
                } else {
                    (answer, self.delay())
                };
                let heard = Event::Heard(Input::Answered { request, answer });
                self.post(index, link, delay, heard);
            }
        }
    }

    fn answer(&mut self, index: usize, call: Call<String>) -> Result<Answer<String>, Code> {
        if self.chance(5) {
            return Err(Code::Unavailable);
        }
        match call {
            Call::Hello { rooms } => {
                let join = |(room, cursor): (RoomId, Option<Cursor>)| {
                    self.tabs[index].joined.insert(room.clone());
                    self.server.snapshot(&room, cursor.as_ref(), 5)
                };
                Ok(Answer::Hello { rooms: rooms.into_iter().map(join).collect(), denied: vec![] })
            }
            Call::Join { room, cursor, limit } => {
                self.tabs[index].joined.insert(room.clone());
                Ok(Answer::Joined(self.server.snapshot(&room, cursor.as_ref(), limit)))
            }
            Call::Sync { room, from, .. } => {
                let ops = self.server.rooms.entry(room).or_default();
                let missing: Vec<_> = ops.iter().filter(|op| op.seq() >= from).cloned().collect();
                let head = Seq::new(ops.len() as u64);
                if missing.len() > 8 {
                    return Err(Code::GapTooLarge);
                }
                Ok(Answer::Synced { ops: missing.into_iter().take(3).collect(), head })
            }
            Call::History { room, before, limit } => {
                let ops = self.server.rooms.entry(room).or_default();
                let message = |op: &Op<String>| match op {
                    Op::Message(message) if message.seq < before => Some(message.clone()),
                    _ => None,
                };
                let all: Vec<_> = ops.iter().filter_map(message).collect();
                let skipped = all.len().saturating_sub(limit);
                Ok(Answer::History {
                    messages: all.into_iter().skip(skipped).collect(),
                    more: skipped > 0,
                })
            }
            Call::Send { room, cid, body } => self.store_message(index, room, cid, body),
            Call::Leave { .. } | Call::Watch { .. } => Ok(Answer::Done),
        }
    }

    fn store_message(
        &mut self,
        index: usize,
        room: RoomId,
        cid: Cid,
        body: String,
    ) -> Result<Answer<String>, Code> {
        let from = self.tabs[index].user.clone();
        let ops = self.server.rooms.entry(room.clone()).or_default();
        let known = ops.iter().find_map(|op| match op {
            Op::Message(message) if message.cid == cid && message.from == from => Some(message),
            _ => None,
        });
        if let Some(message) = known {
            self.server.resent += 1;
            return Ok(Answer::Sent(message.clone()));
        }
        if self.chance(3) {
            return Err(Code::Moderated);
        }
        let ops = self.server.rooms.entry(room.clone()).or_default();
        let message = Message { seq: Seq::new(ops.len() as u64 + 1), cid, from, body };
        ops.push(Op::Message(message.clone()));
        self.broadcast(&room, &Op::Message(message.clone()));
        Ok(Answer::Sent(message))
    }

    fn broadcast(&mut self, room: &RoomId, op: &Op<String>) {
        let epoch = self.server.epoch();
        for index in 0..self.tabs.len() {
            if !self.tabs[index].joined.contains(room) {
                continue;
            }
            let copies = match (self.chance(20), self.chance(10)) {
                (true, _) => 0,
                (_, true) => 2,
                _ => 1,
            };
            for _ in 0..copies {
                let op = op.clone();
                let input = Input::OpReceived { room: room.clone(), epoch: epoch.clone(), op };
                let (link, delay) = (self.tabs[index].link, self.delay());
                self.post(index, link, delay, Event::Heard(input));
            }
        }
    }

    fn assert_agreement(&self) {
        for room in rooms() {
            let ops = self.server.rooms.get(&room).cloned().unwrap_or_default();
            let message = |op: &Op<String>| match op {
                Op::Message(message) => Some(message.body.clone()),
                Op::Other(_) => None,
            };
            let messages: Vec<String> = ops.iter().filter_map(message).collect();
            let distinct: BTreeSet<&String> = messages.iter().collect();
            assert_eq!(distinct.len(), messages.len(), "a message is stored twice");
            for tab in &self.tabs {
                let meta = tab.view.metas.get(&room).expect("the room is open");
                assert_eq!((meta.sync, &meta.error), (Sync::Live, &None));
                assert_eq!(meta.head.number(), ops.len() as u64);
                let rows = tab.view.rows.get(&room).map(Vec::as_slice).unwrap_or_default();
                let shown: Vec<String> = rows.iter().map(|row| row.body.clone()).collect();
                assert!(rows.iter().all(|row| row.status == Status::Sent), "{rows:?}");
                assert_eq!(shown, messages[messages.len() - shown.len()..]);
                assert!(meta.has_older || shown.len() == messages.len());
            }
        }
    }
}

impl Tab {
    /// What holds at every moment: no row twice, own pending rows last, no status goes back.
    fn check(&mut self) {
        for rows in self.view.rows.values() {
            let mut seen = BTreeSet::new();
            for row in rows {
                assert!(seen.insert(&row.body), "{} is shown twice", row.body);
                let rank = match row.status {
                    Status::Queued => 0,
                    Status::Sending => 1,
                    Status::Sent => 2,
                    Status::Failed(_) => 3,
                };
                let before = self.ranks.insert(row.body.clone(), rank).unwrap_or(0);
                let renewed = before == 3 && rank == 1;
                assert!(rank >= before || renewed, "{} goes back", row.body);
            }
            let unsettled =
                |row: &&tabcast::chat::Row<String>| matches!(row.status, Status::Queued);
            let first = rows.iter().position(|row| unsettled(&row)).unwrap_or(rows.len());
            assert!(rows[first..].iter().all(|row| row.mine), "a pending row is not last");
        }
    }
}

impl Server {
    fn epoch(&self) -> Epoch {
        Epoch::new(&format!("e{}", self.epochs))
    }

    fn snapshot(
        &mut self,
        room: &RoomId,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Snapshot<String> {
        let epoch = self.epoch();
        let ops = self.rooms.entry(room.clone()).or_default();
        let since = cursor.filter(|cursor| cursor.epoch == epoch).map(|cursor| cursor.head);
        let since = since.unwrap_or_default().number() as usize;
        let known = since > 0 && ops.len().saturating_sub(since) <= 8;
        let from = if known { since } else { ops.len().saturating_sub(limit) };
        Snapshot {
            room: room.clone(),
            epoch,
            head: Seq::new(ops.len() as u64),
            first: Seq::new(1),
            ops: ops.iter().skip(from).cloned().collect(),
            more: !known && from > 0,
            typing: Vec::new(),
        }
    }
}
