//! Tests of the web layer in real browsers, run by `wasm-pack test`.
#![cfg(target_arch = "wasm32")]
