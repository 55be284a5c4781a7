//! The short way of most facts, in a tab that shares nothing: a plain event of a session that can be
//! recovered. Where it cannot, such events do not even come here (`shortcuts.rs`).
//!
//! It concerns nobody else, nothing can be in doubt, and nothing waits that it could overtake. So hub
//! and endpoint take it in one after the other, as they would if it came to them through the queues
//! between them, and nobody needs to know the time.

use super::{Client, Input};
use crate::engineio::{self, Frame};
use crate::host::Host;
use crate::socketio;

impl<H: Host> Client<H> {
    /// Takes in a plain event; `false` if `input` is none, or has to go the long way.
    pub(super) fn take_plain(&mut self, input: &Input<H>) -> bool {
        let Input::Wire(socketio::Input::Socket { conn, fact }) = input else { return false };
        let engineio::Input::FrameReceived(Frame::Text(frame)) = fact else { return false };
        if self.way.tab.is_some() || !self.outputs.is_empty() {
            return false;
        }
        let message = self.hub.as_mut().and_then(|hub| hub.take_plain(*conn, frame));
        let Some(message) = message else { return false };
        self.endpoint.handle(message, &mut self.way);
        self.hear();
        true
    }
}
