//! Where something is, and everything that happened to it.

pub(crate) mod show_lot;
pub(crate) mod show_pack;
pub(crate) mod show_unit;
mod words;
