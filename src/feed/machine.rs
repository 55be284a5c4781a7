//! The composition: how facts and commands find their way between tab and stream.

mod following;
mod pausing;

use core::time::Duration;
use std::collections::VecDeque;

use super::config::Config;
use super::leading::{Leading, Said};
use super::overlap::Overlap;
use super::port::{Input, Notice, Output};
use super::recent::Recent;
use super::wire::{self, Down, News, Place, State, Status, Up};
use crate::host::Host;
use crate::machine::{Machine, Timers, sooner};
use crate::rng::Rng;
use crate::sse;
use crate::tabs::{
    self, Audience, OnHandover, PageFact, Role, Roster, SoloReason, Tab, TabId, Term,
};
use crate::time::Instant;

/// One tab's part in a stream.
///
/// It makes no request until [`open`](Self::open), and where it shares it waits to hear whether
/// another tab makes it already.
#[derive(Debug)]
pub struct Feed<H: Host> {
    config: Config,
    rng: Rng,
    /// The part in sharing; `None` for a stream of this tab's own.
    tab: Option<Tab<H>>,
    /// Where the request is made.
    leading: Option<Leading>,
    /// Where this tab's next events stand; `None` before it knows.
    next: Option<Place>,
    last_event_id: String,
    recent: Recent<H>,
    /// What this tab has had, and a new leader may have asked for again.
    overlap: Overlap,
    phase: Phase,
    visible: bool,
    offline: bool,
    timers: Timers<Timer>,
    /// What came for the stream while it is in doubt whether this tab still leads: others may have
    /// had it from another, or it is stopped.
    held: VecDeque<sse::Input>,
    outputs: VecDeque<Output<H>>,
}

// New ─open─▶ Open ─Closed heard─▶ Over ─ the others have heard it ─▶ Left
//                └──────────── close ────────────────────────────────▲
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    New,
    Open,
    /// The stream ended; the leader stays until the others know.
    Over,
    Left,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    /// When to leave tabs alone that do not leave by themselves.
    Leave,
    /// When nobody has seen the page for so long that the stream is let go of.
    Pause,
}

impl<H: Host> Feed<H> {
    /// A feed that does nothing yet.
    pub fn new(config: Config) -> Self {
        Self {
            rng: Rng::new(config.stream.seed),
            tab: config.share.map(Tab::new),
            leading: None,
            next: None,
            last_event_id: String::new(),
            recent: Recent::new(None),
            overlap: Overlap::default(),
            phase: Phase::New,
            visible: true,
            offline: false,
            timers: Timers::default(),
            held: VecDeque::new(),
            outputs: VecDeque::new(),
            config,
        }
    }

    /// Starts the stream behind `last_event_id`, or at its beginning if that is empty. Does nothing
    /// unless the feed is new. Where it shares, the host first holds the tab's own lock.
    pub fn open(&mut self, last_event_id: &str, now: Instant) {
        if self.phase != Phase::New {
            return;
        }
        self.phase = Phase::Open;
        last_event_id.clone_into(&mut self.last_event_id);
        if let Some(tab) = &mut self.tab {
            tab.start(now);
        }
        // Whether it can share may be known already.
        let alone = Role::Solo(SoloReason::SwitchedOff);
        let role = self.tab.as_ref().map_or(alone, Tab::role);
        if matches!(role, Role::Solo(_)) {
            self.role_changed(role, now);
        }
        self.settle(now);
    }

    /// Makes a new attempt at once, in whichever tab it is made.
    pub fn reconnect(&mut self, now: Instant) {
        self.check_stall(now);
        match (&mut self.leading, &mut self.tab) {
            (Some(leading), _) => leading.reconnect(now),
            (None, Some(tab)) => {
                if let Some(parcel) = wire::pack(&Up::Reconnect, Vec::new()) {
                    // Of no use to a later leader, which makes an attempt anyway.
                    let _ = tab.request(parcel, OnHandover::Report, now);
                }
            }
            (None, None) => {}
        }
        self.settle(now);
    }

    /// Says what follows the failure that was noticed last as undecided: another attempt after
    /// `retry_in`, or the end.
    pub fn decide(&mut self, retry_in: Option<Duration>, now: Instant) {
        self.check_stall(now);
        let decided = self.leading.as_mut().and_then(|leading| leading.decide(retry_in, now));
        if let Some(down) = decided {
            self.publish(down, None, now);
        }
        self.settle(now);
    }

    /// Leaves the stream to the other tabs, or ends it. Notices that were not taken yet are dropped.
    pub fn close(&mut self, now: Instant) {
        self.leave(now);
        self.settle(now);
        self.outputs.retain(|output| !matches!(output, Output::Notice(_)));
    }

    /// The last event ID that this tab has heard of.
    pub fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    /// Passes on what the parts have to say to each other until both are silent.
    fn settle(&mut self, now: Instant) {
        let undecided = self.config.stream.decided_by_owner;
        loop {
            if let Some(output) = self.tab.as_mut().and_then(Machine::poll_output) {
                self.handle_tab_output(output, now);
                continue;
            }
            if self.is_in_doubt() {
                break;
            }
            let recent = &self.recent;
            let said = self.leading.as_mut().and_then(|it| it.poll(recent, undecided, now));
            if let Some(said) = said {
                self.handle_said(said, now);
            } else if let (Some(leading), Some(fact)) = (&mut self.leading, self.held.pop_front()) {
                leading.stream.handle_input(fact, now);
            } else {
                break;
            }
        }
    }

    fn handle_tab_output(&mut self, output: tabs::Output<H>, now: Instant) {
        match output {
            tabs::Output::Event(event) => self.handle_tab_event(event, now),
            command => self.outputs.push_back(Output::Tabs(command)),
        }
    }

    fn handle_tab_event(&mut self, event: tabs::Event<H>, now: Instant) {
        match event {
            tabs::Event::RoleChanged { role, .. } => self.role_changed(role, now),
            tabs::Event::RosterChanged(_) => {
                self.tell_place();
                self.weigh_visibility(now);
                self.leave_if_alone(now);
            }
            tabs::Event::Received { parcel } => {
                if let Some(down) = wire::unpack(&parcel) {
                    self.handle_down(down, parcel.texts.into_iter().next(), now);
                }
            }
            tabs::Event::LeaderLost => self.status_is(Status::Connecting { failures: 0 }),
            tabs::Event::StateWanted { tab } => self.answer_state(tab, now),
            tabs::Event::StateReceived { parcel } => {
                if let Some(mut state) = wire::unpack::<H, State>(&parcel) {
                    let theirs = state.take_recent(parcel.texts);
                    self.adopt(state.next, state.last_event_id, theirs);
                    self.status_is(state.status);
                }
            }
            tabs::Event::Requested { origin, no, parcel, .. } => {
                if let (Some(leading), Some(Up::Reconnect)) =
                    (&mut self.leading, wire::unpack(&parcel))
                {
                    leading.reconnect(now);
                }
                if let Some(tab) = &mut self.tab {
                    tab.accept(origin, no, now);
                }
            }
            // What this tab has had, it knows by itself; and nobody waits for the fate of a request.
            tabs::Event::PlaceLost
            | tabs::Event::Accepted { .. }
            | tabs::Event::Unknown { .. }
            | tabs::Event::Withdrawn { .. }
            | tabs::Event::InterestAdded { .. }
            | tabs::Event::InterestRemoved { .. }
            | tabs::Event::TabLeft { .. }
            | tabs::Event::LoggedOut => {}
        }
    }

    fn handle_said(&mut self, said: Said<H>, now: Instant) {
        match said {
            Said::Abort => self.outputs.push_back(Output::Abort),
            Said::Fetch { attempt, headers, last_event_id } => {
                self.outputs.push_back(Output::Fetch { attempt, headers, last_event_id });
            }
            Said::HeadersWanted { attempt, failures, after } => {
                if let Some(leading) = &mut self.leading {
                    let down = leading.now_is(Status::Connecting { failures });
                    self.publish(down, None, now);
                }
                self.notice(Notice::HeadersWanted { attempt, after });
            }
            Said::Undecided { failure, retry_in } => {
                self.notice(Notice::Failed { failure, retry_in, undecided: true });
            }
            Said::Publish(down, text) => self.publish(down, text, now),
        }
    }

    /// Says something to all tabs, or to the owner of a tab that has nobody else to say it to.
    fn publish(&mut self, down: Down, text: Option<H::Text>, now: Instant) {
        match &mut self.tab {
            None => self.handle_down(down, text, now),
            Some(tab) => {
                if let Some(parcel) = wire::pack(&down, text.into_iter().collect()) {
                    tab.publish(Audience::All, parcel, now);
                }
            }
        }
    }

    fn handle_down(&mut self, down: Down, text: Option<H::Text>, now: Instant) {
        match down.news {
            News::Events(_) => {
                if let Some((place, delivery)) = down.events(text) {
                    self.take_turn(place, delivery);
                }
            }
            News::Status(status) => {
                if let (Status::Open, Some(next)) = (&status, self.next) {
                    self.expect_repetitions(next);
                }
                self.status_is(status);
            }
            // Its owner was asked what follows, and knows.
            News::Failed { .. } if self.leading.is_some() && self.is_decided_here() => {}
            News::Failed { failure, retry_in } => {
                self.notice(Notice::Failed { failure, retry_in, undecided: false });
            }
            News::Closed(reason) if self.phase == Phase::Open => {
                self.notice(Notice::Closed(reason));
                self.phase = Phase::Over;
                self.timers.set(Timer::Leave, now + PATIENCE);
                self.leave_if_alone(now);
            }
            News::Closed(_) => {}
            News::Oversized(part) => self.notice(Notice::Oversized(part)),
            News::UnsendableId(why) => self.notice(Notice::UnsendableId(why)),
        }
    }

    fn status_is(&mut self, status: Status) {
        match status {
            _ if self.phase != Phase::Open => {}
            Status::Connecting { failures } => self.notice(Notice::Connecting { failures }),
            Status::Open => self.notice(Notice::Opened),
            Status::Paused => self.notice(Notice::Paused),
            Status::Waiting { failure, retry_in } => {
                self.notice(Notice::Failed { failure, retry_in: Some(retry_in), undecided: false });
            }
        }
    }

    fn answer_state(&mut self, to: TabId, now: Instant) {
        let (Some(tab), Some(leading)) = (&mut self.tab, &self.leading) else { return };
        let (status, next) = (leading.status(now), leading.next());
        if let Some(parcel) = State::pack(status, next, &self.last_event_id, &self.recent) {
            tab.answer_state(to, parcel, now);
        }
    }

    fn role_changed(&mut self, role: Role, now: Instant) {
        let leads = matches!(role, Role::Leader | Role::Solo(_)) && self.phase == Phase::Open;
        match (leads, self.leading.is_some()) {
            (true, false) => self.lead(now),
            (false, true) => self.stop_leading(),
            _ => {}
        }
        self.tell_place();
        self.weigh_visibility(now);
    }

    fn lead(&mut self, now: Instant) {
        self.adopt_inheritance();
        let config = sse::Config { seed: self.rng.next_u64(), ..self.config.stream };
        let term = self.tab.as_ref().map_or(Term::NONE, Tab::term);
        let place = match self.next {
            Some(next) if !self.last_event_id.is_empty() => next,
            // Without an id the server begins anew, too.
            _ => Place::start(term),
        };
        let mut leading = Leading::open(config, term, place, &self.last_event_id, now);
        if self.offline {
            leading.stream.handle_input(sse::Input::WentOffline, now);
        }
        self.leading = Some(leading);
    }

    /// The request ends before the lock is released, which follows in the outputs.
    fn stop_leading(&mut self) {
        if let Some(leading) = self.leading.take() {
            self.config.stream.after = leading.stream.attempt();
            self.outputs.push_back(Output::Abort);
        }
        self.held.clear();
        self.timers.stop(Timer::Pause);
    }

    fn leave_if_alone(&mut self, now: Instant) {
        let awaited =
            self.leading.is_some() && self.tab.as_ref().is_some_and(|tab| tab.roster().count > 1);
        if self.phase == Phase::Over && !awaited {
            self.leave(now);
            self.notice(Notice::Left);
        }
    }

    fn leave(&mut self, now: Instant) {
        self.phase = Phase::Left;
        self.timers.clear();
        match &mut self.tab {
            Some(tab) => tab.leave(now),
            None => self.stop_leading(),
        }
    }

    fn handle_page(&mut self, fact: PageFact, now: Instant) {
        match fact {
            PageFact::Shown | PageFact::Returned => self.visible = true,
            PageFact::Hidden => self.visible = false,
            _ => {}
        }
        if let Some(tab) = &mut self.tab {
            tab.handle_input(tabs::Input::Page(fact), now);
        }
        let runs = self.leading.as_ref().is_some_and(|leading| !leading.paused);
        match fact {
            PageFact::Shown | PageFact::Resumed | PageFact::Returned if runs => {
                self.tell_stream(sse::Input::PageShown, now);
            }
            // Of a tab that shares this stream is at its end: it is left to another tab.
            PageFact::Frozen | PageFact::Left if runs => {
                self.tell_stream(sse::Input::PageFrozen, now);
            }
            _ => {}
        }
        self.weigh_visibility(now);
    }

    /// Takes a fact to the stream, as soon as it is there without doubt.
    fn tell_stream(&mut self, fact: sse::Input, now: Instant) {
        if self.held.len() >= MAX_HELD
            && let Some(tab) = &mut self.tab
        {
            tab.resign(now);
        } else if self.leading.is_some() {
            self.held.push_back(fact);
        }
    }

    /// Every call begins so: after a gap it is in doubt whether this tab still leads.
    fn check_stall(&mut self, now: Instant) {
        if let Some(tab) = &mut self.tab {
            tab.check_stall(now);
        }
    }

    fn is_in_doubt(&self) -> bool {
        self.tab.as_ref().is_some_and(Tab::is_in_doubt)
    }

    fn is_decided_here(&self) -> bool {
        self.config.stream.decided_by_owner
    }

    fn tell_place(&mut self) {
        let alone = Roster { count: 1, visible: usize::from(self.visible) };
        let Some(tab) = &self.tab else { return };
        let solo = matches!(tab.role(), Role::Solo(_));
        let roster = if solo { alone } else { tab.roster() };
        let (tab, role, term, leader) = (tab.id(), tab.role(), tab.term().number(), tab.leader());
        self.notice(Notice::Tabs { tab, role, term, leader, roster });
    }

    fn notice(&mut self, notice: Notice<H>) {
        self.outputs.push_back(Output::Notice(notice));
    }
}

impl<H: Host> Machine for Feed<H> {
    type Input = Input<H>;
    type Output = Output<H>;

    fn handle_input(&mut self, input: Input<H>, now: Instant) {
        match input {
            Input::Attempt(attempt, fact) => {
                self.check_stall(now);
                self.tell_stream(sse::Input::Attempt(attempt, fact), now);
            }
            Input::Tabs(fact) => {
                if let Some(tab) = &mut self.tab {
                    tab.handle_input(fact, now);
                }
            }
            Input::Page(fact) => self.handle_page(fact, now),
            Input::WentOffline => {
                self.check_stall(now);
                self.offline = true;
                self.tell_stream(sse::Input::WentOffline, now);
            }
            Input::WentOnline => {
                self.check_stall(now);
                self.offline = false;
                self.tell_stream(sse::Input::WentOnline, now);
            }
        }
        self.settle(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.check_stall(now);
        while let Some(timer) = self.timers.pop_due(now) {
            match timer {
                Timer::Leave => {
                    self.leave(now);
                    self.notice(Notice::Left);
                }
                Timer::Pause => self.pause(now),
            }
        }
        if let Some(tab) = &mut self.tab {
            tab.handle_timeout(now);
        }
        let in_doubt = self.is_in_doubt();
        if let Some(leading) = self.leading.as_mut().filter(|_| !in_doubt) {
            leading.stream.handle_timeout(now);
        }
        self.settle(now);
    }

    fn poll_output(&mut self) -> Option<Output<H>> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let tab = self.tab.as_ref().and_then(Machine::poll_timeout);
        let leading = self.leading.as_ref().filter(|_| !self.is_in_doubt());
        let stream = leading.and_then(|leading| leading.stream.poll_timeout());
        sooner(sooner(tab, stream), self.timers.next())
    }
}

/// A tab that has to hold back more has stood still for too long to keep the request.
const MAX_HELD: usize = 4096;
/// How long a leader waits for the others to hear that the stream is over.
const PATIENCE: Duration = Duration::from_secs(1);
