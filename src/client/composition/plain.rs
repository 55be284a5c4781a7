//! The short way of most facts: a plain event, in a tab that shares nothing.
//!
//! Nobody else hears it, nothing can be in doubt, and nothing waits that it could overtake. So hub
//! and endpoint take it in one after the other, as they would if it came to them through the queues
//! between them, and nobody needs to know the time.

use super::{Client, Input, Output};
use crate::engineio::{self, Frame};
use crate::host::Host;
use crate::socketio;

impl<H: Host> Client<H> {
    /// Takes in a plain event; `false` if `input` is none, or has to go the long way.
    pub(super) fn take_event(&mut self, input: &Input<H>) -> bool {
        let Input::Wire(socketio::Input::Socket { conn, fact }) = input else { return false };
        let engineio::Input::FrameReceived(Frame::Text(frame)) = fact else { return false };
        if self.way.tab.is_some() || !self.outputs.is_empty() {
            return false;
        }
        let message = self.hub.as_mut().and_then(|hub| hub.take_event(*conn, frame));
        let Some(message) = message else { return false };
        if let Some(notice) = self.endpoint.take_event(message) {
            self.outputs.push_back(Output::Notice(notice));
        }
        true
    }
}
