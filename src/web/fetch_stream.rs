//! One `fetch` whose body is read as it comes.

use core::time::Duration;
use std::rc::{Rc, Weak};

use js_sys::{Date, Promise, Uint8Array};
use wasm_bindgen::prelude::{JsCast, JsValue, wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    AbortController, Headers, ReadableStreamDefaultReader, Request, RequestCache,
    RequestCredentials, RequestInit,
};

use crate::sse::{Fact, Response};

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
        let headers = merge(headers, last_event_id).map_err(|_| Fact::HeadersFailed)?;
        let controller = AbortController::new().map_err(|_| Fact::Unusable)?;
        let request = template.request(&headers, &controller).map_err(|_| Fact::Unusable)?;
        let report: Rc<dyn Fn(Fact)> = Rc::new(report);
        spawn_local(run(request, Rc::downgrade(&report)));
        Ok(Self { controller, _report: report })
    }
}

impl Drop for FetchStream {
    fn drop(&mut self) {
        self.controller.abort();
    }
}

impl RequestTemplate {
    fn request(&self, headers: &Headers, controller: &AbortController) -> Result<Request, JsValue> {
        let init = RequestInit::new();
        init.set_method(&self.method);
        init.set_headers(headers);
        init.set_body(&self.body);
        init.set_cache(RequestCache::NoStore);
        init.set_credentials(self.credentials.into());
        init.set_signal(Some(&controller.signal()));
        Request::new_with_str_and_init(&self.url, &init)
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

/// Reports what becomes of `request` until it is over or nobody listens.
async fn run(request: Request, report: Weak<dyn Fn(Fact)>) {
    let say = |fact| match report.upgrade() {
        Some(report) => {
            report(fact);
            true
        }
        None => false,
    };
    let Ok(response) = JsFuture::from(fetch(&request)).await else {
        say(Fact::NetworkFailed);
        return;
    };
    let response: web_sys::Response = response.unchecked_into();
    if !say(Fact::Responded(head(&response))) {
        return;
    }
    let Some(body) = response.body() else {
        say(Fact::Unusable);
        return;
    };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    loop {
        let fact = match JsFuture::from(reader.read()).await {
            Ok(read) => match read.unchecked_into::<ReadResult>().value() {
                Some(chunk) => Fact::ChunkReceived(chunk.to_vec()),
                None => Fact::Ended,
            },
            Err(_) => Fact::NetworkFailed,
        };
        let goes_on = matches!(fact, Fact::ChunkReceived(_));
        if !say(fact) || !goes_on {
            return;
        }
    }
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
    // The global one, so that it works in pages and in workers.
    fn fetch(request: &Request) -> Promise;

    /// What `ReadableStreamDefaultReader.read()` resolves to.
    type ReadResult;

    #[wasm_bindgen(method, getter)]
    fn value(this: &ReadResult) -> Option<Uint8Array>;
}
