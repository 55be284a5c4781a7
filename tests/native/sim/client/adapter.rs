//! What a server's adapter keeps of a namespace: who is in it, and what a lost session missed.

use std::collections::BTreeMap;

use super::server::WireNo;

/// Which adapter the server has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Adapter {
    /// No connection state recovery.
    Plain,
    /// As socket.io's in-memory adapter: a session that was resumed is still given out, and the
    /// end of any socket of a session takes the session's routes away, also from its heir.
    InMemory,
    /// As the Redis streams adapter: a session is given out once.
    SingleUse,
}

/// The names of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) sid: String,
    pub(crate) pid: String,
}

#[derive(Debug, Default)]
pub(crate) struct Namespace {
    /// Over which wire the events of a session go.
    pub(crate) routes: BTreeMap<String, WireNo>,
    /// By `pid`: the sessions that can be resumed.
    saved: BTreeMap<String, Kept>,
    packets: Vec<(u64, String)>,
    numbers: u64,
}

impl Kept {
    pub(crate) fn new(number: u64) -> Self {
        Self { sid: format!("sid{number}"), pid: format!("pid{number}") }
    }
}

impl Namespace {
    pub(crate) fn next_number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// Keeps an event for those that miss it; gives its offset.
    pub(crate) fn keep(&mut self, adapter: Adapter, number: u64) -> Option<String> {
        (adapter != Adapter::Plain).then(|| {
            let offset = format!("{number:08x}");
            self.packets.push((number, offset.clone()));
            offset
        })
    }

    /// The sessions that nobody is connected to, but that can be resumed.
    pub(crate) fn saved_sids(&self) -> Vec<String> {
        let saved = self.saved.values().map(|kept| kept.sid.clone());
        saved.filter(|sid| !self.routes.contains_key(sid)).collect()
    }

    pub(crate) fn close(
        &mut self,
        adapter: Adapter,
        wire: WireNo,
        sid: String,
        pid: Option<String>,
    ) {
        if adapter == Adapter::InMemory || self.routes.get(&sid) == Some(&wire) {
            self.routes.remove(&sid);
        }
        if let Some(pid) = pid {
            self.saved.insert(pid.clone(), Kept { sid, pid });
        }
    }

    /// The session behind `pid`, and the events after `offset`.
    pub(crate) fn restore(
        &mut self,
        adapter: Adapter,
        pid: &str,
        offset: Option<&str>,
    ) -> Option<(Kept, Vec<(u64, String)>)> {
        let kept = match adapter {
            Adapter::Plain => None,
            Adapter::InMemory => self.saved.get(pid).cloned(),
            Adapter::SingleUse => self.saved.remove(pid),
        }?;
        let last = self.packets.iter().position(|(_, known)| Some(known.as_str()) == offset)?;
        Some((kept, self.packets[last + 1..].to_vec()))
    }

    pub(crate) fn forget(&mut self) {
        self.routes.clear();
        self.saved.clear();
        self.packets.clear();
    }
}
