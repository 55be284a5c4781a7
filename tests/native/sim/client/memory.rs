//! How a server recognises that it was sent an emit before.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tabcast::socketio::packet::Header;

use super::server::WireNo;

#[derive(Debug)]
pub(crate) struct Memory {
    name: u64,
    emits: BTreeMap<String, Emit>,
}

/// What a memory knows of an emit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Never,
    /// It is being carried out; whoever asked last is told when it is done.
    Running,
    Done,
}

#[derive(Debug)]
struct Emit {
    began: Duration,
    done: bool,
    asked: Vec<(WireNo, Header<'static>)>,
}

const KEEP: Duration = Duration::from_secs(600);

impl Memory {
    pub(crate) fn new(name: u64) -> Self {
        Self { name, emits: BTreeMap::new() }
    }

    /// What takes its place when the server restarts.
    pub(crate) fn forget(self) -> Self {
        Self::new(self.name + 1_000_000)
    }

    /// The key `tabcast` of CONNECT.
    pub(crate) fn announcement(&self) -> Value {
        let keep = u32::try_from(KEEP.as_millis()).expect("short");
        json!({ "memory": format!("m{}", self.name), "keep": keep })
    }

    pub(crate) fn begin(
        &mut self,
        key: &str,
        wire: WireNo,
        ack: &Header<'static>,
        now: Duration,
    ) -> Seen {
        self.emits.retain(|_, emit| now < emit.began + KEEP);
        let asked = (wire, ack.clone());
        match self.emits.get_mut(key) {
            Some(emit) if emit.done => Seen::Done,
            Some(emit) => {
                emit.asked.push(asked);
                Seen::Running
            }
            None => {
                let emit = Emit { began: now, done: false, asked: vec![asked] };
                self.emits.insert(key.to_owned(), emit);
                Seen::Never
            }
        }
    }

    /// An emit has been carried out; gives all that wait to hear so.
    pub(crate) fn finish(&mut self, key: &str) -> Vec<(WireNo, Header<'static>)> {
        let Some(emit) = self.emits.get_mut(key) else { return Vec::new() };
        emit.done = true;
        core::mem::take(&mut emit.asked)
    }
}
