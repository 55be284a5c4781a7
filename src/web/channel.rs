//! The broadcast channel of a scope
//! (<https://html.spec.whatwg.org/multipage/web-messaging.html#broadcasting-to-other-browsing-contexts>).

use js_sys::{Array, ArrayBuffer, JsString, Uint8Array};
use wasm_bindgen::prelude::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

use super::browser::{Browser, JsBytes, JsText};
use super::listener::Listener;
use crate::tabs::Envelope;

/// A broadcast channel; dropping it closes it.
#[must_use = "dropping the channel closes it"]
pub(crate) struct Channel {
    name: String,
    channel: BroadcastChannel,
    _message: Option<Listener>,
}

impl Channel {
    /// Opens the channel `name`; `None` if the page has none.
    pub(crate) fn open(name: &str, receive: impl Fn(Envelope<Browser>) + 'static) -> Option<Self> {
        let channel = BroadcastChannel::new(name).ok()?;
        let message = Listener::new(&channel, "message", move |event| {
            let event: MessageEvent = event.unchecked_into();
            receive(unpack(&event.data()));
        });
        Some(Self { name: name.to_owned(), channel, _message: Some(message) })
    }

    /// Opens the channel `name` only to post.
    pub(crate) fn open_to_post(name: &str) -> Option<Self> {
        let channel = BroadcastChannel::new(name).ok()?;
        Some(Self { name: name.to_owned(), channel, _message: None })
    }

    /// Posts to all other pages on the channel.
    pub(crate) fn post(&self, envelope: Envelope<Browser>) {
        // Fails only for values that cannot be cloned, which strings and buffers are not.
        let _ = self.channel.post_message(&pack(envelope));
    }

    /// Posts to all pages on the channel, this one included.
    pub(crate) fn post_echoed(&self, envelope: Envelope<Browser>) {
        // A channel does not hear itself. What was posted is delivered although it is closed.
        if let Ok(other) = BroadcastChannel::new(&self.name) {
            let _ = other.post_message(&pack(envelope));
            other.close();
        }
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.channel.close();
    }
}

/// An array of the control block, the texts and the blobs: payloads are cloned by the browser and
/// never pass through wasm memory.
fn pack(envelope: Envelope<Browser>) -> JsValue {
    let parts = Array::of1(&Uint8Array::from(envelope.control.as_slice()));
    for text in &envelope.texts {
        parts.push(text.as_js());
    }
    for blob in &envelope.blobs {
        parts.push(blob.as_js());
    }
    parts.into()
}

/// What does not have the form of an envelope becomes an empty one, which the tab ignores and counts.
fn unpack(data: &JsValue) -> Envelope<Browser> {
    let mut envelope = Envelope { control: Vec::new(), texts: Vec::new(), blobs: Vec::new() };
    let Some(parts) = data.dyn_ref::<Array>() else { return envelope };
    let Ok(control) = parts.get(0).dyn_into::<Uint8Array>() else { return envelope };
    for part in parts.iter().skip(1) {
        match part.dyn_into::<JsString>() {
            Ok(text) => envelope.texts.push(JsText::from(text)),
            Err(part) => match part.dyn_into::<ArrayBuffer>() {
                Ok(blob) => envelope.blobs.push(JsBytes::from(blob)),
                Err(_) => return envelope,
            },
        }
    }
    envelope.control = control.to_vec();
    envelope
}
