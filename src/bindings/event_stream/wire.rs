//! What crosses as objects. Its TypeScript side is `js/src/sse/wire.ts`.

use core::time::Duration;
use std::rc::Rc;

use wasm_bindgen::prelude::{JsCast, JsValue};

use crate::bindings::object::object;
use crate::feed;
use crate::host::Json;
use crate::rng::Rng;
use crate::sse::{
    Attempt, CloseReason, Config, Failure, IdPlacement, Idle, Limits, OnEnd, Part, RetryConfig,
    Unsendable,
};
use crate::tabs::TabId;
use crate::web::entropy;
use crate::web::fetch_stream::{Credentials, RequestTemplate};
use crate::web::scope::Scope;
use crate::web::sharing;

/// What the stream of a `StreamConfig` asks for, over and over.
pub(super) fn template(config: &JsValue, body: JsValue) -> RequestTemplate {
    let text = |name| config.member(name).and_then(|text| text.text()).unwrap_or_default();
    let credentials = match text("credentials").as_str() {
        "include" => Credentials::Include,
        "omit" => Credentials::Omit,
        _ => Credentials::SameOrigin,
    };
    let given = |name| config.member(name).filter(|it| !it.is_undefined());
    RequestTemplate {
        url: text("url"),
        method: text("method"),
        body,
        credentials,
        id_prefix: given("idPrefix").and_then(|prefix| prefix.text()),
        fetch: config.member("fetch").unwrap_or_default().unchecked_into(),
        refusal: Rc::default(),
    }
}

/// How the feed of a `StreamConfig` behaves, and what names its lock and channel.
pub(super) fn feed_config(config: &JsValue) -> (feed::Config, Option<Scope>) {
    let mut rng = Rng::new(entropy::seed());
    let share = config.member("share").filter(|share| share.is_object());
    let scope = share.as_ref().and_then(|share| share.member("scope")?.text());
    let feed = feed::Config {
        stream: stream_config(config, rng.next_u64()),
        share: scope.is_some().then(|| sharing::config(TabId::from_random(rng.next_u64()))),
        replay: share.map_or(0, |share| number(&share, "replay") as usize),
        pause_after: config.member("pauseAfterMs").and_then(|ms| ms.number()).map(duration),
    };
    (feed, scope.map(Scope::new))
}

/// How the stream of a `StreamConfig` behaves.
fn stream_config(config: &JsValue, seed: u64) -> Config {
    let flag = |name| config.member(name).is_some_and(|flag| flag.is_truthy());
    let part = |name| config.member(name).unwrap_or_default();
    let (retry, limits) = (part("retry"), part("limits"));
    Config {
        seed,
        limits: Limits {
            line_bytes: number(&limits, "lineBytes") as usize,
            event_bytes: number(&limits, "eventBytes") as usize,
            type_bytes: number(&limits, "typeBytes") as usize,
        },
        skip_oversized: flag("skipOversized"),
        retry: RetryConfig {
            base: duration(number(&retry, "baseMs")),
            max: duration(number(&retry, "maxMs")),
            reset_after: duration(number(&retry, "resetAfterMs")),
            max_attempts: retry
                .member("maxAttempts")
                .and_then(|max| max.number())
                .map(|n| n as u32),
        },
        open_timeout: duration(number(config, "openTimeoutMs")),
        idle: idle(&part("idle")),
        on_end: if flag("closeOnEnd") { OnEnd::Close } else { OnEnd::Reconnect },
        id_placement: match config.member("idPrefix").and_then(|prefix| prefix.text()) {
            Some(_) => IdPlacement::Query,
            None => IdPlacement::Header,
        },
        repeatable: flag("repeatable"),
        fresh_headers: flag("freshHeaders"),
        decided_by_owner: flag("decidedByOwner"),
        ..Config::default()
    }
}

fn idle(idle: &JsValue) -> Idle {
    match idle.member("kind").and_then(|kind| kind.text()).as_deref() {
        Some("off") => Idle::Off,
        Some("fixed") => Idle::Fixed(duration(number(idle, "ms"))),
        _ => Idle::default(),
    }
}

fn number(object: &JsValue, name: &str) -> f64 {
    object.member(name).and_then(|number| number.number()).unwrap_or_default()
}

pub(super) fn closed(reason: &CloseReason, body: Option<String>) -> JsValue {
    let (reason, failure) = match reason {
        CloseReason::ByClient => ("client", JsValue::UNDEFINED),
        CloseReason::Ended => ("ended", JsValue::UNDEFINED),
        CloseReason::Failed(failure) => ("failed", js_failure(failure, body)),
        CloseReason::NoContent => ("no-content", JsValue::UNDEFINED),
    };
    object(&[("kind", "closed".into()), ("reason", reason.into()), ("failure", failure)])
}

pub(super) fn failed(
    failure: &Failure,
    retry_in: Option<Duration>,
    undecided: bool,
    body: Option<String>,
) -> JsValue {
    object(&[
        ("kind", "failed".into()),
        ("failure", js_failure(failure, body)),
        ("retryInMs", retry_in.map(|time| time.as_secs_f64() * 1000.0).into()),
        ("undecided", undecided.into()),
    ])
}

pub(super) fn connecting(failures: u32) -> JsValue {
    object(&[("kind", "connecting".into()), ("failures", failures.into())])
}

pub(super) fn headers_wanted(attempt: Attempt, after: Option<&Failure>) -> JsValue {
    object(&[
        ("kind", "headersWanted".into()),
        ("attempt", attempt.number().into()),
        ("after", after.map_or(JsValue::UNDEFINED, |failure| js_failure(failure, None))),
    ])
}

/// A notice without details.
pub(super) fn bare(kind: &str) -> JsValue {
    object(&[("kind", kind.into())])
}

pub(super) fn oversized(part: Part) -> JsValue {
    object(&[("kind", "oversized".into()), ("part", part_name(part).into())])
}

pub(super) fn unsendable_id(reason: Unsendable) -> JsValue {
    let reason = match reason {
        Unsendable::ControlCharacter => "control-character",
        Unsendable::TooLong => "too-long",
    };
    object(&[("kind", "unsendableId".into()), ("reason", reason.into())])
}

fn js_failure(failure: &Failure, body: Option<String>) -> JsValue {
    let (mut status, mut content_type, mut part) = (None, None, None);
    let kind = match failure {
        Failure::ContentType(found) => {
            content_type = found.as_deref();
            "content-type"
        }
        Failure::Ended => "ended",
        Failure::Headers => "headers",
        Failure::IdleTimeout => "idle-timeout",
        Failure::Network => "network",
        Failure::OpenTimeout => "open-timeout",
        Failure::Oversized(which) => {
            part = Some(part_name(*which));
            "too-large"
        }
        Failure::Protocol => "protocol",
        Failure::Status(code) => {
            status = Some(*code);
            "status"
        }
    };
    object(&[
        ("kind", kind.into()),
        ("status", status.into()),
        ("contentType", content_type.into()),
        ("part", part.into()),
        ("body", body.into()),
    ])
}

const fn part_name(part: Part) -> &'static str {
    match part {
        Part::Data => "data",
        Part::Line => "line",
        Part::Type => "type",
    }
}

/// A number of milliseconds as JavaScript has it: `Infinity` is for ever, nonsense is no time.
pub(super) fn duration(ms: f64) -> Duration {
    let beyond = if ms > 0.0 { Duration::MAX } else { Duration::ZERO };
    Duration::try_from_secs_f64(ms / 1000.0).unwrap_or(beyond)
}
