//! Who is online, of the users that the app watches (I16).

use core::time::Duration;

use super::change::{Change, PresenceRecord};
use super::context::{Caller, Context};
use super::failure::Failure;
use super::ids::{DeviceId, MetaRef, RequestId, UserId};
use super::model::{Interest, Meta, PresenceDiff, PresenceState};
use super::output::{Call, Output};
use crate::backoff::{self, Backoff};
use crate::machine::sooner;
use crate::sorted::{SortedMap, SortedSet};
use crate::time::Instant;

/// The watched users of one tab.
#[derive(Clone, Debug)]
pub(super) struct Presence<B> {
    users: SortedMap<UserId, Watched<B>>,
    /// When to ask for the lists that are wanted; several hooks mount in one go.
    ask_at: Option<Instant>,
    backoff: Backoff,
}

#[derive(Clone, Debug)]
struct Watched<B> {
    holders: u32,
    /// When to end the watch, if nobody holds it.
    end_at: Option<Instant>,
    list: List<B>,
    metas: SortedMap<MetaRef, Meta<B>>,
}

/// ```text
/// Wanted -> Asked -> Known
///   ^--------+ failure, link down, too many diffs
/// ```
#[derive(Clone, Debug)]
enum List<B> {
    Wanted,
    /// Changes that came before the list are applied to it.
    Asked(RequestId, Vec<Step<B>>),
    Known,
}

/// One change of the entries of one user.
#[derive(Clone, Debug)]
enum Step<B> {
    Joined(Meta<B>),
    Left(MetaRef),
}

impl<B: Clone> Presence<B> {
    pub(super) const fn new() -> Self {
        Self { users: SortedMap::new(), ask_at: None, backoff: Backoff::new(BACKOFF) }
    }

    pub(super) fn watch(&mut self, user: &UserId, cx: &mut Context<B>, now: Instant) {
        if let Some(watched) = self.users.get_mut(user) {
            watched.holders = watched.holders.saturating_add(1);
            watched.end_at = None;
            return;
        }
        let watched =
            Watched { holders: 1, end_at: None, list: List::Wanted, metas: SortedMap::new() };
        self.users.insert(user.clone(), watched);
        cx.emit(Output::SetInterest { interest: Interest::Watch(user.clone()), held: true });
        self.ask_at.get_or_insert(now + BATCH);
    }

    pub(super) fn unwatch(&mut self, user: &UserId, cx: &Context<B>, now: Instant) {
        if let Some(watched) = self.users.get_mut(user) {
            watched.holders = watched.holders.saturating_sub(1);
            if watched.holders == 0 {
                watched.end_at = Some(now + cx.config.linger);
            }
        }
    }

    /// A restored session watches on; a new one has to be told.
    pub(super) fn greeted(&mut self, recovered: bool, cx: &mut Context<B>) {
        if !recovered {
            for watched in self.users.values_mut() {
                watched.list = List::Wanted;
            }
        }
        self.ask(cx);
    }

    pub(super) fn link_down(&mut self) {
        for watched in self.users.values_mut() {
            if matches!(watched.list, List::Asked(..)) {
                watched.list = List::Wanted;
            }
        }
    }

    pub(super) fn listed(
        &mut self,
        request: RequestId,
        mut lists: Vec<(UserId, Vec<Meta<B>>)>,
        cx: &mut Context<B>,
    ) {
        self.backoff.reset();
        for (user, watched) in self.users.iter_mut() {
            let Some(steps) = watched.list.answered_by(request) else { continue };
            watched.list = List::Known;
            watched.metas.clear();
            // A user without an entry may be left out of the answer.
            let listed = lists.iter().position(|(name, _)| name == user);
            let metas = listed.map(|at| lists.swap_remove(at).1).unwrap_or_default();
            for step in metas.into_iter().map(Step::Joined).chain(steps) {
                watched.apply(step);
            }
            cx.change(Change::Presence { user: user.clone(), record: watched.record() });
        }
    }

    pub(super) fn refused(
        &mut self,
        request: RequestId,
        failure: &Failure,
        cx: &mut Context<B>,
        now: Instant,
    ) {
        let mut again = false;
        for watched in self.users.values_mut() {
            if watched.list.answered_by(request).is_some() {
                again = !failure.is_fatal();
                watched.list = if again { List::Wanted } else { List::Known };
            }
        }
        if again {
            let delay = self.backoff.next_delay(&mut cx.rng);
            self.ask_at = Some(now + delay.max(failure.retry_after.unwrap_or_default()));
        }
    }

    /// Takes in a diff; gives the devices that left, because they type no more (I15).
    pub(super) fn changed(
        &mut self,
        diff: PresenceDiff<B>,
        cx: &mut Context<B>,
        now: Instant,
    ) -> Vec<(UserId, DeviceId)> {
        let mut gone = Vec::new();
        let mut changed = SortedSet::new();
        let joins = diff.joins.into_iter().map(|(user, metas)| {
            (user, metas.into_iter().map(Step::Joined).collect::<Vec<Step<B>>>())
        });
        let leaves = diff.leaves.into_iter().map(|(user, references)| {
            (user, references.into_iter().map(Step::Left).collect::<Vec<Step<B>>>())
        });
        for (user, steps) in joins.chain(leaves) {
            let Some(watched) = self.users.get_mut(&user) else { continue };
            for step in steps {
                if let Some(left) = watched.take_in(step) {
                    gone.push((user.clone(), left.device));
                }
            }
            if matches!(watched.list, List::Wanted) {
                self.ask_at.get_or_insert(now + BATCH);
            }
            changed.insert(user);
        }
        for user in changed {
            let Some(watched) = self.users.get(&user) else { continue };
            if matches!(watched.list, List::Known) {
                cx.change(Change::Presence { user, record: watched.record() });
            }
        }
        gone
    }

    pub(super) fn handle_timeout(&mut self, cx: &mut Context<B>, now: Instant) {
        self.users.retain(|user, watched| {
            let ended = watched.end_at.is_some_and(|at| at <= now);
            if ended {
                let record = PresenceRecord::offline();
                cx.change(Change::Presence { user: user.clone(), record });
                let interest = Interest::Watch(user.clone());
                cx.emit(Output::SetInterest { interest, held: false });
            }
            !ended
        });
        if cx.is_up() && self.ask_at.is_some_and(|at| at <= now) {
            self.ask(cx);
        }
    }

    pub(super) fn poll_timeout(&self, cx: &Context<B>) -> Option<Instant> {
        let end = self.users.values().filter_map(|watched| watched.end_at).min();
        sooner(end, if cx.is_up() { self.ask_at } else { None })
    }

    fn ask(&mut self, cx: &mut Context<B>) {
        self.ask_at = None;
        let wanted = |(user, watched): (&UserId, &Watched<B>)| {
            matches!(watched.list, List::Wanted).then(|| user.clone())
        };
        let wanted: Vec<UserId> = self.users.iter().filter_map(wanted).collect();
        for users in wanted.chunks(WATCH_LIMIT) {
            let call = Call::Watch { users: users.to_vec(), on: true };
            let request = cx.call(Caller::Presence, call);
            for user in users {
                if let Some(watched) = self.users.get_mut(user) {
                    watched.list = List::Asked(request, Vec::new());
                }
            }
        }
    }
}

impl<B: Clone> Watched<B> {
    /// Applies a change, or keeps it for the list that is asked for; gives the entry that ended.
    fn take_in(&mut self, step: Step<B>) -> Option<Meta<B>> {
        match &mut self.list {
            List::Known => self.apply(step),
            List::Asked(_, steps) if steps.len() < QUEUE => {
                steps.push(step);
                None
            }
            // Too many to keep: a list asked for from now on has them all.
            List::Asked(..) | List::Wanted => {
                self.list = List::Wanted;
                None
            }
        }
    }

    fn apply(&mut self, step: Step<B>) -> Option<Meta<B>> {
        match step {
            Step::Joined(meta) => {
                if self.metas.len() < METAS || self.metas.contains_key(&meta.reference) {
                    self.metas.insert(meta.reference.clone(), meta);
                }
                None
            }
            Step::Left(reference) => self.metas.remove(&reference),
        }
    }

    fn record(&self) -> PresenceRecord<B> {
        let metas = self.metas.values();
        PresenceRecord {
            state: metas.clone().map(|meta| meta.state).max().unwrap_or(PresenceState::Offline),
            active_at: metas.clone().map(|meta| meta.active_at).reduce(f64::max),
            metas: metas.map(|meta| meta.body.clone()).collect(),
        }
    }
}

impl<B> List<B> {
    /// The changes that waited for the answer to `request`, if this list did.
    fn answered_by(&mut self, request: RequestId) -> Option<Vec<Step<B>>> {
        match self {
            Self::Asked(asked, steps) if *asked == request => Some(core::mem::take(steps)),
            _ => None,
        }
    }
}

impl<B> PresenceRecord<B> {
    /// The presence of a user of whom nothing is known.
    #[must_use]
    pub const fn offline() -> Self {
        Self { state: PresenceState::Offline, active_at: None, metas: Vec::new() }
    }
}

/// Most users in one call.
pub(super) const WATCH_LIMIT: usize = 100;
/// Most entries of one user.
const METAS: usize = 100;
/// Most changes of one user that wait for the list.
const QUEUE: usize = 100;
/// How long to collect users before the server is asked.
const BATCH: Duration = Duration::from_millis(50);
const BACKOFF: backoff::Config =
    backoff::Config { min: Duration::from_secs(1), max: Duration::from_secs(30), jitter: 1.0 };
