//! The part that this tab plays: whoever leads or is alone has the hub.

use super::doubt::Held;
use super::{Client, Output};
use crate::client::hub::{self, Hub};
use crate::client::interest::Interest;
use crate::client::notice::Notice;
use crate::client::way::ALONE;
use crate::host::Host;
use crate::machine::Machine;
use crate::socketio;
use crate::tabs::{self, PageFact, Role, Roster, SoloReason, Tab};
use crate::time::Instant;

impl<H: Host> Client<H> {
    pub(super) fn role_changed(&mut self, role: Role) {
        self.role = role;
        let connects = matches!(role, Role::Leader | Role::Solo(_));
        match (connects, self.hub.take()) {
            (true, None) => {
                let mut socket = self.config.socket.clone();
                socket.seed = self.rng.next_u64();
                // Far apart, so that no generation of one hub is one of another.
                let generation = self.rng.next_u64() >> 16;
                let mut mirror = self.endpoint.mirror().clone();
                let inheritable = role == Role::Leader;
                if self.way.tab.as_ref().is_some_and(Tab::leads_by_force) {
                    // The sessions are still those of the tab that was robbed.
                    mirror.spend();
                }
                let mut hub = Hub::new(socket, generation, mirror, inheritable);
                hub.observe(self.observed);
                self.hub = Some(hub);
            }
            (true, hub) => self.hub = hub,
            (false, Some(mut hub)) => self.retire(&mut hub),
            (false, None) => {}
        }
        if connects || role == Role::Follower {
            self.endpoint.hub_found();
        }
        self.tell_place();
    }

    /// The socket is closed before the lock is released, which follows in the outputs.
    fn retire(&mut self, hub: &mut Hub<H>) {
        self.forget_questions();
        hub.abandon();
        while let Some(output) = hub.poll_output(self.way.now) {
            if let hub::Output::Wire(command) = output {
                self.outputs.push_back(Output::Wire(command));
            }
        }
        self.endpoint.connection_lost();
    }

    /// A tab that shares nothing lets go of its connection when the page is left, so that the
    /// back/forward cache may take it, and makes a new one when it comes back.
    pub(super) fn handle_page(&mut self, fact: PageFact, now: Instant) {
        if let Some(tab) = &mut self.way.tab {
            tab.handle_input(tabs::Input::Page(fact), now);
        }
        let alone = matches!(self.role, Role::Solo(_));
        match (fact, self.hub.take()) {
            (PageFact::Left, Some(mut hub)) if alone => self.retire(&mut hub),
            (PageFact::Returned, None) if alone => {
                self.role_changed(self.role);
                for key in self.way.held() {
                    // What the app holds for itself it was told of before.
                    if !matches!(Interest::from_key(&key), Some(Interest::App(_))) {
                        self.interest_changed(&key, true, now);
                    }
                }
            }
            (_, hub) => self.hub = hub,
        }
        if matches!(fact, PageFact::Shown | PageFact::Resumed) {
            self.pass_on(Held::Wire(socketio::Input::Resumed));
        }
    }

    pub(super) fn tell_place(&mut self) {
        let notice = match &self.way.tab {
            Some(tab) => {
                // The tab may be further than what it has told so far.
                let role = self.role;
                let knows_leader = matches!(role, Role::Leader | Role::Follower);
                let leader = tab.leader().filter(|_| knows_leader);
                let (term, roster) = (tab.term().number(), tab.roster());
                Notice::Tabs { tab: tab.id(), role, term, leader, roster }
            }
            None => {
                let role = Role::Solo(SoloReason::SwitchedOff);
                let roster = Roster { count: 1, visible: 1 };
                Notice::Tabs { tab: ALONE, role, term: 0, leader: Some(ALONE), roster }
            }
        };
        self.outputs.push_back(Output::Notice(notice));
    }
}
