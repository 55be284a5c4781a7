//! Reads the `ConnectionConfig` of `js/src/core/connection.ts`; what is missing in it counts as
//! nothing. Times are in milliseconds.

use core::time::Duration;

use js_sys::Array;
use wasm_bindgen::prelude::{JsCast, JsValue};

use crate::backoff;
use crate::client::{Config, EmitLimits};
use crate::engineio::{Query, Transport, Transports};
use crate::host::Json;
use crate::rng::Rng;
use crate::socketio;
use crate::tabs::{self, TabId};
use crate::web::connection::Options;
use crate::web::entropy;
use crate::web::scope::Scope;
use crate::web::sharing;
use crate::web::timer::Timers;
use crate::web::wire;
use crate::web::xhr::RequestOptions;

pub(super) fn options(config: &JsValue) -> Options {
    let mut rng = Rng::new(entropy::seed());
    let share = config.member("share");
    let scope = share.as_ref().and_then(|share| share.member("scope")?.text());
    Options {
        scope: scope.map(Scope::new),
        wire: wire_options(config),
        timers: timers(config),
        client: Config {
            limits: limits(config),
            socket: socket_config(config),
            share: share
                .map(|share| tabs_config(config, &share, TabId::from_random(rng.next_u64()))),
            seed: rng.next_u64(),
        },
    }
}

/// Those that the page had first, if the app asks for them; else those it has now.
fn timers(config: &JsValue) -> Timers {
    let native = config.member("timers").and_then(|timers| {
        let function = |name| timers.member(name)?.dyn_into().ok();
        Some(Timers::new(function("set")?, function("clear")?))
    });
    native.unwrap_or_else(Timers::of_page)
}

fn limits(config: &JsValue) -> EmitLimits {
    EmitLimits {
        emits: count(config, "maxPending"),
        units: count(config, "maxPendingSize"),
        drop_oldest: flag(config, "dropOldest"),
    }
}

fn tabs_config(config: &JsValue, share: &JsValue, id: TabId) -> tabs::Config {
    let limits = limits(config);
    tabs::Config {
        // A burst of emits of one task waits here until the next.
        outbox_requests: limits.emits,
        outbox_units: limits.units,
        steal_after: millis(share, "stealAfter"),
        steal_pause: millis(share, "stealPause").unwrap_or_default(),
        yield_hidden_after: millis(share, "yieldHiddenAfter"),
        ..sharing::config(id)
    }
}

fn wire_options(config: &JsValue) -> wire::Options {
    let polling = config.member("polling").unwrap_or_default();
    let websocket = config.member("websocket").unwrap_or_default();
    let headers = elements(&polling, "headers");
    wire::Options {
        codec: config.member("codec").map(JsCast::unchecked_into),
        filter: config.member("filter").map(JsCast::unchecked_into),
        open_socket: config.member("openSocket").unwrap_or_default().unchecked_into(),
        protocols: elements(&websocket, "protocols").filter_map(|name| name.text()).collect(),
        requests: RequestOptions {
            headers: headers
                .filter_map(|pair| Some((pair.element(0)?.text()?, pair.element(1)?.text()?)))
                .collect(),
            with_credentials: flag(&polling, "withCredentials"),
            timeout: number(&polling, "requestTimeout").unwrap_or_default() as u32,
        },
    }
}

pub(super) fn socket_config(config: &JsValue) -> socketio::Config {
    let url = config.member("url").and_then(|url| url.text());
    let mut socket = socketio::Config::new(url.unwrap_or_default());
    socket.transports = transports(config);
    socket.remember_upgrade = flag(config, "rememberUpgrade");
    socket.websocket_works = flag(config, "websocketWorks");
    socket.reconnection = flag(config, "reconnection");
    socket.attempts = number(config, "reconnectionAttempts").map(|attempts| attempts as u32);
    socket.backoff = backoff::Config {
        min: millis(config, "reconnectionDelay").unwrap_or_default(),
        max: millis(config, "reconnectionDelayMax").unwrap_or_default(),
        jitter: number(config, "randomizationFactor").unwrap_or_default(),
    };
    socket.timeout = millis(config, "timeout");
    socket.connect_timeout = millis(config, "connectTimeout");
    socket.foreign_codec = config.member("codec").is_some();
    socket.max_attachments = count(config, "maxAttachments");
    socket
}

fn transports(config: &JsValue) -> Transports {
    let names = elements(config, "transports").filter_map(|name| name.text());
    Transports {
        order: names.filter_map(|name| Transport::from_name(&name)).collect(),
        upgrade: flag(config, "upgrade"),
        try_all: flag(config, "tryAllTransports"),
        polling: query(config, "polling"),
        websocket: query(config, "websocket"),
    }
}

fn query(config: &JsValue, transport: &str) -> Query {
    let options = config.member(transport).unwrap_or_default();
    Query {
        timestamp: options.member("timestamp").and_then(|name| name.text()),
        base64: flag(&options, "base64"),
    }
}

fn elements(config: &JsValue, name: &str) -> impl Iterator<Item = JsValue> {
    let array = config.member(name).and_then(|value| value.dyn_into::<Array>().ok());
    array.unwrap_or_default().into_iter()
}

fn flag(config: &JsValue, name: &str) -> bool {
    config.member(name).is_some_and(|value| value.is_truthy())
}

fn number(config: &JsValue, name: &str) -> Option<f64> {
    config.member(name).and_then(|value| value.number())
}

fn count(config: &JsValue, name: &str) -> usize {
    number(config, name).unwrap_or_default() as usize
}

fn millis(config: &JsValue, name: &str) -> Option<Duration> {
    duration(number(config, name)?)
}

/// Negative and nonsensical times are none.
pub(super) fn duration(millis: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(millis / 1000.0).ok()
}
