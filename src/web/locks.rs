//! Web Locks (<https://w3c.github.io/web-locks/>).
//!
//! Declared here, since `web-sys` has them only behind an unstable flag that a `RUSTFLAGS` in the
//! environment would silently drop.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::{JsCast, JsValue, wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::AbortController;

use crate::host::Json;

/// A lock that is held or waited for; dropping it releases it or leaves the queue.
#[must_use = "dropping the lock releases it"]
pub(crate) struct Lock {
    state: Rc<State>,
    /// Ends the wait. After the grant it does nothing.
    abort: Option<AbortController>,
}

/// How a lock is shared with other requests for the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Held by one.
    Exclusive,
    /// Held together with others that ask for it in this mode.
    Shared,
    /// Held by one, at once: whoever holds it loses it.
    Stolen,
}

/// What became of a request for a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LockFact {
    /// It is held.
    Granted,
    /// Another page stole it, held or about to be.
    Lost,
    /// Locks cannot be used here: the origin is opaque.
    Denied,
}

/// The name of a lock that is held, and who holds it.
struct Held {
    lock: String,
    client: String,
}

#[derive(Default)]
struct State {
    dropped: Cell<bool>,
    /// Resolves the promise for as long as which the lock is held.
    release: RefCell<Option<Function>>,
}

/// Whether this page has Web Locks at all: secure contexts only.
pub(crate) fn available() -> bool {
    manager().is_some()
}

impl Lock {
    /// Queues for lock `name`. `None` if the page has no Web Locks.
    pub(crate) fn request(
        name: &str,
        mode: Mode,
        report: impl Fn(LockFact) + 'static,
    ) -> Option<Self> {
        Self::queue(name, mode, Rc::new(report))
    }

    // One copy in the wasm, for all kinds of reports.
    fn queue(name: &str, mode: Mode, report: Rc<dyn Fn(LockFact)>) -> Option<Self> {
        let manager = manager()?;
        let state = Rc::new(State::default());
        // A theft does not wait; together with a signal it is refused.
        let abort = (mode != Mode::Stolen).then(AbortController::new).and_then(Result::ok);
        let granted = grant_callback(Rc::clone(&state), Rc::clone(&report));
        let options = options(mode, abort.as_ref());
        let held = manager.request(name, &options, granted.as_ref().unchecked_ref());
        let settled = Rc::clone(&state);
        // Lives until the lock is released, lost or refused, and keeps the callback until then.
        spawn_local(async move {
            let ended = match held {
                Ok(held) => JsFuture::from(held).await,
                Err(error) => Err(error),
            };
            drop(granted);
            if let (Err(error), false) = (ended, settled.dropped.get()) {
                report(if is_abort(&error) { LockFact::Lost } else { LockFact::Denied });
            }
        });
        Some(Self { state, abort })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.state.dropped.set(true);
        if let Some(release) = self.state.release.take() {
            let _ = release.call0(&JsValue::UNDEFINED);
        } else if let Some(abort) = &self.abort {
            abort.abort();
        }
    }
}

/// Reports whether locks `one` and `other` are held by the same page.
pub(crate) fn query_same_holder(one: String, other: String, report: impl Fn(bool) + 'static) {
    query(Box::new(move |held| {
        let holder = |name: &str| {
            held.iter().find(|held| held.lock == name).map(|held| held.client.as_str())
        };
        report(holder(&one).is_some() && holder(&one) == holder(&other));
    }));
}

/// Reports the names of all locks that are held, of whatever app of the origin.
pub(crate) fn query_held(report: impl Fn(Vec<String>) + 'static) {
    query(Box::new(move |held| report(held.into_iter().map(|held| held.lock).collect())));
}

/// Reports the names of the locks that are held, and who holds them.
fn query(report: Box<dyn Fn(Vec<Held>)>) {
    let Some(manager) = manager() else { return report(Vec::new()) };
    spawn_local(async move {
        let snapshot = JsFuture::from(manager.query()).await.ok();
        let held = snapshot.and_then(|snapshot| snapshot.member("held")?.dyn_into().ok());
        let held: Array = held.unwrap_or_default();
        let lock = |lock: JsValue| {
            let client = lock.member("clientId")?.text()?;
            Some(Held { lock: lock.member("name")?.text()?, client })
        };
        report(held.iter().filter_map(lock).collect());
    });
}

fn grant_callback(
    state: Rc<State>,
    report: Rc<dyn Fn(LockFact)>,
) -> Closure<dyn FnMut(JsValue) -> Promise> {
    Closure::new(move |_lock| {
        if state.dropped.get() {
            return Promise::resolve(&JsValue::UNDEFINED);
        }
        let held = Promise::new(&mut |resolve, _reject| {
            state.release.replace(Some(resolve));
        });
        report(LockFact::Granted);
        held
    })
}

fn options(mode: Mode, abort: Option<&AbortController>) -> Object {
    let options = Object::new();
    // Setting a property of a fresh object cannot fail.
    let _ = match mode {
        Mode::Exclusive => Reflect::set(&options, &"mode".into(), &"exclusive".into()),
        Mode::Shared => Reflect::set(&options, &"mode".into(), &"shared".into()),
        Mode::Stolen => Reflect::set(&options, &"steal".into(), &JsValue::TRUE),
    };
    if let Some(abort) = abort {
        let _ = Reflect::set(&options, &"signal".into(), &abort.signal());
    }
    options
}

fn is_abort(error: &JsValue) -> bool {
    Reflect::get(error, &"name".into()).is_ok_and(|name| name == "AbortError")
}

fn manager() -> Option<LockManager> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into()).ok()?;
    let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
    (!locks.is_undefined()).then(|| locks.unchecked_into())
}

#[wasm_bindgen]
extern "C" {
    type LockManager;

    #[wasm_bindgen(method, catch)]
    fn request(
        this: &LockManager,
        name: &str,
        options: &Object,
        callback: &Function,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method)]
    fn query(this: &LockManager) -> Promise;
}
