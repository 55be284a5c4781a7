//! How a session ends.

use super::{Connection, State, Upgrade};
use crate::engineio::{CloseReason, Event, Output, Post, Request, Transport, UpgradeError};
use crate::host::{Host, Text};

impl<H: Host> Connection<H> {
    /// Closes the session; nothing happens if it is closed.
    ///
    /// Over long-polling what is left to send and a `close` packet go out behind the POST under
    /// way. Over a WebSocket no `close` packet is sent: the reference client sends none either.
    pub fn close(&mut self) {
        self.close_for(CloseReason::ByOwner);
    }

    /// The transport is of no use: opens with the next one, or closes.
    pub(super) fn fail(&mut self, reason: CloseReason) {
        let State::Opening(transport) = self.state else { return self.close_for(reason) };
        if !self.config.transports.try_all || self.transports.len() < 2 {
            return self.close_for(reason);
        }
        self.transports.pop_front();
        self.drop_transport(transport, Vec::new());
        self.open_first();
    }

    pub(super) fn close_for(&mut self, reason: CloseReason) {
        let (transport, is_open) = match self.state {
            State::Opening(transport) => (transport, false),
            State::Open { transport, .. } => (transport, true),
            State::Closed => return,
        };
        let last = if is_open && transport == Transport::Polling {
            self.last_words(&reason)
        } else {
            Vec::new()
        };
        self.state = State::Closed;
        self.timers.clear();
        if self.upgrade != Upgrade::None {
            self.upgrade = Upgrade::None;
            self.outputs.push_back(Output::CloseSocket);
            let failed = Event::UpgradeFailed(UpgradeError::SessionClosed);
            self.emit(failed);
        }
        if !matches!(reason, CloseReason::SocketClosed { .. }) {
            self.drop_transport(transport, last);
        }
        self.emit(Event::Closed(reason));
    }

    /// What is posted at the end. Who closes on purpose loses nothing that was sent before.
    fn last_words(&mut self, reason: &CloseReason) -> Vec<Post<H>> {
        let mut bodies = match reason {
            CloseReason::ByServer => return Vec::new(),
            CloseReason::ByOwner => self.polling.rest(self.max_payload),
            _ => Vec::new(),
        };
        bodies.push(H::Text::from_core("1"));
        bodies.into_iter().map(|body| self.post(body)).collect()
    }

    fn drop_transport(&mut self, transport: Transport, last: Vec<Post<H>>) {
        self.polling.is_waiting = false;
        self.outputs.push_back(match transport {
            Transport::Polling => Output::Request(Request::End(last)),
            Transport::WebSocket => Output::CloseSocket,
        });
    }
}
