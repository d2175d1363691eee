//! Addresses of intents.

pub(crate) mod show;
