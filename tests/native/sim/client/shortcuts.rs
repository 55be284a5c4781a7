//! What an app does by itself where its client allows it: plain packets, in both directions.

use tabcast::client::{Client, Notice, PlainEmit, Shortcut, SocketId};
use tabcast::host::Native;
use tabcast::time::Instant;

/// How plain packets go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// As all others.
    Long,
    /// Through the client, without the queues between its parts.
    Short,
    /// Past the client, where that is allowed.
    Past,
}

/// What the client allowed last.
#[derive(Debug, Default)]
pub(crate) struct Shortcuts {
    limit: usize,
    all: Vec<Shortcut>,
}

impl Shortcuts {
    pub(crate) fn new(limit: usize, all: Vec<Shortcut>) -> Self {
        Self { limit, all }
    }

    /// The frame of an event, if the client need not send it.
    pub(crate) fn frame(
        &self,
        client: &mut Client<Native>,
        socket: SocketId,
        emit: PlainEmit,
        payload: &str,
        now: Instant,
    ) -> Option<String> {
        let Shortcut { event, .. } = self.all.iter().find(|shortcut| shortcut.socket == socket)?;
        let ack = client.send_plain(socket, emit, now)?;
        let ack = ack.map_or(String::new(), |ack| ack.to_string());
        Some(format!("{event}{ack}{payload}"))
    }

    /// What a frame says, if the client need not see it.
    pub(crate) fn take(&self, client: &mut Client<Native>, text: &str) -> Option<Notice<Native>> {
        if text.len() > self.limit {
            return None;
        }
        self.all.iter().find_map(|Shortcut { socket, event, ack, takes_events }| {
            let (socket, attachments) = (*socket, Vec::new());
            let payload = text.strip_prefix(event.as_str()).filter(|rest| is_plain(rest));
            if let Some(payload) = payload.filter(|_| *takes_events) {
                let payload = payload.to_owned();
                return Some(Notice::Event { socket, payload, attachments, ack: None });
            }
            let (number, rest) = text.strip_prefix(ack.as_str())?.split_once('[')?;
            let id = client.answered(socket, number.parse().ok()?)?;
            Some(Notice::Acked { socket, id, payload: format!("[{rest}"), attachments })
        })
    }
}

/// Whether an array begins with a name that an app may hear.
fn is_plain(payload: &str) -> bool {
    let name = payload.strip_prefix("[\"").and_then(|rest| rest.split('"').next());
    name.is_some_and(|name| !name.contains('\\') && !RESERVED.contains(&name))
}

const RESERVED: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];
