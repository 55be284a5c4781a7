//! Tests of the web layer in real browsers, run by `wasm-pack test`.
#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy.toml allows them in `#[test]` functions only, which these are not"
)]

mod page_clock;
mod sse;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
