//! What JavaScript sees of the core.
