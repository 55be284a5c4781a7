//! `EventStream`: a reconnecting event stream over `fetch`, for one tab or for all tabs of the device.

mod wire;

use core::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, JsString};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use self::wire::{duration, feed_config, template};
use super::sink::tell_tabs;
use crate::feed::{Delivery, Feed, Input, Notice};
use crate::host::Json;
use crate::sse::{Attempt, CloseReason, Fact, Failure};
use crate::web::browser::Browser;
use crate::web::feed::PageFeed;
use crate::web::report::report;

#[wasm_bindgen(typescript_custom_section)]
const IMPORTS: &str = r#"import type { EventSink, StreamConfig } from "../dist/sse/wire.js";"#;

/// One event stream, over as many requests as it takes.
///
/// It makes no request until `open`. All that happens is told to the sink, never from within the
/// constructor. Freeing it leaves the stream to other tabs, or ends its request.
#[wasm_bindgen]
pub struct EventStream {
    inner: PageFeed,
}

#[wasm_bindgen]
impl EventStream {
    /// A stream of requests with `body`, which is anything that `fetch` takes more than once.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "StreamConfig")] config: JsValue,
        #[wasm_bindgen(unchecked_param_type = "BodyInit | undefined")] body: JsValue,
        sink: EventSink,
    ) -> Self {
        let template = template(&config, body);
        let ear = Ear { sink, refusal: Rc::clone(&template.refusal) };
        let (config, scope) = feed_config(&config);
        Self { inner: PageFeed::new(config, template, scope, move |notice| ear.hear(notice)) }
    }

    /// Starts the stream behind an id; empty to start at the beginning.
    pub fn open(&self, last_event_id: String) {
        self.inner.open(last_event_id);
    }

    /// Answers `headersWanted`: the headers as pairs.
    pub fn headers(
        &self,
        attempt: u32,
        #[wasm_bindgen(unchecked_param_type = "readonly (readonly [string, string])[]")]
        headers: Array,
    ) {
        let pair = |pair: JsValue| Some((pair.element(0)?.text()?, pair.element(1)?.text()?));
        let headers: Option<_> = headers.iter().map(pair).collect();
        let fact = headers.map_or(Fact::HeadersFailed, Fact::HeadersProvided);
        self.inner.driver().input(Input::Attempt(Attempt::from_number(attempt), fact));
    }

    /// Answers `headersWanted`: there are none to be had now.
    #[wasm_bindgen(js_name = headersFailed)]
    pub fn headers_failed(&self, attempt: u32) {
        self.inner
            .driver()
            .input(Input::Attempt(Attempt::from_number(attempt), Fact::HeadersFailed));
    }

    /// Answers `failed`, if the configuration says so: when to try again, or nothing to stop.
    pub fn decide(&self, retry_in_ms: Option<f64>) {
        self.inner.driver().command(|feed, now| feed.decide(retry_in_ms.map(duration), now));
    }

    /// Makes a new attempt at once.
    pub fn reconnect(&self) {
        self.inner.driver().command(Feed::reconnect);
    }

    /// Leaves the stream to other tabs, or ends it.
    pub fn close(&self) {
        self.inner.driver().command(Feed::close);
    }
}

#[wasm_bindgen]
extern "C" {
    /// The TypeScript side of a stream.
    #[wasm_bindgen(typescript_type = "EventSink")]
    #[derive(Debug)]
    pub type EventSink;

    #[wasm_bindgen(method, catch)]
    fn notice(this: &EventSink, notice: &JsValue) -> Result<(), JsValue>;

    // The marks are a view that dies when wasm memory grows: they are copied before a handler runs.
    #[wasm_bindgen(method, catch)]
    fn events(
        this: &EventSink,
        text: &JsString,
        marks: &[u32],
        last_event_id: Option<&str>,
    ) -> Result<(), JsValue>;
}

/// Passes on what a feed says.
struct Ear {
    sink: EventSink,
    /// The beginning of the latest response that was not a stream.
    refusal: Rc<RefCell<Option<String>>>,
}

impl Ear {
    fn hear(&self, notice: Notice<Browser>) {
        // What the listener throws stops nothing.
        if let Err(exception) = self.call(notice) {
            report(&exception);
        }
    }

    fn call(&self, notice: Notice<Browser>) -> Result<(), JsValue> {
        let notice = match notice {
            Notice::Received(delivery) => return self.deliver(&delivery),
            Notice::Tabs { tab, role, term, leader, roster } => {
                return tell_tabs(&self.sink, tab, role, term, leader, roster);
            }
            Notice::Closed(reason) => {
                let body = match &reason {
                    CloseReason::Failed(failure) => self.body_of(failure),
                    _ => None,
                };
                wire::closed(&reason, body)
            }
            Notice::Connecting { failures } => wire::connecting(failures),
            Notice::Failed { failure, retry_in, undecided } => {
                wire::failed(&failure, retry_in, undecided, self.body_of(&failure))
            }
            Notice::HeadersWanted { attempt, after } => {
                wire::headers_wanted(attempt, after.as_ref())
            }
            Notice::Oversized(part) => wire::oversized(part),
            Notice::UnsendableId(reason) => wire::unsendable_id(reason),
            Notice::Gap => wire::bare("gap"),
            Notice::Left => wire::bare("left"),
            Notice::Opened => wire::bare("opened"),
            Notice::Paused => wire::bare("paused"),
        };
        self.sink.notice(&notice)
    }

    fn deliver(&self, delivery: &Delivery<Browser>) -> Result<(), JsValue> {
        self.sink.events(delivery.text().as_js(), delivery.marks(), delivery.last_event_id())
    }

    /// What the server said with a failure. Only the tab that made the request knows.
    fn body_of(&self, failure: &Failure) -> Option<String> {
        match failure {
            Failure::Status(_) | Failure::ContentType(_) => self.refusal.borrow().clone(),
            _ => None,
        }
    }
}
