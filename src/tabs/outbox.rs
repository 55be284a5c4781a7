//! Requests of this tab that nobody has accepted yet.

use crate::host::Host;
use crate::sorted::RisingMap;

use super::{Config, OnHandover, OutboxFull, Parcel, RequestNo, Term};

#[derive(Debug)]
pub(super) struct Outbox<H: Host> {
    waiting: RisingMap<RequestNo, Waiting<H>>,
    units: usize,
    next: RequestNo,
    max_requests: usize,
    max_units: usize,
}

#[derive(Debug)]
struct Waiting<H: Host> {
    parcel: Parcel<H>,
    on_handover: OnHandover,
    /// The leadership that it was last posted to.
    posted: Option<Term>,
}

/// What is to be done about a request at the beginning of a leadership.
#[derive(Debug)]
pub(super) enum Due<H: Host> {
    Post { no: RequestNo, again: bool, parcel: Parcel<H> },
    Report { no: RequestNo },
}

impl<H: Host> Outbox<H> {
    pub(super) const fn new(config: &Config) -> Self {
        Self {
            waiting: RisingMap::new(),
            units: 0,
            next: RequestNo::FIRST,
            max_requests: config.outbox_requests,
            max_units: config.outbox_units,
        }
    }

    pub(super) fn add(
        &mut self,
        parcel: Parcel<H>,
        on_handover: OnHandover,
    ) -> Result<RequestNo, OutboxFull> {
        let units = self.units.saturating_add(parcel.units());
        if self.waiting.len() >= self.max_requests || units > self.max_units {
            return Err(OutboxFull);
        }
        let no = self.next;
        self.next = no.next();
        self.units = units;
        self.waiting.insert(no, Waiting { parcel, on_handover, posted: None });
        Ok(no)
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Forgets a request. Says whether it waited here, and the leadership it was posted to.
    pub(super) fn remove(&mut self, no: RequestNo) -> Option<Option<Term>> {
        let waiting = self.waiting.remove(&no)?;
        self.units = self.units.saturating_sub(waiting.parcel.units());
        Some(waiting.posted)
    }

    /// What is to be done now that `term` has begun, in order. Nothing the second time.
    pub(super) fn due(&mut self, term: Term) -> Vec<Due<H>> {
        let mut due = Vec::new();
        for (&no, waiting) in self.waiting.iter_mut() {
            if waiting.posted == Some(term) {
                continue;
            }
            due.push(match (waiting.posted, waiting.on_handover) {
                (Some(_), OnHandover::Report) => Due::Report { no },
                (posted, _) => {
                    Due::Post { no, again: posted.is_some(), parcel: waiting.parcel.clone() }
                }
            });
            waiting.posted = Some(term);
        }
        for report in &due {
            if let Due::Report { no } = report {
                self.remove(*no);
            }
        }
        due
    }

    /// The leader has forgotten this tab: what was posted counts as posted to nobody.
    pub(super) fn forget_posts(&mut self) {
        for waiting in self.waiting.values_mut() {
            waiting.posted = waiting.posted.and(Some(Term::NONE));
        }
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
        self.units = 0;
    }
}
