use core::fmt::{self, Write as _};
use std::borrow::Cow;

use super::reader::Reader;
use crate::host::Text;
use crate::socketio::ParseError;

/// What stands before the payload of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// What kind of packet it is.
    pub packet_type: PacketType,
    /// How many attachments follow; only events and acks have any.
    pub attachments: usize,
    /// Full name of the namespace, `/` for the main one.
    pub namespace: Cow<'a, str>,
    /// Id of an event that wants to be acknowledged, or of the acknowledged one.
    pub ack: Option<u64>,
}

/// What kind a packet is. Whether it is a binary one follows from its attachments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketType {
    /// Asks for a namespace, or lets in.
    Connect,
    /// Leaves a namespace.
    Disconnect,
    /// Carries an event.
    Event,
    /// Acknowledges an event.
    Ack,
    /// Refuses a CONNECT.
    ConnectError,
}

impl Header<'static> {
    /// Reads the header that begins here, and stops where the payload begins.
    pub(super) fn read(
        reader: &mut Reader<'_, impl Text>,
        max_attachments: usize,
    ) -> Result<Self, ParseError> {
        let (packet_type, binary) = reader.packet_type()?;
        let attachments = if binary { reader.attachments(max_attachments)? } else { 0 };
        let namespace = reader.namespace()?;
        let ack = reader.ack()?;
        // Blanks belong to the JSON text. The reference parser takes them for an ack id of 0.
        reader.skip_blanks();
        Ok(Self { packet_type, attachments, namespace, ack })
    }
}

/// The text of the header.
impl fmt::Display for Header<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digit = match (self.packet_type, self.attachments) {
            (PacketType::Connect, _) => '0',
            (PacketType::Disconnect, _) => '1',
            (PacketType::Event, 0) => '2',
            (PacketType::Ack, 0) => '3',
            (PacketType::ConnectError, _) => '4',
            (PacketType::Event, _) => '5',
            (PacketType::Ack, _) => '6',
        };
        f.write_char(digit)?;
        if matches!(digit, '5' | '6') {
            write_number(f, self.attachments as u64)?;
            f.write_char('-')?;
        }
        if self.namespace != MAIN {
            f.write_str(&self.namespace)?;
            f.write_char(',')?;
        }
        self.ack.map_or(Ok(()), |ack| write_number(f, ack))
    }
}

/// What `write!` does, without its way through width, sign and padding, for each packet.
fn write_number(f: &mut fmt::Formatter<'_>, number: u64) -> fmt::Result {
    if number >= 10 {
        write_number(f, number / 10)?;
    }
    f.write_char(char::from(b'0' + (number % 10) as u8))
}

impl<T: Text> Reader<'_, T> {
    fn packet_type(&mut self) -> Result<(PacketType, bool), ParseError> {
        let read = match self.ascii() {
            Some(b'0') => (PacketType::Connect, false),
            Some(b'1') => (PacketType::Disconnect, false),
            Some(b'2') => (PacketType::Event, false),
            Some(b'3') => (PacketType::Ack, false),
            Some(b'4') => (PacketType::ConnectError, false),
            Some(b'5') => (PacketType::Event, true),
            Some(b'6') => (PacketType::Ack, true),
            _ => return Err(ParseError::TypeUnknown),
        };
        self.advance();
        Ok(read)
    }

    fn attachments(&mut self, max: usize) -> Result<usize, ParseError> {
        let count = self.number(ParseError::AttachmentsTooMany)?;
        if self.ascii() != Some(b'-') {
            return Err(ParseError::AttachmentsInvalid);
        }
        self.advance();
        match count.map(usize::try_from) {
            None | Some(Ok(0)) => Err(ParseError::AttachmentsInvalid),
            Some(Ok(count)) if count <= max => Ok(count),
            Some(_) => Err(ParseError::AttachmentsTooMany),
        }
    }

    /// Ends at a comma, or with the text.
    fn namespace(&mut self) -> Result<Cow<'static, str>, ParseError> {
        if self.ascii() != Some(b'/') {
            return Ok(Cow::Borrowed(MAIN));
        }
        let from = self.at();
        while !matches!(self.ascii(), None | Some(b',')) {
            if self.at() - from >= MAX_NAMESPACE {
                return Err(ParseError::NamespaceTooLong);
            }
            self.advance();
        }
        let name = self.read_since(from).to_core();
        self.advance();
        Ok(Cow::Owned(name))
    }

    fn ack(&mut self) -> Result<Option<u64>, ParseError> {
        self.number(ParseError::AckIdTooLarge)
    }

    /// The decimal number that begins here, if one does.
    fn number(&mut self, too_large: ParseError) -> Result<Option<u64>, ParseError> {
        let mut number = None;
        while let Some(digit @ b'0'..=b'9') = self.ascii() {
            let next = number.unwrap_or(0) * 10 + u64::from(digit - b'0');
            if next > MAX_EXACT {
                return Err(too_large);
            }
            number = Some(next);
            self.advance();
        }
        Ok(number)
    }
}

const MAIN: &str = "/";
const MAX_NAMESPACE: usize = 1024;
/// `Number.MAX_SAFE_INTEGER`.
const MAX_EXACT: u64 = (1 << 53) - 1;
