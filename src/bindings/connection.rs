//! `Connection`: one connection to one server, for one tab or for all tabs of the device.

use core::time::Duration;

use js_sys::{Array, ArrayBuffer, JsString};
use serde::Deserialize;
use wasm_bindgen::prelude::{JsCast, JsValue, wasm_bindgen};

use super::sink::{Sink, hear};
use crate::backoff;
use crate::client::{AuthRequest, Config, Delivery, Emit, EmitId, EmitLimits, SocketId};
use crate::host::Host;
use crate::rng::Rng;
use crate::socketio;
use crate::tabs::{self, TabId};
use crate::web::browser::{Browser, JsBytes, JsText};
use crate::web::connection::{Connection, Options};
use crate::web::entropy;
use crate::web::scope::Scope;

/// What JavaScript passes to the constructor; times in milliseconds.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConnectionConfig {
    /// Complete WebSocket URL, with `EIO=4&transport=websocket` and the user's query.
    url: String,
    #[serde(default)]
    protocols: Vec<String>,
    reconnection: bool,
    /// `null` for no limit.
    reconnection_attempts: Option<u32>,
    reconnection_delay: f64,
    reconnection_delay_max: f64,
    randomization_factor: f64,
    /// For the engine to open; `null` for no limit.
    timeout: Option<f64>,
    max_attachments: usize,
    max_pending: usize,
    max_pending_size: usize,
    drop_oldest: bool,
    share: Option<Share>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Share {
    scope: String,
    /// `null` for never.
    steal_after: Option<f64>,
    steal_pause: f64,
}

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
    ///
    /// # Errors
    /// If `config` is not a `ConnectionConfig`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "object")] config: JsValue,
        #[wasm_bindgen(unchecked_param_type = "object")] sink: Sink,
    ) -> Result<JsConnection, JsValue> {
        let config: ConnectionConfig = serde_wasm_bindgen::from_value(config)?;
        let mut rng = Rng::new(entropy::seed());
        let share = config.share.as_ref().map(|share| {
            // A burst of emits of one task waits here until the next; the app's own limit is in
            // its endpoint.
            let id = TabId::from_random(rng.next_u64());
            tabs::Config {
                outbox_requests: config.max_pending,
                outbox_units: config.max_pending_size,
                steal_after: millis(share.steal_after),
                steal_pause: millis(Some(share.steal_pause)).unwrap_or_default(),
                ..tabs::Config::new(id)
            }
        });
        let limits = EmitLimits {
            emits: config.max_pending,
            units: config.max_pending_size,
            drop_oldest: config.drop_oldest,
        };
        let options = Options {
            scope: config.share.as_ref().map(|share| Scope::new(share.scope.clone())),
            protocols: config.protocols.clone(),
            client: Config { limits, socket: socket_config(config), share, seed: rng.next_u64() },
        };
        Ok(Self { inner: Connection::start(options, move |notice| hear(&sink, notice)) })
    }

    /// Wants the connection, whether or not a socket does.
    pub fn open(&self) {
        self.inner.driver().command(|client, now| client.open(now));
    }

    /// Ends the connection for this tab and does not reconnect.
    pub fn close(&self) {
        self.inner.driver().command(|client, now| client.close(now));
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
        let timeout = millis(Some(timeout));
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

    /// Forgets an emit: it is not sent if it has not been, and nothing is heard of it.
    pub fn cancel(&self, socket: u32, id: u32) {
        self.inner.driver().command(|client, now| client.cancel(SocketId(socket), EmitId(id), now));
    }

    /// Answers the server's event that asked for acknowledgement `ack`.
    pub fn acknowledge(&self, socket: u32, ack: f64, json: JsString, attachments: Option<Array>) {
        let (payload, attachments) = (JsText::from(json), buffers(attachments));
        self.inner.driver().command(|client, now| {
            client.acknowledge(SocketId(socket), ack as u64, payload, attachments, now);
        });
    }

    /// Holds `key` for the device, or lets go of it.
    #[wasm_bindgen(js_name = setInterest)]
    pub fn set_interest(&self, key: &str, held: bool) {
        self.inner.driver().command(|client, now| client.set_interest(key, held, now));
    }
}

fn socket_config(config: ConnectionConfig) -> socketio::Config {
    let mut socket = socketio::Config::new(config.url);
    socket.reconnection = config.reconnection;
    socket.attempts = config.reconnection_attempts;
    socket.backoff = backoff::Config {
        min: millis(Some(config.reconnection_delay)).unwrap_or_default(),
        max: millis(Some(config.reconnection_delay_max)).unwrap_or_default(),
        jitter: config.randomization_factor,
    };
    socket.timeout = millis(config.timeout);
    socket.max_attachments = config.max_attachments;
    socket
}

/// Negative, absent and nonsensical times are none.
fn millis(millis: Option<f64>) -> Option<Duration> {
    Duration::try_from_secs_f64(millis? / 1000.0).ok()
}

fn buffers(buffers: Option<Array>) -> Vec<<Browser as Host>::Bytes> {
    let Some(buffers) = buffers else { return Vec::new() };
    buffers.iter().filter_map(|b| b.dyn_into::<ArrayBuffer>().ok()).map(JsBytes::from).collect()
}
