//! What JavaScript sees of the core.

mod chat_store;
mod connection;
mod event_stream;
mod sink;
