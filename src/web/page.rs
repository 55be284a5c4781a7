//! The life of the page, and whether there is a network.

use std::rc::Rc;

use wasm_bindgen::prelude::{JsCast, wasm_bindgen};
use web_sys::{EventTarget, PageTransitionEvent};

use super::listener::Listener;
use crate::tabs::PageFact;

/// Listens for changes; dropping it stops that. In a worker there is no page and nothing to hear
/// but the network.
#[must_use = "dropping it stops the reports"]
pub(crate) struct Page {
    _listeners: Vec<Listener>,
}

/// Something that happened to the page or the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The page.
    Page(PageFact),
    /// A network is there again (`online`).
    Online,
    /// There is no network (`offline`).
    Offline,
}

impl Page {
    /// Reports every change.
    ///
    /// `pagehide` and not `beforeunload`: that one fires for a download link too, after which the
    /// page stays.
    pub(crate) fn watch(report: impl Fn(Change) + 'static) -> Self {
        Self::listen(&(Rc::new(report) as Rc<dyn Fn(Change)>))
    }

    // One copy in the wasm, for all kinds of reports.
    fn listen(report: &Rc<dyn Fn(Change)>) -> Self {
        let global: EventTarget = js_sys::global().unchecked_into();
        let on = |target: &EventTarget, event, change: Change| {
            let report = Rc::clone(report);
            Listener::new(target, event, move |_| report(change))
        };
        let mut listeners = vec![
            on(&global, "online", Change::Online),
            on(&global, "offline", Change::Offline),
            on(&global, "pagehide", Change::Page(PageFact::Left)),
        ];
        if let Some(document) = document() {
            listeners.push(on(&document, "freeze", Change::Page(PageFact::Frozen)));
            listeners.push(on(&document, "resume", Change::Page(PageFact::Resumed)));
            let shown = Rc::clone(report);
            listeners.push(Listener::new(&document, "visibilitychange", move |_| {
                let fact = if is_visible() { PageFact::Shown } else { PageFact::Hidden };
                shown(Change::Page(fact));
            }));
            let report = Rc::clone(report);
            listeners.push(Listener::new(&global, "pageshow", move |event| {
                if event.unchecked_ref::<PageTransitionEvent>().persisted() {
                    report(Change::Page(PageFact::Returned));
                }
            }));
        }
        Self { _listeners: listeners }
    }
}

/// Whether the page can be seen; a worker cannot.
pub(crate) fn is_visible() -> bool {
    document_state().is_some_and(|state| state == "visible")
}

fn document() -> Option<EventTarget> {
    let document = js_sys::Reflect::get(&js_sys::global(), &"document".into()).ok()?;
    (!document.is_undefined()).then(|| document.unchecked_into())
}

fn document_state() -> Option<String> {
    document().map(|document| document.unchecked_into::<Document>().visibility_state())
}

#[wasm_bindgen]
extern "C" {
    type Document;

    #[wasm_bindgen(method, getter, js_name = visibilityState)]
    fn visibility_state(this: &Document) -> String;
}
