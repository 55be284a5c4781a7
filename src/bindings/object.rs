//! Objects that are made for JavaScript, and calls of its objects by name.

use js_sys::{Function, Object, Reflect};
use wasm_bindgen::prelude::{JsCast, JsValue};

/// An object of these members. One that is undefined is left out.
pub(super) fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = JsValue::from(Object::new());
    for (name, value) in members.iter().filter(|(_, value)| !value.is_undefined()) {
        // A fresh object takes any member.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object
}

/// Calls a method of a listener.
///
/// For what comes seldom: a method that is imported is called faster, but costs the glue 25 bytes of
/// its weight in gzip.
pub(super) fn tell(listener: &JsValue, method: &str, args: &[JsValue]) -> Result<(), JsValue> {
    let method: Function = Reflect::get(listener, &method.into())?.dyn_into()?;
    method.apply(listener, &args.iter().collect()).map(drop)
}
