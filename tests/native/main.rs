//! Native tests of the core: one binary, no network, no sleep.
#![cfg(not(target_arch = "wasm32"))]

mod engineio;
mod hostile;
mod laws;
mod socketio_link;
mod socketio_namespaces;
mod socketio_packets;
mod socketio_recovery;
mod socketio_support;
