//! Packets and their text. Public for those who play the server's part: the simulator, fuzzing.

mod decoder;
mod header;
mod payload;
mod reader;

pub use decoder::Decoder;
pub use header::{Header, PacketType};

use crate::host::Host;

/// A whole packet.
#[derive(Clone, Debug, PartialEq)]
pub struct Packet<H: Host> {
    /// What stands before the payload.
    pub header: Header<'static>,
    /// JSON text, as it came.
    pub payload: Option<H::Text>,
    /// What the placeholders in the payload stand for; as many as the header says.
    pub attachments: Vec<H::Bytes>,
}
