//! API keys that an administrator makes and revokes.

pub mod create;
pub mod list;
pub mod revoke;
