//! An event listener that lasts as long as its owner.

use js_sys::Function;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, EventTarget};

/// A listener on an event target; dropping it removes it.
#[must_use = "dropping the listener removes it"]
pub(crate) struct Listener {
    target: EventTarget,
    event: &'static str,
    listener: Function,
    _callback: Closure<dyn FnMut(Event)>,
}

impl Listener {
    /// Calls `callback` for every `event` of `target`.
    pub(crate) fn new(
        target: &EventTarget,
        event: &'static str,
        callback: impl FnMut(Event) + 'static,
    ) -> Self {
        Self::behind(target, event, Function::clone, callback)
    }

    /// Like [`new`](Self::new), but what listens is what `filter` makes of `callback`.
    pub(crate) fn behind(
        target: &EventTarget,
        event: &'static str,
        filter: impl FnOnce(&Function) -> Function,
        callback: impl FnMut(Event) + 'static,
    ) -> Self {
        Self::attach(target, event, filter, Closure::new(callback))
    }

    // One copy in the wasm, for all kinds of callbacks.
    fn attach(
        target: &EventTarget,
        event: &'static str,
        filter: impl FnOnce(&Function) -> Function,
        callback: Closure<dyn FnMut(Event)>,
    ) -> Self {
        let listener = filter(callback.as_ref().unchecked_ref());
        // Fails only for arguments that are not a name and a function.
        let _ = target.add_event_listener_with_callback(event, &listener);
        Self { target: target.clone(), event, listener, _callback: callback }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.target.remove_event_listener_with_callback(self.event, &self.listener);
    }
}
