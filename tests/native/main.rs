//! Native tests of the core: one binary, no network, no sleep.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "clippy.toml allows them in test functions, not in what those call"
)]

mod layering;
mod sim;
mod tabs;
mod tabs_election;
mod tabs_log;
mod tabs_outbox;
mod tabs_presence;
mod tabs_rig;
