//! Returns.
pub mod list;
pub mod verify;
