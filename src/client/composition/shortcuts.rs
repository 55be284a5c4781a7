//! Frames that need not come to the client: plain events of a tab that shares nothing, where there is
//! no place in the session to be kept for them. The app is told how they begin.

use std::rc::Rc;

use super::{Client, Output};
use crate::client::hub::Hub;
use crate::client::{Notice, Shortcut, SocketId};
use crate::host::Host;
use crate::socketio::Manager;

impl<H: Host> Client<H> {
    /// Tells the app if there are others than it knows of.
    pub(super) fn follow_shortcuts(&mut self) {
        let known = self.shortcuts.iter().copied();
        if self.open_shortcuts().map(|(socket, limit, _)| (socket, limit)).eq(known) {
            return;
        }
        let (mut known, mut shortcuts) = (Vec::new(), Vec::new());
        for (socket, limit, name) in self.open_shortcuts() {
            known.push((socket, limit));
            let head = format!("{}[", Manager::<H>::event_head(name));
            shortcuts.push(Shortcut { socket, head });
        }
        // One connection has one limit.
        let limit = known.first().map_or(0, |(_, limit)| *limit);
        self.shortcuts = known;
        self.outputs.push_back(Output::Notice(Notice::Shortcuts { limit, shortcuts }));
    }

    fn open_shortcuts(&self) -> impl Iterator<Item = (SocketId, usize, &Rc<str>)> {
        let hub = self.hub.iter().filter(|_| self.way.tab.is_none());
        hub.flat_map(Hub::plain_namespaces)
            .filter_map(|(name, limit)| Some((self.endpoint.socket_for(name)?, limit, name)))
    }
}
