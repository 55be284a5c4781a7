//! One WebSocket (<https://websockets.spec.whatwg.org/>).

use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Function, JsString};
use wasm_bindgen::prelude::{JsCast, JsValue};
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

use super::browser::{Browser, JsBytes, JsText};
use super::listener::Listener;
use crate::engineio::{Frame, Input};

/// A WebSocket; dropping it closes it without another word of it.
#[must_use = "dropping the socket closes it"]
pub(crate) struct Socket {
    socket: WebSocket,
    _listeners: [Listener; 4],
}

impl Socket {
    /// Opens a socket, by `open` with the arguments of `new WebSocket`; `None` if the browser refuses
    /// the URL or the subprotocols. `filter` makes of the listener to messages one that keeps some to
    /// itself.
    pub(crate) fn open(
        url: &str,
        protocols: &[String],
        open: &Function,
        filter: impl FnOnce(&WebSocket, &Function) -> Function,
        report: impl Fn(Input<Browser>) + 'static,
    ) -> Option<Self> {
        let protocols: Array = protocols.iter().map(|name| JsString::from(name.as_str())).collect();
        let socket = open.call2(&JsValue::UNDEFINED, &url.into(), &protocols).ok()?;
        let socket: WebSocket = socket.unchecked_into();
        // A `Blob` would need a promise to be read, which would break the order.
        socket.set_binary_type(BinaryType::Arraybuffer);
        let report = Rc::new(report);
        let (opened, received, failed, closed) =
            (Rc::clone(&report), Rc::clone(&report), Rc::clone(&report), report);
        let listeners = [
            Listener::new(&socket, "open", move |_| opened(Input::SocketOpened)),
            Listener::behind(
                &socket,
                "message",
                |it| filter(&socket, it),
                move |event| {
                    if let Some(frame) = frame(event.unchecked_ref()) {
                        received(Input::FrameReceived(frame));
                    }
                },
            ),
            Listener::new(&socket, "error", move |_| failed(Input::SocketFailed)),
            Listener::new(&socket, "close", move |event| {
                let event: &CloseEvent = event.unchecked_ref();
                closed(Input::SocketClosed { code: event.code(), reason: event.reason() });
            }),
        ];
        Some(Self { socket, _listeners: listeners })
    }

    /// Bytes that were handed over and have not left.
    pub(crate) fn waiting(&self) -> u32 {
        self.socket.buffered_amount()
    }

    /// Sends a frame. While the socket is closing it is dropped, as the close event will tell.
    pub(crate) fn send(&self, frame: &Frame<Browser>) {
        let _ = match frame {
            Frame::Text(text) => send_text(&self.socket, text.as_js()),
            Frame::Binary(bytes) => self.socket.send_with_array_buffer(bytes.as_js()),
        };
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // Without code and reason it cannot fail.
        let _ = self.socket.close();
    }
}

fn frame(event: &MessageEvent) -> Option<Frame<Browser>> {
    match event.data().dyn_into::<JsString>() {
        Ok(text) => Some(Frame::Text(JsText::from(text))),
        Err(data) => {
            data.dyn_into::<ArrayBuffer>().ok().map(|bytes| Frame::Binary(JsBytes::from(bytes)))
        }
    }
}

mod js {
    use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

    #[wasm_bindgen]
    extern "C" {
        pub(super) type TextSocket;

        // web-sys takes a &str here: it would copy the text into wasm memory and back.
        #[wasm_bindgen(method, catch)]
        pub(super) fn send(this: &TextSocket, text: &js_sys::JsString) -> Result<(), JsValue>;
    }
}

fn send_text(socket: &WebSocket, text: &JsString) -> Result<(), JsValue> {
    socket.unchecked_ref::<js::TextSocket>().send(text)
}
