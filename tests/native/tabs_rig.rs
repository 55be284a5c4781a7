//! Tabs driven by hand, message by message, for scripts of single rules.

use std::collections::VecDeque;
use std::time::Duration;

use tabcast::host::Native;
use tabcast::machine::Machine;
use tabcast::tabs::{
    Audience, Config, Envelope, Event, Input, OnHandover, Output, PageFact, Parcel, RequestNo,
    Role, Tab, TabId,
};
use tabcast::time::Instant;

pub(crate) const A: usize = 0;
pub(crate) const B: usize = 1;
pub(crate) const C: usize = 2;
pub(crate) const D: usize = 3;

/// Tabs, and between each two of them a pipe that is emptied by hand.
pub(crate) struct Rig {
    pub(crate) tabs: Vec<Seat>,
    now: Instant,
    /// What a query of the own locks would find.
    alive: Vec<TabId>,
    pub(crate) answers_queries: bool,
}

pub(crate) struct Seat {
    pub(crate) tab: Tab<Native>,
    /// What it gave out since it was last looked at, in words.
    said: Vec<String>,
    pub(crate) pipes: Vec<VecDeque<Envelope<Native>>>,
    flush_due: bool,
    found: bool,
    dead: bool,
    visible: bool,
}

impl Rig {
    pub(crate) fn new() -> Self {
        Self { tabs: Vec::new(), now: Instant::default(), alive: Vec::new(), answers_queries: true }
    }

    /// A leads, the others follow and are in step.
    pub(crate) fn with_tabs(count: usize) -> Self {
        Self::with_config(count, |_| {})
    }

    pub(crate) fn with_config(count: usize, configure: impl Fn(&mut Config)) -> Self {
        Self::with_configs(count, |_, config| configure(config))
    }

    pub(crate) fn with_configs(count: usize, configure: impl Fn(usize, &mut Config)) -> Self {
        let mut rig = Self::new();
        for index in 0..count {
            rig.open_with(&|config: &mut Config| configure(index, config));
            if index == A {
                rig.grant(A);
            }
            rig.settle();
            if index > A {
                rig.answer_state(A, index, "start");
            }
        }
        for index in 0..count {
            rig.said(index);
        }
        rig
    }

    pub(crate) fn open(&mut self) -> usize {
        self.open_with(&|_| {})
    }

    pub(crate) fn open_with(&mut self, configure: &impl Fn(&mut Config)) -> usize {
        let index = self.tabs.len();
        let mut config = Config::new(TabId::from_random(index as u64 + 1));
        // Time stands still here.
        config.pace = Duration::ZERO;
        config.calm_pace = Duration::ZERO;
        configure(&mut config);
        let id = config.id;
        for seat in &mut self.tabs {
            seat.pipes.push(VecDeque::new());
        }
        self.tabs.push(Seat {
            tab: Tab::new(config),
            said: Vec::new(),
            pipes: vec![VecDeque::new(); index + 1],
            flush_due: false,
            found: false,
            dead: false,
            visible: true,
        });
        self.alive.push(id);
        self.act(index, |tab, now| tab.start(now));
        index
    }

    pub(crate) fn act<T>(
        &mut self,
        index: usize,
        act: impl FnOnce(&mut Tab<Native>, Instant) -> T,
    ) -> T {
        let result = act(&mut self.tabs[index].tab, self.now);
        self.drain(index);
        result
    }

    pub(crate) fn tell(&mut self, index: usize, input: Input<Native>) {
        match input {
            Input::Page(PageFact::Shown) => self.tabs[index].visible = true,
            Input::Page(PageFact::Hidden) => self.tabs[index].visible = false,
            _ => {}
        }
        self.act(index, |tab, now| tab.handle_input(input, now));
    }

    fn drain(&mut self, index: usize) {
        while let Some(output) = self.tabs[index].tab.poll_output() {
            if let Output::Post(envelope) = &output {
                for (to, pipe) in self.tabs[index].pipes.iter_mut().enumerate() {
                    if to != index {
                        pipe.push_back(envelope.clone());
                    }
                }
            }
            if let Output::PostAhead(envelope) = &output {
                for to in (0..self.tabs.len()).filter(|to| *to != index) {
                    if self.tabs[to].visible {
                        self.tabs[index].pipes[to].push_back(envelope.clone());
                    }
                }
            }
            if let Output::PostEchoed(envelope) = &output {
                for pipe in &mut self.tabs[index].pipes {
                    pipe.push_back(envelope.clone());
                }
            }
            self.tabs[index].flush_due |= matches!(output, Output::RequestFlush);
            self.tabs[index].found |= matches!(output, Output::QueryTabs);
            let words = self.words(&output);
            self.tabs[index].said.push(words);
        }
        if self.answers_queries && core::mem::take(&mut self.tabs[index].found) {
            let alive = self.alive.clone();
            self.tell(index, Input::TabsFound(alive));
        }
    }

    /// Answers the flush that a tab asked for.
    pub(crate) fn flush(&mut self, index: usize) {
        if core::mem::take(&mut self.tabs[index].flush_due) {
            self.tell(index, Input::Flush);
        }
    }

    /// Loses the flush that a tab asked for.
    pub(crate) fn lose_flush(&mut self, index: usize) {
        self.tabs[index].flush_due = false;
    }

    /// Delivers the oldest envelope from one tab to another; `false` if there is none.
    pub(crate) fn deliver(&mut self, from: usize, to: usize) -> bool {
        let envelope = self.tabs[from].pipes[to].pop_front();
        let delivered = envelope.is_some();
        if let Some(envelope) = envelope.filter(|_| !self.tabs[to].dead) {
            self.tell(to, Input::Posted(envelope));
        }
        delivered
    }

    /// Delivers and flushes until nothing is under way.
    pub(crate) fn settle(&mut self) {
        loop {
            let count = self.tabs.len();
            for index in 0..count {
                self.flush(index);
            }
            let mut delivered = false;
            for (from, to) in (0..count).flat_map(|from| (0..count).map(move |to| (from, to))) {
                delivered |= self.deliver(from, to);
            }
            if !delivered && self.tabs.iter().all(|seat| !seat.flush_due) {
                // What is said after this does not follow close behind what was said before.
                return self.pass_unseen(1);
            }
        }
    }

    /// Loses all that a tab has posted and nobody got yet.
    pub(crate) fn lose_posts(&mut self, from: usize) {
        self.tabs[from].pipes.iter_mut().for_each(VecDeque::clear);
    }

    pub(crate) fn grant(&mut self, index: usize) {
        self.tell(index, Input::LockGranted);
    }

    /// A process ends. The others learn it from its own lock.
    pub(crate) fn kill(&mut self, index: usize) {
        let id = self.id(index);
        self.alive.retain(|tab| *tab != id);
        self.tabs[index].dead = true;
        self.tabs[index].flush_due = false;
        self.lose_posts(index);
    }

    pub(crate) fn pass(&mut self, millis: u64) {
        self.pass_unseen(millis);
        for index in
            (0..self.tabs.len()).filter(|index| !self.tabs[*index].dead).collect::<Vec<_>>()
        {
            self.act(index, |tab, now| tab.handle_timeout(now));
        }
    }

    /// Time passes in which no tab was called.
    pub(crate) fn pass_unseen(&mut self, millis: u64) {
        self.now = self.now + Duration::from_millis(millis);
    }

    /// The event loop of a tab stood still for two seconds, which it notices when it is called.
    pub(crate) fn stall(&mut self, index: usize) {
        self.pass_unseen(2000);
        self.act(index, Tab::check_stall);
    }

    pub(crate) fn publish(&mut self, index: usize, name: &str) {
        self.act(index, |tab, now| tab.publish(Audience::All, parcel(name), now));
    }

    pub(crate) fn request(
        &mut self,
        index: usize,
        name: &str,
        on_handover: OnHandover,
    ) -> RequestNo {
        let request = |tab: &mut Tab<_>, now| tab.request(parcel(name), on_handover, now);
        self.act(index, request).expect("there is room")
    }

    pub(crate) fn accept(&mut self, leader: usize, origin: usize, no: RequestNo) {
        let origin = self.id(origin);
        self.act(leader, |tab, now| tab.accept(origin, no, now));
    }

    pub(crate) fn answer_state(&mut self, leader: usize, to: usize, name: &str) {
        let to = self.id(to);
        self.act(leader, |tab, now| tab.answer_state(to, parcel(name), now));
        self.settle();
    }

    pub(crate) fn hold(&mut self, index: usize, key: &str, held: bool) {
        self.act(index, |tab, now| tab.set_interest(key, held, now)).expect("short and few");
    }

    pub(crate) fn id(&self, index: usize) -> TabId {
        self.tabs[index].tab.id()
    }

    pub(crate) fn role(&self, index: usize) -> Role {
        self.tabs[index].tab.role()
    }

    /// All that a tab gave out since the last look.
    pub(crate) fn said(&mut self, index: usize) -> Vec<String> {
        core::mem::take(&mut self.tabs[index].said)
    }

    /// Only the events.
    pub(crate) fn heard(&mut self, index: usize) -> Vec<String> {
        let mut said = self.said(index);
        said.retain(|word| word.starts_with('!'));
        said
    }

    fn words(&self, output: &Output<Native>) -> String {
        let name = |id: &TabId| {
            let index = self.tabs.iter().position(|seat| seat.tab.id() == *id);
            index.map_or_else(|| "?".to_owned(), |index| ["A", "B", "C", "D"][index].to_owned())
        };
        let event = match output {
            Output::Event(event) => event,
            Output::Post(_) => return "Post".to_owned(),
            Output::PostAhead(_) => return "PostAhead".to_owned(),
            Output::PostEchoed(_) => return "PostEchoed".to_owned(),
            Output::WatchTab(tab) => return format!("WatchTab {}", name(tab)),
            Output::UnwatchTab(tab) => return format!("UnwatchTab {}", name(tab)),
            command => return format!("{command:?}"),
        };
        match event {
            Event::RoleChanged { role, term } => format!("!{role:?} {}", term.number()),
            Event::Requested { origin, again, parcel, .. } => {
                let again = if *again { " again" } else { "" };
                format!("!{} wants {}{again}", name(origin), text(parcel))
            }
            Event::Withdrawn { origin, no } => format!("!{} withdraws {no}", name(origin)),
            Event::Received { parcel } => format!("!received {}", text(parcel)),
            Event::Accepted { no } => format!("!accepted {no}"),
            Event::Unknown { no } => format!("!unknown {no}"),
            Event::StateWanted { tab } => format!("!state wanted by {}", name(tab)),
            Event::StateReceived { parcel } => format!("!state {}", text(parcel)),
            Event::InterestAdded { key } => format!("!+{key}"),
            Event::InterestRemoved { key } => format!("!-{key}"),
            Event::TabLeft { tab } => format!("!{} left", name(tab)),
            Event::RosterChanged(roster) => format!("!{} of {} seen", roster.visible, roster.count),
            event => format!("!{event:?}"),
        }
    }
}

pub(crate) fn parcel(name: &str) -> Parcel<Native> {
    Parcel { control: Vec::new(), texts: vec![name.to_owned()], blobs: Vec::new() }
}

fn text(parcel: &Parcel<Native>) -> &str {
    &parcel.texts[0]
}
