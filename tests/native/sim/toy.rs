//! The smallest owner of a tab that uses all of it, and remembers what it was told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tabcast::host::Native;
use tabcast::machine::Machine;
use tabcast::tabs::{
    Audience, Config, Event, Input, OnHandover, Output, PageFact, Parcel, RequestNo, Role, Roster,
    Tab, TabId, Term,
};
use tabcast::time::Instant;

use super::browser::Program;

#[derive(Debug)]
pub(crate) struct Toy {
    pub(crate) tab: Tab<Native>,
    /// Parcels for everybody that it received, ever.
    pub(crate) received: Vec<u64>,
    /// Where in `received` the part begins that has no gap.
    pub(crate) since: usize,
    /// The parcel before that part, if known.
    pub(crate) base: Option<u64>,
    pub(crate) answers: Vec<u64>,
    pub(crate) requests: BTreeMap<RequestNo, Request>,
    pub(crate) held: BTreeSet<String>,
    /// As leader: the keys that somebody holds.
    pub(crate) union: BTreeSet<String>,
    pub(crate) roster: Roster,
    /// It was out of reach: what it received before does not count.
    returning: bool,
    /// How often it had to forget what it had received although it was there all the time.
    pub(crate) losses: usize,
    pub(crate) leaders_lost: usize,
    /// What it was told and should not have been.
    pub(crate) wrongs: Vec<String>,
    /// As leader: what it was asked for and has not done yet.
    todo: VecDeque<Executed>,
    commands: VecDeque<ToyCommand>,
    term: Term,
    made: u64,
}

#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) id: u64,
    pub(crate) on_handover: OnHandover,
    pub(crate) fate: Fate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Waiting,
    Accepted,
    Unknown,
    Withdrawn,
}

/// A request that reached the "server".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Executed {
    pub(crate) origin: TabId,
    pub(crate) no: RequestNo,
    pub(crate) id: u64,
    pub(crate) again: bool,
}

#[derive(Debug)]
pub(crate) enum ToyCommand {
    /// Tell it to `Work` in a while.
    WorkSoon,
    Execute(Executed),
    /// Something that a reader of the trace wants to know.
    Note(&'static str, String),
}

#[derive(Debug)]
pub(crate) struct Work;

impl Toy {
    pub(crate) fn new(config: Config) -> Self {
        let tab = Tab::new(config);
        Self {
            term: tab.term(),
            tab,
            received: Vec::new(),
            since: 0,
            base: None,
            answers: Vec::new(),
            requests: BTreeMap::new(),
            held: BTreeSet::new(),
            union: BTreeSet::new(),
            roster: Roster::default(),
            losses: 0,
            returning: false,
            leaders_lost: 0,
            wrongs: Vec::new(),
            todo: VecDeque::new(),
            commands: VecDeque::new(),
            made: 0,
        }
    }

    /// What it received since it last had to start afresh.
    pub(crate) fn segment(&self) -> &[u64] {
        &self.received[self.since..]
    }

    pub(crate) fn publish(&mut self, now: Instant) {
        let id = self.new_id();
        self.tab.publish(Audience::All, parcel(id), now);
    }

    pub(crate) fn request(&mut self, on_handover: OnHandover, now: Instant) -> Option<RequestNo> {
        let id = self.new_id();
        let no = self.tab.request(parcel(id), on_handover, now).ok()?;
        self.requests.insert(no, Request { id, on_handover, fate: Fate::Waiting });
        Some(no)
    }

    pub(crate) fn withdraw(&mut self, no: RequestNo, now: Instant) {
        if let Some(request) = self.requests.get_mut(&no).filter(|it| it.fate == Fate::Waiting) {
            request.fate = Fate::Withdrawn;
            self.tab.withdraw(no, now);
        }
    }

    pub(crate) fn hold(&mut self, key: &str, held: bool, now: Instant) {
        self.tab.set_interest(key, held, now).expect("short and few");
        if held {
            self.held.insert(key.to_owned());
        } else {
            self.held.remove(key);
        }
    }

    fn work(&mut self, now: Instant) {
        self.tab.check_stall(now);
        if self.tab.is_in_doubt() {
            return self.commands.push_back(ToyCommand::WorkSoon);
        }
        for executed in core::mem::take(&mut self.todo) {
            self.commands.push_back(ToyCommand::Execute(executed));
            self.tab.accept(executed.origin, executed.no, now);
            self.publish(now);
            let answer = parcel(executed.id);
            self.tab.publish(Audience::Only(executed.origin), answer, now);
        }
    }

    fn on_event(&mut self, event: Event<Native>, now: Instant) {
        match event {
            Event::RoleChanged { role, term } => {
                self.note("becomes", format!("{role:?} in term {}", term.number()));
                self.on_role(term);
            }
            Event::Requested { origin, no, again, parcel } => {
                self.demand(self.carries_out(), "requested of a tab that does not lead");
                self.todo.push_back(Executed { origin, no, id: id_of(&parcel), again });
                self.commands.push_back(ToyCommand::WorkSoon);
            }
            Event::Withdrawn { origin, no } => {
                self.todo.retain(|it| (it.origin, it.no) != (origin, no));
            }
            Event::Received { parcel } => self.on_received(id_of(&parcel)),
            Event::Accepted { no } => self.settle(no, Fate::Accepted),
            Event::Unknown { no } => self.settle(no, Fate::Unknown),
            Event::LeaderLost => self.leaders_lost += 1,
            Event::StateWanted { tab } => {
                self.demand(self.carries_out(), "asked for the state while it does not lead");
                let newest = self.segment().last().copied().or(self.base).unwrap_or_default();
                self.tab.answer_state(tab, parcel(newest), now);
            }
            Event::StateReceived { parcel } => {
                self.note("jumps to", id_of(&parcel));
                self.start_afresh();
                self.base = Some(id_of(&parcel)).filter(|id| *id > 0);
            }
            Event::PlaceLost => {
                self.note("loses its place", "");
                self.start_afresh();
                self.base = None;
            }
            Event::InterestAdded { key } => {
                let new = self.union.insert(key);
                self.demand(new, "told twice of an interest");
            }
            Event::InterestRemoved { key } => {
                let known = self.union.remove(&key);
                self.demand(known, "told of the end of an unknown interest");
            }
            Event::RosterChanged(roster) => self.roster = roster,
            Event::LoggedOut => {
                for request in self.requests.values_mut().filter(|it| it.fate == Fate::Waiting) {
                    request.fate = Fate::Withdrawn;
                }
                self.held.clear();
                self.union.clear();
                self.todo.clear();
                self.returning = true;
            }
            Event::TabLeft { .. } => {}
        }
    }

    fn on_role(&mut self, term: Term) {
        self.demand(term >= self.term, "went back to an older term");
        self.term = term;
        self.todo.clear();
        self.union.clear();
    }

    fn start_afresh(&mut self) {
        if !core::mem::take(&mut self.returning) && !self.segment().is_empty() {
            self.losses += 1;
        }
        self.since = self.received.len();
    }

    fn on_received(&mut self, id: u64) {
        if self.requests.values().any(|request| request.id == id) {
            self.answers.push(id);
        } else {
            let new = !self.received.contains(&id);
            self.demand(new, "received a parcel twice");
            self.note("receives", format!("{id:x}"));
            self.received.push(id);
        }
    }

    fn settle(&mut self, no: RequestNo, fate: Fate) {
        let open = |it: &&mut Request| match it.fate {
            Fate::Waiting => true,
            // It was accepted first, and the news was held back.
            Fate::Withdrawn => fate == Fate::Accepted,
            Fate::Accepted | Fate::Unknown => false,
        };
        match self.requests.get_mut(&no).filter(open) {
            Some(request) => request.fate = fate,
            None => self.wrongs.push(format!("heard {fate:?} of a request that does not wait")),
        }
    }

    fn note(&mut self, what: &'static str, detail: impl ToString) {
        self.commands.push_back(ToyCommand::Note(what, detail.to_string()));
    }

    fn carries_out(&self) -> bool {
        matches!(self.tab.role(), Role::Leader | Role::Solo(_))
    }

    fn demand(&mut self, right: bool, wrong: &str) {
        if !right {
            self.wrongs.push(wrong.to_owned());
        }
    }

    fn new_id(&mut self) -> u64 {
        self.made += 1;
        // The low half tells the tab, so that ids of all tabs differ.
        let tab = u64::from_str_radix(&self.tab.id().to_string(), 16).expect("16 hex digits");
        (self.made << 32) | (tab & 0xffff_ffff)
    }
}

impl Program for Toy {
    type Fact = Work;
    type Command = ToyCommand;

    fn start(&mut self, now: Instant) {
        self.tab.start(now);
    }

    fn tell(&mut self, fact: Input<Native>, now: Instant) {
        if matches!(fact, Input::Page(PageFact::Resumed | PageFact::Returned)) {
            self.returning = true;
        }
        self.tab.handle_input(fact, now);
    }

    fn tell_other(&mut self, Work: Work, now: Instant) {
        self.work(now);
    }

    fn timeout(&mut self, now: Instant) {
        self.tab.handle_timeout(now);
    }

    fn next_command(&mut self, now: Instant) -> Option<Result<Output<Native>, ToyCommand>> {
        while let Some(output) = self.tab.poll_output() {
            match output {
                Output::Event(event) => self.on_event(event, now),
                command => return Some(Ok(command)),
            }
        }
        self.commands.pop_front().map(Err)
    }

    fn deadline(&self) -> Option<Instant> {
        self.tab.poll_timeout()
    }

    fn leads(&self) -> bool {
        self.tab.role() == Role::Leader
    }
}

fn parcel(id: u64) -> Parcel<Native> {
    Parcel { control: id.to_le_bytes().into(), texts: vec![id.to_string()], blobs: Vec::new() }
}

/// Panics if control and text of a parcel were mixed up on the way.
fn id_of(parcel: &Parcel<Native>) -> u64 {
    let id = u64::from_le_bytes(parcel.control[..].try_into().expect("eight bytes"));
    assert_eq!(parcel.texts, [id.to_string()], "a parcel travels in one piece");
    id
}
