//! What crosses as objects. Its TypeScript side is `js/src/sse/wire.ts`.

use core::time::Duration;

use js_sys::Math;
use serde::{Deserialize, Deserializer, Serialize};
use wasm_bindgen::prelude::JsValue;

use crate::sse::{
    CloseReason, Config, Failure, Idle, Limits, OnEnd, Part, RetryConfig, Unsendable,
};
use crate::web::fetch_stream::{Credentials, RequestTemplate};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StreamConfig {
    url: String,
    method: String,
    credentials: Credentials,
    retry: JsRetry,
    #[serde(rename = "openTimeoutMs", deserialize_with = "milliseconds")]
    open_timeout: Duration,
    idle: JsIdle,
    limits: JsLimits,
    skip_oversized: bool,
    close_on_end: bool,
    repeatable: bool,
    fresh_headers: bool,
    decided_by_owner: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct JsRetry {
    #[serde(rename = "baseMs", deserialize_with = "milliseconds")]
    base: Duration,
    #[serde(rename = "maxMs", deserialize_with = "milliseconds")]
    max: Duration,
    #[serde(rename = "resetAfterMs", deserialize_with = "milliseconds")]
    reset_after: Duration,
    max_attempts: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum JsIdle {
    Off,
    Fixed {
        #[serde(deserialize_with = "milliseconds")]
        ms: Duration,
    },
    Learn,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct JsLimits {
    line_bytes: usize,
    event_bytes: usize,
    type_bytes: usize,
}

impl StreamConfig {
    pub(super) fn split(self, body: JsValue) -> (RequestTemplate, Config) {
        let Self { url, method, credentials, .. } = self;
        let config = Config {
            // Jitter needs no secret.
            seed: Math::random().to_bits(),
            limits: Limits {
                line_bytes: self.limits.line_bytes,
                event_bytes: self.limits.event_bytes,
                type_bytes: self.limits.type_bytes,
            },
            skip_oversized: self.skip_oversized,
            retry: RetryConfig {
                base: self.retry.base,
                max: self.retry.max,
                reset_after: self.retry.reset_after,
                max_attempts: self.retry.max_attempts,
            },
            open_timeout: self.open_timeout,
            idle: match self.idle {
                JsIdle::Off => Idle::Off,
                JsIdle::Fixed { ms } => Idle::Fixed(ms),
                JsIdle::Learn => Idle::default(),
            },
            on_end: if self.close_on_end { OnEnd::Close } else { OnEnd::Reconnect },
            repeatable: self.repeatable,
            fresh_headers: self.fresh_headers,
            decided_by_owner: self.decided_by_owner,
        };
        (RequestTemplate { url, method, body, credentials }, config)
    }
}

/// What the sink is told, except events.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(super) enum JsNotice {
    Closed { reason: &'static str, failure: Option<JsFailure> },
    Failed { failure: JsFailure, retry_in_ms: Option<f64> },
    HeadersWanted { attempt: u32, failures: u32, after: Option<JsFailure> },
    Opened,
    Oversized { part: &'static str },
    UnsendableId { reason: &'static str },
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JsFailure {
    kind: &'static str,
    status: Option<u16>,
    content_type: Option<String>,
    part: Option<&'static str>,
}

impl JsNotice {
    pub(super) fn closed(reason: CloseReason) -> Self {
        let (reason, failure) = match reason {
            CloseReason::ByClient => ("client", None),
            CloseReason::Ended => ("ended", None),
            CloseReason::Failed(failure) => ("failed", Some(failure.into())),
            CloseReason::NoContent => ("no-content", None),
        };
        Self::Closed { reason, failure }
    }

    pub(super) fn failed(failure: Failure, retry_in: Option<Duration>) -> Self {
        let retry_in_ms = retry_in.map(|retry_in| retry_in.as_secs_f64() * 1000.0);
        Self::Failed { failure: failure.into(), retry_in_ms }
    }

    pub(super) const fn oversized(part: Part) -> Self {
        Self::Oversized { part: part_name(part) }
    }

    pub(super) const fn unsendable_id(reason: Unsendable) -> Self {
        Self::UnsendableId {
            reason: match reason {
                Unsendable::ControlCharacter => "control-character",
                Unsendable::TooLong => "too-long",
            },
        }
    }
}

impl From<Failure> for JsFailure {
    fn from(failure: Failure) -> Self {
        let (mut status, mut content_type, mut part) = (None, None, None);
        let kind = match failure {
            Failure::ContentType(found) => {
                content_type = found;
                "content-type"
            }
            Failure::Ended => "ended",
            Failure::Headers => "headers",
            Failure::IdleTimeout => "idle-timeout",
            Failure::Network => "network",
            Failure::OpenTimeout => "open-timeout",
            Failure::Oversized(which) => {
                part = Some(part_name(which));
                "too-large"
            }
            Failure::Protocol => "protocol",
            Failure::Status(code) => {
                status = Some(code);
                "status"
            }
        };
        Self { kind, status, content_type, part }
    }
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

fn milliseconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    f64::deserialize(deserializer).map(duration)
}
