//! Exceptions of user code.

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

/// Hands an exception that user code threw to the host, as if nobody had caught it. The caller goes
/// on: one bad handler must not stop the machine.
pub(crate) fn report(exception: &JsValue) {
    // Node has no `reportError`.
    if report_error(exception).is_err() {
        console_error(exception);
    }
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_name = reportError)]
    fn report_error(exception: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(js_namespace = console, js_name = error)]
    fn console_error(exception: &JsValue);
}
