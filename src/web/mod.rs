//! Browser APIs behind small owned values. Nothing else in the crate touches `web-sys`.

pub(crate) mod browser;
pub(crate) mod channel;
pub(crate) mod clock;
pub(crate) mod codec;
pub(crate) mod connection;
pub(crate) mod drain;
pub(crate) mod driver;
pub(crate) mod entropy;
pub(crate) mod feed;
pub(crate) mod fetch_stream;
pub(crate) mod listener;
pub(crate) mod locks;
pub(crate) mod nap;
pub(crate) mod page;
pub(crate) mod report;
pub(crate) mod scope;
pub(crate) mod sharing;
pub(crate) mod task;
pub(crate) mod timer;
pub(crate) mod websocket;
pub(crate) mod wire;
pub(crate) mod xhr;
