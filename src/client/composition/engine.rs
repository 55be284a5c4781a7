//! What an app can ask of the session below all sockets.

use super::{Client, Input};
use crate::client::endpoint::Upstream as _;
use crate::client::hub::Hub;
use crate::client::message::{Message, Up};
use crate::engineio::{self, Frame};
use crate::host::Host;
use crate::machine::Machine;
use crate::socketio;
use crate::time::Instant;

impl<H: Host> Client<H> {
    /// Closes the session, in whichever tab it is; another one is opened as if it had been lost.
    pub fn drop_session(&mut self, now: Instant) {
        self.act(now, |_, way| {
            // What is not taken now is not wanted later.
            let _ = way.request(Message::bare(Up::DropSession));
        });
    }

    /// Takes in a message as if it had come over the connection, if that is open and in this tab. That
    /// of a text has its whole frame.
    pub fn inject(&mut self, message: engineio::Message<H>, now: Instant) {
        self.handle_input(Input::Wire(socketio::Input::Injected(message)), now);
    }

    /// Whether the app hears what travels, as long as the connection is in this tab.
    pub fn observe(&mut self, observed: bool) {
        self.observed = observed;
        if let Some(hub) = &mut self.hub {
            hub.observe(observed);
        }
        self.follow_shortcuts();
    }

    /// The packets that no transport has taken yet, oldest first; none if the connection is in
    /// another tab.
    pub fn unsent(&self) -> impl Iterator<Item = &Frame<H>> {
        self.hub.iter().flat_map(Hub::unsent)
    }
}
