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

mod chat;
mod chat_fuzz;
mod chat_people;
mod chat_properties;
mod chat_sending;
mod chat_support;
mod client;
mod client_delivery;
mod client_plain;
mod client_scripts;
mod engineio;
mod engineio_polling;
mod engineio_properties;
mod engineio_rig;
mod engineio_upgrade;
mod feed;
mod feed_alone;
mod feed_handover;
mod feed_storms;
mod hostile;
mod laws;
mod layering;
mod shortcuts;
mod sim;
mod socketio_codec;
mod socketio_configure;
mod socketio_leaving;
mod socketio_link;
mod socketio_namespaces;
mod socketio_packets;
mod socketio_recovery;
mod socketio_support;
mod socketio_transports;
mod socketio_units;
mod sse_parser;
mod sse_stream;
mod tabs;
mod tabs_election;
mod tabs_hang;
mod tabs_inspection;
mod tabs_log;
mod tabs_outbox;
mod tabs_presence;
mod tabs_rig;
