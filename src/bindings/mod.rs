//! What JavaScript sees of the core.

mod connection;
mod event_stream;
mod sink;
