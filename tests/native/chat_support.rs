//! A chat store with a clock, and the view that an app would have of it.

use std::collections::BTreeMap;
use std::time::Duration;

use tabcast::chat::{
    Answer, Call, Change, Cid, Code, Config, Cursor, DeviceId, Epoch, Failure, Input, Message, Op,
    Output, RequestId, RoomId, RoomMeta, Row, Seq, Snapshot, Status, Store, Sync, TyperSeen,
    UserId,
};
use tabcast::machine::Machine;
use tabcast::time::Instant;

pub(crate) struct Bench {
    pub(crate) store: Store<String>,
    pub(crate) now: Instant,
}

impl Bench {
    /// The store of user `ann`, whose link is down.
    pub(crate) fn new() -> Self {
        Self { store: Store::new(Config::new(UserId::new("ann"), 7)), now: Instant::default() }
    }

    /// A store whose hello was answered.
    pub(crate) fn connected() -> Self {
        let mut bench = Self::new();
        bench.connect();
        bench
    }

    pub(crate) fn connect(&mut self) {
        self.input(Input::LinkUp { recovered: false });
        self.answer_hello(Vec::new());
    }

    /// A store with the room `r` at `head`, of which no message is loaded.
    pub(crate) fn joined(head: u64) -> Self {
        let mut bench = Self::connected();
        bench.store.retain(&room());
        let request = bench.requests().pop().expect("the join");
        bench.answer(request, Answer::Joined(snapshot(head, Vec::new())));
        bench.outputs();
        bench
    }

    /// A store that has sent its first message, with the request that is to be answered.
    pub(crate) fn sending(cid: &str) -> (Self, RequestId) {
        let mut bench = Self::joined(0);
        bench.send(cid);
        let request = bench.requests().pop().expect("the message");
        (bench, request)
    }

    pub(crate) fn input(&mut self, input: Input<String>) {
        self.store.handle_input(input, self.now);
    }

    pub(crate) fn op(&mut self, op: Op<String>) {
        self.input(Input::OpReceived { room: room(), epoch: Epoch::new("e1"), op });
    }

    pub(crate) fn answer(&mut self, request: RequestId, answer: Answer<String>) {
        self.input(Input::Answered { request, answer: Ok(answer) });
    }

    pub(crate) fn fail(&mut self, request: RequestId, code: Code) {
        self.input(Input::Answered { request, answer: Err(failure(code)) });
    }

    /// Answers the hello under way; drops all outputs.
    pub(crate) fn answer_hello(&mut self, rooms: Vec<Snapshot<String>>) {
        let request = self.requests().pop().expect("the hello");
        self.answer(request, Answer::Hello { rooms, denied: Vec::new() });
        self.outputs();
    }

    pub(crate) fn send(&mut self, cid: &str) {
        let sent = self.store.send(&room(), Cid::new(cid), format!("draft {cid}"), self.now);
        sent.expect("the outbox has space");
    }

    /// Lets the time pass, waking the store whenever it asks for it.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.store.poll_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.store.handle_timeout(self.now);
            let next = self.store.poll_timeout();
            assert!(next.is_none_or(|next| next > self.now), "the deadline {at:?} does not move");
        }
        self.now = end;
    }

    pub(crate) fn outputs(&mut self) -> Vec<Output<String>> {
        std::iter::from_fn(|| self.store.poll_output()).collect()
    }

    pub(crate) fn store_timeout(&self) -> Option<Instant> {
        self.store.poll_timeout()
    }

    /// The calls among the outputs.
    pub(crate) fn calls(&mut self) -> Vec<(RequestId, Call<String>)> {
        let call = |output| match output {
            Output::Call { request, call } => Some((request, call)),
            _ => None,
        };
        self.outputs().into_iter().filter_map(call).collect()
    }

    /// The calls among the outputs, without what they ask to be answered under.
    pub(crate) fn bare_calls(&mut self) -> Vec<Call<String>> {
        self.calls().into_iter().map(|(_, call)| call).collect()
    }

    pub(crate) fn requests(&mut self) -> Vec<RequestId> {
        self.calls().into_iter().map(|(request, _)| request).collect()
    }

    /// The rows changed, among the outputs.
    pub(crate) fn row_changes(&mut self) -> Vec<Change<String>> {
        let change = |output| match output {
            Output::Changed(
                change @ (Change::RowInserted { .. }
                | Change::RowUpdated { .. }
                | Change::RowsRemoved { .. }),
            ) => Some(change),
            _ => None,
        };
        self.outputs().into_iter().filter_map(change).collect()
    }
}

/// What an app sees: all changes applied in order.
#[derive(Default)]
pub(crate) struct View {
    pub(crate) rows: BTreeMap<RoomId, Vec<Row<String>>>,
    pub(crate) metas: BTreeMap<RoomId, RoomMeta>,
}

impl View {
    pub(crate) fn apply(&mut self, change: Change<String>) {
        match change {
            Change::RowInserted { room, index, row } => {
                self.rows.entry(room).or_default().insert(index, row);
            }
            Change::RowUpdated { room, index, row } => {
                self.rows.entry(room).or_default()[index] = row;
            }
            Change::RowsRemoved { room, index, count } => {
                self.rows.entry(room).or_default().drain(index..index + count);
            }
            Change::Room { room, meta } => {
                self.metas.insert(room, meta);
            }
            Change::Typers { .. } | Change::Presence { .. } => {}
        }
    }
}

pub(crate) fn room() -> RoomId {
    RoomId::new("r")
}

pub(crate) fn message(seq: u64, from: &str, cid: &str) -> Message<String> {
    Message {
        seq: Seq::new(seq),
        cid: Cid::new(cid),
        from: UserId::new(from),
        body: format!("{cid} at {seq}"),
    }
}

/// A message of another user.
pub(crate) fn theirs(seq: u64) -> Op<String> {
    Op::Message(message(seq, "bob", &format!("b{seq}")))
}

/// A message of the user of this tab.
pub(crate) fn own(seq: u64, cid: &str) -> Op<String> {
    Op::Message(message(seq, "ann", cid))
}

pub(crate) fn cursor(head: u64) -> Cursor {
    Cursor { epoch: Epoch::new("e1"), head: Seq::new(head) }
}

pub(crate) fn snapshot(head: u64, ops: Vec<Op<String>>) -> Snapshot<String> {
    Snapshot {
        room: room(),
        epoch: Epoch::new("e1"),
        head: Seq::new(head),
        first: Seq::new(1),
        ops,
        more: false,
        typing: Vec::new(),
    }
}

pub(crate) fn failure(code: Code) -> Failure {
    let retryable = matches!(code, Code::Timeout | Code::Unavailable | Code::RateLimited);
    Failure { code, message: "as told".to_owned(), retryable, retry_after: None }
}

pub(crate) fn typer(user: &str, device: &str) -> TyperSeen {
    TyperSeen {
        user: UserId::new(user),
        device: DeviceId::new(device),
        ttl: Duration::from_secs(7),
    }
}

pub(crate) fn row(body: &str, mine: bool, status: Status) -> Row<String> {
    Row { body: body.to_owned(), mine, status }
}

pub(crate) fn inserted(index: usize, row: Row<String>) -> Change<String> {
    Change::RowInserted { room: room(), index, row }
}

pub(crate) fn updated(index: usize, row: Row<String>) -> Change<String> {
    Change::RowUpdated { room: room(), index, row }
}

pub(crate) fn removed(index: usize, count: usize) -> Change<String> {
    Change::RowsRemoved { room: room(), index, count }
}

pub(crate) fn live(head: u64) -> RoomMeta {
    RoomMeta { sync: Sync::Live, head: Seq::new(head), ..RoomMeta::initial() }
}

pub(crate) fn meta(meta: RoomMeta) -> Output<String> {
    Output::Changed(Change::Room { room: room(), meta })
}
