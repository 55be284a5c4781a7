//! Packets that somebody else encodes and decodes.

use std::borrow::Cow;

use super::{Manager, Outgoing};
use crate::engineio::{Frame, Message};
use crate::host::{Host, Text};
use crate::machine::Machine;
use crate::socketio::packet::{Header, Packet};
use crate::socketio::{
    CodecCommand, CodecFact, NamespaceId, NotConnected, Output, ParseError, Status,
};
use crate::time::Instant;

impl<H: Host> Manager<H> {
    /// Has a packet encoded; what it becomes is sent when the codec says so.
    pub(super) fn encode(
        &mut self,
        id: NamespaceId,
        packet: &Outgoing<'_, H>,
        now: Instant,
    ) -> Result<(), NotConnected> {
        let namespace = self.namespaces.get(id.0).ok_or(NotConnected)?;
        let header = Header {
            packet_type: packet.packet_type,
            attachments: 0,
            namespace: Cow::Owned(namespace.name.clone()),
            ack: packet.ack,
        };
        let payload = packet.payload.cloned();
        // A heartbeat that has run out is found here, and not when it is too late to say so.
        self.link.handle_timeout(now);
        self.pump(now);
        if self.status() != Status::Open {
            return Err(NotConnected);
        }
        let packet = Packet { header, payload, attachments: Vec::new() };
        self.encoding += 1;
        self.outputs.push_back(Output::Codec(CodecCommand::Encode(packet)));
        Ok(())
    }

    /// Has a message decoded.
    pub(super) fn decode(&mut self, message: Message<H>) {
        let message = match message {
            Message::Text(frame) => Frame::Text(frame.part(Message::<H>::START, usize::MAX)),
            Message::Binary(bytes) => Frame::Binary(bytes),
        };
        self.outputs.push_back(Output::Codec(CodecCommand::Decode(message)));
    }

    pub(super) fn reset_decoder(&mut self) {
        self.decoder.reset();
        if self.link.has_foreign_codec() {
            self.outputs.push_back(Output::Codec(CodecCommand::Reset));
        }
    }

    pub(super) fn handle_codec(&mut self, fact: CodecFact<H>, now: Instant) {
        match fact {
            CodecFact::Encoded(messages) => {
                for message in messages {
                    // What cannot be sent is lost with its session.
                    let _ = match message {
                        Frame::Text(text) => self.link.send_text("", Some(&text), now),
                        Frame::Binary(bytes) => self.link.send_binary(bytes, now),
                    };
                }
                self.encoding = self.encoding.saturating_sub(1);
                if self.closing {
                    self.close(now);
                }
            }
            CodecFact::Decoded(packet) => self.route(packet, now),
            CodecFact::Undecodable => self.fail(ParseError::PayloadInvalid, now),
        }
    }
}
