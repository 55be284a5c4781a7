//! `Connection`: one connection to one server, for one tab or for all tabs of the device.

mod config;

use js_sys::{Array, ArrayBuffer, JsString};
use wasm_bindgen::prelude::{JsCast, JsValue, wasm_bindgen};

use super::sink::{Sink, frame, hear};
use crate::client::{AuthRequest, Delivery, Emit, EmitId, PlainEmit, SocketId};
use crate::engineio::Message;
use crate::host::Host;
use crate::web::browser::{Browser, JsBytes, JsText};
use crate::web::clock;
use crate::web::connection::Connection;

/// One connection to one server, for one tab or for all tabs of the device. When it is freed, it
/// leaves for good: the connection goes to another tab, or ends.
#[wasm_bindgen(js_name = Connection)]
pub struct JsConnection {
    inner: Connection,
}

#[wasm_bindgen(js_class = Connection)]
impl JsConnection {
    /// Makes a connection that does nothing before [`open`](Self::open) or
    /// [`connect`](Self::connect); where it shares, it looks for the other tabs at once.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "object")] config: JsValue,
        #[wasm_bindgen(unchecked_param_type = "object")] sink: Sink,
    ) -> JsConnection {
        let options = config::options(&config);
        Self { inner: Connection::start(options, move |notice| hear(&sink, notice)) }
    }

    /// Takes over other settings; how the connection is shared does not change any more.
    pub fn configure(&self, #[wasm_bindgen(unchecked_param_type = "object")] config: JsValue) {
        let config = config::socket_config(&config);
        self.inner.driver().command(|client, now| client.configure(config, now));
    }

    /// Wants the connection, whether or not a socket does.
    pub fn open(&self) {
        self.inner.driver().command(|client, now| client.open(now));
    }

    /// Ends the connection for this tab and does not reconnect.
    pub fn close(&self) {
        self.inner.driver().command(|client, now| client.close(now));
    }

    /// Closes the session, in whichever tab it is, as if it had been lost.
    #[wasm_bindgen(js_name = dropSession)]
    pub fn drop_session(&self) {
        self.inner.driver().command(|client, now| client.drop_session(now));
    }

    /// Takes in the frame of a text message, or a binary one, as if it had come over the connection.
    pub fn inject(&self, message: JsValue) {
        let message = match message.dyn_into::<JsString>() {
            Ok(frame) => Message::Text(frame.into()),
            Err(other) => match other.dyn_into::<ArrayBuffer>() {
                Ok(bytes) => Message::Binary(bytes.into()),
                Err(_) => return,
            },
        };
        self.inner.driver().command(|client, now| client.inject(message, now));
    }

    /// Whether `packetReceived`, `packetCreated`, `flushed` and `drained` are called.
    pub fn observe(&self, observed: bool) {
        self.inner.driver().command(|client, _| client.observe(observed));
    }

    /// The packets that no transport has taken yet, oldest first.
    pub fn unsent(&self) -> Array {
        self.inner.driver().command(|client, _| client.unsent().map(frame).collect())
    }

    /// How this tab shares the connection: the numbers of an `Inspection`, in order.
    pub fn inspect(&self) -> Vec<u32> {
        self.inner.driver().command(|client, _| client.inspect()).numbers().to_vec()
    }

    /// Ends what all tabs share: their sockets disconnect, and forget what they were to send.
    #[wasm_bindgen(js_name = logOut)]
    pub fn log_out(&self) {
        self.inner.driver().command(|client, now| client.log_out(now));
    }

    /// Wants `socket` connected to namespace `nsp`.
    pub fn connect(&self, socket: u32, nsp: &str) {
        self.inner.driver().command(|client, now| client.connect(SocketId(socket), nsp, now));
    }

    /// Does not want `socket` connected any more.
    pub fn disconnect(&self, socket: u32) {
        self.inner.driver().command(|client, now| client.disconnect(SocketId(socket), now));
    }

    /// Answers `authWanted` with the JSON of the CONNECT packet's payload.
    #[wasm_bindgen(js_name = provideAuth)]
    pub fn provide_auth(&self, request: u32, json: Option<JsString>) {
        let request = AuthRequest::from_number(request);
        let auth = json.map(JsText::from);
        self.inner.driver().command(|client, now| client.provide_auth(request, auth, now));
    }

    /// Answers `authWanted` of another tab: not this time.
    #[wasm_bindgen(js_name = withholdAuth)]
    pub fn withhold_auth(&self, request: u32) {
        let request = AuthRequest::from_number(request);
        self.inner.driver().command(|client, now| client.withhold_auth(request, now));
    }

    /// Sends an event, now or when the socket is connected; `timeout` in milliseconds, negative for
    /// none; `delivery` 0: at most once, 1: at least once, 2: exactly once.
    #[expect(clippy::too_many_arguments, reason = "an object would cost more than the call")]
    pub fn emit(
        &self,
        socket: u32,
        id: u32,
        json: JsString,
        attachments: Option<Array>,
        wants_ack: bool,
        volatile: bool,
        timeout: f64,
        delivery: u8,
    ) {
        let (payload, attachments) = (JsText::from(json), buffers(attachments));
        let timeout = config::duration(timeout);
        self.inner.driver().command(|client, now| {
            let deadline = timeout.map(|timeout| now + timeout);
            let id = EmitId(id);
            let delivery = match delivery {
                0 => Delivery::AtMostOnce,
                1 => Delivery::AtLeastOnce,
                _ => Delivery::ExactlyOnce,
            };
            let emit = Emit { id, payload, attachments, wants_ack, volatile, deadline, delivery };
            client.emit(SocketId(socket), emit, now);
        });
    }

    /// Forgets an emit: it is not sent if it has not been, and nothing is heard of it. Says
    /// whether the server may have got it.
    pub fn cancel(&self, socket: u32, id: u32) -> bool {
        self.inner.driver().command(|client, now| client.cancel(SocketId(socket), EmitId(id), now))
    }

    /// Answers the server's event that asked for acknowledgement `ack`.
    pub fn acknowledge(&self, socket: u32, ack: f64, json: JsString, attachments: Option<Array>) {
        let (payload, attachments) = (JsText::from(json), buffers(attachments));
        self.inner.driver().command(|client, now| {
            client.acknowledge(SocketId(socket), ack as u64, payload, attachments, now);
        });
    }

    /// Takes note of an event that JavaScript sends by itself, if that may be: `undefined` if not,
    /// else the id under which it shall be acknowledged, or -1.
    #[wasm_bindgen(js_name = sendPlain)]
    pub fn send_plain(
        &self,
        socket: u32,
        id: u32,
        units: u32,
        wants_ack: bool,
        timeout: f64,
    ) -> Option<f64> {
        let (now, timeout) = (clock::now(), config::duration(timeout));
        let deadline = timeout.map(|timeout| now + timeout);
        let emit = PlainEmit { id: EmitId(id), units: units as usize, wants_ack, deadline };
        let ack = self
            .inner
            .driver()
            .pass(deadline.is_some(), |client| client.send_plain(SocketId(socket), emit, now));
        ack.flatten().map(|ack| ack.map_or(-1.0, |ack| ack as f64))
    }

    /// Takes note of an acknowledgement that JavaScript took in by itself; gives the emit that
    /// awaits it.
    pub fn answered(&self, socket: u32, ack: f64) -> Option<u32> {
        let socket = SocketId(socket);
        let emit = self.inner.driver().pass(false, |client| client.answered(socket, ack as u64));
        emit.flatten().map(|emit| emit.0)
    }

    /// Holds `key` for the device, or lets go of it.
    #[wasm_bindgen(js_name = setInterest)]
    pub fn set_interest(&self, key: &str, held: bool) {
        self.inner.driver().command(|client, now| client.set_interest(key, held, now));
    }
}

fn buffers(buffers: Option<Array>) -> Vec<<Browser as Host>::Bytes> {
    let Some(buffers) = buffers else { return Vec::new() };
    buffers.iter().filter_map(|b| b.dyn_into::<ArrayBuffer>().ok()).map(JsBytes::from).collect()
}
