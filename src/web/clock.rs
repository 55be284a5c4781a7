//! The browser's monotonic clock.

use core::time::Duration;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::time::Instant;

/// The time of `performance.now()`, in pages and in workers.
pub(crate) fn now() -> Instant {
    // A clock that gives no sensible number stands still at the origin, it does not trap.
    Instant::from_origin(
        Duration::try_from_secs_f64(performance_now() / 1000.0).unwrap_or_default(),
    )
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}
