//! One room: its log, its outbox, who types in it, and what the app sees of all that.

mod messages;
mod view;

use super::catch_up::CatchUp;
use super::change::{Change, RoomMeta};
use super::context::{Caller, Context};
use super::failure::Failure;
use super::ids::{Cid, DeviceId, Epoch, RequestId, RoomId, UserId};
use super::input::Answer;
use super::log::{Log, Offered};
use super::model::{Cursor, Interest, Op, Snapshot, TyperSeen};
use super::outbox::{Outbox, SendError};
use super::output::{Call, Output};
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
}
