//! What JavaScript sees of the core.
pub mod event_stream;
