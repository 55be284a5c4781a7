//! When a claim to a lost session is presented again: not before the other tabs know that it is spent.
//!
//! The server can be faster than what is said to other tabs, which wait for the pace of the log, and
//! so can the lock: this tab may end as soon as it has presented the claim, and its heir lead before
//! it hears a word of that. So the attempt to connect is told at once, and some time goes by between
//! that and the claim, in which the connection opens. An heir needs no such time for what it takes
//! over: all tabs have answered its bid.

use core::time::Duration;
use std::rc::Rc;

use super::{Hub, Output};
use crate::client::message::{Down, LinkEvent};
use crate::host::Host;
use crate::socketio::{AuthRequest, NamespaceId, Recovery};
use crate::time::Instant;

/// After which time all tabs have heard what was told at once: it takes them 2 ms as a rule, 10 ms at
/// worst. It is no longer than need be, as a leader that ends meanwhile leaves a claim that nobody uses.
const HEARD_BY_ALL: Duration = Duration::from_millis(20);

/// What a hub has told of the claims to the sessions that it had itself.
#[derive(Debug, Default)]
pub(super) struct OwnClaims {
    /// When all tabs have heard that they are spent.
    heard: Option<Instant>,
    /// The namespaces that wait for that.
    waiting: Vec<(NamespaceId, AuthRequest, Recovery)>,
}

impl<H: Host> Hub<H> {
    /// Tells that this hub is about to connect, or has just done so: whoever hears that presents
    /// no claim to a lost session any more.
    pub(super) fn tell_attempt(&mut self, event: LinkEvent, now: Instant) {
        let free = self.mirror.has_free_claim();
        self.tell(Down::Link(event));
        if free && self.inheritable {
            self.own_claims.heard = Some(now + HEARD_BY_ALL);
            self.outputs.push_back(Output::Hurry(HEARD_BY_ALL));
        }
    }

    /// A namespace can connect.
    pub(super) fn auth_wanted(
        &mut self,
        id: NamespaceId,
        request: AuthRequest,
        recovery: Option<Recovery>,
        now: Instant,
    ) {
        let Some(namespace) = self.namespaces.get(&id) else { return };
        let spent = |claim: &Recovery| namespace.presented.as_ref() == Some(&claim.pid);
        let recovery = recovery.filter(|claim| !self.inheritable || !spent(claim));
        match recovery {
            Some(claim) if self.own_claims.heard.is_some_and(|heard| now < heard) => {
                self.own_claims.waiting.push((id, request, claim));
            }
            recovery => self.ask_auth(id, request, recovery),
        }
    }

    /// When [`present_due`](Self::present_due) is to be called.
    pub(super) fn claims_due(&self) -> Option<Instant> {
        self.own_claims.heard.filter(|_| !self.own_claims.waiting.is_empty())
    }

    pub(super) fn present_due(&mut self, now: Instant) {
        if self.claims_due().is_some_and(|due| due <= now) {
            for (id, request, claim) in core::mem::take(&mut self.own_claims.waiting) {
                self.ask_auth(id, request, Some(claim));
            }
        }
    }

    /// Nothing is asked for that namespace any more; `None`: for any.
    pub(super) fn present_no_more(&mut self, namespace: Option<NamespaceId>) {
        self.own_claims.waiting.retain(|(id, ..)| namespace.is_some_and(|ended| ended != *id));
    }

    fn ask_auth(&mut self, id: NamespaceId, request: AuthRequest, recovery: Option<Recovery>) {
        let Some(namespace) = self.namespaces.get_mut(&id) else { return };
        let name = Rc::clone(&namespace.name);
        match &recovery {
            Some(claim) => namespace.presented = Some(claim.pid.clone()),
            None => self.manager.set_recovery(id, None),
        }
        let number = request.number().wrapping_add(self.first_request);
        let request = AuthRequest::from_number(number);
        self.outputs.push_back(Output::AskAuth { request, namespace: name, recovery });
    }
}
