//! One HTTP request of long-polling (<https://xhr.spec.whatwg.org/>).
//!
//! Not `fetch`: cookies, headers and timeouts are then those that servers know from the reference
//! client, and a body can be stopped while it grows.

use std::cell::Cell;
use std::rc::{Rc, Weak};

use js_sys::{Function, JsString, Promise};
use wasm_bindgen::prelude::{JsCast, JsValue, wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::browser::{Browser, JsText};
use super::listener::Listener;
use crate::engineio::{Answer, RequestFailure};

/// A request that is under way. Dropping it aborts the request; it reports nothing after that.
#[must_use = "dropping the exchange aborts its request"]
pub(crate) struct Exchange {
    request: Option<XmlHttpRequest>,
    over: Promise,
    _progress: Option<Listener>,
    // The only strong reference: what waits for the end dies with this.
    report: Option<Rc<Report>>,
}

/// Hears what becomes of a request.
struct Report(Box<dyn Fn(Result<Answer<Browser>, RequestFailure>)>);

/// How requests are sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct RequestOptions {
    /// Headers of the app. What a page may not set is left out.
    pub(crate) headers: Vec<(String, String)>,
    /// Whether cookies go to other origins too.
    pub(crate) with_credentials: bool,
    /// Milliseconds for one request; 0: no limit.
    pub(crate) timeout: u32,
}

impl Exchange {
    /// Starts a GET whose answer may have `limit` bytes.
    pub(crate) fn get(
        url: &str,
        limit: usize,
        options: &RequestOptions,
        report: impl Fn(Result<Answer<Browser>, RequestFailure>) + 'static,
    ) -> Self {
        Self::start("GET", url, None, limit, options, Report(Box::new(report)))
    }

    /// Starts a POST. The body of its answer does not matter.
    pub(crate) fn post(
        url: &str,
        body: &JsText,
        options: &RequestOptions,
        report: impl Fn(Result<Answer<Browser>, RequestFailure>) + 'static,
    ) -> Self {
        Self::start("POST", url, Some(body.as_js()), POST_LIMIT, options, Report(Box::new(report)))
    }

    /// The same request, of which nobody hears any more.
    pub(crate) fn silent(mut self) -> Self {
        self.report = None;
        self
    }

    /// Waits for the end of the request, whatever it is.
    pub(crate) async fn over(self) {
        // It is never rejected.
        let _ = JsFuture::from(self.over.clone()).await;
    }

    fn start(
        method: &str,
        url: &str,
        body: Option<&JsString>,
        limit: usize,
        options: &RequestOptions,
        report: Report,
    ) -> Self {
        let report = Rc::new(report);
        let request = XmlHttpRequest::new().ok();
        let is_too_large = Rc::new(Cell::new(false));
        let over = match &request {
            Some(request) => Promise::new(&mut |resolve, _| {
                request.set_onloadend(&resolve);
                if send(request, method, url, body, options).is_err() {
                    let _ = resolve.call0(&JsValue::UNDEFINED);
                }
            }),
            // In a service worker.
            None => Promise::resolve(&JsValue::UNDEFINED),
        };
        let progress = request.as_ref().map(|request| {
            let (request, is_too_large) = (request.clone(), Rc::clone(&is_too_large));
            let target: &web_sys::EventTarget = request.as_ref();
            Listener::new(&target.clone(), "progress", move |event| {
                if event.unchecked_into::<Progress>().loaded() > limit as f64 {
                    is_too_large.set(true);
                    request.abort();
                }
            })
        });
        let (end, listener) = (JsFuture::from(over.clone()), Rc::downgrade(&report));
        let answered = request.clone();
        spawn_local(async move {
            let _ = end.await;
            tell(&listener, answered.as_ref(), is_too_large.get());
        });
        Self { request, over, _progress: progress, report: Some(report) }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.report = None;
        if let Some(request) = &self.request {
            request.abort();
        }
    }
}

fn send(
    request: &XmlHttpRequest,
    method: &str,
    url: &str,
    body: Option<&JsString>,
    options: &RequestOptions,
) -> Result<(), JsValue> {
    request.open(method, url)?;
    let of_ours = [("Content-type", "text/plain;charset=UTF-8"), ("Accept", "*/*")];
    let skipped = usize::from(body.is_none());
    let given = options.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in given.chain(of_ours.into_iter().skip(skipped)) {
        // The reference client too goes on without a header that is not allowed.
        let _ = request.set_request_header(name, value);
    }
    request.set_with_credentials(options.with_credentials);
    request.set_timeout(options.timeout);
    request.send(body)
}

fn tell(report: &Weak<Report>, request: Option<&XmlHttpRequest>, is_too_large: bool) {
    let Some(report) = report.upgrade() else { return };
    (report.0)(if is_too_large {
        Err(RequestFailure::BodyTooLarge)
    } else {
        Ok(Answer {
            status: request.map(XmlHttpRequest::status).unwrap_or_default(),
            body: JsText::from(request.map_or_else(|| "".into(), XmlHttpRequest::response_text)),
        })
    });
}

/// A server says "ok".
const POST_LIMIT: usize = 1 << 20;

#[wasm_bindgen]
extern "C" {
    // web-sys takes and gives text as &str and String: it would be copied into wasm memory and back.
    #[wasm_bindgen(js_name = XMLHttpRequest, extends = web_sys::EventTarget)]
    #[derive(Clone)]
    type XmlHttpRequest;

    #[wasm_bindgen(catch, constructor, js_class = "XMLHttpRequest")]
    fn new() -> Result<XmlHttpRequest, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn open(this: &XmlHttpRequest, method: &str, url: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = setRequestHeader)]
    fn set_request_header(this: &XmlHttpRequest, name: &str, value: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, setter, js_name = withCredentials)]
    fn set_with_credentials(this: &XmlHttpRequest, with: bool);

    #[wasm_bindgen(method, setter)]
    fn set_timeout(this: &XmlHttpRequest, millis: u32);

    #[wasm_bindgen(method, setter)]
    fn set_onloadend(this: &XmlHttpRequest, listener: &Function);

    #[wasm_bindgen(method, catch)]
    fn send(this: &XmlHttpRequest, body: Option<&JsString>) -> Result<(), JsValue>;

    #[wasm_bindgen(method)]
    fn abort(this: &XmlHttpRequest);

    #[wasm_bindgen(method, getter)]
    fn status(this: &XmlHttpRequest) -> u16;

    #[wasm_bindgen(method, getter, js_name = responseText)]
    fn response_text(this: &XmlHttpRequest) -> JsString;

    type Progress;

    #[wasm_bindgen(method, getter)]
    fn loaded(this: &Progress) -> f64;
}
