//! Values of the host that the core carries but does not open.
//!
//! Message text crosses the core as a handle: `String` natively, a JavaScript string in a browser.
//! Copying it into wasm memory only to hand it back would cost three times what plain JavaScript
//! pays for the whole message.

use core::fmt::Debug;

/// Where the core runs: which types stand for text and for bytes.
pub trait Host: Clone + Debug + PartialEq + 'static {
    /// Text of a frame or a payload.
    type Text: Text;
    /// A binary attachment.
    type Bytes: Bytes;
}

/// Text that stays with the host.
///
/// Positions count the host's own units: UTF-8 bytes natively, UTF-16 code units in a browser.
/// Protocol headers are delimited by ASCII, which is one unit wide in both.
pub trait Text: Clone + Debug + PartialEq {
    /// What the host's parser makes of JSON.
    type Json: Json;

    /// Makes host text of a short string of the core's own.
    fn from_core(text: &str) -> Self;

    /// Makes host text of bytes that are UTF-8; what is not comes out as something else.
    fn from_utf8(bytes: &[u8]) -> Self;

    /// Copies the text into the core. For headers, ids and errors; never for user payloads.
    fn to_core(&self) -> String;

    /// Number of units.
    fn units(&self) -> usize;

    /// The unit at `at`.
    fn unit(&self, at: usize) -> Option<u16>;

    /// The part from unit `from` up to, not including, `to` or the end; empty if there is no such
    /// part.
    #[must_use]
    fn part(&self, from: usize, to: usize) -> Self;

    /// This text behind `head`.
    #[must_use]
    fn behind(&self, head: &str) -> Self;

    /// The texts in one, with `separator` between them.
    #[must_use]
    fn join(texts: &[Self], separator: char) -> Self;

    /// The parts between `separator`s, at most `limit` of them; what is behind those is left out.
    #[must_use]
    fn split(&self, separator: char, limit: usize) -> Vec<Self>;

    /// Number of bytes in UTF-8. May cost a pass over the text.
    fn utf8_len(&self) -> usize;

    /// The text parsed as JSON by the host; `None` if it is not JSON.
    fn parse_json(&self) -> Option<Self::Json>;
}

/// A value that stays with the host: of the few things the core reads in it, each is named.
///
/// Not `serde`: a description of every type in the wasm, to be compared with what a parser of
/// JavaScript's found, weighs more than the reading.
pub trait Json: Sized {
    /// The member called `name`; `None` if it is missing or null.
    fn member(&self, name: &str) -> Option<Self>;

    /// The element at place `at` of an array; `None` if it is missing or null.
    fn element(&self, at: usize) -> Option<Self>;

    /// The text that this is, copied into the core.
    fn text(&self) -> Option<String>;

    /// The number that this is.
    fn number(&self) -> Option<f64>;

    /// The number that this is, if it counts something.
    fn count(&self) -> Option<u64> {
        let number = self.number().filter(|number| *number >= 0.0 && number.fract() == 0.0);
        number.map(|number| number as u64)
    }
}

/// Bytes that stay with the host.
pub trait Bytes: Clone + Debug + PartialEq {
    /// Number of bytes.
    fn byte_len(&self) -> usize;

    /// Makes host bytes of bytes of the core.
    fn from_core(bytes: &[u8]) -> Self;

    /// Copies the bytes into the core. For transports that carry text only.
    fn to_core(&self) -> Vec<u8>;
}

/// The host of native builds: tests, the simulator, fuzzing.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Native;

#[cfg(not(target_arch = "wasm32"))]
impl Host for Native {
    type Text = String;
    type Bytes = Vec<u8>;
}

#[cfg(not(target_arch = "wasm32"))]
impl Text for String {
    type Json = serde_json::Value;

    fn from_core(text: &str) -> Self {
        text.to_owned()
    }

    fn from_utf8(bytes: &[u8]) -> Self {
        String::from_utf8_lossy(bytes).into_owned()
    }

    fn to_core(&self) -> String {
        self.clone()
    }

    fn units(&self) -> usize {
        self.len()
    }

    fn unit(&self, at: usize) -> Option<u16> {
        self.as_bytes().get(at).copied().map(u16::from)
    }

    fn part(&self, from: usize, to: usize) -> Self {
        self.get(from..to.min(self.len())).unwrap_or_default().to_owned()
    }

    fn behind(&self, head: &str) -> Self {
        let mut whole = String::with_capacity(head.len() + self.len());
        whole.push_str(head);
        whole.push_str(self);
        whole
    }

    fn join(texts: &[Self], separator: char) -> Self {
        <[Self]>::join(texts, separator.encode_utf8(&mut [0; 4]))
    }

    fn split(&self, separator: char, limit: usize) -> Vec<Self> {
        str::split(self, separator).take(limit).map(str::to_owned).collect()
    }

    fn utf8_len(&self) -> usize {
        self.len()
    }

    fn parse_json(&self) -> Option<serde_json::Value> {
        serde_json::from_str(self).ok()
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Json for serde_json::Value {
    fn member(&self, name: &str) -> Option<Self> {
        self.get(name).filter(|member| !member.is_null()).cloned()
    }

    fn element(&self, at: usize) -> Option<Self> {
        self.get(at).filter(|element| !element.is_null()).cloned()
    }

    fn text(&self) -> Option<String> {
        self.as_str().map(str::to_owned)
    }

    fn number(&self) -> Option<f64> {
        self.as_f64()
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Bytes for Vec<u8> {
    fn byte_len(&self) -> usize {
        self.len()
    }

    fn from_core(bytes: &[u8]) -> Self {
        bytes.to_vec()
    }

    fn to_core(&self) -> Vec<u8> {
        self.clone()
    }
}
