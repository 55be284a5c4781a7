//! A parser of the app: encodes and decodes packets in JavaScript.

use std::borrow::Cow;

use js_sys::{Array, ArrayBuffer, JsString, Uint8Array};
use wasm_bindgen::prelude::{JsCast, JsValue, wasm_bindgen};

use super::browser::{Browser, JsBytes, JsText};
use super::report::report;
use crate::engineio::Frame;
use crate::socketio::packet::{Header, Packet, PacketType};
use crate::socketio::{CodecCommand, CodecFact};

impl Codec {
    /// Carries out a command and reports what comes of it.
    pub(super) fn perform(
        &self,
        command: CodecCommand<Browser>,
        answer: impl Fn(CodecFact<Browser>),
    ) {
        match command {
            CodecCommand::Encode(Packet { header, payload, .. }) => {
                let (kind, ack) = (number_of(header.packet_type), header.ack.map(|ack| ack as f64));
                let payload = payload.as_ref().map(|payload| JsValue::from(payload.as_js()));
                match self.encode(kind, &header.namespace, ack, payload.unwrap_or_default()) {
                    Ok(messages) => {
                        let messages = messages.iter().filter_map(message).collect();
                        answer(CodecFact::Encoded(messages));
                    }
                    // It takes no other packet with it.
                    Err(error) => {
                        report(&error);
                        answer(CodecFact::Encoded(Vec::new()));
                    }
                }
            }
            CodecCommand::Decode(message) => {
                let decoded = match message {
                    Frame::Text(text) => self.decode(text.as_js()),
                    Frame::Binary(bytes) => self.decode(bytes.as_js()),
                };
                let packets = decoded.map(|packets| packets.iter().map(packet).collect());
                let packets: Vec<Option<Packet<Browser>>> = packets.unwrap_or_else(|_| vec![None]);
                for packet in packets {
                    answer(packet.map_or(CodecFact::Undecodable, CodecFact::Decoded));
                }
            }
            CodecCommand::Reset => self.reset(),
        }
    }
}

fn message(message: JsValue) -> Option<Frame<Browser>> {
    match message.dyn_into::<JsString>() {
        Ok(text) => Some(Frame::Text(JsText::from(text))),
        Err(bytes) => match bytes.dyn_into::<ArrayBuffer>() {
            Ok(buffer) => Some(Frame::Binary(JsBytes::from(buffer))),
            // A view sends its own bytes, not the whole buffer behind it.
            Err(view) => Some(Frame::Binary(JsBytes::from(Uint8Array::new(&view).buffer()))),
        },
    }
}

/// Reads `[type, namespace, ack or -1, payload]`.
fn packet(parts: JsValue) -> Option<Packet<Browser>> {
    let parts: Array = parts.dyn_into().ok()?;
    let ack = parts.get(2).as_f64().filter(|ack| *ack >= 0.0).map(|ack| ack as u64);
    let payload = Some(parts.get(3)).filter(|payload| !payload.is_undefined());
    let header = Header {
        packet_type: packet_type(parts.get(0).as_f64()? as u8)?,
        attachments: 0,
        namespace: Cow::Owned(parts.get(1).as_string()?),
        ack,
    };
    // A value of the app stands where otherwise there is text; nobody looks into it.
    let payload = payload.map(|payload| JsText::from(payload.unchecked_into::<JsString>()));
    Some(Packet { header, payload, attachments: Vec::new() })
}

const TYPES: [PacketType; 5] = [
    PacketType::Connect,
    PacketType::Disconnect,
    PacketType::Event,
    PacketType::Ack,
    PacketType::ConnectError,
];

fn packet_type(number: u8) -> Option<PacketType> {
    TYPES.get(usize::from(number)).copied()
}

const fn number_of(packet_type: PacketType) -> u8 {
    match packet_type {
        PacketType::Connect => 0,
        PacketType::Disconnect => 1,
        PacketType::Event => 2,
        PacketType::Ack => 3,
        PacketType::ConnectError => 4,
    }
}

#[wasm_bindgen]
extern "C" {
    /// `Codec` of `js/src/core/connection.ts`.
    #[wasm_bindgen]
    #[derive(Clone, Debug)]
    pub(crate) type Codec;

    #[wasm_bindgen(method, catch)]
    fn encode(
        this: &Codec,
        kind: u8,
        nsp: &str,
        ack: Option<f64>,
        payload: JsValue,
    ) -> Result<Array, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn decode(this: &Codec, message: &JsValue) -> Result<Array, JsValue>;

    #[wasm_bindgen(method)]
    fn reset(this: &Codec);
}
