//! Browser APIs behind small owned values. Nothing else in the crate touches `web-sys`.
