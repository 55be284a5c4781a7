//! One lock of the Web Locks API: a holder and a first-in, first-out queue.

use std::collections::VecDeque;

/// A claim on a lock: which page, and which of its requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Claim {
    pub(crate) page: usize,
    pub(crate) request: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Lock {
    holder: Option<Claim>,
    queue: VecDeque<Claim>,
}

impl Lock {
    pub(crate) fn holder(&self) -> Option<Claim> {
        self.holder
    }

    pub(crate) fn request(&mut self, claim: Claim) -> Option<Claim> {
        self.queue.push_back(claim);
        self.grant()
    }

    /// Takes back all claims of a page; gives the claim that is granted then.
    pub(crate) fn release(&mut self, page: usize) -> Option<Claim> {
        self.queue.retain(|claim| claim.page != page);
        self.holder = self.holder.filter(|holder| holder.page != page);
        self.grant()
    }

    /// Gives the lock to a claim by force, whatever else its page asked for; gives the victim's.
    pub(crate) fn take(&mut self, claim: Claim) -> Option<Claim> {
        self.queue.retain(|queued| queued.page != claim.page);
        self.holder.replace(claim)
    }

    /// The first in the queue takes the lock by force; gives the claims of thief and victim.
    pub(crate) fn steal(&mut self) -> Option<(Claim, Claim)> {
        let victim = self.holder?;
        let thief = self.queue.pop_front()?;
        self.holder = Some(thief);
        Some((thief, victim))
    }

    fn grant(&mut self) -> Option<Claim> {
        if self.holder.is_some() {
            return None;
        }
        self.holder = self.queue.pop_front();
        self.holder
    }
}
