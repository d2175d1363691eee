//! The public half of genesis.

pub(crate) mod show;
