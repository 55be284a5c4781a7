//! What JavaScript sees of the core.
//!
//! It becomes two files of wasm: `wasm = "core"` without the chat store, which is downloaded by those
//! who chat, and `wasm = "chat"` with nothing else. Who says nothing compiles all.

#[cfg(not(wasm = "core"))]
mod chat_store;
#[cfg(not(wasm = "chat"))]
mod connection;
#[cfg(not(wasm = "chat"))]
pub mod event_stream;
mod object;
#[cfg(not(wasm = "chat"))]
mod sink;
