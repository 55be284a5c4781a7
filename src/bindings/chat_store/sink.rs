//! The TypeScript sides of a store, and how the store's outputs reach them.

use core::time::Duration;

use js_sys::Array;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::bindings::object::object;
use crate::chat::{
    Call, Change, Cursor, Failure, Output, PresenceState, RequestId, RoomId, Row, Seq, Status,
    Sync, Typer,
};

/// Tells one output to the side that it concerns.
pub(super) fn perform(
    calls: &ChatCalls,
    view: &ChatView,
    output: Output<JsValue>,
) -> Result<(), JsValue> {
    match output {
        Output::Call { request, call } => make_call(calls, number(request), call),
        Output::SendTyping { room, on } => calls.typing(room.as_str(), on),
        Output::SetInterest { interest, held } => calls.interest(&interest.key(), held),
        Output::Changed(change) => tell_change(view, change),
        Output::OlderLoaded { room, loaded } => match loaded {
            Ok(count) => view.older_loaded(room.as_str(), count, JsValue::UNDEFINED),
            Err(failure) => view.older_loaded(room.as_str(), 0, js_failure(&failure)),
        },
    }
}

#[wasm_bindgen]
extern "C" {
    /// What a store wants done.
    #[wasm_bindgen(typescript_type = "ChatCalls")]
    #[derive(Debug)]
    pub type ChatCalls;

    #[wasm_bindgen(method, catch)]
    fn hello(this: &ChatCalls, request: f64, rooms: JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn join(
        this: &ChatCalls,
        request: f64,
        room: &str,
        epoch: Option<&str>,
        since: Option<f64>,
        limit: usize,
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn leave(this: &ChatCalls, request: f64, room: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn sync(
        this: &ChatCalls,
        request: f64,
        room: &str,
        from: f64,
        limit: usize,
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn history(
        this: &ChatCalls,
        request: f64,
        room: &str,
        before: f64,
        limit: usize,
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn send(
        this: &ChatCalls,
        request: f64,
        room: &str,
        cid: &str,
        body: JsValue,
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn watch(this: &ChatCalls, request: f64, users: Vec<String>, on: bool) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn typing(this: &ChatCalls, room: &str, on: bool) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn interest(this: &ChatCalls, key: &str, held: bool) -> Result<(), JsValue>;

    /// What the app sees.
    #[wasm_bindgen(typescript_type = "ChatView")]
    #[derive(Debug)]
    pub type ChatView;

    #[wasm_bindgen(method, catch, js_name = rowInserted)]
    fn row_inserted(
        this: &ChatView,
        room: &str,
        index: usize,
        body: JsValue,
        mine: bool,
        status: u8,
        failure: JsValue,
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = rowUpdated)]
    fn row_updated(
        this: &ChatView,
        room: &str,
        index: usize,
        body: JsValue,
        mine: bool,
        status: u8,
        failure: JsValue,
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = rowsRemoved)]
    fn rows_removed(this: &ChatView, room: &str, index: usize, count: usize)
    -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = roomChanged)]
    fn room_changed(
        this: &ChatView,
        room: &str,
        sync: &str,
        head: f64,
        has_older: bool,
        loading_older: bool,
        failure: JsValue,
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = typersChanged)]
    fn typers_changed(this: &ChatView, room: &str, typers: JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = presenceChanged)]
    fn presence_changed(
        this: &ChatView,
        user: &str,
        state: &str,
        active_at: Option<f64>,
        metas: Array,
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = olderLoaded)]
    fn older_loaded(
        this: &ChatView,
        room: &str,
        count: usize,
        failure: JsValue,
    ) -> Result<(), JsValue>;
}

fn make_call(calls: &ChatCalls, request: f64, call: Call<JsValue>) -> Result<(), JsValue> {
    match call {
        Call::Hello { rooms } => {
            let rooms: Array =
                rooms.iter().map(|(room, cursor)| js_cursor(room, cursor.as_ref())).collect();
            calls.hello(request, rooms.into())
        }
        Call::Join { room, cursor, limit } => {
            let epoch = cursor.as_ref().map(|cursor| cursor.epoch.as_str());
            let since = cursor.as_ref().map(|cursor| place(cursor.head));
            calls.join(request, room.as_str(), epoch, since, limit)
        }
        Call::Leave { room } => calls.leave(request, room.as_str()),
        Call::Sync { room, from, limit } => calls.sync(request, room.as_str(), place(from), limit),
        Call::History { room, before, limit } => {
            calls.history(request, room.as_str(), place(before), limit)
        }
        Call::Send { room, cid, body } => calls.send(request, room.as_str(), cid.as_str(), body),
        Call::Watch { users, on } => {
            let users = users.iter().map(|user| user.as_str().to_owned()).collect();
            calls.watch(request, users, on)
        }
    }
}

fn tell_change(view: &ChatView, change: Change<JsValue>) -> Result<(), JsValue> {
    match change {
        Change::RowInserted { room, index, row: Row { body, mine, status } } => {
            let (status, failure) = js_status(&status);
            view.row_inserted(room.as_str(), index, body, mine, status, failure)
        }
        Change::RowUpdated { room, index, row: Row { body, mine, status } } => {
            let (status, failure) = js_status(&status);
            view.row_updated(room.as_str(), index, body, mine, status, failure)
        }
        Change::RowsRemoved { room, index, count } => {
            view.rows_removed(room.as_str(), index, count)
        }
        Change::Room { room, meta } => {
            let error = meta.error.as_ref();
            let failure = error.map_or(JsValue::UNDEFINED, js_failure);
            let sync = js_sync(meta.sync);
            let (head, older) = (place(meta.head), meta.has_older);
            view.room_changed(room.as_str(), sync, head, older, meta.loading_older, failure)
        }
        Change::Typers { room, typers } => {
            let typers: Array = typers.iter().map(js_typer).collect();
            view.typers_changed(room.as_str(), typers.into())
        }
        Change::Presence { user, record } => {
            let metas: Array = record.metas.into_iter().collect();
            let state = js_presence(record.state);
            view.presence_changed(user.as_str(), state, record.active_at, metas)
        }
    }
}

fn js_cursor(room: &RoomId, cursor: Option<&Cursor>) -> JsValue {
    object(&[
        ("roomId", room.as_str().into()),
        ("epoch", cursor.map(|cursor| cursor.epoch.as_str()).into()),
        ("since", cursor.map(|cursor| place(cursor.head)).into()),
    ])
}

fn js_failure(failure: &Failure) -> JsValue {
    object(&[
        ("code", failure.code.as_str().into()),
        ("message", failure.message.as_str().into()),
        ("retryable", failure.retryable.into()),
        ("retryAfterMs", failure.retry_after.map(milliseconds).into()),
    ])
}

fn js_typer(typer: &Typer) -> JsValue {
    object(&[
        ("user", typer.user.as_str().into()),
        // On the clock of `performance.now()`.
        ("sinceMs", milliseconds(typer.since.since_origin()).into()),
        ("devices", (typer.devices as f64).into()),
    ])
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The number is the place in `MESSAGE_STATUSES` of `js/src/chat/core.ts`.
fn js_status(status: &Status) -> (u8, JsValue) {
    match status {
        Status::Queued => (0, JsValue::UNDEFINED),
        Status::Sending => (1, JsValue::UNDEFINED),
        Status::Sent => (2, JsValue::UNDEFINED),
        Status::Failed(failure) => (3, js_failure(failure)),
    }
}

const fn js_sync(sync: Sync) -> &'static str {
    match sync {
        Sync::Initial => "initial",
        Sync::CatchingUp => "catching-up",
        Sync::Live => "live",
        Sync::Stale => "stale",
    }
}

const fn js_presence(state: PresenceState) -> &'static str {
    match state {
        PresenceState::Offline => "offline",
        PresenceState::Away => "away",
        PresenceState::Online => "online",
        PresenceState::DoNotDisturb => "dnd",
    }
}

/// Places come from JavaScript numbers, so they fit into one.
const fn place(seq: Seq) -> f64 {
    seq.number() as f64
}

const fn number(request: RequestId) -> f64 {
    request.number() as f64
}
