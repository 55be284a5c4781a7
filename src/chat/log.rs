//! The ordered messages of a room, and the ops that wait for earlier ones.

use std::collections::VecDeque;

use super::ids::{Epoch, Seq};
use super::model::{Cursor, Message, Op, Snapshot};
use crate::sorted::{RisingMap, sort_by_key};

/// A window of a room: all messages between its first and its last op, in order (I1, I3).
#[derive(Clone, Debug)]
pub(super) struct Log<B> {
    /// The last op applied; `None` before the first snapshot.
    cursor: Option<Cursor>,
    /// The first op covered.
    low: Seq,
    rows: VecDeque<Message<B>>,
    waiting: Waiting<B>,
    /// The last op that is known to exist.
    seen: Seq,
    has_older: bool,
}

/// Ops that came before their turn, all of one numbering.
#[derive(Clone, Debug)]
struct Waiting<B> {
    epoch: Option<Epoch>,
    ops: RisingMap<Seq, Op<B>>,
}

/// What became of an op.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offered {
    /// Kept: [`Log::take_ready`] gives it in its turn.
    Kept,
    /// Known, or of a numbering that ends.
    Dropped,
    /// Kept, and the first of a numbering that this log does not know (I2).
    Foreign,
}

impl<B> Log<B> {
    pub(super) const fn new() -> Self {
        Self {
            cursor: None,
            low: Seq::new(1),
            rows: VecDeque::new(),
            waiting: Waiting { epoch: None, ops: RisingMap::new() },
            seen: Seq::new(0),
            has_older: false,
        }
    }

    pub(super) const fn cursor(&self) -> Option<&Cursor> {
        self.cursor.as_ref()
    }

    pub(super) fn head(&self) -> Seq {
        self.cursor.as_ref().map(|cursor| cursor.head).unwrap_or_default()
    }

    pub(super) const fn low(&self) -> Seq {
        self.low
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) const fn has_older(&self) -> bool {
        self.has_older
    }

    /// How many more messages the window takes.
    pub(super) fn space(&self) -> usize {
        WINDOW.saturating_sub(self.rows.len())
    }

    /// How many ops are known to be missing.
    pub(super) fn missing(&self) -> u64 {
        if self.cursor.is_some() { self.seen.distance_from(self.head()) } else { 0 }
    }

    /// Takes in an op of the numbering `epoch`, in any order.
    pub(super) fn offer(&mut self, epoch: &Epoch, op: Op<B>) -> Offered {
        let seq = op.seq();
        let known = self.cursor.as_ref().filter(|cursor| cursor.epoch == *epoch);
        if let Some(cursor) = known {
            if seq <= cursor.head {
                return Offered::Dropped;
            }
            self.seen = self.seen.max(seq);
        }
        let foreign = known.is_none() && self.cursor.is_some();
        let news = self.waiting.epoch.as_ref() != Some(epoch);
        if news {
            if !foreign && self.waiting.is_foreign_to(self.cursor.as_ref()) {
                return Offered::Dropped;
            }
            self.waiting = Waiting { epoch: Some(epoch.clone()), ops: RisingMap::new() };
        }
        self.waiting.keep(op);
        if foreign && news { Offered::Foreign } else { Offered::Kept }
    }

    /// The next op in order, if it is here; the log counts it as applied (I1).
    pub(super) fn take_ready(&mut self) -> Option<Op<B>> {
        let cursor = self.cursor.as_mut()?;
        if self.waiting.epoch.as_ref() != Some(&cursor.epoch) {
            return None;
        }
        let next = cursor.head.next();
        while self.waiting.ops.first().is_some_and(|(seq, _)| *seq <= next) {
            let (seq, op) = self.waiting.ops.pop_first()?;
            if seq == next {
                cursor.head = next;
                self.seen = self.seen.max(next);
                return Some(op);
            }
        }
        None
    }

    /// Adds the newest message; gives its place and how many of the oldest fell out for it.
    pub(super) fn append(&mut self, message: Message<B>) -> (usize, usize) {
        let index = self.rows.len();
        self.rows.push_back(message);
        let mut fallen = 0;
        while self.rows.len() > WINDOW {
            self.rows.pop_front();
            fallen += 1;
        }
        if fallen > 0 {
            self.low = self.rows.front().map_or(self.low, |first| first.seq);
            self.has_older = true;
        }
        (index, fallen)
    }

    /// Adds a page of history; gives those of its messages that are new, oldest first (I5).
    pub(super) fn prepend(&mut self, mut page: Vec<Message<B>>, limit: usize, more: bool) -> usize {
        page.retain(|message| message.seq < self.low);
        sort_by_key(&mut page, |message| message.seq);
        page.dedup_by_key(|message| message.seq);
        let surplus = page.len().saturating_sub(limit.min(self.space()));
        page.drain(..surplus);
        // A server that has more and gives nothing would be asked for ever.
        self.has_older = surplus > 0 || (more && !page.is_empty());
        let count = page.len();
        self.low = page.first().map_or(self.low, |first| first.seq);
        for message in page.into_iter().rev() {
            self.rows.push_front(message);
        }
        count
    }

    /// The message at `index`.
    pub(super) fn row(&self, index: usize) -> Option<&Message<B>> {
        self.rows.get(index)
    }

    /// Whether the ops of `snapshot`, sorted, go on where this log ends.
    pub(super) fn is_continued_by(&self, snapshot: &Snapshot<B>) -> bool {
        let Some(cursor) = self.cursor.as_ref().filter(|cursor| cursor.epoch == snapshot.epoch)
        else {
            return false;
        };
        snapshot.ops.first().is_none_or(|op| op.seq() <= cursor.head.next())
    }

    /// Starts a new window just below the ops of `snapshot`, sorted.
    pub(super) fn restart(&mut self, snapshot: &Snapshot<B>) {
        let head = snapshot.ops.first().map_or(snapshot.head, |op| op.seq().previous());
        self.rows.clear();
        self.low = head.next();
        self.has_older = snapshot.more || snapshot.first < self.low;
        self.cursor = Some(Cursor { epoch: snapshot.epoch.clone(), head });
        self.seen = head;
        if self.waiting.epoch.as_ref() == Some(&snapshot.epoch) {
            self.seen = self.waiting.last().unwrap_or_default().max(head);
        } else {
            self.waiting = Waiting { epoch: Some(snapshot.epoch.clone()), ops: RisingMap::new() };
        }
    }

    /// Ends the wait for a numbering that the server does not confirm.
    pub(super) fn forget_foreign(&mut self) {
        if self.waiting.is_foreign_to(self.cursor.as_ref()) {
            self.forget_waiting();
        }
    }

    /// Drops the ops that wait, and the belief that there are ops before them.
    pub(super) fn forget_waiting(&mut self) {
        self.waiting = Waiting { epoch: None, ops: RisingMap::new() };
        self.seen = self.head();
    }

    /// Notes that the server is at `head`.
    pub(super) fn saw(&mut self, head: Seq) {
        self.seen = self.seen.max(head);
    }

    /// Notes that the server, asked, is at `head` and not further but for what waits.
    pub(super) fn corrected(&mut self, head: Seq) {
        self.seen = head.max(self.waiting.last().unwrap_or_default()).max(self.head());
    }
}

impl<B> Waiting<B> {
    fn is_foreign_to(&self, cursor: Option<&Cursor>) -> bool {
        !self.ops.is_empty() && self.epoch.as_ref() != cursor.map(|cursor| &cursor.epoch)
    }

    /// Keeps the earliest: the later ones are asked for once these are applied.
    fn keep(&mut self, op: Op<B>) {
        if !self.ops.contains_key(&op.seq()) {
            self.ops.insert(op.seq(), op);
        }
        if self.ops.len() > WAITING {
            self.ops.pop_last();
        }
    }

    fn last(&self) -> Option<Seq> {
        self.ops.last().map(|(seq, _)| *seq)
    }
}

/// Most messages of a room kept in memory.
const WINDOW: usize = 10_000;
/// Most ops of a room that wait for earlier ones (I1).
const WAITING: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::ids::{Cid, RoomId, UserId};

    fn message(seq: u64) -> Message<()> {
        Message { seq: Seq::new(seq), cid: Cid::new("c"), from: UserId::new("u"), body: () }
    }

    fn loaded(head: u64) -> Log<()> {
        let mut log = Log::new();
        log.restart(&Snapshot {
            room: RoomId::new("r"),
            epoch: Epoch::new("e"),
            head: Seq::new(head),
            first: Seq::new(1),
            ops: Vec::new(),
            more: false,
            typing: Vec::new(),
        });
        log
    }

    fn drain(log: &mut Log<()>) -> Vec<u64> {
        std::iter::from_fn(|| log.take_ready()).map(|op| op.seq().number()).collect()
    }

    #[test]
    fn only_the_earliest_ops_wait_when_too_many_do() {
        let mut log = loaded(0);

        for seq in (2..=3000).rev() {
            log.offer(&Epoch::new("e"), Op::Message(message(seq)));
        }
        log.offer(&Epoch::new("e"), Op::Message(message(1)));

        assert_eq!(drain(&mut log), (1..=1000).collect::<Vec<u64>>());
        assert_eq!(log.missing(), 2000);
    }

    #[test]
    fn oldest_messages_fall_out_of_a_full_window() {
        let mut log = loaded(0);

        let appended: Vec<_> =
            (1..=WINDOW as u64 + 1).map(|seq| log.append(message(seq))).collect();

        assert_eq!(appended.last(), Some(&(WINDOW, 1)));
        assert_eq!((log.len(), log.low(), log.has_older()), (WINDOW, Seq::new(2), true));
    }

    #[test]
    fn page_of_history_is_cut_to_what_joins_the_window() {
        let mut log = loaded(10);
        let page = [9, 12, 8, 8, 10, 7, 11].map(message).to_vec();

        let count = log.prepend(page, 3, false);

        assert_eq!(count, 3);
        let seqs: Vec<u64> = log.rows.iter().map(|row| row.seq.number()).collect();
        assert_eq!(seqs, [8, 9, 10]);
        assert!(log.has_older());
    }

    #[test]
    fn op_that_is_known_takes_no_place_from_one_that_waits() {
        let mut log = loaded(5);

        let offered = log.offer(&Epoch::new("e"), Op::Message(message(5)));

        assert_eq!(offered, Offered::Dropped);
        assert_eq!(log.waiting.ops.len(), 0);
    }

    #[test]
    fn late_op_of_the_old_numbering_does_not_displace_the_new_one() {
        let mut log = loaded(5);
        let (old, new) = (Epoch::new("e"), Epoch::new("f"));

        let offered = [
            log.offer(&new, Op::Other(Seq::new(1))),
            log.offer(&old, Op::Other(Seq::new(6))),
            log.offer(&new, Op::Other(Seq::new(2))),
        ];

        assert_eq!(offered, [Offered::Foreign, Offered::Dropped, Offered::Kept]);
        assert_eq!(log.waiting.ops.len(), 2);
    }
}
