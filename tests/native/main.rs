//! Native tests of the core: one binary, no network, no sleep.
#![cfg(not(target_arch = "wasm32"))]

mod sim;
mod tabs;
