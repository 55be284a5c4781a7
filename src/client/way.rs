//! The way from a tab's endpoint to the hub: over the other tabs, or straight on.

use core::time::Duration;
use std::collections::VecDeque;

use super::endpoint::{Endpoint, Upstream};
use super::interest::Interest;
use super::message::{Message, Up};
use crate::host::Host;
use crate::sorted::SortedSet;
use crate::tabs::{OnHandover, RequestNo, Tab, TabId};
use crate::time::Instant;

/// What lies between an endpoint and the hub.
#[derive(Debug)]
pub(crate) struct Way<H: Host> {
    /// The tab's part in sharing; `None` if it shares nothing.
    pub(crate) tab: Option<Tab<H>>,
    /// What goes to the hub of this very tab, if it shares nothing.
    pub(crate) local: VecDeque<Local<H>>,
    /// The time of the current call.
    pub(crate) now: Instant,
    held: SortedSet<String>,
    next_request: RequestNo,
}

/// Something that an endpoint passes to the hub in the same tab.
#[derive(Debug)]
pub(crate) enum Local<H: Host> {
    Request(RequestNo, Message<H, Up>),
    Interest(String, bool),
}

/// The name of a tab that shares nothing: there is no other to confuse it with.
pub(crate) const ALONE: TabId = TabId::from_random(0);

impl<H: Host> Way<H> {
    pub(crate) fn new(tab: Option<Tab<H>>, now: Instant) -> Self {
        Self {
            tab,
            local: VecDeque::new(),
            now,
            held: SortedSet::new(),
            next_request: RequestNo::FIRST,
        }
    }

    /// Holds nothing any more, and forgets what is on its way.
    pub(crate) fn let_go(&mut self) {
        self.held.clear();
        self.local.clear();
    }

    /// Whether it is in doubt if this tab still leads.
    pub(crate) fn is_in_doubt(&self) -> bool {
        self.tab.as_ref().is_some_and(Tab::is_in_doubt)
    }

    /// Holds an interest, or lets go of it. A second call with the same arguments does nothing.
    pub(crate) fn hold(&mut self, interest: Interest<'_>, held: bool) {
        let key = interest.key();
        match &mut self.tab {
            Some(tab) => {
                // Refused only beyond limits that are far above what an app can show at once; the
                // key then counts for nobody but takes nothing from the others.
                let _ = tab.set_interest(&key, held, self.now);
            }
            None if held && self.held.insert(key.clone()) => {
                self.local.push_back(Local::Interest(key, true));
            }
            None if !held && self.held.remove(&key) => {
                self.local.push_back(Local::Interest(key, false));
            }
            None => {}
        }
    }

    /// The keys that this tab holds.
    pub(crate) fn held(&self) -> Vec<String> {
        match &self.tab {
            Some(tab) => tab.interests().map(str::to_owned).collect(),
            None => self.held.iter().cloned().collect(),
        }
    }

    /// What was said so far leaves at once, and this tab wakes in time for what is due then.
    pub(crate) fn hurry(&mut self, due_after: Duration) {
        if let Some(tab) = &mut self.tab {
            tab.hurry(due_after);
        }
    }

    /// The hub has carried out request `no` of tab `origin`.
    pub(crate) fn accept(&mut self, origin: TabId, no: RequestNo, endpoint: &mut Endpoint<H>) {
        match &mut self.tab {
            Some(tab) => tab.accept(origin, no, self.now),
            None => endpoint.accepted(no),
        }
    }
}

impl<H: Host> Upstream<H> for Way<H> {
    fn request(&mut self, message: Message<H, Up>) -> Option<RequestNo> {
        if let Some(tab) = &mut self.tab {
            // The endpoint decides what is sent again, and in which session.
            return tab.request(message.into_parcel()?, OnHandover::Report, self.now).ok();
        }
        let no = self.next_request;
        self.next_request = no.next();
        self.local.push_back(Local::Request(no, message));
        Some(no)
    }

    fn withdraw(&mut self, no: RequestNo) {
        match &mut self.tab {
            Some(tab) => tab.withdraw(no, self.now),
            None => self.local.retain(|local| !matches!(local, Local::Request(n, _) if *n == no)),
        }
    }

    fn want(&mut self, name: &str, wanted: bool) {
        self.hold(Interest::Namespace(name), wanted);
    }

    fn now(&self) -> Instant {
        self.now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Native;

    #[test]
    fn a_tab_that_shares_nothing_says_each_change_of_an_interest_once() {
        let mut way = alone();

        for held in [true, true, false, false, true] {
            way.hold(Interest::App("typing"), held);
        }

        let typing = |held| format!("app:typing {held}");
        assert_eq!(said(&mut way), [typing(true), typing(false), typing(true)]);
        assert_eq!(way.held(), ["app:typing"]);
    }

    #[test]
    fn a_request_that_is_withdrawn_in_time_does_not_reach_the_hub() {
        let mut way = alone();
        let connect = || Message::bare(Up::Connect);
        let first = way.request(connect()).unwrap();
        let second = way.request(connect()).unwrap();

        way.withdraw(first);

        assert!(second > first);
        assert_eq!(said(&mut way), [format!("request {second}")]);
    }

    fn alone() -> Way<Native> {
        Way::new(None, Instant::default())
    }

    fn said(way: &mut Way<Native>) -> Vec<String> {
        let local = core::mem::take(&mut way.local).into_iter();
        let lines = local.map(|local| match local {
            Local::Request(no, _) => format!("request {no}"),
            Local::Interest(key, held) => format!("{key} {held}"),
        });
        lines.collect()
    }
}
