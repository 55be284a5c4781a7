//! Who types in a room: others (I15), and the user of this tab.

use core::time::Duration;

use super::change::{Change, Typer};
use super::context::Context;
use super::ids::{DeviceId, RoomId, UserId};
use super::model::{Interest, TyperSeen};
use super::output::Output;
use crate::sorted::{SortedMap, sort_by_key};
use crate::time::Instant;

/// The others who type in one room.
#[derive(Clone, Debug, Default)]
pub(super) struct Typers {
    entries: SortedMap<(UserId, DeviceId), Entry>,
    /// When to end all entries, because nobody can tell us that they ended.
    blind_at: Option<Instant>,
    shown: Vec<Typer>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    since: Instant,
    until: Instant,
}

impl Typers {
    pub(super) fn started(&mut self, typer: TyperSeen, now: Instant) {
        let full = self.entries.len() >= CAPACITY;
        let key = (typer.user, typer.device);
        if full && !self.entries.contains_key(&key) {
            return;
        }
        let until = now + typer.ttl.min(MAX_TTL);
        match self.entries.get_mut(&key) {
            Some(entry) => entry.until = until,
            None => drop(self.entries.insert(key, Entry { since: now, until })),
        }
    }

    pub(super) fn stopped(&mut self, user: &UserId, device: &DeviceId) {
        self.entries.retain(|(other, on), _| other != user || on != device);
    }

    pub(super) fn spoke(&mut self, user: &UserId) {
        self.entries.retain(|(other, _), _| other != user);
    }

    pub(super) fn link_up(&mut self) {
        self.blind_at = None;
    }

    pub(super) fn link_down(&mut self, now: Instant) {
        self.blind_at = Some(now + BLIND);
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if self.blind_at.take_if(|at| *at <= now).is_some() {
            self.entries.clear();
        }
        self.entries.retain(|_, entry| entry.until > now);
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let expiry = self.entries.values().map(|entry| entry.until).min()?;
        Some(self.blind_at.map_or(expiry, |at| at.min(expiry)))
    }

    /// Reports who types if that has changed.
    pub(super) fn publish<B>(&mut self, room: &RoomId, cx: &mut Context<B>) {
        let typers = self.folded();
        if typers != self.shown {
            self.shown.clone_from(&typers);
            cx.change(Change::Typers { room: room.clone(), typers });
        }
    }

    /// One entry a user, the longest first.
    fn folded(&self) -> Vec<Typer> {
        let mut typers: Vec<Typer> = Vec::new();
        for ((user, _), entry) in self.entries.iter() {
            match typers.last_mut().filter(|typer| typer.user == *user) {
                Some(typer) => {
                    typer.devices += 1;
                    typer.since = typer.since.min(entry.since);
                }
                None => {
                    typers.push(Typer { user: user.clone(), since: entry.since, devices: 1 });
                }
            }
        }
        sort_by_key(&mut typers, |typer| typer.since);
        typers
    }
}

/// Whether the user of this tab types in one room.
#[derive(Clone, Debug, Default)]
pub(super) struct Keyboard {
    idle_at: Option<Instant>,
}

impl Keyboard {
    pub(super) fn keystroke<B>(&mut self, room: &RoomId, cx: &mut Context<B>, now: Instant) {
        if self.idle_at.replace(now + cx.config.typing_idle).is_none() {
            Self::announce(room, true, cx);
        }
    }

    pub(super) fn stop<B>(&mut self, room: &RoomId, cx: &mut Context<B>) {
        if self.idle_at.take().is_some() {
            Self::announce(room, false, cx);
        }
    }

    pub(super) fn handle_timeout<B>(&mut self, room: &RoomId, cx: &mut Context<B>, now: Instant) {
        if self.idle_at.is_some_and(|at| at <= now) {
            self.stop(room, cx);
        }
    }

    pub(super) const fn poll_timeout(&self) -> Option<Instant> {
        self.idle_at
    }

    fn announce<B>(room: &RoomId, held: bool, cx: &mut Context<B>) {
        cx.emit(Output::SetInterest { interest: Interest::Typing(room.clone()), held });
    }
}

/// Most devices of one room that are remembered as typing.
const CAPACITY: usize = 200;
/// Longest time to believe one event, whatever its ttl says.
const MAX_TTL: Duration = Duration::from_secs(60);
/// From our disconnect to the end of all entries.
const BLIND: Duration = Duration::from_secs(2);
