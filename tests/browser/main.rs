//! Tests of the web layer in real browsers, run by `wasm-pack test`.
#![cfg(target_arch = "wasm32")]
// Clippy's `allow-*-in-tests` knows a test by `#[test]`, not by `#[wasm_bindgen_test]`.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod page_clock;
mod sse;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
