//! Who leads: bids, terms, and how leadership ends.

use core::cmp::Reverse;

use crate::host::Host;
use crate::sorted::{SortedMap, SortedSet};
use crate::time::Instant;

use super::id::{Position, Span};
use super::peers::Peers;
use super::tab::Timer;
use super::wire::{Card, Header, MAX_TABS, Message, Said};
use super::{Event, Output, Role, Tab, TabId};

/// Where a tab stands in the election.
///
/// ```text
///          start              LockGranted          all answered, gaps filled
///  Away ──────────► Queued ──────────────► Bidding ─────────────────────────► Leading ─┐
///    ▲               ▲▲ │                     │ higher claim, LockLost, resign    │    │
///    │ Left          ││ └─ Frozen ─► Aside    │                                   │    │
///    └── any ──      │└──────────────┘◄───────┴───────────────────────────────────┘    │
///                    └─── LockLost, or the heir is too slow ─── Ceding ◄── yield_to ───┘
/// ```
#[derive(Debug, PartialEq)]
pub(super) enum Phase {
    /// Not started, or the page is left.
    Away,
    /// In the queue for the lock.
    Queued,
    /// Here, but not in the queue: a frozen page would hold the lock and do nothing.
    Aside,
    /// Holds the lock and collects what other tabs have.
    Bidding(Bid),
    /// Holds the lock and the connection.
    Leading,
    /// Holds the lock for the heir that it named, so that nobody else in the queue gets it first.
    Ceding,
    /// Shares nothing.
    Solo,
    /// Gone for good.
    Closed,
}

/// Whether the last leader said that this tab shall take the lock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Call {
    None,
    /// It may have said so long ago: what came of it is heard first.
    Late,
    /// This tab is about to have the lock.
    Answered,
}

#[derive(Debug, Default, PartialEq)]
pub(super) struct Bid {
    awaiting: SortedSet<TabId>,
    /// The host was asked who is there. Hearsay would not do: a tab that nobody told us of can
    /// have got further than we.
    looking: bool,
    /// What the tabs have that answered.
    answers: SortedMap<TabId, Option<Span>>,
    /// The time to answer is over, but for the tab that may not know that it leads no longer.
    overtime: bool,
    pub(super) fetch: Option<Fetch>,
}

/// An heir takes over what another tab has more than itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Fetch {
    pub(super) source: TabId,
    pub(super) target: Position,
}

impl<H: Host> Tab<H> {
    pub(super) const fn is_bidding_or_leading(&self) -> bool {
        matches!(self.phase, Phase::Bidding(_) | Phase::Leading)
    }

    pub(super) fn queue_for_lock(&mut self, now: Instant) {
        self.phase = Phase::Queued;
        (self.forced, self.call) = (false, Call::None);
        self.out.command(Output::RequestLock);
        self.keep_vigil(now);
    }

    pub(super) fn on_lock_granted(&mut self, now: Instant) {
        if self.phase == Phase::Queued {
            self.lose_leader(now);
            self.bid(now);
        } else {
            self.out.command(Output::ReleaseLock);
        }
    }

    /// The leader is going, and wants this tab to be next, not the one that waits longest.
    pub(super) fn on_called(&mut self, now: Instant) {
        if self.phase != Phase::Queued {
            return;
        }
        if self.has_just_woken(now) {
            self.call = Call::Late;
            self.out.request_flush();
        } else {
            self.answer_call();
        }
    }

    /// All that waited for this tab is heard, and nobody else has led.
    pub(super) fn answer_late_call(&mut self) {
        if self.phase == Phase::Queued && self.call == Call::Late {
            self.answer_call();
        }
    }

    fn answer_call(&mut self) {
        self.call = Call::Answered;
        self.out.command(Output::StealLock);
    }

    pub(super) fn on_lock_lost(&mut self, now: Instant) {
        if self.is_bidding_or_leading() {
            self.out.depose();
            self.end_reign(Role::Joining);
            self.queue_for_lock(now);
        } else if self.phase == Phase::Ceding {
            self.timers.stop(Timer::Cede);
            self.queue_for_lock(now);
        } else if self.phase == Phase::Queued {
            // Stolen before we heard that we had it; unless this is the second report of one theft,
            // and we are in the queue again.
            self.out.command(Output::ReleaseLock);
            self.queue_for_lock(now);
        }
    }

    /// Learns of a newer term from whatever anybody says.
    pub(super) fn on_header(&mut self, header: Header, said: &[Said<'_, H>], now: Instant) {
        let claims = header.from == header.term.tab()
            && said
                .iter()
                .any(|said| matches!(said.message, Message::Lead { .. } | Message::Open { .. }));
        if self.call == Call::Late && (claims || header.term > self.seen) {
            self.call = Call::None;
        }
        if header.term <= self.seen {
            return;
        }
        // What was said under the old term must not leave under the new one.
        self.out.seal();
        let followed = self.leader.is_some();
        self.seen = header.term;
        // Somebody led in between, and perhaps has used what the heir was to inherit.
        self.forced |= self.call == Call::Answered;
        match &self.phase {
            // Whoever speaks was granted the lock after us.
            Phase::Bidding(_) | Phase::Leading if claims => self.dethrone(now),
            Phase::Leading => self.dethrone(now),
            // Nobody follows this bid yet, and the lock is ours: cheaper than to give it up.
            Phase::Bidding(_) => self.bid(now),
            _ => {
                self.lose_leader(now);
                if followed && !claims {
                    // The leader we listened to until now does not know that it is outbid.
                    self.say(&Message::Stale);
                }
            }
        }
    }

    pub(super) fn on_here(
        &mut self,
        from: TabId,
        card: &Card<'_>,
        span: Option<Span>,
        now: Instant,
    ) {
        match &mut self.phase {
            Phase::Bidding(bid) if bid.answers.len() < MAX_TABS => {
                bid.answer(from, span);
                self.admit(from, card);
                self.settle(now);
            }
            // Too late for the bid: it has to look where it stands.
            Phase::Leading => self.welcome(from, card, now),
            _ => {}
        }
    }

    /// A tab that is new, or afresh, while the bid runs. It may not have heard of the bid; or it has,
    /// and got on since it said this.
    pub(super) fn ask_newcomer(&mut self, tab: TabId) {
        if let Phase::Bidding(bid) = &mut self.phase {
            bid.strike(tab);
            if bid.awaiting.len() < MAX_TABS {
                bid.awaiting.insert(tab);
            }
            self.say(&Message::Lead { to: Some(tab) });
        }
    }

    pub(super) fn on_tabs_found(&mut self, tabs: &[TabId], now: Instant) {
        let Phase::Bidding(bid) = &mut self.phase else { return };
        bid.looking = false;
        let own = self.config.id;
        let unheard = |tab: &TabId| *tab != own && !bid.answers.contains_key(tab);
        let tabs: Vec<TabId> = tabs.iter().copied().filter(unheard).collect();
        bid.awaiting.extend(tabs.iter().copied());
        for tab in tabs {
            self.watch(tab);
        }
        self.settle(now);
    }

    pub(super) fn on_collect_timeout(&mut self, now: Instant) {
        if let Phase::Bidding(bid) = &mut self.phase {
            bid.looking = false;
            let unaware = self.unaware.filter(|tab| bid.awaiting.contains(tab));
            bid.awaiting.clear();
            if let (Some(tab), false) = (unaware, bid.overtime) {
                // If it runs again before it has to doubt that it leads, it carries out what it was
                // asked for: that has to be before the next leader carries out what came later.
                bid.overtime = true;
                bid.awaiting.insert(tab);
                self.timers.set(Timer::Collect, now + self.config.stall_after());
            }
            if let Some(fetch) = bid.fetch.take() {
                bid.answers.remove(&fetch.source);
            }
            self.settle(now);
        }
    }

    /// That tab knows that it leads no longer, or that it will not any more.
    pub(super) fn excuse(&mut self, tab: TabId, now: Instant) {
        if self.unaware == Some(tab) {
            self.unaware = None;
            if matches!(&self.phase, Phase::Bidding(bid) if bid.overtime) {
                self.strike_from_bid(tab, now);
            }
        }
    }

    /// A bid counts on that tab no longer.
    pub(super) fn strike_from_bid(&mut self, tab: TabId, now: Instant) {
        if let Phase::Bidding(bid) = &mut self.phase {
            bid.strike(tab);
            self.settle(now);
        }
    }

    /// Goes on with the bid if nothing is awaited any more.
    pub(super) fn settle(&mut self, now: Instant) {
        let Phase::Bidding(bid) = &mut self.phase else { return };
        if bid.looking || !bid.awaiting.is_empty() || bid.fetch.is_some() {
            return;
        }
        let own = self.ring.position();
        match bid.source(own) {
            Some((source, target)) => {
                bid.fetch = Some(Fetch { source, target });
                self.timers.set(Timer::Collect, now + self.config.collect);
                self.say(&Message::Want { to: source, after: own });
            }
            None => self.lead(),
        }
    }

    /// Gives up leadership on purpose; the owner hears of it while the lock is still held.
    pub(super) fn abdicate(&mut self) {
        self.step_down(None);
        self.out.command(Output::ReleaseLock);
    }

    /// As [`abdicate`](Self::abdicate), but the lock is left to the heir to take.
    pub(super) fn cede(&mut self, heir: TabId, now: Instant) {
        self.step_down(Some(heir));
        self.phase = Phase::Ceding;
        self.timers.set(Timer::Cede, now + self.config.collect * 2);
    }

    /// Ends leadership, or a bid for it, with a last word to those that follow.
    fn step_down(&mut self, heir: Option<TabId>) {
        self.close_posts();
        let led = self.phase == Phase::Leading;
        self.end_reign(Role::Joining);
        if led {
            if let Some(to) = heir {
                self.say(&Message::Yield { to });
            }
            self.say(&Message::Bye { leaving: false });
            self.out.seal();
        }
    }

    /// The heir does not come.
    pub(super) fn on_cede_timeout(&mut self, now: Instant) {
        if self.phase == Phase::Ceding {
            self.out.command(Output::ReleaseLock);
            self.queue_for_lock(now);
        }
    }

    /// Ends leadership, or a bid for it, and tells the owner if it led.
    pub(super) fn end_reign(&mut self, role: Role) {
        let led = self.phase == Phase::Leading;
        self.phase = Phase::Aside;
        self.leader = None;
        self.detach();
        self.timers.stop(Timer::Collect);
        self.timers.stop(Timer::Yield);
        self.announced.clear();
        if led {
            self.set_role(role);
        }
        self.peers = Peers::default();
        for tab in core::mem::take(&mut self.watched) {
            self.out.command(Output::UnwatchTab(tab));
        }
    }

    pub(super) fn lose_leader(&mut self, now: Instant) {
        self.detach();
        if self.leader.take().is_some() {
            self.out.event(Event::LeaderLost);
            self.keep_vigil(now);
        }
    }

    fn bid(&mut self, now: Instant) {
        self.out.seal();
        if self.seen.tab() != self.config.id {
            self.rival = self.seen;
        }
        self.seen = self.seen.outbid(self.config.id);
        self.call = Call::None;
        self.say(&Message::Lead { to: None });
        self.say_stolen(now);
        self.out.command(Output::QueryTabs);
        self.phase = Phase::Bidding(Bid { looking: true, ..Bid::default() });
        self.timers.set(Timer::Collect, now + self.config.collect);
    }

    fn lead(&mut self) {
        self.timers.stop(Timer::Collect);
        self.phase = Phase::Leading;
        (self.behind_gap, self.unaware) = (false, None);
        let position = self.ring.position().unwrap_or(Position { term: self.seen, seq: 0 });
        // Whoever bid after the last leader that this tab heard may have led, too. That the log goes
        // on into that term proves nothing: it may end before what such a leader said first.
        self.forced |= self.followed < self.rival;
        if self.ring.position().is_none() {
            self.ring.reset(Some(position));
        }
        self.say(&Message::Open { position });
        self.mark_term(position);
        self.set_role(Role::Leader);
        self.begin_carrying_out();
        self.say_roster();
    }

    /// Ends leadership because somebody else leads; the lock may be lost already.
    fn dethrone(&mut self, now: Instant) {
        self.out.depose();
        self.end_reign(Role::Joining);
        self.out.command(Output::ReleaseLock);
        self.queue_for_lock(now);
    }
}

impl Bid {
    fn answer(&mut self, from: TabId, span: Option<Span>) {
        self.strike(from);
        self.answers.insert(from, span);
    }

    fn strike(&mut self, tab: TabId) {
        self.awaiting.remove(&tab);
        self.answers.remove(&tab);
        self.fetch = self.fetch.filter(|fetch| fetch.source != tab);
    }

    /// Who can best continue the log of an heir that is at `own`, and up to which place.
    fn source(&self, own: Option<Position>) -> Option<(TabId, Position)> {
        let known = self.answers.iter().filter_map(|(tab, span)| Some((*tab, (*span)?)));
        let ahead = known.filter(|(_, span)| Some(span.position) > own);
        let continues = |span: &Span| own.is_some_and(|own| span.base <= own);
        let best =
            ahead.max_by_key(|(_, span)| (continues(span), span.position, Reverse(span.base)));
        best.map(|(tab, span)| (tab, span.position))
    }
}
