//! The way up: requests stay with the tab that made them until a leader has carried them out.

use crate::host::Host;

use super::election::Phase;
use super::outbox::Due;
use super::wire::Message;
use super::{Event, Parcel, RequestNo, Tab, TabId};

impl<H: Host> Tab<H> {
    /// Posts what the present leader has not been sent yet, if there is one.
    pub(super) fn post_due_requests(&mut self) {
        let carries_out = self.carries_out();
        if !carries_out && self.leader != Some(self.seen) {
            return;
        }
        for due in self.outbox.due(self.seen) {
            match due {
                Due::Post { no, again, parcel } if carries_out => {
                    let origin = self.config.id;
                    self.out.event(Event::Requested { origin, no, again, parcel });
                }
                Due::Post { no, again, parcel } => {
                    self.say_with(&Message::Request { no, again }, &parcel);
                }
                Due::Report { no } => self.out.event(Event::Unknown { no }),
            }
        }
    }

    pub(super) fn on_request(
        &mut self,
        origin: TabId,
        no: RequestNo,
        again: bool,
        parcel: Parcel<H>,
    ) {
        if self.phase != Phase::Leading {
            return;
        }
        // A tab that is gone sends nothing twice.
        if self.peers.find(origin).is_none_or(|peer| peer.is_news(no)) {
            self.out.event(Event::Requested { origin, no, again, parcel });
        }
    }

    pub(super) fn withdraw_request(&mut self, no: RequestNo) {
        let posted = self.outbox.remove(no).flatten();
        if posted != Some(self.seen) {
            return;
        }
        if self.carries_out() {
            self.out.event(Event::Withdrawn { origin: self.config.id, no });
        } else {
            self.say(&Message::Withdraw { no });
        }
    }

    pub(super) fn on_withdraw(&mut self, origin: TabId, no: RequestNo) {
        if self.phase == Phase::Leading {
            self.out.event(Event::Withdrawn { origin, no });
        }
    }

    pub(super) fn accept_request(&mut self, origin: TabId, no: RequestNo) {
        if !self.carries_out() {
            return;
        }
        if origin == self.config.id {
            self.on_accepted(no);
        } else {
            self.say(&Message::Accepted { to: origin, no });
        }
    }

    pub(super) fn on_accepted(&mut self, no: RequestNo) {
        if self.outbox.remove(no).is_some() {
            self.out.event(Event::Accepted { no });
        }
    }
}
