//! Short waits that end in time although the page is hidden.
//!
//! Browsers delay the timers of hidden pages by up to a second. The limit of `Atomics.waitAsync`
//! (<https://tc39.es/ecma262/#sec-atomics.waitasync>) is none of these timers.

use core::time::Duration;

use js_sys::WebAssembly::Memory;
use js_sys::{Atomics, Int32Array, Object, Promise, Reflect};
use wasm_bindgen::prelude::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::host::Json;

thread_local! {
    static CELL: Option<Int32Array> = cell();
}

/// Whether this browser has such waits.
pub(crate) fn is_available() -> bool {
    CELL.with(|cell| cell.as_ref().is_some_and(|cell| wait(cell, 0).is_some()))
}

/// Calls `then` after that time; never, if there are no such waits.
pub(crate) fn nap(time: Duration, then: impl FnOnce() + 'static) {
    // Rounded up, as it must not be over too soon.
    let millis = u32::try_from(time.as_micros().div_ceil(1000)).unwrap_or(u32::MAX);
    let waiting = CELL.with(|cell| wait(cell.as_ref()?, millis));
    if let Some(waiting) = waiting.and_then(|value| value.dyn_into::<Promise>().ok()) {
        spawn_local(async move {
            if JsFuture::from(waiting).await.is_ok() {
                then();
            }
        });
    }
}

/// Begins to wait for what nobody does: to be woken at `cell`.
fn wait(cell: &Int32Array, millis: u32) -> Option<JsValue> {
    let wait = Atomics::wait_async_with_timeout(cell, 0, 0, millis.into()).ok()?;
    wait.member("value")
}

/// Only shared memory can be waited for, and to a page that is not isolated it comes in this form.
fn cell() -> Option<Int32Array> {
    let options = Object::new();
    let set = |name: &str, value: JsValue| Reflect::set(&options, &name.into(), &value).ok();
    set("initial", 1.into())?;
    set("maximum", 1.into())?;
    set("shared", true.into())?;
    Some(Int32Array::new(&Memory::new(&options).ok()?.buffer()))
}
