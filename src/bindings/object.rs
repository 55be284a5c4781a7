//! Objects that are made for JavaScript.

use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::JsValue;

/// An object of these members. One that is undefined is left out.
pub(super) fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = JsValue::from(Object::new());
    for (name, value) in members.iter().filter(|(_, value)| !value.is_undefined()) {
        // A fresh object takes any member.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object
}
