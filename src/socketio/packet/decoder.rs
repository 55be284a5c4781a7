use super::reader::Reader;
use super::{Header, Packet, payload};
use crate::host::{Host, Text};
use crate::socketio::ParseError;

/// Puts packets together from messages.
///
/// Other Engine.IO packets may come between a packet and its attachments, other messages not.
#[derive(Clone, Debug)]
pub struct Decoder<H: Host> {
    max_attachments: usize,
    incomplete: Option<Packet<H>>,
}

impl<H: Host> Decoder<H> {
    /// A decoder that takes up to so many attachments a packet.
    pub const fn new(max_attachments: usize) -> Self {
        Self { max_attachments, incomplete: None }
    }

    /// Takes up to so many attachments from the next packet on.
    pub(in crate::socketio) const fn set_max_attachments(&mut self, max_attachments: usize) {
        self.max_attachments = max_attachments;
    }

    /// Forgets a packet that is not complete.
    pub fn reset(&mut self) {
        self.incomplete = None;
    }

    /// Whether the next message begins a packet.
    pub(in crate::socketio) const fn is_idle(&self) -> bool {
        self.incomplete.is_none()
    }

    /// Takes in the text message that begins at unit `from`; gives the packet if it is complete.
    ///
    /// # Errors
    ///
    /// What is wrong with the text. The stream of messages cannot be understood after that.
    pub fn add_text(
        &mut self,
        text: &H::Text,
        from: usize,
    ) -> Result<Option<Packet<H>>, ParseError> {
        let (header, payload) = self.read(text, from)?;
        let attachments = Vec::with_capacity(header.attachments);
        Ok(self.complete(Packet { header, payload, attachments }))
    }

    /// The packet in the text message that begins at unit `from`, if that is an event without
    /// attachments. Anything else, and what is wrong with it, is for [`add_text`](Self::add_text).
    pub(in crate::socketio) fn peek_plain(
        &self,
        text: &H::Text,
        from: usize,
    ) -> Option<(Header<'static>, Option<H::Text>)> {
        let is_plain_event = text.unit(from)? == u16::from(b'2');
        is_plain_event.then(|| self.read(text, from).ok())?
    }

    /// Takes in a binary message; gives the packet if it is complete.
    ///
    /// # Errors
    ///
    /// No attachment is due.
    pub fn add_binary(&mut self, bytes: H::Bytes) -> Result<Option<Packet<H>>, ParseError> {
        let mut packet = self.incomplete.take().ok_or(ParseError::AttachmentUnexpected)?;
        packet.attachments.push(bytes);
        Ok(self.complete(packet))
    }

    fn read(
        &self,
        text: &H::Text,
        from: usize,
    ) -> Result<(Header<'static>, Option<H::Text>), ParseError> {
        if self.incomplete.is_some() {
            return Err(ParseError::AttachmentMissing);
        }
        let mut reader = Reader::new(text, from);
        let header = Header::read(&mut reader, self.max_attachments)?;
        let payload = payload::read(&mut reader, header.packet_type)?;
        Ok((header, payload))
    }

    fn complete(&mut self, packet: Packet<H>) -> Option<Packet<H>> {
        if packet.attachments.len() < packet.header.attachments {
            self.incomplete = Some(packet);
            return None;
        }
        Some(packet)
    }
}
