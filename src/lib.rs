//! One Socket.IO connection and one event stream for all tabs of a browser.
//!
//! The core is sans-IO: every protocol participant is a [`machine::Machine`] that takes in facts,
//! gives out commands and asks to be woken at an instant. It reads no clock, opens no socket and
//! knows no browser, so the same code runs under the simulator in `tests/native` and in wasm.
//! Only `web` (browser APIs) and `bindings` (what JavaScript sees) exist on wasm32 alone.
//!
//! Text and bytes of the user stay with the host ([`host::Host`]): in a browser the core holds
//! handles to JavaScript strings and buffers and reads packet headers through them.

// Unit tests are native. `wasm-pack test` would also build them for wasm32, where their
// dependencies do not exist.
#![cfg(not(all(test, target_arch = "wasm32")))]

pub mod backoff;
pub mod chat;
pub mod client;
pub mod engineio;
pub mod feed;
pub mod host;
pub mod machine;
pub mod rng;
pub mod socketio;
pub mod sorted;
pub mod sse;
pub mod tabs;
pub mod time;

#[cfg(target_arch = "wasm32")]
pub mod bindings;
#[cfg(target_arch = "wasm32")]
mod web;

// A quarter of the code of the standard one.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
