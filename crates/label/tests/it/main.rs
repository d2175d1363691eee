//! Labels made and read again through the public interface.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod reading;
mod rendering;
mod sheets;
mod terminal;
