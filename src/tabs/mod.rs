//! Many tabs, one connection: who leads, and what passes between the leader and the others.
//!
//! [`Tab`] is one tab's part. It elects with Web Locks, relays over a broadcast channel, and knows
//! nothing of sockets: it moves opaque [`Parcel`]s.
//!
//! - **Down**: the leader [publishes](Tab::publish) one ordered log; every tab receives every
//!   parcel once, in the same order, over any number of handovers.
//! - **Up**: a tab [requests](Tab::request); the request stays in that tab's outbox until the
//!   leader [accepts](Tab::accept) it.
//! - **Interests**: the leader knows the union of the keys that tabs [hold](Tab::set_interest).
//!
//! # The rules
//!
//! *Election.* The holder of the scope's lock leads, under a [`Term`] above all it has seen. Every
//! envelope says the newest term its sender knows; whoever learns of a newer one listens to nothing
//! older from then on. Whoever hears an older leader speak tells it. A bidder outbids a term that
//! it only hears of; a leader steps down; both give way to a claim, since who claims was granted
//! the lock later.
//!
//! *Handover.* The new holder of the lock looks which tabs are there, asks all of them what they
//! have, waits until each has answered or is gone (50 ms at most), takes over what it lacks from
//! the one that got furthest, and only then leads. So what any answering tab received, all get.
//!
//! *Log.* A parcel's place is (term that wrote it, number); numbers go on over terms. Each tab keeps
//! the newest parcels. A tab takes the log of a leader only from a place that is on it: from its own
//! if the leader's ring still reaches there, else from the state of things that the leader's owner
//! describes. With the state come the last parcels before it, undelivered, so that a newcomer
//! can be the source of an heir.
//!
//! *Outbox.* Numbers of one tab grow; the leader takes none twice. A new leader is sent again what
//! was not accepted; what must not be sent twice is reported as unknown instead. Requests, and the
//! answers to them, count only within one term.
//!
//! *Hung leaders.* A page that hangs keeps the lock. A visible tab that waits in vain asks whoever
//! holds the lock; without an answer it steals it, if the fault cannot be its own. What was connected
//! by force begins anew: the old session may still be alive. Stealing has a pause for the whole scope.
//!
//! *Heirs by name.* A leader may say who comes next: that tab takes the lock before those that wait. If
//! somebody led in between, it begins anew too; if it stood still meanwhile, it first hears what waits
//! for it, and takes nothing from whoever led.
//!
//! *Logout.* Every tab forgets its log, its outbox and its keys; the leader gives up the lock.
//!
//! *Pages.* A page that is left or frozen gives up the lock, or its place in the queue, at once; when
//! it runs again it trusts nothing it knew. A leader whose event loop stood still holds back what
//! it hears and says until it knows that it still has the lock.
//!
//! Each rule has a script in `tests/native/tabs_*.rs`; `tests/native/sim` plays storms.

mod ahead;
mod config;
mod election;
mod event;
mod id;
mod inspection;
mod log;
mod outbox;
mod outgoing;
mod pace;
mod parcel;
mod peers;
mod presence;
mod requests;
mod ring;
mod stall;
mod tab;
mod vigil;
mod wire;

pub use config::{Config, InterestRefused, OnHandover, OutboxFull};
pub use event::{Event, Input, Output, PageFact, Role, Roster, SoloReason};
pub use id::{RequestNo, TabId, Term};
pub use inspection::Inspection;
pub use parcel::{Audience, Envelope, Parcel};
pub use tab::Tab;
