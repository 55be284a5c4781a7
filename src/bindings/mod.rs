//! What JavaScript sees of the core.

mod connection;
mod sink;
