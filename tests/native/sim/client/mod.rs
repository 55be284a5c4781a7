//! Whole clients in the tabs of [`browser`](super::browser), sockets that fail, and a server.
//!
//! `app` is the program of a page: a `Client` and what its app was told. `server` and `adapter`
//! play socket.io, `memory` its deduplication, `network` the sockets between; `world` puts all together, `storm` plays at
//! random and `check` says what must be true.

pub(crate) mod adapter;
pub(crate) mod app;
pub(crate) mod check;
pub(crate) mod memory;
pub(crate) mod network;
pub(crate) mod record;
pub(crate) mod server;
pub(crate) mod shortcuts;
pub(crate) mod socket;
pub(crate) mod storm;
pub(crate) mod world;
