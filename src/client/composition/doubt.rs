//! What comes for the hub while it is in doubt whether there shall be one in this tab.
//!
//! A page that stood still may have been robbed of the lock. Before it knows, it must not hear the
//! old socket, which would deliver what others have had from another, nor send over it.

use super::Client;
use crate::client::AuthRequest;
use crate::host::Host;
use crate::socketio;
use crate::time::Instant;

/// Something for the hub.
#[derive(Debug)]
pub(super) enum Held<H: Host> {
    Wire(socketio::Input<H>),
    Auth(AuthRequest, Option<H::Text>),
}

/// A tab that has to hold back more has stood still for too long to keep the connection.
const MAX_HELD: usize = 4096;

impl<H: Host> Client<H> {
    /// Whether this tab waits to be told if it still leads.
    pub fn is_in_doubt(&self) -> bool {
        self.way.is_in_doubt()
    }

    /// Every call begins so: after a gap it is in doubt whether this tab still leads.
    pub(super) fn begin(&mut self, now: Instant) {
        self.way.now = now;
        if let Some(tab) = &mut self.way.tab {
            tab.check_stall(now);
        }
    }

    /// Takes what came over the wire to the hub: at once, as most of the time nothing is in doubt.
    pub(super) fn hear_wire(&mut self, fact: socketio::Input<H>, now: Instant) {
        if self.held.is_empty() && !self.is_in_doubt() {
            self.tell_hub(Held::Wire(fact), now);
        } else {
            self.pass_on(Held::Wire(fact));
        }
    }

    /// Takes something to the hub, as soon as it is there without doubt.
    pub(super) fn pass_on(&mut self, fact: Held<H>) {
        if self.held.len() >= MAX_HELD
            && let Some(tab) = &mut self.way.tab
        {
            tab.resign(self.way.now);
        } else if self.hub.is_some() {
            self.held.push_back(fact);
        }
    }

    /// The hub looks for what is due, unless it is in doubt.
    pub(super) fn wake_hub(&mut self, now: Instant) {
        if let Some(hub) = self.hub.as_mut().filter(|_| !self.way.is_in_doubt()) {
            hub.handle_timeout(now);
        }
    }

    pub(super) fn tell_hub(&mut self, held: Held<H>, now: Instant) {
        match (&mut self.hub, held) {
            (Some(hub), Held::Wire(fact)) => hub.handle_input(fact, now),
            (Some(hub), Held::Auth(request, auth)) => hub.provide_auth(request, auth, now),
            (None, _) => {}
        }
    }
}
