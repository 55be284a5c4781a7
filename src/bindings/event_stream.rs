//! `EventStream`: a reconnecting event stream over `fetch`.

mod wire;

use core::cell::RefCell;
use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use self::wire::{core_config, duration, template};
use crate::host::Json;
use crate::sse::{Attempt, Batch, Fact, Input, Notice, Output, Stream};
use crate::web::driver::Driver;
use crate::web::fetch_stream::{FetchStream, RequestTemplate};
use crate::web::report::report;

#[wasm_bindgen(typescript_custom_section)]
const IMPORTS: &str =
    r#"import type { EventSink, PageFact, StreamConfig } from "../dist/sse/wire.js";"#;

/// One event stream, over as many requests as it takes.
///
/// It makes no request until `open`. All that happens is told to the sink, never from within the
/// constructor. Freeing it aborts its request.
#[wasm_bindgen]
pub struct EventStream {
    driver: Rc<Driver<Stream>>,
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
        let host = Host { template: template(&config, body), sink, fetch: RefCell::default() };
        let driver = Driver::new(Stream::new(core_config(&config)), move |driver, output| {
            host.perform(driver, output);
        });
        Self { driver }
    }

    /// Starts the stream behind an id; empty to start at the beginning.
    pub fn open(&self, last_event_id: &str) {
        self.driver.command(|stream, now| stream.open(last_event_id, now));
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
        self.driver.input(Input::Attempt(Attempt::from_number(attempt), fact));
    }

    /// Answers `headersWanted`: there are none to be had now.
    #[wasm_bindgen(js_name = headersFailed)]
    pub fn headers_failed(&self, attempt: u32) {
        self.driver.input(Input::Attempt(Attempt::from_number(attempt), Fact::HeadersFailed));
    }

    /// Answers `failed`, if the configuration says so: when to try again, or nothing to stop.
    pub fn decide(&self, retry_in_ms: Option<f64>) {
        self.driver.command(|stream, now| stream.decide(retry_in_ms.map(duration), now));
    }

    /// Makes a new attempt at once.
    pub fn reconnect(&self) {
        self.driver.command(Stream::reconnect);
    }

    /// Ends the stream.
    pub fn close(&self) {
        self.driver.command(|stream, _| stream.close());
    }

    /// Reports what became of the page or the network.
    #[wasm_bindgen(js_name = pageChanged)]
    pub fn page_changed(&self, #[wasm_bindgen(unchecked_param_type = "PageFact")] fact: &str) {
        let input = match fact {
            "frozen" => Input::PageFrozen,
            "offline" => Input::WentOffline,
            "online" => Input::WentOnline,
            "shown" => Input::PageShown,
            _ => return,
        };
        self.driver.input(input);
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

    // The marks go as a copy: a view would die when a handler makes wasm memory grow.
    #[wasm_bindgen(method, catch)]
    fn events(
        this: &EventSink,
        text: &str,
        marks: Vec<u32>,
        last_event_id: Option<&str>,
    ) -> Result<(), JsValue>;
}

/// What carries out a stream's outputs.
struct Host {
    template: RequestTemplate,
    sink: EventSink,
    fetch: RefCell<Option<FetchStream>>,
}

impl Host {
    fn perform(&self, driver: &Rc<Driver<Stream>>, output: Output) {
        match output {
            Output::Abort => drop(self.fetch.take()),
            Output::Fetch { attempt, headers, last_event_id } => {
                self.fetch(driver, attempt, &headers, last_event_id.as_deref());
            }
            Output::HeadersWanted { attempt, failures, after } => {
                self.notify(&wire::headers_wanted(attempt, failures, after.as_ref()));
            }
            Output::Notice(Notice::Received(batch)) => self.deliver(&batch),
            Output::Notice(Notice::Closed(reason)) => self.notify(&wire::closed(&reason)),
            Output::Notice(Notice::Failed { failure, retry_in }) => {
                self.notify(&wire::failed(&failure, retry_in));
            }
            Output::Notice(Notice::Opened) => self.notify(&wire::opened()),
            Output::Notice(Notice::Oversized(part)) => self.notify(&wire::oversized(part)),
            Output::Notice(Notice::UnsendableId(reason)) => {
                self.notify(&wire::unsendable_id(reason));
            }
        }
    }

    fn fetch(
        &self,
        driver: &Rc<Driver<Stream>>,
        attempt: Attempt,
        headers: &[(String, String)],
        last_event_id: Option<&str>,
    ) {
        let owner = Rc::downgrade(driver);
        let report = move |fact| {
            if let Some(driver) = owner.upgrade() {
                driver.input(Input::Attempt(attempt, fact));
            }
        };
        match FetchStream::start(&self.template, headers, last_event_id, report) {
            Ok(fetch) => drop(self.fetch.replace(Some(fetch))),
            Err(fact) => driver.input(Input::Attempt(attempt, fact)),
        }
    }

    fn deliver(&self, batch: &Batch) {
        let marks = batch.marks().to_vec();
        if let Err(exception) = self.sink.events(batch.text(), marks, batch.last_event_id()) {
            report(&exception);
        }
    }

    fn notify(&self, notice: &JsValue) {
        if let Err(exception) = self.sink.notice(notice) {
            report(&exception);
        }
    }
}
