//! `ChatStore`: the chat state of one tab.

mod sink;
mod wire;

use core::time::Duration;
use std::rc::Rc;

use js_sys::Math;
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};

use self::sink::{ChatCalls, ChatView, perform};
use crate::chat::{Cid, Code, Config, Failure, Input, Interest, RequestId, RoomId, Store, UserId};
use crate::host::Json;
use crate::web::driver::Driver;
use crate::web::report::report;

#[wasm_bindgen(typescript_custom_section)]
const IMPORTS: &str =
    r#"import type { ChatCalls, ChatStoreConfig, ChatView } from "../dist/chat/core.js";"#;

/// The chat state of one tab.
///
/// What it wants done is told to `calls`, what the app sees to `view`, neither from within the
/// constructor.
/// Message bodies are kept and handed back as the objects they came as.
#[wasm_bindgen]
pub struct ChatStore {
    driver: Rc<Driver<Store<JsValue>>>,
}

#[wasm_bindgen]
impl ChatStore {
    /// A store without rooms, its link down, not leading.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "ChatStoreConfig")] config: JsValue,
        calls: ChatCalls,
        view: ChatView,
    ) -> Self {
        let driver = Driver::new(Store::new(core_config(&config)), move |_, output| {
            if let Err(exception) = perform(&calls, &view, output) {
                report(&exception);
            }
        });
        Self { driver }
    }

    /// Opens a room, or counts one more holder of it.
    pub fn retain(&self, room: &str) {
        self.driver.command(|store, _| store.retain(&RoomId::new(room)));
    }

    /// Counts one holder of a room less.
    pub fn release(&self, room: &str) {
        self.driver.command(|store, now| store.release(&RoomId::new(room), now));
    }

    /// Queues a message.
    ///
    /// # Errors
    ///
    /// Too many messages of the room wait, or one with this `cid`.
    pub fn send(&self, room: &str, cid: &str, body: JsValue) -> Result<(), JsError> {
        let (room, cid) = (RoomId::new(room), Cid::new(cid));
        Ok(self.driver.command(|store, now| store.send(&room, cid, body, now))?)
    }

    /// Tries a failed message again. Gives whether there was one.
    pub fn retry(&self, room: &str, cid: &str) -> bool {
        let (room, cid) = (RoomId::new(room), Cid::new(cid));
        self.driver.command(|store, now| store.retry(&room, &cid, now))
    }

    /// Takes back a message that was never tried, or failed. Gives whether there was one.
    pub fn discard(&self, room: &str, cid: &str) -> bool {
        let (room, cid) = (RoomId::new(room), Cid::new(cid));
        self.driver.command(|store, _| store.discard(&room, &cid))
    }

    /// Loads up to `limit` older messages; `olderLoaded` of the view tells the end.
    #[wasm_bindgen(js_name = loadOlder)]
    pub fn load_older(&self, room: &str, limit: usize) {
        self.driver.command(|store, _| store.load_older(&RoomId::new(room), limit));
    }

    /// Notes that the user types.
    pub fn keystroke(&self, room: &str) {
        self.driver.command(|store, now| store.keystroke(&RoomId::new(room), now));
    }

    /// Notes that the user types no more.
    #[wasm_bindgen(js_name = stopTyping)]
    pub fn stop_typing(&self, room: &str) {
        self.driver.command(|store, _| store.stop_typing(&RoomId::new(room)));
    }

    /// Follows the presence of users, or counts one more holder of each.
    pub fn watch(&self, users: Vec<String>) {
        let users: Vec<UserId> = users.iter().map(|user| UserId::new(user)).collect();
        self.driver.command(|store, now| store.watch(&users, now));
    }

    /// Counts one holder of each user less.
    pub fn unwatch(&self, users: Vec<String>) {
        let users: Vec<UserId> = users.iter().map(|user| UserId::new(user)).collect();
        self.driver.command(|store, now| store.unwatch(&users, now));
    }

    /// The link to the server is up.
    #[wasm_bindgen(js_name = linkUp)]
    pub fn link_up(&self, recovered: bool) {
        self.driver.input(Input::LinkUp { recovered });
    }

    /// The link is down.
    #[wasm_bindgen(js_name = linkDown)]
    pub fn link_down(&self) {
        self.driver.input(Input::LinkDown);
    }

    /// This tab started or stopped to lead.
    #[wasm_bindgen(js_name = leadChanged)]
    pub fn lead_changed(&self, leading: bool) {
        self.driver.input(Input::LeadChanged { leading });
    }

    /// An interest got its first holder among all tabs, or lost its last. Others' are ignored.
    #[wasm_bindgen(js_name = interestChanged)]
    pub fn interest_changed(&self, key: &str, held: bool) {
        let Some(interest) = Interest::parse(key) else { return };
        let added = Input::InterestAdded;
        self.driver.input(if held { added(interest) } else { Input::InterestRemoved(interest) });
    }

    /// The `data` of the answer to a call of `event`.
    pub fn answered(&self, request: f64, event: &str, data: JsValue) {
        let answer = wire::answer(event, data).ok_or_else(Failure::wrong_answer);
        self.driver.input(Input::Answered { request: request_id(request), answer });
    }

    /// A call was refused, or not answered.
    pub fn failed(
        &self,
        request: f64,
        code: &str,
        message: String,
        retryable: bool,
        retry_after_ms: Option<f64>,
    ) {
        let retry_after = retry_after_ms.map(wire::milliseconds);
        let failure = Failure { code: Code::parse(code), message, retryable, retry_after };
        self.driver.input(Input::Answered { request: request_id(request), answer: Err(failure) });
    }

    /// A `room:op`, a `typing` or a `presence` event. Gives whether it keeps to the contract.
    pub fn received(&self, event: &str, payload: JsValue) -> bool {
        let fact = match event {
            "room:op" => wire::op_event(payload),
            "typing" => wire::typing_event(payload),
            "presence" => wire::presence_event(payload),
            _ => None,
        };
        let known = fact.is_some();
        if let Some(fact) = fact {
            self.driver.input(fact);
        }
        known
    }
}

/// What is left out has its default.
fn core_config(config: &JsValue) -> Config {
    let user = config.member("user").and_then(|user| user.text()).unwrap_or_default();
    // Jitter needs no secret.
    let defaults = Config::new(UserId::new(&user), Math::random().to_bits());
    let number = |name| config.member(name).and_then(|number| number.number());
    let time = |name, default: Duration| number(name).map_or(default, wire::milliseconds);
    Config {
        page: number("page").map_or(defaults.page, |page| page as usize),
        linger: time("lingerMs", defaults.linger),
        typing_heartbeat: time("typingHeartbeatMs", defaults.typing_heartbeat),
        typing_idle: time("typingIdleMs", defaults.typing_idle),
        ..defaults
    }
}

/// Requests are numbered from 1 up; a number that is none belongs to no call.
fn request_id(number: f64) -> RequestId {
    RequestId::new(number as u64)
}
