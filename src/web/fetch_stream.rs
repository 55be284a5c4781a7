//! One `fetch` whose body is read as it comes.

use core::time::Duration;
use std::cell::RefCell;
use std::rc::{Rc, Weak};

use js_sys::{Array, Date, Function, Object, Promise, Uint8Array, encode_uri_component};
use wasm_bindgen::prelude::{Closure, JsCast, JsValue, wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    AbortController, Headers, ReadableStream, ReadableStreamDefaultReader, Request, RequestCache,
    RequestCredentials, RequestInit,
};

use super::timer::{Timer, Timers};
use crate::sse::{Buffer, Fact, Response, Shelf};

/// A request that is under way. Dropping it aborts the request; it reports nothing after that.
#[must_use = "dropping the stream aborts its request"]
pub(crate) struct FetchStream {
    controller: AbortController,
    // The only strong reference: what the future below holds dies with this.
    _report: Rc<dyn Fn(Fact)>,
}

/// What stays the same over all requests of a stream.
#[derive(Debug)]
pub(crate) struct RequestTemplate {
    pub(crate) url: String,
    pub(crate) method: String,
    pub(crate) body: JsValue,
    pub(crate) credentials: Credentials,
    /// What to put between the URL and the last event ID; `None` to send it in the header.
    pub(crate) id_prefix: Option<String>,
    /// Makes a request, as the global `fetch` does.
    pub(crate) fetch: Function,
    /// The beginning of the latest response that was not a stream.
    pub(crate) refusal: Rc<RefCell<Option<String>>>,
}

/// Whether cookies go out with a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Credentials {
    Include,
    Omit,
    SameOrigin,
}

impl FetchStream {
    /// Starts a request. What becomes of it is reported later, never from within this call.
    ///
    /// # Errors
    ///
    /// The fact that there can be no such request.
    pub(crate) fn start(
        template: &RequestTemplate,
        headers: &[(String, String)],
        last_event_id: Option<&str>,
        report: impl Fn(Fact) + 'static,
    ) -> Result<Self, Fact> {
        let (in_header, in_query) = match &template.id_prefix {
            None => (last_event_id, None),
            Some(prefix) => (None, last_event_id.map(|id| (prefix.as_str(), id))),
        };
        let headers = merge(headers, in_header).map_err(|_| Fact::HeadersFailed)?;
        let controller = AbortController::new().map_err(|_| Fact::Unusable)?;
        let request =
            template.request(&headers, in_query, &controller).map_err(|_| Fact::Unusable)?;
        let report: Rc<dyn Fn(Fact)> = Rc::new(report);
        template.refusal.take();
        let exchange =
            Exchange { refusal: Rc::clone(&template.refusal), report: Rc::downgrade(&report) };
        spawn_local(exchange.run(template.send(&request)));
        Ok(Self { controller, _report: report })
    }
}

impl Drop for FetchStream {
    fn drop(&mut self) {
        self.controller.abort();
    }
}

impl RequestTemplate {
    fn send(&self, request: &Request) -> Result<Promise, JsValue> {
        self.fetch.call1(&JsValue::UNDEFINED, request).map(|given| Promise::resolve(&given))
    }

    fn request(
        &self,
        headers: &Headers,
        in_query: Option<(&str, &str)>,
        controller: &AbortController,
    ) -> Result<Request, JsValue> {
        let init = RequestInit::new();
        init.set_method(&self.method);
        init.set_headers(headers);
        init.set_body(&self.body);
        init.set_cache(RequestCache::NoStore);
        init.set_credentials(self.credentials.into());
        init.set_signal(Some(&controller.signal()));
        let id = in_query.map(|(prefix, id)| format!("{prefix}{}", encode_uri_component(id)));
        Request::new_with_str_and_init(&format!("{}{}", self.url, id.unwrap_or_default()), &init)
    }
}

impl From<Credentials> for RequestCredentials {
    fn from(credentials: Credentials) -> Self {
        match credentials {
            Credentials::Include => Self::Include,
            Credentials::Omit => Self::Omit,
            Credentials::SameOrigin => Self::SameOrigin,
        }
    }
}

fn merge(given: &[(String, String)], last_event_id: Option<&str>) -> Result<Headers, JsValue> {
    let headers = Headers::new()?;
    headers.set("accept", "text/event-stream")?;
    for (name, value) in given {
        headers.set(name, value)?;
    }
    if let Some(id) = last_event_id {
        headers.set("last-event-id", id)?;
    }
    Ok(headers)
}

/// One request, until it is over or nobody listens.
struct Exchange {
    refusal: Rc<RefCell<Option<String>>>,
    report: Weak<dyn Fn(Fact)>,
}

impl Exchange {
    async fn run(self, sent: Result<Promise, JsValue>) {
        let Some(response) = answer(sent).await else {
            self.say(Fact::NetworkFailed);
            return;
        };
        let head = head(&response);
        let is_stream = head.is_stream();
        let body = response.body();
        if let Some(body) = body.as_ref().filter(|_| !is_stream) {
            let excerpt = excerpt(body).await;
            self.refusal.replace(Some(excerpt));
        }
        if !self.say(Fact::Responded(head)) || !is_stream {
            return;
        }
        match body.as_ref().and_then(reader_of) {
            Some(reader) => self.read(reader).await,
            None => drop(self.say(Fact::Unusable)),
        }
    }

    async fn read(self, reader: ReadableStreamDefaultReader) {
        let mut over = None;
        let until_over = Promise::new(&mut |resolve, _| over = Some(resolve));
        let Some(over) = over else { return };
        let reading = Reading::new(self, reader, over);
        reading.go_on();
        // It lives until then.
        let _ = JsFuture::from(until_over).await;
    }

    fn say(&self, fact: Fact) -> bool {
        let report = self.report.upgrade();
        if let Some(report) = &report {
            report(fact);
        }
        report.is_some()
    }
}

/// A body that is read. Its callbacks are made once: to await each chunk would make new ones for each,
/// which costs more than what a small chunk says.
struct Reading {
    exchange: Exchange,
    reader: ReadableStreamDefaultReader,
    /// Called in the end.
    over: Function,
    on_read: Closure<dyn FnMut(JsValue)>,
    on_failure: Closure<dyn FnMut(JsValue)>,
}

impl Reading {
    fn new(exchange: Exchange, reader: ReadableStreamDefaultReader, over: Function) -> Rc<Self> {
        Rc::new_cyclic(|this: &Weak<Self>| {
            let callback = |fact_of: Box<dyn Fn(JsValue) -> Fact>| {
                let this = this.clone();
                Closure::new(move |value| {
                    if let Some(this) = this.upgrade() {
                        this.take(fact_of(value));
                    }
                })
            };
            let shelf = Shelf::default();
            let on_read = callback(Box::new(move |read| fact_of_read(read, &shelf)));
            let on_failure = callback(Box::new(|_| Fact::NetworkFailed));
            Self { exchange, reader, over, on_read, on_failure }
        })
    }

    fn go_on(&self) {
        drop(self.reader.read().then2(&self.on_read, &self.on_failure));
    }

    fn take(&self, fact: Fact) {
        let goes_on = matches!(fact, Fact::ChunkReceived(_));
        if self.exchange.say(fact) && goes_on {
            self.go_on();
        } else {
            let _ = self.over.call0(&JsValue::UNDEFINED);
        }
    }
}

fn fact_of_read(read: JsValue, shelf: &Shelf) -> Fact {
    match read.unchecked_into::<ReadResult>().value() {
        Some(chunk) => Fact::ChunkReceived(bytes_of(&chunk, shelf)),
        None => Fact::Ended,
    }
}

/// The bytes of a chunk, which may be an array of several.
fn bytes_of(chunk: &JsValue, shelf: &Shelf) -> Buffer {
    let Some(pieces) = chunk.dyn_ref::<Array>() else {
        return chunk.unchecked_ref::<Uint8Array>().to_vec().into();
    };
    let pieces: Vec<Uint8Array> = pieces.iter().map(JsCast::unchecked_into).collect();
    let lengths = pieces.iter().map(|piece| piece.length() as usize);
    let mut bytes = shelf.take(lengths.clone().sum());
    let mut rest = bytes.as_mut_slice();
    for (piece, length) in pieces.iter().zip(lengths) {
        let Some((start, behind)) = rest.split_at_mut_checked(length) else { break };
        piece.copy_to(start);
        rest = behind;
    }
    bytes
}

async fn answer(sent: Result<Promise, JsValue>) -> Option<web_sys::Response> {
    JsFuture::from(sent.ok()?).await.ok().map(JsCast::unchecked_into)
}

/// The beginning of a body that is no stream: as much as comes within a second, 8 KiB at most.
async fn excerpt(body: &ReadableStream) -> String {
    const MAX_BYTES: usize = 8 << 10;
    let mut bytes = Vec::new();
    if let Some(reader) = reader_of(body) {
        let mut alarm = None;
        let time_is_up = Promise::new(&mut |resolve, _| {
            let ring = move || drop(resolve.call0(&JsValue::UNDEFINED));
            alarm = Some(Timer::new(&Timers::of_page(), 1000, ring));
        });
        while bytes.len() < MAX_BYTES {
            let first = Promise::race(&Array::of2(&reader.read(), &time_is_up));
            let Ok(read) = JsFuture::from(first).await else { break };
            let chunk =
                read.dyn_ref::<Object>().and_then(|_| read.unchecked_ref::<ReadResult>().value());
            let Some(chunk) = chunk else { break };
            bytes.extend_from_slice(&bytes_of(&chunk, &Shelf::default()));
        }
        drop(alarm);
    }
    bytes.truncate(MAX_BYTES);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `None` for a stream that somebody else reads already, and for what an app takes for a stream.
fn reader_of(body: &ReadableStream) -> Option<ReadableStreamDefaultReader> {
    body.unchecked_ref::<Body>().reader().ok()
}

fn head(response: &web_sys::Response) -> Response {
    let header = |name| response.headers().get(name).ok().flatten();
    Response {
        status: response.status(),
        content_type: header("content-type"),
        retry_after: header("retry-after").and_then(|value| retry_after(&value)),
    }
}

/// Reads `Retry-After`: seconds, or a date (RFC 9110 10.2.3).
fn retry_after(value: &str) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    // A date in the past is negative, what is no date is NaN: neither is a time to wait.
    Duration::try_from_secs_f64((Date::parse(value) - Date::now()) / 1000.0).ok()
}

#[wasm_bindgen]
extern "C" {
    type Body;

    // That of web-sys does not catch.
    #[wasm_bindgen(method, catch, js_name = getReader)]
    fn reader(this: &Body) -> Result<ReadableStreamDefaultReader, JsValue>;

    /// What `ReadableStreamDefaultReader.read()` resolves to.
    type ReadResult;

    #[wasm_bindgen(method, getter)]
    fn value(this: &ReadResult) -> Option<JsValue>;
}
