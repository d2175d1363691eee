//! Picks.
pub mod create;
