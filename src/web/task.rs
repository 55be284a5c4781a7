//! Work for a later task of its own, without the delays and the throttling of timers.

use wasm_bindgen::JsValue;
use web_sys::{MessageChannel, MessagePort};

use super::listener::Listener;

/// A callback that can be posted to the event loop; dropping it takes back what is posted.
#[must_use = "dropping the task takes it back"]
pub(crate) struct Task {
    channel: Option<(MessagePort, MessagePort)>,
    _message: Option<Listener>,
}

impl Task {
    pub(crate) fn new(callback: impl Fn() + 'static) -> Self {
        let Ok(channel) = MessageChannel::new() else {
            return Self { channel: None, _message: None };
        };
        let (near, far) = (channel.port1(), channel.port2());
        let message = Listener::new(&far, "message", move |_| callback());
        // Ports with listeners that were added as such stay silent until they are started.
        far.start();
        Self { channel: Some((near, far)), _message: Some(message) }
    }

    /// Runs the callback in a task of its own.
    pub(crate) fn post(&self) {
        if let Some((near, _)) = &self.channel {
            let _ = near.post_message(&JsValue::UNDEFINED);
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if let Some((near, _)) = &self.channel {
            near.close();
        }
    }
}
