//! What JavaScript sees of the core.

pub mod chat_store;
pub mod event_stream;
