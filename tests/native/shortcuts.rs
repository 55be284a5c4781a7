//! An app that lets plain packets go past its client, as `js/src/socket/shortcuts.ts` does.

use tabcast::client::{Client, Notice, PlainEmit, Shortcut, SocketId};
use tabcast::host::Native;
use tabcast::time::Instant;

/// What the client said last of what may go past it.
#[derive(Debug, Default)]
pub(crate) struct Shortcuts {
    pub(crate) limit: usize,
    pub(crate) all: Vec<Shortcut>,
}

impl Shortcuts {
    /// The frame of an event, if the app may send it; the client has taken note of it then.
    pub(crate) fn send(
        &self,
        client: &mut Client<Native>,
        socket: SocketId,
        emit: PlainEmit,
        payload: &str,
        now: Instant,
    ) -> Option<String> {
        let shortcut = self.all.iter().find(|shortcut| shortcut.socket == socket)?;
        let ack = client.send_plain(socket, emit, now)?;
        let ack = ack.map_or(String::new(), |ack| ack.to_string());
        Some(format!("{}{ack}{payload}", shortcut.event))
    }

    /// What a frame means, if the client need not see it.
    pub(crate) fn hear(&self, client: &mut Client<Native>, frame: &str) -> Option<Notice<Native>> {
        if frame.len() > self.limit {
            return None;
        }
        self.all.iter().find_map(|shortcut| {
            let (socket, attachments) = (shortcut.socket, Vec::new());
            let event = frame.strip_prefix(shortcut.event.as_str());
            if let Some(payload) = event.filter(|payload| payload.starts_with('[')) {
                let payload = payload.to_owned();
                let event = Notice::Event { socket, payload, attachments, ack: None };
                return shortcut.takes_events.then_some(event);
            }
            let (ack, rest) = frame.strip_prefix(shortcut.ack.as_str())?.split_once('[')?;
            let id = client.answered(socket, ack.parse().ok()?)?;
            Some(Notice::Acked { socket, id, payload: format!("[{rest}"), attachments })
        })
    }
}
