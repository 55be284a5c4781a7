//! The browser's timers.

use js_sys::Function;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::{JsCast, JsValue, wasm_bindgen};

/// The functions `setTimeout` and `clearTimeout` that belong together.
///
/// They are looked up once: where a page replaces them for a time (fake timers of a test), one
/// cannot clear what the other has set.
#[derive(Clone, Debug)]
pub(crate) struct Timers {
    set: Function,
    clear: Function,
}

impl Timers {
    /// The functions that the page has now.
    pub(crate) fn of_page() -> Self {
        let global: Global = js_sys::global().unchecked_into();
        Self::new(global.set_timeout(), global.clear_timeout())
    }

    /// These functions; they need no `this`.
    pub(crate) const fn new(set: Function, clear: Function) -> Self {
        Self { set, clear }
    }
}

/// Calls back once; not if it is dropped before.
#[must_use = "dropping the timer stops it"]
pub(crate) struct Timer {
    id: JsValue,
    clear: Function,
    _callback: Closure<dyn FnMut()>,
}

impl Timer {
    /// Calls `callback` in so many milliseconds.
    pub(crate) fn new(timers: &Timers, millis: u32, callback: impl FnOnce() + 'static) -> Self {
        let callback = Closure::once(callback);
        let (function, delay) = (callback.as_ref(), JsValue::from(millis));
        // It throws only if it is not that of a browser, and then there is no time here.
        let id = timers.set.call2(&JsValue::UNDEFINED, function, &delay).unwrap_or_default();
        Self { id, clear: timers.clear.clone(), _callback: callback }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        let _ = self.clear.call1(&JsValue::UNDEFINED, &self.id);
    }
}

#[wasm_bindgen]
extern "C" {
    type Global;

    #[wasm_bindgen(method, getter, js_name = setTimeout)]
    fn set_timeout(this: &Global) -> Function;

    #[wasm_bindgen(method, getter, js_name = clearTimeout)]
    fn clear_timeout(this: &Global) -> Function;
}
