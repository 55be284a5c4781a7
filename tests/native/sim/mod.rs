//! A deterministic world of tabs: virtual time, one seed, and every fault a browser has.
//!
//! `browser` models what tabs share (locks, channel, the life of pages) and runs any
//! [`Program`](browser::Program) in each page. `toy` is the program that proves `tabcast::tabs`;
//! `world` puts both together, plays storms and checks.

pub(crate) mod browser;
pub(crate) mod check;
pub(crate) mod client;
pub(crate) mod faults;
pub(crate) mod feed;
pub(crate) mod locks;
pub(crate) mod seeds;
pub(crate) mod toy;
pub(crate) mod trace;
pub(crate) mod world;
