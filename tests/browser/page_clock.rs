//! What the web layer takes for granted of `performance.now()`.

use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn page_clock_never_runs_backwards() {
    let performance = web_sys::window().unwrap().performance().unwrap();

    let readings: Vec<f64> = (0..10_000).map(|_| performance.now()).collect();

    assert!(readings.is_sorted());
}

#[wasm_bindgen_test]
fn page_clock_advances_within_one_task() {
    let performance = web_sys::window().unwrap().performance().unwrap();

    let began = performance.now();
    let advanced = (0..50_000_000).any(|_| performance.now() > began);

    assert!(advanced);
}
