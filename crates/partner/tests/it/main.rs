//! What partners share, against a node.
#![expect(clippy::unwrap_used, reason = "a test that meets no value fails")]

mod comparing;
mod delivering;
mod node_of_one;
mod outbox;
mod people;
mod rebuilding;
mod remote_signer;
mod webhooks;
