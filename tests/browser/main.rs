//! Tests of the web layer in real browsers, run by `wasm-pack test`.
#![cfg(target_arch = "wasm32")]

mod page_clock;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
