//! Browser APIs behind small owned values. Nothing else in the crate touches `web-sys`.

pub(crate) mod browser;
pub(crate) mod clock;
pub(crate) mod driver;
pub(crate) mod fetch_stream;
pub(crate) mod report;
