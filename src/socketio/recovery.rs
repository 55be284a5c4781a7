/// What a server needs to go on with a session (connection state recovery).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// Private id of the session.
    pub pid: String,
    /// Offset of the last event that carried one.
    pub offset: Option<String>,
}
