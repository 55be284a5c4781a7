//! One room: its log, its outbox, who types in it, and what the app sees of all that.

use super::catch_up::CatchUp;
use super::context::{Caller, Context};
use super::failure::Failure;
use super::ids::{Cid, DeviceId, Epoch, RequestId, RoomId, Seq, UserId};
use super::log::{Log, Offered};
use super::model::{
    Answer, Call, Change, Cursor, Interest, Message, Op, Output, RoomMeta, Row, Snapshot, Status,
    TyperSeen,
};
use super::outbox::{Outbox, SendError};
use super::typing::{Keyboard, Typers};
use crate::machine::sooner;
use crate::time::Instant;

/// Rows are those of the log, then those of the outbox.
#[derive(Clone, Debug)]
pub(super) struct Room<B> {
    id: RoomId,
    holders: u32,
    open: bool,
    /// When to close the room, if nobody holds it.
    close_at: Option<Instant>,
    log: Log<B>,
    outbox: Outbox<B>,
    catch_up: CatchUp,
    history: Option<(RequestId, usize)>,
    typers: Typers,
    keyboard: Keyboard,
    shown: RoomMeta,
}

impl<B: Clone> Room<B> {
    pub(super) fn new(id: RoomId) -> Self {
        Self {
            id,
            holders: 0,
            open: false,
            close_at: None,
            log: Log::new(),
            outbox: Outbox::new(),
            catch_up: CatchUp::new(),
            history: None,
            typers: Typers::default(),
            keyboard: Keyboard::default(),
            shown: RoomMeta::initial(),
        }
    }

    pub(super) const fn is_open(&self) -> bool {
        self.open
    }

    /// Whether nothing would be lost with the room.
    pub(super) fn is_idle(&self) -> bool {
        !self.open && self.outbox.is_empty()
    }

    /// How far this tab has the room, for the hello of a new link.
    pub(super) fn cursor(&self) -> Option<Cursor> {
        self.catch_up.cursor(&self.log)
    }

    pub(super) fn retain(&mut self, cx: &mut Context<B>) {
        self.holders = self.holders.saturating_add(1);
        self.close_at = None;
        if self.open {
            return;
        }
        self.open = true;
        let interest = Interest::Room(self.id.clone());
        cx.emit(Output::SetInterest { interest, held: true });
        if cx.is_up() {
            self.catch_up.join(&self.id, &self.log, cx);
        }
        self.publish(cx);
    }

    pub(super) fn release(&mut self, cx: &Context<B>, now: Instant) {
        self.holders = self.holders.saturating_sub(1);
        if self.open && self.holders == 0 {
            self.close_at = Some(now + cx.config.linger);
        }
    }

    pub(super) fn send(
        &mut self,
        cid: Cid,
        body: B,
        cx: &mut Context<B>,
        now: Instant,
    ) -> Result<(), SendError> {
        let position = self.outbox.push(cid, body)?;
        self.keyboard.stop(&self.id, cx);
        if let Some(row) = self.outbox.row(position) {
            let index = self.log.len() + position;
            cx.change(Change::RowInserted { room: self.id.clone(), index, row });
        }
        self.pump(cx, now);
        Ok(())
    }

    pub(super) fn retry(&mut self, cid: &Cid, cx: &mut Context<B>, now: Instant) -> bool {
        let position = self.outbox.retry(cid);
        self.update_pending(position, cx);
        self.pump(cx, now);
        position.is_some()
    }

    pub(super) fn discard(&mut self, cid: &Cid, cx: &mut Context<B>) -> bool {
        let position = self.outbox.discard(cid);
        self.remove_pending(position, cx);
        position.is_some()
    }

    pub(super) fn load_older(&mut self, limit: usize, cx: &mut Context<B>) {
        if self.history.is_some() {
            return;
        }
        let limit = limit.min(self.log.space());
        let refusal = if !cx.is_up() {
            Err(Failure::disconnected())
        } else if limit == 0 {
            Err(Failure::window_full())
        } else {
            Ok(0)
        };
        if refusal.is_err() || !self.log.has_older() {
            self.older_loaded(refusal, cx);
            return;
        }
        let call = Call::History { room: self.id.clone(), before: self.log.low(), limit };
        self.history = Some((cx.call(Caller::Room(self.id.clone()), call), limit));
        self.publish(cx);
    }

    pub(super) fn keystroke(&mut self, cx: &mut Context<B>, now: Instant) {
        if self.open {
            self.keyboard.keystroke(&self.id, cx, now);
        }
    }

    pub(super) fn stop_typing(&mut self, cx: &mut Context<B>) {
        self.keyboard.stop(&self.id, cx);
    }

    pub(super) fn link_up(&mut self, cx: &mut Context<B>) {
        self.typers.link_up();
        self.publish(cx);
    }

    pub(super) fn link_down(&mut self, cx: &mut Context<B>, now: Instant) {
        self.catch_up.link_down();
        self.outbox.link_down();
        self.typers.link_down(now);
        if self.history.take().is_some() {
            self.older_loaded(Err(Failure::disconnected()), cx);
        }
        self.publish(cx);
    }

    /// The server has answered the hello of this link, and said this of the room.
    pub(super) fn greeted(
        &mut self,
        said: Option<Result<Snapshot<B>, Failure>>,
        cx: &mut Context<B>,
        now: Instant,
    ) {
        match said {
            _ if !self.open => {}
            Some(Ok(snapshot)) => self.load(snapshot, cx, now),
            Some(Err(failure)) => {
                self.catch_up.failed(&self.id, failure, &self.log, cx, now);
            }
            None => self.catch_up.join(&self.id, &self.log, cx),
        }
        self.publish(cx);
        self.pump(cx, now);
    }

    pub(super) fn answered(
        &mut self,
        request: RequestId,
        answer: Result<Answer<B>, Failure>,
        cx: &mut Context<B>,
        now: Instant,
    ) {
        if let Some(cid) = self.outbox.settle(request) {
            self.send_answered(&cid, answer, cx, now);
        } else if let Some((_, limit)) = self.history.take_if(|(asked, _)| *asked == request) {
            self.history_answered(limit, answer, cx);
        } else if self.catch_up.is_joining(request) {
            match answer {
                Ok(Answer::Joined(snapshot)) => self.load(snapshot, cx, now),
                other => self.catch_up_failed(other, cx, now),
            }
        } else if self.catch_up.is_syncing(request) {
            match answer {
                Ok(Answer::Synced { ops, head }) => self.synced(ops, head, cx, now),
                other => self.catch_up_failed(other, cx, now),
            }
        }
        self.publish(cx);
        self.pump(cx, now);
    }

    pub(super) fn op_received(
        &mut self,
        epoch: &Epoch,
        op: Op<B>,
        cx: &mut Context<B>,
        now: Instant,
    ) {
        if !self.open {
            return;
        }
        if self.log.offer(epoch, op) == Offered::Foreign {
            self.catch_up.start_over(&self.id, &self.log, cx);
        }
        self.apply_ready(cx);
        self.catch_up.review(&self.log, now);
        self.publish(cx);
        self.pump(cx, now);
    }

    pub(super) fn typing_started(&mut self, typer: TyperSeen, cx: &mut Context<B>, now: Instant) {
        if self.open && typer.user != cx.config.user {
            self.typers.started(typer, now);
            self.publish(cx);
        }
    }

    pub(super) fn typing_stopped(&mut self, user: &UserId, device: &DeviceId, cx: &mut Context<B>) {
        self.typers.stopped(user, device);
        self.publish(cx);
    }

    pub(super) fn handle_timeout(&mut self, cx: &mut Context<B>, now: Instant) {
        if self.close_at.take_if(|at| *at <= now).is_some() {
            self.close(cx);
        }
        self.keyboard.handle_timeout(&self.id, cx, now);
        self.typers.handle_timeout(now);
        self.catch_up.handle_timeout(&self.id, &self.log, cx, now);
        self.publish(cx);
        self.pump(cx, now);
    }

    pub(super) fn poll_timeout(&self, cx: &Context<B>) -> Option<Instant> {
        let resend = if cx.is_up() { self.outbox.poll_timeout() } else { None };
        let own = sooner(self.close_at, self.keyboard.poll_timeout());
        let ops = sooner(self.catch_up.poll_timeout(), resend);
        sooner(own, sooner(ops, self.typers.poll_timeout()))
    }

    fn close(&mut self, cx: &mut Context<B>) {
        self.open = false;
        self.keyboard.stop(&self.id, cx);
        let interest = Interest::Room(self.id.clone());
        cx.emit(Output::SetInterest { interest, held: false });
        self.remove_rows(0, self.log.len(), cx);
        self.log = Log::new();
        self.drop_stored(None, cx);
        self.catch_up = CatchUp::new();
        self.typers.clear();
        if self.history.take().is_some() {
            self.older_loaded(Err(Failure::disconnected()), cx);
        }
    }

    fn load(&mut self, mut snapshot: Snapshot<B>, cx: &mut Context<B>, now: Instant) {
        snapshot.ops.sort_by_key(Op::seq);
        if !self.log.is_continued_by(&snapshot) {
            let same = self.log.cursor().is_some_and(|cursor| cursor.epoch == snapshot.epoch);
            self.remove_rows(0, self.log.len(), cx);
            self.log.restart(&snapshot);
            if self.history.take().is_some() {
                self.older_loaded(Ok(0), cx);
            }
            self.drop_stored(same.then(|| self.log.head()), cx);
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

    fn synced(&mut self, ops: Vec<Op<B>>, head: Seq, cx: &mut Context<B>, now: Instant) {
        let Some(epoch) = self.log.cursor().map(|cursor| cursor.epoch.clone()) else { return };
        for op in ops {
            self.log.offer(&epoch, op);
        }
        let applied = self.apply_ready(cx);
        self.log.corrected(head);
        self.catch_up.synced(&self.id, applied, &mut self.log, cx, now);
    }

    fn catch_up_failed(
        &mut self,
        answer: Result<Answer<B>, Failure>,
        cx: &mut Context<B>,
        now: Instant,
    ) {
        let failure = answer.err().unwrap_or_else(Failure::wrong_answer);
        self.catch_up.failed(&self.id, failure, &self.log, cx, now);
    }

    fn history_answered(
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
    fn confirm_stored_before(&mut self, page: &[Message<B>], cx: &mut Context<B>) {
        for message in page {
            if message.from == cx.config.user && message.seq < self.log.low() {
                let position = self.outbox.confirm(&message.cid);
                self.remove_pending(position, cx);
            }
        }
    }

    fn send_answered(
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
    fn message_stored(&mut self, message: Message<B>, cx: &mut Context<B>, now: Instant) {
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

    fn apply_ready(&mut self, cx: &mut Context<B>) -> usize {
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

    fn drop_stored(&mut self, covered: Option<Seq>, cx: &mut Context<B>) {
        while let Some(position) = self.outbox.remove_stored(covered) {
            self.remove_pending(Some(position), cx);
        }
    }

    fn append(&mut self, message: Message<B>, cx: &mut Context<B>) {
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

/// What the app sees.
impl<B: Clone> Room<B> {
    fn publish(&mut self, cx: &mut Context<B>) {
        self.typers.publish(&self.id, cx);
        let meta = RoomMeta {
            sync: self.catch_up.sync_state(&self.log, cx.link),
            head: self.log.head(),
            has_older: self.log.has_older(),
            loading_older: self.history.is_some(),
            error: self.catch_up.error().cloned(),
        };
        if meta != self.shown {
            self.shown = meta.clone();
            cx.change(Change::Room { room: self.id.clone(), meta });
        }
    }

    fn pump(&mut self, cx: &mut Context<B>, now: Instant) {
        let position = self.outbox.pump(&self.id, cx, now);
        self.update_pending(position, cx);
    }

    fn older_loaded(&self, loaded: Result<usize, Failure>, cx: &mut Context<B>) {
        cx.emit(Output::OlderLoaded { room: self.id.clone(), loaded });
    }

    fn insert_logged(&self, index: usize, cx: &mut Context<B>) {
        if let Some(row) = self.logged_row(index, cx) {
            cx.change(Change::RowInserted { room: self.id.clone(), index, row });
        }
    }

    fn logged_row(&self, index: usize, cx: &Context<B>) -> Option<Row<B>> {
        let message = self.log.row(index)?;
        let mine = message.from == cx.config.user;
        Some(Row { body: message.body.clone(), mine, status: Status::Sent })
    }

    fn update_pending(&self, position: Option<usize>, cx: &mut Context<B>) {
        let Some(position) = position else { return };
        if let Some(row) = self.outbox.row(position) {
            let index = self.log.len() + position;
            cx.change(Change::RowUpdated { room: self.id.clone(), index, row });
        }
    }

    fn remove_pending(&self, position: Option<usize>, cx: &mut Context<B>) {
        if let Some(position) = position {
            self.remove_rows(self.log.len() + position, 1, cx);
        }
    }

    fn remove_rows(&self, index: usize, count: usize, cx: &mut Context<B>) {
        if count > 0 {
            cx.change(Change::RowsRemoved { room: self.id.clone(), index, count });
        }
    }
}
