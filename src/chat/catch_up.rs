//! How a room gets the ops that it lacks (I1).

use core::time::Duration;

use super::change::Sync;
use super::context::{Caller, Context, Link};
use super::failure::{Code, Failure};
use super::ids::{RequestId, RoomId};
use super::log::Log;
use super::model::Cursor;
use super::output::Call;
use crate::backoff::{self, Backoff};
use crate::time::Instant;

/// Joins a room and syncs its log, one call at a time.
#[derive(Clone, Debug)]
pub(super) struct CatchUp {
    state: State,
    /// Whether the server's session of this link is in the room.
    joined: bool,
    /// Whether the next join asks for a new window, because too much is missing.
    fresh: bool,
    backoff: Backoff,
}

/// ```text
/// Idle <-> Gap(250 ms) -> Syncing -> Idle
///   ^                       |  ^
///   |     gap_too_large, or |  | still behind
///   |     fruitless         v  v
/// Joining <------------- Retrying      Refused: until the next link
/// ```
#[derive(Clone, Debug)]
enum State {
    Idle,
    /// Ops are missing; they may be on their way.
    Gap(Instant),
    Joining(RequestId),
    Syncing(RequestId),
    Retrying(Instant),
    Refused(Failure),
}

impl CatchUp {
    pub(super) const fn new() -> Self {
        Self { state: State::Idle, joined: false, fresh: false, backoff: Backoff::new(BACKOFF) }
    }

    /// How far the room is had; `None` to ask for a new window.
    pub(super) fn cursor<B>(&self, log: &Log<B>) -> Option<Cursor> {
        log.cursor().filter(|_| !self.fresh).cloned()
    }

    pub(super) fn join<B>(&mut self, room: &RoomId, log: &Log<B>, cx: &mut Context<B>) {
        let cursor = self.cursor(log);
        let call = Call::Join { room: room.clone(), cursor, limit: cx.config.page };
        self.state = State::Joining(cx.call(Caller::Room(room.clone()), call));
    }

    /// Asks for a new window, unless a join is under way.
    pub(super) fn start_over<B>(&mut self, room: &RoomId, log: &Log<B>, cx: &mut Context<B>) {
        self.fresh = true;
        if cx.is_up() && !matches!(self.state, State::Joining(_)) {
            self.join(room, log, cx);
        }
    }

    pub(super) fn link_down(&mut self) {
        self.state = State::Idle;
        self.joined = false;
        self.backoff.reset();
    }

    /// The log has taken in a snapshot.
    pub(super) fn loaded<B>(&mut self, log: &Log<B>, now: Instant) {
        self.state = State::Idle;
        self.joined = true;
        self.fresh = false;
        self.backoff.reset();
        self.review(log, now);
    }

    /// The log has changed: starts or ends the wait for ops that are on their way.
    pub(super) fn review<B>(&mut self, log: &Log<B>, now: Instant) {
        match self.state {
            State::Idle if log.missing() > 0 => self.state = State::Gap(now + PATIENCE),
            State::Gap(_) if log.missing() == 0 => self.state = State::Idle,
            _ => {}
        }
    }

    pub(super) const fn is_joining(&self, request: RequestId) -> bool {
        matches!(self.state, State::Joining(asked) if asked.number() == request.number())
    }

    pub(super) const fn is_syncing(&self, request: RequestId) -> bool {
        matches!(self.state, State::Syncing(asked) if asked.number() == request.number())
    }

    /// A sync was answered, and the log has taken in `applied` ops.
    pub(super) fn synced<B>(
        &mut self,
        room: &RoomId,
        applied: usize,
        log: &mut Log<B>,
        cx: &mut Context<B>,
        now: Instant,
    ) {
        self.state = State::Idle;
        if log.missing() == 0 {
            self.backoff.reset();
        } else if applied > 0 {
            self.backoff.reset();
            self.sync(room, log, cx);
        } else if self.backoff.attempts() < FRUITLESS {
            self.retry_later(None, cx, now);
        } else {
            log.forget_waiting();
            self.start_over(room, log, cx);
        }
    }

    pub(super) fn failed<B>(
        &mut self,
        room: &RoomId,
        failure: Failure,
        log: &Log<B>,
        cx: &mut Context<B>,
        now: Instant,
    ) {
        if failure.code == Code::GapTooLarge && !self.fresh {
            self.state = State::Idle;
            self.start_over(room, log, cx);
        } else if failure.is_fatal() {
            self.state = State::Refused(failure);
        } else {
            self.retry_later(failure.retry_after, cx, now);
        }
    }

    pub(super) fn handle_timeout<B>(
        &mut self,
        room: &RoomId,
        log: &Log<B>,
        cx: &mut Context<B>,
        now: Instant,
    ) {
        match self.state {
            State::Gap(at) | State::Retrying(at) if at <= now => {
                if !self.joined || self.fresh {
                    self.join(room, log, cx);
                } else {
                    self.sync(room, log, cx);
                }
            }
            _ => {}
        }
    }

    pub(super) const fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Gap(at) | State::Retrying(at) => Some(at),
            _ => None,
        }
    }

    pub(super) fn error(&self) -> Option<&Failure> {
        match &self.state {
            State::Refused(failure) => Some(failure),
            _ => None,
        }
    }

    /// Derived, never stored: a gap that is being waited for is not worth a word to the user.
    pub(super) fn sync_state<B>(&self, log: &Log<B>, link: Link) -> Sync {
        if log.cursor().is_none() {
            return Sync::Initial;
        }
        match (link, &self.state) {
            (Link::Down, _) | (_, State::Refused(_)) => Sync::Stale,
            _ if self.fresh => Sync::Stale,
            (Link::Up, State::Idle | State::Gap(_)) => Sync::Live,
            _ => Sync::CatchingUp,
        }
    }

    fn sync<B>(&mut self, room: &RoomId, log: &Log<B>, cx: &mut Context<B>) {
        if log.missing() > SYNC_MAX as u64 {
            self.start_over(room, log, cx);
            return;
        }
        let from = log.head().next();
        let call = Call::Sync { room: room.clone(), from, limit: SYNC_MAX };
        self.state = State::Syncing(cx.call(Caller::Room(room.clone()), call));
    }

    fn retry_later<B>(&mut self, after: Option<Duration>, cx: &mut Context<B>, now: Instant) {
        let delay = self.backoff.next_delay(&mut cx.rng);
        self.state = State::Retrying(now + delay.max(after.unwrap_or_default()));
    }
}

/// Most ops that are asked for in one sync; with more missing, a new window is cheaper.
const SYNC_MAX: usize = 500;
/// How long missing ops may be on their way before they are asked for.
const PATIENCE: Duration = Duration::from_millis(250);
/// Syncs in a row that bring nothing before the room is loaded anew.
const FRUITLESS: u32 = 5;
const BACKOFF: backoff::Config =
    backoff::Config { min: Duration::from_secs(1), max: Duration::from_secs(30), jitter: 0.5 };
