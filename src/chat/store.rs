//! The chat state of one tab, composed of its rooms, presence and the device's duties.

use core::time::Duration;

use super::context::{Caller, Context, Link};
use super::duties::Duties;
use super::failure::Failure;
use super::ids::{Cid, RequestId, RoomId, UserId};
use super::input::{Answer, Input};
use super::model::{Config, Cursor};
use super::outbox::SendError;
use super::output::{Call, Output};
use super::presence::Presence;
use super::room::Room;
use crate::backoff::{self, Backoff};
use crate::machine::{Machine, sooner};
use crate::sorted::SortedMap;
use crate::time::Instant;

/// The chat state of one tab.
///
/// `B` is a message body that the host owns; natively a `String`, in a browser a JavaScript value.
#[derive(Clone, Debug)]
pub struct Store<B> {
    cx: Context<B>,
    rooms: SortedMap<RoomId, Room<B>>,
    presence: Presence<B>,
    duties: Duties,
    hello: Hello,
}

/// The first call on every link.
#[derive(Clone, Debug)]
struct Hello {
    recovered: bool,
    request: Option<RequestId>,
    retry_at: Option<Instant>,
    backoff: Backoff,
}

impl<B: Clone> Store<B> {
    /// A store without rooms, its link down, not leading.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            cx: Context::new(config),
            rooms: SortedMap::new(),
            presence: Presence::new(),
            duties: Duties::default(),
            hello: Hello {
                recovered: false,
                request: None,
                retry_at: None,
                backoff: Backoff::new(HELLO_BACKOFF),
            },
        }
    }

    /// Opens `room`, or counts one more holder of it.
    pub fn retain(&mut self, room: &RoomId) {
        self.with_room(room, Room::retain);
    }

    /// Counts one holder of `room` less; the room closes a while after the last.
    pub fn release(&mut self, room: &RoomId, now: Instant) {
        if let Some(room) = self.rooms.get_mut(room) {
            room.release(&self.cx, now);
        }
    }

    /// Sends `body` to `room` when its turn comes; it shows as a row at once.
    ///
    /// # Errors
    ///
    /// If `cid` waits already, or too many messages do.
    pub fn send(
        &mut self,
        room: &RoomId,
        cid: Cid,
        body: B,
        now: Instant,
    ) -> Result<(), SendError> {
        self.with_room(room, |room, cx| room.send(cid, body, cx, now))
    }

    /// Tries a failed message again. Gives whether there was one.
    pub fn retry(&mut self, room: &RoomId, cid: &Cid, now: Instant) -> bool {
        self.rooms.get_mut(room).is_some_and(|room| room.retry(cid, &mut self.cx, now))
    }

    /// Takes back a message that was never tried, or failed. Gives whether there was one.
    pub fn discard(&mut self, room: &RoomId, cid: &Cid) -> bool {
        let found = self.rooms.get_mut(room).is_some_and(|room| room.discard(cid, &mut self.cx));
        self.forget_if_idle(room);
        found
    }

    /// Loads up to `limit` messages before the first row. [`Output::OlderLoaded`] tells the end; a
    /// second call before that shares it.
    pub fn load_older(&mut self, room: &RoomId, limit: usize) {
        self.with_room(room, |room, cx| room.load_older(limit, cx));
    }

    /// Notes that the user types in `room`.
    pub fn keystroke(&mut self, room: &RoomId, now: Instant) {
        if let Some(room) = self.rooms.get_mut(room) {
            room.keystroke(&mut self.cx, now);
        }
    }

    /// Notes that the user types in `room` no more; without it, a pause says so.
    pub fn stop_typing(&mut self, room: &RoomId) {
        if let Some(room) = self.rooms.get_mut(room) {
            room.stop_typing(&mut self.cx);
        }
    }

    /// Follows the presence of `users`, or counts one more holder of each.
    pub fn watch(&mut self, users: &[UserId], now: Instant) {
        for user in users {
            self.presence.watch(user, &mut self.cx, now);
        }
    }

    /// Counts one holder of each of `users` less; the watch ends a while after the last.
    pub fn unwatch(&mut self, users: &[UserId], now: Instant) {
        for user in users {
            self.presence.unwatch(user, &self.cx, now);
        }
    }

    /// Acts on `room`, known or not; if nothing of it must be kept then, it is forgotten.
    fn with_room<R>(
        &mut self,
        room: &RoomId,
        act: impl FnOnce(&mut Room<B>, &mut Context<B>) -> R,
    ) -> R {
        let mut known = self.rooms.remove(room).unwrap_or_else(|| Room::new(room.clone()));
        let result = act(&mut known, &mut self.cx);
        if !known.is_idle() {
            self.rooms.insert(room.clone(), known);
        }
        result
    }

    fn forget_if_idle(&mut self, room: &RoomId) {
        if self.rooms.get(room).is_some_and(Room::is_idle) {
            self.rooms.remove(room);
        }
    }

    fn link_up(&mut self, recovered: bool, now: Instant) {
        self.cx.link = Link::Greeting;
        self.hello.recovered = recovered;
        self.greet();
        for room in self.rooms.values_mut() {
            room.link_up(&mut self.cx);
        }
        self.duties.link_up(recovered, &mut self.cx, now);
    }

    fn link_down(&mut self, now: Instant) {
        if self.cx.link == Link::Down {
            return;
        }
        self.cx.link = Link::Down;
        self.cx.forget_calls();
        self.hello.request = None;
        self.hello.retry_at = None;
        self.hello.backoff.reset();
        self.presence.link_down();
        for room in self.rooms.values_mut() {
            room.link_down(&mut self.cx, now);
        }
    }

    fn greet(&mut self) {
        let open = self.rooms.iter().filter(|(_, room)| room.is_open()).take(HELLO_ROOMS);
        let rooms: Vec<(RoomId, Option<Cursor>)> =
            open.map(|(id, room)| (id.clone(), room.cursor())).collect();
        self.hello.retry_at = None;
        self.hello.request = Some(self.cx.call(Caller::Session, Call::Hello { rooms }));
    }

    fn hello_answered(&mut self, answer: Result<Answer<B>, Failure>, now: Instant) {
        self.hello.request = None;
        let (rooms, denied) = match answer {
            Ok(Answer::Hello { rooms, denied }) => (rooms, denied),
            other => {
                let failure = other.err().unwrap_or_else(Failure::wrong_answer);
                let delay = self.hello.backoff.next_delay(&mut self.cx.rng);
                let delay = delay.max(failure.retry_after.unwrap_or_default());
                self.hello.retry_at = Some(now + delay);
                return;
            }
        };
        self.cx.link = Link::Up;
        self.hello.backoff.reset();
        let snapshots = rooms.into_iter().map(|snapshot| (snapshot.room.clone(), Ok(snapshot)));
        let failures = denied.into_iter().map(|(room, failure)| (room, Err(failure)));
        let mut said: SortedMap<_, _> = snapshots.chain(failures).collect();
        for (id, room) in self.rooms.iter_mut() {
            room.greeted(said.remove(id), &mut self.cx, now);
        }
        self.presence.greeted(self.hello.recovered, &mut self.cx);
        self.duties.greeted(&mut self.cx, now);
    }

    fn answered(&mut self, request: RequestId, answer: Result<Answer<B>, Failure>, now: Instant) {
        match self.cx.settle(request) {
            Some(Caller::Session) => self.hello_answered(answer, now),
            Some(Caller::Room(id)) => {
                if let Some(room) = self.rooms.get_mut(&id) {
                    room.answered(request, answer, &mut self.cx, now);
                }
                self.forget_if_idle(&id);
            }
            Some(Caller::Presence) => match answer {
                Ok(Answer::Watched(lists)) => self.presence.listed(request, lists, &mut self.cx),
                other => {
                    let failure = other.err().unwrap_or_else(Failure::wrong_answer);
                    self.presence.refused(request, &failure, &mut self.cx, now);
                }
            },
            Some(Caller::Nobody) | None => {}
        }
    }
}

impl<B: Clone> Machine for Store<B> {
    type Input = Input<B>;
    type Output = Output<B>;

    fn handle_input(&mut self, input: Input<B>, now: Instant) {
        match input {
            Input::LinkUp { recovered } => {
                self.link_down(now);
                self.link_up(recovered, now);
            }
            Input::LinkDown => self.link_down(now),
            Input::Answered { request, answer } => self.answered(request, answer, now),
            Input::OpReceived { room, epoch, op } => {
                if let Some(room) = self.rooms.get_mut(&room) {
                    room.op_received(&epoch, op, &mut self.cx, now);
                }
            }
            Input::TypingStarted { room, typer } => {
                if let Some(room) = self.rooms.get_mut(&room) {
                    room.typing_started(typer, &mut self.cx, now);
                }
            }
            Input::TypingStopped { room, user, device } => {
                if let Some(room) = self.rooms.get_mut(&room) {
                    room.typing_stopped(&user, &device, &mut self.cx);
                }
            }
            Input::PresenceChanged(diff) => {
                for (user, device) in self.presence.changed(diff, &mut self.cx, now) {
                    for room in self.rooms.values_mut() {
                        room.typing_stopped(&user, &device, &mut self.cx);
                    }
                }
            }
            Input::InterestAdded(interest) => self.duties.added(interest, &mut self.cx, now),
            Input::InterestRemoved(interest) => self.duties.removed(interest, &mut self.cx, now),
            Input::LeadChanged { leading } => {
                self.duties.lead_changed(leading, &mut self.cx, now);
            }
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.hello.retry_at.is_some_and(|at| at <= now) {
            self.greet();
        }
        for room in self.rooms.values_mut() {
            room.handle_timeout(&mut self.cx, now);
        }
        self.rooms.retain(|_, room| !room.is_idle());
        self.presence.handle_timeout(&mut self.cx, now);
        self.duties.perform(&mut self.cx, now);
    }

    fn poll_output(&mut self) -> Option<Output<B>> {
        self.cx.poll_output()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let rooms = self.rooms.values().filter_map(|room| room.poll_timeout(&self.cx)).min();
        let device =
            sooner(self.presence.poll_timeout(&self.cx), self.duties.poll_timeout(&self.cx));
        sooner(self.hello.retry_at, sooner(rooms, device))
    }
}

/// Most rooms that one hello may name; the others are joined after it.
const HELLO_ROOMS: usize = 100;
const HELLO_BACKOFF: backoff::Config =
    backoff::Config { min: Duration::from_millis(500), max: Duration::from_secs(30), jitter: 0.5 };
