//! How much of one tab may wait for the connection.

/// Limits of what an app may have on its way. What waits for an acknowledgement counts, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmitLimits {
    /// Emits that are unsent or unacknowledged. Default 100,000.
    pub emits: usize,
    /// Units of text and bytes that may have to be sent, or sent again. Default 256 Mi.
    pub units: usize,
    /// Whether an emit that finds no room takes that of the oldest of its socket that still waits
    /// for a connection, instead of failing itself. Default no.
    pub drop_oldest: bool,
}

impl Default for EmitLimits {
    fn default() -> Self {
        Self { emits: 100_000, units: 256 << 20, drop_oldest: false }
    }
}
