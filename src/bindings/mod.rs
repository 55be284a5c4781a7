//! What JavaScript sees of the core.

mod chat_store;
mod connection;
pub mod event_stream;
mod object;
mod sink;
