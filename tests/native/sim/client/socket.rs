//! What one socket of an app was told, and whether that can be true.

use serde_json::Value;

use super::server::{WireNo, attachment};

#[derive(Debug, Default)]
pub(crate) struct Socket {
    /// The app wants it connected.
    pub(crate) wanted: bool,
    pub(crate) phase: Phase,
    /// The sessions it had, one after the other.
    pub(crate) lives: Vec<Life>,
    /// What came while it was not connected: what a lost leader left behind, or what a resumed
    /// session brings before it says so.
    early: Vec<(u64, WireNo)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    #[default]
    Disconnected,
    Connected,
}

/// From one `Connected` to the next.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) sid: String,
    /// It goes on with the life before.
    pub(crate) recovered: bool,
    /// Numbers of the events that came just before it began, and while it lasted.
    pub(crate) early: Vec<u64>,
    pub(crate) events: Vec<u64>,
    /// Those that came after its end. They can be of a wire over which it went on, which its app was
    /// not told, as it let go before.
    pub(crate) late: Vec<(u64, WireNo)>,
    pub(crate) wire: Option<WireNo>,
    /// The app ended it, and misses what comes after.
    left: bool,
}

impl Socket {
    pub(crate) fn sid(&self) -> Option<&str> {
        let life = self.lives.last().filter(|_| self.phase == Phase::Connected);
        life.map(|life| life.sid.as_str())
    }

    /// The app lets go of its session.
    pub(crate) fn leave(&mut self) {
        self.early.clear();
        if let Some(life) = self.lives.last_mut() {
            life.left = true;
        }
    }

    pub(crate) fn connected(&mut self, sid: &str, recovered: bool) -> Result<(), String> {
        demand(self.wanted, || format!("connected although the app did not want that: {sid}"))?;
        demand(self.phase == Phase::Disconnected, || format!("connected twice: {sid}"))?;
        let before = self.lives.last();
        demand(!recovered || before.is_some_and(|life| life.sid == sid), || {
            format!("told that {sid} was resumed, which this socket never had")
        })?;
        self.phase = Phase::Connected;
        // The newest connection brought the last of them.
        let newest = self.early.last().map(|(_, wire)| *wire);
        let is_new = |(_, wire): &(u64, WireNo)| Some(*wire) == newest;
        let known = before.is_some_and(|life| life.wire == newest && !life.left);
        let (early, late): (Vec<_>, Vec<_>) =
            core::mem::take(&mut self.early).into_iter().partition(|it| !known && is_new(it));
        let numbers = |events: Vec<(u64, WireNo)>| events.into_iter().map(|it| it.0).collect();
        if let Some(life) = self.lives.last_mut().filter(|life| !life.left) {
            life.late = late;
        }
        let (sid, wire, left) = (sid.to_owned(), None, false);
        let (early, events, late) = (numbers(early), Vec::new(), Vec::new());
        self.lives.push(Life { sid, recovered, early, events, late, wire, left });
        Ok(())
    }

    pub(crate) fn disconnected(&mut self, reason: &str) -> Result<(), String> {
        demand(self.phase == Phase::Connected, || format!("disconnected twice: {reason}"))?;
        self.phase = Phase::Disconnected;
        if reason == "io server disconnect" {
            self.wanted = false;
        }
        Ok(())
    }

    pub(crate) fn refused(&mut self, active: bool) -> Result<(), String> {
        demand(self.phase == Phase::Disconnected, || "refused while connected".to_owned())?;
        demand(self.wanted, || "refused although the app did not ask".to_owned())?;
        self.wanted = active;
        if !active {
            self.early.clear();
        }
        Ok(())
    }

    pub(crate) fn received(&mut self, event: &Value, blobs: &[Vec<u8>]) -> Result<(), String> {
        demand(self.wanted, || format!("{event} came although the app had disconnected"))?;
        let number = event[1].as_u64().ok_or("a number")?;
        let wire = event[2].as_u64().ok_or("a wire")?;
        if event[3].is_object() {
            let expected = [attachment(number, 0), attachment(number, 1)];
            demand(blobs == expected, || format!("{event} came with {blobs:?}"))?;
        }
        if self.phase == Phase::Disconnected {
            let last = self.early.last().map(|(last, _)| *last);
            self.early.push((number, wire));
            return demand(last < Some(number), || format!("{number} came early after {last:?}"));
        }
        let life = self.lives.last_mut().ok_or("a life")?;
        let last = life.events.last().or(life.early.last()).copied();
        demand(last < Some(number), || format!("{number} came after {last:?}"))?;
        let known = *life.wire.get_or_insert(wire);
        life.events.push(number);
        demand(known == wire, || format!("{number} came over wire {wire} amid those of {known}"))
    }
}

pub(crate) fn demand(right: bool, wrong: impl FnOnce() -> String) -> Result<(), String> {
    if right { Ok(()) } else { Err(wrong()) }
}
