//! Requests about intents.

pub mod show;
