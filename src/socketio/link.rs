/// What a manager's connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing, and nothing is planned.
    Closed,
    /// A session is being opened.
    Opening,
    /// A session is open.
    Open,
    /// A reconnection is planned.
    Waiting,
}
