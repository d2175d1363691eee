//! Signing in and out, and the session that a caller is in.

pub mod create;
pub mod end;
pub mod password;
pub mod pin;
pub mod show;
pub mod switch;
