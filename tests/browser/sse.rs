//! Event streams over the browser's own `fetch`, without a server.

use js_sys::{Array, Promise};
use tabcast::bindings::event_stream::{EventSink, EventStream};
use wasm_bindgen::prelude::{JsCast, JsValue, wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen(inline_js = "
export const config = (url, closeOnEnd) => ({
  url, method: 'GET', credentials: 'omit', openTimeoutMs: 5000, idle: { kind: 'off' },
  retry: { baseMs: 1, maxMs: 2, resetAfterMs: 1000, maxAttempts: null },
  limits: { lineBytes: 65536, eventBytes: 65536, typeBytes: 1024 },
  skipOversized: false, closeOnEnd, repeatable: true, freshHeaders: false, decidedByOwner: false,
  fetch: (request) => globalThis.fetch(request),
});
export const recorder = (log) => ({
  notice: ({ kind, reason }) => log.push(reason ? `${kind}:${reason}` : kind),
  events: (text, marks, id) => log.push([text, [...marks].join(), id].join('|')),
});
export const replaceFetch = (log) => {
  const original = globalThis.fetch;
  globalThis.fetch = async (request) => {
    const id = request.headers.get('last-event-id');
    log.push(`fetch ${request.method} ${request.headers.get('accept')} ${id}`);
    request.signal.addEventListener('abort', () => log.push('aborted'));
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('id: 7\\ndata: x\\n\\n'));
        request.signal.addEventListener('abort', () => controller.error(request.signal.reason));
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
  return () => { globalThis.fetch = original; };
};
export const tick = () => new Promise((resolve) => setTimeout(resolve, 5));
")]
extern "C" {
    fn config(url: &str, close_on_end: bool) -> JsValue;
    fn recorder(log: &Array) -> JsValue;
    #[wasm_bindgen(js_name = replaceFetch)]
    fn replace_fetch(log: &Array) -> js_sys::Function;
    fn tick() -> Promise;
}

/// A stream whose sink writes down what it hears.
struct Recorded {
    stream: EventStream,
    log: Array,
}

impl Recorded {
    fn new(url: &str, close_on_end: bool, log: &Array) -> Self {
        let sink = recorder(log).unchecked_into::<EventSink>();
        let config = config(url, close_on_end);
        let stream = EventStream::new(config, JsValue::UNDEFINED, sink);
        Self { stream, log: log.clone() }
    }

    fn heard(&self) -> Vec<String> {
        self.log.iter().map(|entry| entry.as_string().unwrap()).collect()
    }

    /// Waits for the last entry, for some seconds at most.
    async fn until(&self, last: &str) {
        for _ in 0..1000 {
            if self.heard().last().is_some_and(|entry| entry == last) {
                return;
            }
            JsFuture::from(tick()).await.unwrap();
        }
        panic!("{last} does not come: {:?}", self.heard());
    }
}

#[wasm_bindgen_test]
async fn events_of_a_chunk_come_in_one_call() {
    let url = "data:text/event-stream,%EF%BB%BFid: 1%0Adata: %C3%A9%F0%9F%98%80%0A%0Aevent: up%0D%0Adata: 2%0D%0A%0D%0Aid: 3%0A%0A";
    let recorded = Recorded::new(url, true, &Array::new());

    recorded.stream.open("".to_owned());
    recorded.until("headersWanted").await;
    recorded.stream.headers(1, Array::new());
    recorded.until("left").await;

    let same = u32::MAX;
    let events = format!("1é😀up2|0,0,0,1,1,3,4,2,{same},0,6,1|3");
    assert_eq!(
        recorded.heard(),
        ["connecting", "headersWanted", "opened", &events, "closed:ended", "left"]
    );
}

#[wasm_bindgen_test]
async fn close_aborts_the_request_and_nothing_follows() {
    let log = Array::new();
    let restore = replace_fetch(&log);
    let recorded = Recorded::new("http://localhost/", false, &log);
    let event = "7x|0,0,0,1,1,1|";

    recorded.stream.open("…".to_owned());
    recorded.stream.headers(1, Array::new());
    recorded.until(event).await;
    recorded.stream.close();
    for _ in 0..5 {
        JsFuture::from(tick()).await.unwrap();
    }
    restore.call0(&JsValue::NULL).unwrap();

    assert_eq!(
        recorded.heard(),
        [
            "connecting",
            "headersWanted",
            "fetch GET text/event-stream \u{e2}\u{80}\u{a6}",
            "opened",
            event,
            "aborted",
        ]
    );
}

#[wasm_bindgen_test]
async fn dropped_stream_aborts_its_request_and_is_silent() {
    let log = Array::new();
    let restore = replace_fetch(&log);
    let recorded = Recorded::new("http://localhost/", false, &log);
    recorded.stream.open("".to_owned());
    recorded.stream.headers(1, Array::new());
    recorded.until("7x|0,0,0,1,1,1|").await;

    let before = log.length();
    drop(recorded);
    for _ in 0..5 {
        JsFuture::from(tick()).await.unwrap();
    }
    restore.call0(&JsValue::NULL).unwrap();

    let after: Vec<_> = log.iter().skip(before as usize).filter_map(|e| e.as_string()).collect();
    assert_eq!(after, ["aborted"]);
}

#[wasm_bindgen_test]
async fn url_that_cannot_be_fetched_ends_the_stream() {
    let recorded = Recorded::new("http://user:password@localhost/", false, &Array::new());

    recorded.stream.open("".to_owned());
    recorded.stream.headers(1, Array::new());
    recorded.until("left").await;

    assert_eq!(
        recorded.heard(),
        ["connecting", "headersWanted", "failed", "closed:failed", "left"]
    );
}

#[wasm_bindgen_test]
async fn headers_that_no_request_can_have_count_as_a_failed_attempt() {
    let recorded = Recorded::new("http://localhost/", false, &Array::new());
    let bad = Array::of1(&Array::of2(&"bad name".into(), &"x".into()));

    recorded.stream.open("".to_owned());
    recorded.stream.headers(1, bad);
    recorded.until("headersWanted").await;
    recorded.stream.close();

    assert_eq!(
        recorded.heard(),
        ["connecting", "headersWanted", "failed", "connecting", "headersWanted"]
    );
}
