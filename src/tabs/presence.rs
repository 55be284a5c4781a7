//! Which tabs there are, which are visible, and what they are interested in.

use crate::host::Host;
use crate::time::Instant;

use super::election::Phase;
use super::pace::Pace;
use super::tab::Timer;
use super::wire::{Card, MAX_TABS, Message};
use super::{Config, Event, Output, Role, Roster, Tab, TabId};

impl<H: Host> Tab<H> {
    pub(super) fn join(&mut self, now: Instant) {
        self.move_place(None);
        self.leader = None;
        if self.role != Role::Joining {
            self.set_role(Role::Joining);
        }
        self.queue_for_lock(now);
        self.say_hello();
    }

    /// Stays, but out of the election.
    pub(super) fn stand_aside(&mut self) {
        if self.is_bidding_or_leading() {
            self.abdicate();
        } else if matches!(self.phase, Phase::Queued | Phase::Ceding) {
            self.close_posts();
            self.phase = Phase::Aside;
            self.out.command(Output::ReleaseLock);
        }
    }

    /// Goes on after it stood aside. Its place in the log is as good as before: the leader's answer
    /// shows what it lacks, as it does to any tab.
    pub(super) fn rejoin(&mut self, now: Instant) {
        if self.phase == Phase::Aside {
            self.queue_for_lock(now);
            self.say_hello();
        }
    }

    /// Takes part no longer.
    pub(super) fn part(&mut self, role: Role) {
        let (present, in_line) = (self.is_present(), self.phase != Phase::Aside);
        if present {
            self.close_posts();
            self.end_reign(role);
        }
        if self.role != role {
            self.set_role(role);
        }
        if present {
            self.say(&Message::Bye { leaving: true });
            self.out.seal();
            if in_line {
                self.out.command(Output::ReleaseLock);
            }
            self.phase = Phase::Away;
            self.outbox.forget_posts();
        }
    }

    /// Forgets all that belongs to the user who logged out.
    pub(super) fn on_logged_out(&mut self, now: Instant) {
        self.outbox.clear();
        self.interests.clear();
        self.announced.clear();
        self.out.event(Event::LoggedOut);
        if self.is_bidding_or_leading() {
            self.abdicate();
            self.move_place(None);
            self.rejoin(now);
        } else if self.is_present() {
            self.move_place(None);
            self.say_hello();
        }
    }

    pub(super) fn on_hello(&mut self, from: TabId, card: &Card<'_>, now: Instant) {
        match &self.phase {
            Phase::Leading => self.welcome(from, card, now),
            Phase::Bidding(_) => {
                self.admit(from, card);
                self.ask_newcomer(from);
            }
            _ => {}
        }
    }

    /// Leader: takes in a tab and tells it where the log goes on.
    pub(super) fn welcome(&mut self, from: TabId, card: &Card<'_>, now: Instant) {
        self.admit(from, card);
        if let Some(position) = self.ring.position() {
            self.say(&Message::Open { position });
        }
        self.say_stolen(now);
        self.refresh_roster();
        self.say_roster();
    }

    /// Leader or heir: keeps what a tab says of itself.
    pub(super) fn admit(&mut self, from: TabId, card: &Card<'_>) {
        let Some(peer) = self.peers.add(from) else { return };
        let touched = peer.update(card);
        self.watch(from);
        if self.carries_out() {
            for key in touched {
                self.refresh_interest(&key);
            }
        }
    }

    pub(super) fn watch(&mut self, tab: TabId) {
        if self.watched.len() < MAX_TABS && self.watched.insert(tab) {
            self.out.command(Output::WatchTab(tab));
        }
    }

    pub(super) fn on_bye(&mut self, from: TabId, leads: bool, leaving: bool, now: Instant) {
        if leads {
            self.lose_leader(now);
        }
        self.excuse(from, now);
        if leaving && self.watched.remove(&from) {
            self.out.command(Output::UnwatchTab(from));
            self.forget(from, now);
        }
    }

    pub(super) fn on_tab_gone(&mut self, tab: TabId, now: Instant) {
        if self.watched.remove(&tab) {
            // The host holds its lock now, which would keep it from coming back.
            self.out.command(Output::UnwatchTab(tab));
            // If it was away, the end of its own lock can be reported after its return.
            self.say(&Message::Missed { to: tab });
            self.forget(tab, now);
        }
    }

    /// The leader took this tab for gone, with all that it had asked for.
    pub(super) fn greet_again(&mut self) {
        self.outbox.forget_posts();
        self.say_hello();
        self.post_due_requests();
    }

    fn forget(&mut self, tab: TabId, now: Instant) {
        let peer = self.peers.remove(tab);
        if let (Some(peer), Phase::Leading) = (peer, &self.phase) {
            for key in peer.into_interests() {
                self.refresh_interest(&key);
            }
            self.out.event(Event::TabLeft { tab });
            self.update_roster();
        }
        self.strike_from_bid(tab, now);
    }

    pub(super) fn set_visible(&mut self, visible: bool) {
        if self.visible == visible {
            return;
        }
        self.visible = visible;
        self.out.set_timely(visible);
        if self.carries_out() {
            self.update_roster();
        } else {
            self.say(&Message::Visible(visible));
        }
    }

    pub(super) fn on_visible(&mut self, from: TabId, visible: bool) {
        if let Some(peer) = self.peers.find(from) {
            peer.visible = visible;
        }
        if self.phase == Phase::Leading {
            self.update_roster();
        }
    }

    pub(super) fn on_interest(&mut self, from: TabId, key: &str, held: bool) {
        if !self.is_bidding_or_leading() {
            return;
        }
        if let Some(peer) = self.peers.find(from) {
            peer.set_interest(key, held);
        }
        if self.phase == Phase::Leading {
            self.refresh_interest(key);
        }
    }

    /// Tells the owner if this key got its first holder or lost its last.
    pub(super) fn refresh_interest(&mut self, key: &str) {
        let held = self.interests.contains(key) || self.peers.holds(key);
        if held && !self.announced.contains(key) {
            self.announced.insert(key.to_owned());
            self.out.event(Event::InterestAdded { key: key.to_owned() });
        } else if !held && self.announced.remove(key) {
            self.out.event(Event::InterestRemoved { key: key.to_owned() });
        }
    }

    /// The owner has become the one that carries things out: tells it all there is.
    pub(super) fn begin_carrying_out(&mut self) {
        let keys = self.interests.iter().chain(self.peers.interests());
        self.announced = keys.cloned().collect();
        for key in self.announced.iter() {
            self.out.event(Event::InterestAdded { key: key.clone() });
        }
        self.refresh_roster();
        self.post_due_requests();
    }

    pub(super) fn on_roster(&mut self, count: u32, visible: u32) {
        let number = |number| usize::try_from(number).unwrap_or(usize::MAX);
        self.set_roster(Roster { count: number(count), visible: number(visible) });
    }

    pub(super) fn say_roster(&mut self) {
        let number = |number| u32::try_from(number).unwrap_or(u32::MAX);
        let Roster { count, visible } = self.roster;
        self.say(&Message::Roster { count: number(count), visible: number(visible) });
    }

    /// Leader: counts again and tells everybody if something changed.
    fn update_roster(&mut self) {
        if self.refresh_roster() {
            self.say_roster();
        }
    }

    fn refresh_roster(&mut self) -> bool {
        let count = self.peers.len() + 1;
        let others = self.peers.visible();
        let visible = others + usize::from(self.visible);
        self.pace_posts(others);
        self.consider_yielding(visible);
        self.set_roster(Roster { count, visible })
    }

    /// Nobody waits for what a hidden tab hears.
    fn pace_posts(&mut self, visible: usize) {
        let Config { pace, calm_pace, .. } = self.config;
        match visible {
            0 => self.out.set_pace(Pace::even(calm_pace), None),
            _ if visible == self.peers.len() => self.out.set_pace(Pace::easy(pace), None),
            _ => self.out.set_pace(Pace::even(calm_pace), Some(pace)),
        }
    }

    /// A leader that nobody sees, while another tab is seen, goes after a while: not at each change
    /// of focus, which would cost a connection each time.
    fn consider_yielding(&mut self, visible: usize) {
        let after = self.config.yield_hidden_after.filter(|_| !self.visible && visible > 0);
        match after.filter(|_| self.phase == Phase::Leading) {
            Some(after) if !self.timers.is_set(Timer::Yield) => {
                self.timers.set(Timer::Yield, self.turn + after);
            }
            Some(_) => {}
            None => self.timers.stop(Timer::Yield),
        }
    }

    pub(super) fn yield_to_visible(&mut self, now: Instant) {
        if let Some(heir) = self.peers.visible_one() {
            self.yield_to(heir, now);
        }
    }

    fn set_roster(&mut self, roster: Roster) -> bool {
        let changed = self.roster != roster;
        if changed {
            self.roster = roster;
            self.out.event(Event::RosterChanged(roster));
        }
        changed
    }
}
