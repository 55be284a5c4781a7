//! A page that reads the stream.

use std::collections::VecDeque;
use std::time::Duration;

use tabcast::feed::{Config, Feed, Input, Notice, Output};
use tabcast::host::Native;
use tabcast::machine::Machine;
use tabcast::sse::{self, Attempt, Cut};
use tabcast::tabs::{self, Role, Roster, TabId};
use tabcast::time::Instant;

use crate::sim::browser::{Program, can_nap};

#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) feed: Feed<Native>,
    pub(crate) role: Role,
    pub(crate) roster: Roster,
    /// The numbers that the app was given, in order, and [`GAP`] where it was told of one.
    pub(crate) heard: Vec<u64>,
    /// What else the app was told, in words.
    pub(crate) said: Vec<String>,
    resume: String,
    commands: VecDeque<Result<tabs::Output<Native>, Command>>,
}

/// Not the number of any event.
pub(crate) const GAP: u64 = 0;

#[derive(Debug)]
pub(crate) enum Command {
    Fetch(Attempt, Option<String>),
    Abort,
}

impl Reader {
    pub(crate) fn new(config: Config, resume: &str) -> Self {
        Self {
            feed: Feed::new(config),
            role: Role::Joining,
            roster: Roster::default(),
            heard: Vec::new(),
            said: Vec::new(),
            resume: resume.to_owned(),
            commands: VecDeque::new(),
        }
    }

    pub(crate) fn config(id: TabId) -> Config {
        Config {
            stream: sse::Config {
                retry: sse::RetryConfig {
                    base: Duration::from_millis(100),
                    max: Duration::from_millis(500),
                    reset_after: Duration::from_secs(1),
                    max_attempts: None,
                },
                ..sse::Config::default()
            },
            share: Some(tabs::Config { naps: can_nap(id), ..tabs::Config::new(id) }),
            replay: 0,
            pause_after: None,
        }
    }

    fn hear(&mut self, notice: Notice<Native>, now: Instant) {
        match notice {
            Notice::HeadersWanted { attempt, .. } => {
                let fact = sse::Fact::HeadersProvided(Vec::new());
                self.feed.handle_input(Input::Attempt(attempt, fact), now);
            }
            Notice::Received(delivery) => {
                let events = Cut::new(delivery.text(), delivery.marks(), false);
                self.heard.extend(events.map(|event| event.data.parse::<u64>().expect("a number")));
            }
            Notice::Gap => self.heard.push(GAP),
            Notice::Tabs { role, roster, .. } => (self.role, self.roster) = (role, roster),
            other => self.said.push(format!("{other:?}")),
        }
    }
}

impl Program for Reader {
    type Fact = (Attempt, sse::Fact);
    type Command = Command;

    fn start(&mut self, now: Instant) {
        let resume = core::mem::take(&mut self.resume);
        self.feed.open(&resume, now);
    }

    fn tell(&mut self, fact: tabs::Input<Native>, now: Instant) {
        let input = match fact {
            tabs::Input::Page(fact) => Input::Page(fact),
            fact => Input::Tabs(fact),
        };
        self.feed.handle_input(input, now);
    }

    fn tell_other(&mut self, (attempt, fact): Self::Fact, now: Instant) {
        self.feed.handle_input(Input::Attempt(attempt, fact), now);
    }

    fn timeout(&mut self, now: Instant) {
        self.feed.handle_timeout(now);
    }

    fn next_command(&mut self, now: Instant) -> Option<Result<tabs::Output<Native>, Command>> {
        while let Some(output) = self.feed.poll_output() {
            match output {
                Output::Abort => self.commands.push_back(Err(Command::Abort)),
                Output::Fetch { attempt, last_event_id, .. } => {
                    self.commands.push_back(Err(Command::Fetch(attempt, last_event_id)));
                }
                Output::Tabs(command) => self.commands.push_back(Ok(command)),
                Output::Notice(notice) => self.hear(notice, now),
            }
        }
        self.commands.pop_front()
    }

    fn deadline(&self) -> Option<Instant> {
        self.feed.poll_timeout()
    }

    fn leads(&self) -> bool {
        self.role == Role::Leader
    }
}
