//! Parsed objects of the wire contract: reads their heads, keeps them as they are.
//!
//! Whatever is missing or of another type makes the object `None`, never an exception.

use core::time::Duration;

use js_sys::{Array, Object};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::chat::{
    Answer, Cid, Code, DeviceId, Epoch, Failure, Input, Message, Meta, MetaRef, Op, PresenceDiff,
    PresenceState, RoomId, Seq, Snapshot, TyperSeen, UserId,
};

/// The answer to a call of `event`.
pub(super) fn answer(event: &str, data: JsValue) -> Option<Answer<JsValue>> {
    let fields = object(&data)?;
    match event {
        "rt:hello" => Some(Answer::Hello {
            rooms: list(fields.rooms()).filter_map(|room| snapshot(&room)).collect(),
            denied: list(fields.denied()).filter_map(|denied| denial(&denied)).collect(),
        }),
        "room:join" => snapshot(&data).map(Answer::Joined),
        "room:sync" => Some(Answer::Synced { ops: ops(fields.ops()), head: seq(&fields.head())? }),
        "room:history" => Some(Answer::History {
            messages: list(fields.messages()).filter_map(message).collect(),
            more: fields.more().is_truthy(),
        }),
        "msg:send" => message(data).map(Answer::Sent),
        "presence:watch" => Some(Answer::Watched(metas_by_user(&fields.users()))),
        _ => Some(Answer::Done),
    }
}

/// The payload of `room:op`.
pub(super) fn op_event(payload: JsValue) -> Option<Input<JsValue>> {
    let fields = object(&payload)?;
    Some(Input::OpReceived { room: room(fields)?, epoch: epoch(fields)?, op: op(&fields.op())? })
}

/// The payload of `typing`.
pub(super) fn typing_event(payload: JsValue) -> Option<Input<JsValue>> {
    let fields = object(&payload)?;
    let (room, typer) = (room(fields)?, typer(&payload)?);
    Some(if fields.on().is_truthy() {
        Input::TypingStarted { room, typer }
    } else {
        Input::TypingStopped { room, user: typer.user, device: typer.device }
    })
}

/// The payload of `presence`.
pub(super) fn presence_event(payload: JsValue) -> Option<Input<JsValue>> {
    let fields = object(&payload)?;
    let left = |(user, references)| {
        let references = list(references).filter_map(|reference| text(&reference));
        (user, references.map(|reference| MetaRef::new(&reference)).collect())
    };
    Some(Input::PresenceChanged(PresenceDiff {
        joins: metas_by_user(&fields.joins()),
        leaves: entries(&fields.leaves()).into_iter().map(left).collect(),
    }))
}

/// A number of milliseconds, as good as it is one.
pub(super) fn milliseconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number / 1000.0).unwrap_or_default()
}

fn snapshot(value: &JsValue) -> Option<Snapshot<JsValue>> {
    let fields = object(value)?;
    Some(Snapshot {
        room: room(fields)?,
        epoch: epoch(fields)?,
        head: seq(&fields.head())?,
        first: seq(&fields.first_seq())?,
        ops: ops(fields.ops()),
        more: fields.more().is_truthy(),
        typing: list(fields.typing()).filter_map(|value| typer(&value)).collect(),
    })
}

fn denial(value: &JsValue) -> Option<(RoomId, Failure)> {
    let fields = object(value)?;
    let error = fields.error();
    let error = object(&error)?;
    let failure = Failure {
        code: Code::parse(&text(&error.code())?),
        message: text(&error.message()).unwrap_or_default(),
        retryable: error.retryable().is_truthy(),
        retry_after: error.retry_after_ms().as_f64().map(milliseconds),
    };
    Some((room(fields)?, failure))
}

fn ops(values: JsValue) -> Vec<Op<JsValue>> {
    list(values).filter_map(|value| op(&value)).collect()
}

/// An op of an unknown kind, or with a message that is none, still has its place in the order.
fn op(value: &JsValue) -> Option<Op<JsValue>> {
    let fields = object(value)?;
    let seq = seq(&fields.seq()).filter(|seq| *seq > Seq::new(0))?;
    let is_message = text(&fields.t()).is_some_and(|kind| kind == "msg");
    let known = is_message.then(|| message(fields.m())).flatten();
    let message = known.filter(|message| message.seq == seq);
    Some(message.map_or(Op::Other(seq), Op::Message))
}

fn message(body: JsValue) -> Option<Message<JsValue>> {
    let fields = object(&body)?;
    Some(Message {
        seq: seq(&fields.seq())?,
        cid: Cid::new(&text(&fields.cid())?),
        from: UserId::new(&text(&fields.from())?),
        body,
    })
}

fn typer(value: &JsValue) -> Option<TyperSeen> {
    let fields = object(value)?;
    Some(TyperSeen {
        user: UserId::new(&text(&fields.user())?),
        device: DeviceId::new(&text(&fields.device())?),
        ttl: milliseconds(fields.ttl().as_f64()?),
    })
}

fn metas_by_user(value: &JsValue) -> Vec<(UserId, Vec<Meta<JsValue>>)> {
    let metas = |(user, values)| (user, list(values).filter_map(meta).collect());
    entries(value).into_iter().map(metas).collect()
}

fn meta(body: JsValue) -> Option<Meta<JsValue>> {
    let fields = object(&body)?;
    let state = match text(&fields.state())?.as_str() {
        "away" => PresenceState::Away,
        "dnd" => PresenceState::DoNotDisturb,
        _ => PresenceState::Online,
    };
    Some(Meta {
        reference: MetaRef::new(&text(&fields.reference())?),
        device: DeviceId::new(&text(&fields.device())?),
        state,
        active_at: fields.active_at().as_f64()?,
        body,
    })
}

fn room(fields: &Fields) -> Option<RoomId> {
    text(&fields.room_id()).map(|id| RoomId::new(&id))
}

fn epoch(fields: &Fields) -> Option<Epoch> {
    text(&fields.epoch()).map(|epoch| Epoch::new(&epoch))
}

/// An integer that a JavaScript number holds exactly.
fn seq(value: &JsValue) -> Option<Seq> {
    let number = value.as_f64()?;
    let exact = number.fract() == 0.0 && (0.0..=MAX_SAFE_INTEGER).contains(&number);
    exact.then(|| Seq::new(number as u64))
}

fn text(value: &JsValue) -> Option<String> {
    value.as_string()
}

fn list(value: JsValue) -> impl Iterator<Item = JsValue> {
    let array = value.dyn_into::<Array>().unwrap_or_default();
    (0..array.length()).map(move |index| array.get(index))
}

fn entries(value: &JsValue) -> Vec<(UserId, JsValue)> {
    let Some(record) = value.dyn_ref::<Object>() else { return Vec::new() };
    let entry = |entry: JsValue| {
        let pair = entry.dyn_into::<Array>().ok()?;
        Some((UserId::new(&text(&pair.get(0))?), pair.get(1)))
    };
    list(Object::entries(record).into()).filter_map(entry).collect()
}

/// Reading a field of an object gives at worst `undefined`; of anything else it may throw.
fn object(value: &JsValue) -> Option<&Fields> {
    value.is_object().then(|| value.unchecked_ref())
}

const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

#[wasm_bindgen]
extern "C" {
    /// An object of the wire contract.
    type Fields;

    #[wasm_bindgen(method, getter, structural, js_name = activeAt)]
    fn active_at(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn cid(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn code(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn denied(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn device(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn epoch(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn error(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural, js_name = firstSeq)]
    fn first_seq(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn from(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn head(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn joins(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn leaves(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn m(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn message(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn messages(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn more(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn on(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn op(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn ops(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural, js_name = ref)]
    fn reference(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn retryable(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural, js_name = retryAfterMs)]
    fn retry_after_ms(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural, js_name = roomId)]
    fn room_id(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn rooms(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn seq(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn state(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn t(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn ttl(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn typing(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn user(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn users(this: &Fields) -> JsValue;
}
