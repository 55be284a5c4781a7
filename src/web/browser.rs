//! The browser as a [`Host`]: payloads are handles to JavaScript strings and buffers.

use js_sys::{Array, ArrayBuffer, JsString, Reflect, Uint8Array};
use wasm_bindgen::prelude::{JsCast, JsValue, wasm_bindgen};

use crate::host::{Bytes, Host, Json, Text};

/// The host of wasm builds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Browser;

impl Host for Browser {
    type Text = JsText;
    type Bytes = JsBytes;
}

/// Text that is a JavaScript string; units are UTF-16 code units.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct JsText(JsString);

impl JsText {
    /// The string as JavaScript has it.
    pub(crate) const fn as_js(&self) -> &JsString {
        &self.0
    }
}

impl From<JsString> for JsText {
    fn from(text: JsString) -> Self {
        Self(text)
    }
}

impl Text for JsText {
    type Json = JsValue;

    fn from_core(text: &str) -> Self {
        Self(few_characters(text).unwrap_or_else(|| JsString::from(text)))
    }

    fn from_utf8(bytes: &[u8]) -> Self {
        DECODER.with(|decoder| Self(decoder.decode(bytes)))
    }

    fn to_core(&self) -> String {
        String::from(&self.0)
    }

    fn units(&self) -> usize {
        self.0.length() as usize
    }

    fn unit(&self, at: usize) -> Option<u16> {
        let unit = self.0.char_code_at(u32::try_from(at).ok()?);
        // Behind the end it is NaN.
        (!unit.is_nan()).then_some(unit as u16)
    }

    fn part(&self, from: usize, to: usize) -> Self {
        // `slice`, since `substring` swaps bounds that are the wrong way round.
        Self(self.0.slice(js_index(from), js_index(to)))
    }

    fn behind(&self, head: &str) -> Self {
        Self(Self::from_core(head).0.concat(&self.0))
    }

    fn join(texts: &[Self], separator: char) -> Self {
        let texts: Array = texts.iter().map(Self::as_js).collect();
        Self(texts.join(separator.encode_utf8(&mut [0; 4])))
    }

    fn split(&self, separator: char, limit: usize) -> Vec<Self> {
        let parts = self.0.split_limit(separator.encode_utf8(&mut [0; 4]), js_index(limit));
        parts.iter().map(|part| Self(part.unchecked_into())).collect()
    }

    fn utf8_len(&self) -> usize {
        Blob::new(&Array::of1(&self.0)).size() as usize
    }

    fn parse_json(&self) -> Option<JsValue> {
        parse(&self.0).ok()
    }
}

/// A short text, as most heads of packets are: to call the decoder of the browser costs more than the
/// characters as so many numbers.
fn few_characters(text: &str) -> Option<JsString> {
    let bytes = text.as_bytes();
    if bytes.len() > 8 || !text.is_ascii() {
        return None;
    }
    let at = |index| bytes.get(index).copied().unwrap_or_default();
    let padded = from_char_codes(at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7));
    Some(padded.slice(0, js_index(bytes.len())))
}

/// Also of what was never text, such as the options of an app.
impl Json for JsValue {
    fn member(&self, name: &str) -> Option<Self> {
        present(Reflect::get(self, &name.into()))
    }

    fn element(&self, at: usize) -> Option<Self> {
        present(Reflect::get_u32(self, js_index(at)))
    }

    fn text(&self) -> Option<String> {
        self.as_string()
    }

    fn number(&self) -> Option<f64> {
        self.as_f64()
    }
}

/// Nothing can be read of what is no object.
fn present(read: Result<JsValue, JsValue>) -> Option<JsValue> {
    read.ok().filter(|value| !value.is_undefined() && !value.is_null())
}

/// Bytes that are a JavaScript `ArrayBuffer`.
#[derive(Clone, Debug)]
pub(crate) struct JsBytes(ArrayBuffer);

/// Equal is the same buffer, as everywhere in JavaScript.
impl PartialEq for JsBytes {
    fn eq(&self, other: &Self) -> bool {
        let (one, other): (&JsValue, &JsValue) = (self.0.as_ref(), other.0.as_ref());
        one == other
    }
}

impl JsBytes {
    /// The buffer as JavaScript has it.
    pub(crate) const fn as_js(&self) -> &ArrayBuffer {
        &self.0
    }
}

impl From<ArrayBuffer> for JsBytes {
    fn from(bytes: ArrayBuffer) -> Self {
        Self(bytes)
    }
}

impl Bytes for JsBytes {
    fn byte_len(&self) -> usize {
        self.0.byte_length() as usize
    }

    fn from_core(bytes: &[u8]) -> Self {
        Self(Uint8Array::from(bytes).buffer())
    }

    fn to_core(&self) -> Vec<u8> {
        Uint8Array::new(&self.0).to_vec()
    }
}

thread_local! {
    static DECODER: TextDecoder = TextDecoder::new();
}

fn js_index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[wasm_bindgen]
extern "C" {
    // js_sys::JSON::parse takes a &str: it would copy the text into wasm memory and back.
    #[wasm_bindgen(catch, js_namespace = JSON, js_name = parse)]
    fn parse(text: &JsString) -> Result<JsValue, JsValue>;

    // Those of js_sys each take so many arguments, and no more than five.
    #[wasm_bindgen(js_namespace = String, js_name = fromCharCode)]
    fn from_char_codes(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8) -> JsString;

    type TextDecoder;

    #[wasm_bindgen(constructor)]
    fn new() -> TextDecoder;

    // That of web-sys can throw.
    #[wasm_bindgen(method)]
    fn decode(this: &TextDecoder, bytes: &[u8]) -> JsString;

    type Blob;

    #[wasm_bindgen(constructor)]
    fn new(parts: &Array) -> Blob;

    #[wasm_bindgen(method, getter)]
    fn size(this: &Blob) -> f64;
}
