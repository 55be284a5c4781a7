//! One tab's part in sharing a connection.

use core::marker::PhantomData;

use crate::host::Host;
use crate::machine::Machine;
use crate::time::Instant;

use super::{
    Audience, Config, Input, InterestRefused, OnHandover, OutboxFull, Output, Parcel, RequestNo,
    Role, Roster, TabId, Term,
};

/// One tab among those that share a connection.
///
/// The host holds the tab's own lock (named after its [`TabId`]) before it calls
/// [`start`](Self::start) and until the page is left: others learn from it that the tab is gone.
#[derive(Debug)]
pub struct Tab<H: Host> {
    config: Config,
    host: PhantomData<H>,
}

impl<H: Host> Tab<H> {
    /// A tab that has not joined yet.
    pub fn new(config: Config) -> Self {
        Self { config, host: PhantomData }
    }

    /// Joins: greets the other tabs and queues for the lock. A second call does nothing.
    pub fn start(&mut self, _now: Instant) {}

    /// Asks the leader for something; kept until accepted. Works in any role, before `start` too.
    ///
    /// # Errors
    /// [`OutboxFull`] if the limits of [`Config`] are reached.
    pub fn request(
        &mut self,
        _parcel: Parcel<H>,
        _on_handover: OnHandover,
        _now: Instant,
    ) -> Result<RequestNo, OutboxFull> {
        Err(OutboxFull)
    }

    /// Forgets a request of this tab, here and at the leader, unless it was accepted already.
    pub fn withdraw(&mut self, _no: RequestNo, _now: Instant) {}

    /// Leader: a request was carried out; its origin hears so.
    pub fn accept(&mut self, _origin: TabId, _no: RequestNo, _now: Instant) {}

    /// Leader: adds a parcel to the log. Ignored in any other role than leader and solo.
    pub fn publish(&mut self, _to: Audience, _parcel: Parcel<H>, _now: Instant) {}

    /// Leader: answers [`StateWanted`](super::Event::StateWanted).
    pub fn answer_state(&mut self, _to: TabId, _parcel: Parcel<H>, _now: Instant) {}

    /// Holds a key, or gives it up. A second call with the same arguments does nothing.
    ///
    /// # Errors
    /// [`InterestRefused`] if the key is too long or the tab holds too many.
    pub fn set_interest(
        &mut self,
        _key: &str,
        _held: bool,
        _now: Instant,
    ) -> Result<(), InterestRefused> {
        Ok(())
    }

    /// Gives up leadership and goes to the end of the queue.
    pub fn resign(&mut self, _now: Instant) {}

    /// Leaves for good: close or logout. What waits in the outbox is forgotten.
    pub fn leave(&mut self, _now: Instant) {}

    /// This tab.
    pub const fn id(&self) -> TabId {
        self.config.id
    }

    /// The part of this tab.
    pub const fn role(&self) -> Role {
        Role::Joining
    }

    /// The newest term known.
    pub const fn term(&self) -> Term {
        Term::NONE
    }

    /// The tab that leads, if any does.
    pub const fn leader(&self) -> Option<TabId> {
        None
    }

    /// How many tabs share the connection, as the leader last told.
    pub fn roster(&self) -> Roster {
        Roster::default()
    }

    /// How many envelopes were foreign, malformed or of another wire version.
    pub const fn ignored(&self) -> u64 {
        0
    }
}

impl<H: Host> Machine for Tab<H> {
    type Input = Input<H>;
    type Output = Output<H>;

    fn handle_input(&mut self, _input: Input<H>, _now: Instant) {}

    fn handle_timeout(&mut self, _now: Instant) {}

    fn poll_output(&mut self) -> Option<Output<H>> {
        None
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
}
