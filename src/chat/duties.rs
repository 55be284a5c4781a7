//! What the leading tab does once for all tabs of the device.

use core::time::Duration;

use super::context::{Caller, Context, Link};
use super::ids::{RoomId, UserId};
use super::model::Interest;
use super::output::{Call, Output};
use super::presence::WATCH_LIMIT;
use crate::machine::sooner;
use crate::sorted::{SortedMap, SortedSet};
use crate::time::Instant;

/// Leaves rooms, says that the device types, and stops watching, by the interests of all tabs.
#[derive(Clone, Debug, Default)]
pub(super) struct Duties {
    leading: bool,
    /// Rooms in which any tab types, and when to say so again.
    typing: SortedMap<RoomId, Instant>,
    /// Rooms without a holder that the server has not heard of.
    leaves: SortedSet<RoomId>,
    /// Users without a holder that the server has not heard of.
    unwatched: SortedSet<UserId>,
    unwatch_at: Option<Instant>,
}

impl Duties {
    pub(super) fn lead_changed<B>(&mut self, leading: bool, cx: &mut Context<B>, now: Instant) {
        if !leading {
            *self = Self::default();
        }
        self.leading = leading;
        self.perform(cx, now);
    }

    pub(super) fn added<B>(&mut self, interest: Interest, cx: &mut Context<B>, now: Instant) {
        match interest {
            Interest::Room(room) => {
                self.leaves.remove(&room);
            }
            Interest::Typing(room) => {
                if !self.typing.contains_key(&room) {
                    self.typing.insert(room, now);
                }
            }
            Interest::Watch(user) => {
                self.unwatched.remove(&user);
            }
        }
        self.perform(cx, now);
    }

    pub(super) fn removed<B>(&mut self, interest: Interest, cx: &mut Context<B>, now: Instant) {
        match interest {
            Interest::Room(room) => {
                self.leaves.insert(room);
            }
            Interest::Typing(room) => {
                if self.typing.remove(&room).is_some() && self.leading && cx.is_up() {
                    cx.emit(Output::SendTyping { room, on: false });
                }
            }
            Interest::Watch(user) => {
                self.unwatched.insert(user);
                self.unwatch_at.get_or_insert(now + BATCH);
            }
        }
        self.perform(cx, now);
    }

    /// A new session of the server is in no room and watches nobody, a restored one as before.
    pub(super) fn link_up<B>(&mut self, recovered: bool, cx: &mut Context<B>, now: Instant) {
        if !recovered {
            self.leaves.clear();
            self.unwatched.clear();
        }
        self.perform(cx, now);
    }

    /// The server has answered our hello, so it can place what is typed.
    pub(super) fn greeted<B>(&mut self, cx: &mut Context<B>, now: Instant) {
        for renewal in self.typing.values_mut() {
            *renewal = now;
        }
        self.perform(cx, now);
    }

    pub(super) fn perform<B>(&mut self, cx: &mut Context<B>, now: Instant) {
        if !self.leading || cx.link == Link::Down {
            return;
        }
        for room in core::mem::take(&mut self.leaves) {
            cx.call(Caller::Nobody, Call::Leave { room });
        }
        if self.unwatch_at.take_if(|at| *at <= now).is_some() {
            let users: Vec<UserId> = core::mem::take(&mut self.unwatched).into_iter().collect();
            for users in users.chunks(WATCH_LIMIT) {
                cx.call(Caller::Nobody, Call::Watch { users: users.to_vec(), on: false });
            }
        }
        if !cx.is_up() {
            return;
        }
        for (room, renewal) in self.typing.iter_mut() {
            if *renewal <= now {
                *renewal = now + cx.config.typing_heartbeat;
                cx.emit(Output::SendTyping { room: room.clone(), on: true });
            }
        }
    }

    pub(super) fn poll_timeout<B>(&self, cx: &Context<B>) -> Option<Instant> {
        if !self.leading || cx.link == Link::Down {
            return None;
        }
        let renewal = if cx.is_up() { self.typing.values().copied().min() } else { None };
        sooner(self.unwatch_at, renewal)
    }
}

/// How long to collect users before the server is told.
const BATCH: Duration = Duration::from_millis(50);
