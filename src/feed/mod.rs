//! One event stream for all tabs of a device.
//!
//! [`Feed`] is one tab's part: it puts together a [`Tab`](crate::tabs::Tab) and, where the tab leads
//! or shares nothing, the [`Stream`](crate::sse::Stream). It is what the web layer drives, for a
//! stream that is not shared too.
//!
//! # The rules
//!
//! *Order.* What the leader's stream says is published in the log of the tabs. So every tab, the
//! leader too, hears the same things in the same order. Events stand in [`Delivery`]s, one for each
//! chunk, numbered over all leaders; their text stays with the host.
//!
//! *Handover.* Every tab knows the last event ID, so an heir asks the server for what comes behind
//! it. What a server repeats all the same is left out: events at the head of a response that are,
//! by id, type and data, those that came last (`overlap.rs`). Ids alone would not do: some servers
//! count them anew for each connection.
//!
//! *Late tabs.* Every tab keeps the newest deliveries (256 of them, 256 Ki units of text). The leader
//! gives them, with the state of the stream, to a tab that joins or fell behind. A tab that heard
//! events before takes up where it was; one that names an id goes on behind it; any other one gets
//! as many of the newest events as it asks for ([`Config::replay`]). What is not there any more is
//! reported as [`Notice::Gap`].
//!
//! *Leaders that had heard less.* Their requests bring again what other tabs have had. A tab leaves that
//! out as far as it remembers, ahead of gaps by prints alone (1024 events). A response that begins with
//! something else is new, unless there is more that the tab may have had: then it is told of a gap, and
//! gets all.
//!
//! *Logs that part.* An heir may begin in a term lower than one that it never heard of, and then two logs
//! give one number to different events. So a place is a number and the term of who published what is
//! ahead of it. A tab has had all up to the last place that its own log and the leader's both lead
//! through; behind that its prints tell, or it is told of a gap.
//!
//! *The end.* A stream that the server ends, or that fails for good, ends in all tabs. A tab that
//! closes its feed leaves it to the others; the last one ends the request.
//!
//! *Pausing.* A stream that nobody can see, in any tab, may be let go of until somebody can
//! ([`Config::pause_after`]).

mod config;
mod delivery;
mod leading;
mod machine;
mod overlap;
mod port;
mod recent;
mod wire;

pub use config::Config;
pub use delivery::Delivery;
pub use machine::Feed;
pub use port::{Input, Notice, Output};
