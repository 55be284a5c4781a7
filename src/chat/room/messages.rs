//! How ops, pages and answers become rows.

use super::super::change::Change;
use super::super::context::Context;
use super::super::failure::Failure;
use super::super::ids::{Cid, Seq};
use super::super::input::Answer;
use super::super::model::{Message, Op, Snapshot};
use super::Room;
use crate::sorted::sort_by_key;
use crate::time::Instant;

impl<B: Clone> Room<B> {
    pub(super) fn load(&mut self, mut snapshot: Snapshot<B>, cx: &mut Context<B>, now: Instant) {
        sort_by_key(&mut snapshot.ops, Op::seq);
        if !self.log.is_continued_by(&snapshot) {
            let renumbered = self.log.cursor().is_some_and(|cursor| cursor.epoch != snapshot.epoch);
            self.remove_rows(0, self.log.len(), cx);
            self.log.restart(&snapshot);
            if self.history.take().is_some() {
                self.older_loaded(Ok(0), cx);
            }
            self.drop_stored((!renumbered).then(|| self.log.head()), cx);
        }
        self.log.forget_foreign();
        for op in snapshot.ops {
            self.log.offer(&snapshot.epoch, op);
            self.apply_ready(cx);
        }
        self.log.saw(snapshot.head);
        self.apply_ready(cx);
        for typer in snapshot.typing {
            if typer.user != cx.config.user {
                self.typers.started(typer, now);
            }
        }
        self.catch_up.loaded(&self.log, now);
    }

    pub(super) fn synced(&mut self, ops: Vec<Op<B>>, head: Seq, cx: &mut Context<B>, now: Instant) {
        let Some(epoch) = self.log.cursor().map(|cursor| cursor.epoch.clone()) else { return };
        for op in ops {
            self.log.offer(&epoch, op);
        }
        let applied = self.apply_ready(cx);
        self.log.corrected(head);
        self.catch_up.synced(&self.id, applied, &mut self.log, cx, now);
    }

    pub(super) fn catch_up_failed(
        &mut self,
        answer: Result<Answer<B>, Failure>,
        cx: &mut Context<B>,
        now: Instant,
    ) {
        let failure = answer.err().unwrap_or_else(Failure::wrong_answer);
        self.catch_up.failed(&self.id, failure, &self.log, cx, now);
    }

    pub(super) fn history_answered(
        &mut self,
        limit: usize,
        answer: Result<Answer<B>, Failure>,
        cx: &mut Context<B>,
    ) {
        let loaded = match answer {
            Ok(Answer::History { messages, more }) => {
                self.confirm_stored_before(&messages, cx);
                let count = self.log.prepend(messages, limit, more);
                for index in 0..count {
                    self.insert_logged(index, cx);
                }
                Ok(count)
            }
            Ok(_) => Err(Failure::wrong_answer()),
            Err(failure) => Err(failure),
        };
        self.publish(cx);
        self.older_loaded(loaded, cx);
    }

    /// A message whose answer was lost may have its place before the window.
    pub(super) fn confirm_stored_before(&mut self, page: &[Message<B>], cx: &mut Context<B>) {
        for message in page {
            if message.from == cx.config.user && message.seq < self.log.low() {
                let position = self.outbox.confirm(&message.cid);
                self.remove_pending(position, cx);
            }
        }
    }

    pub(super) fn send_answered(
        &mut self,
        cid: &Cid,
        answer: Result<Answer<B>, Failure>,
        cx: &mut Context<B>,
        now: Instant,
    ) {
        let failure = match answer {
            Ok(Answer::Sent(message)) if message.cid == *cid => {
                self.message_stored(message, cx, now);
                return;
            }
            Ok(_) => Failure::wrong_answer(),
            Err(failure) => failure,
        };
        let position = self.outbox.failed(cid, failure, cx, now);
        self.update_pending(position, cx);
    }

    /// I7: the answer may come before the op, and does as well as it.
    pub(super) fn message_stored(
        &mut self,
        message: Message<B>,
        cx: &mut Context<B>,
        now: Instant,
    ) {
        let position = self.outbox.stored(&message);
        let seq = message.seq;
        let epoch = self.log.cursor().map(|cursor| cursor.epoch.clone());
        let next = seq == self.log.head().next();
        if !next || epoch.is_none() {
            self.update_pending(position, cx);
        }
        if let Some(epoch) = epoch.filter(|_| seq > self.log.head()) {
            self.log.offer(&epoch, Op::Message(message));
            self.apply_ready(cx);
            self.catch_up.review(&self.log, now);
        } else if self.log.cursor().is_some() || !self.open {
            // Its place lies before the window, or nobody looks.
            let position = self.outbox.confirm(&message.cid);
            self.remove_pending(position, cx);
        }
    }

    pub(super) fn apply_ready(&mut self, cx: &mut Context<B>) -> usize {
        let mut applied = 0;
        while let Some(op) = self.log.take_ready() {
            applied += 1;
            if let Op::Message(message) = op {
                self.append(message, cx);
            }
        }
        self.drop_stored(Some(self.log.head()), cx);
        applied
    }

    pub(super) fn drop_stored(&mut self, covered: Option<Seq>, cx: &mut Context<B>) {
        while let Some(position) = self.outbox.remove_stored(covered) {
            self.remove_pending(Some(position), cx);
        }
    }

    pub(super) fn append(&mut self, message: Message<B>, cx: &mut Context<B>) {
        self.typers.spoke(&message.from);
        let mine = message.from == cx.config.user;
        let place = if mine { self.outbox.confirm(&message.cid) } else { None };
        let (index, fallen) = self.log.append(message);
        match place {
            // The first pending row stands where the confirmed one comes to stand.
            Some(0) => {
                if let Some(row) = self.logged_row(index, cx) {
                    cx.change(Change::RowUpdated { room: self.id.clone(), index, row });
                }
            }
            place => {
                if let Some(position) = place {
                    self.remove_rows(index + position, 1, cx);
                }
                self.insert_logged(index, cx);
            }
        }
        self.remove_rows(0, fallen, cx);
    }
}
