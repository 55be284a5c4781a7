//! Native tests of the core: one binary, no network, no sleep.
#![cfg(not(target_arch = "wasm32"))]

mod sse_parser;
mod sse_stream;
