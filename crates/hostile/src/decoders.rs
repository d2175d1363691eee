//! The decoders, by what they read.

pub(crate) mod batch_file;
pub(crate) mod engine;
pub(crate) mod engine_log;
pub(crate) mod epcis;
pub(crate) mod exception_message;
pub(crate) mod genesis;
pub(crate) mod gs1;
pub(crate) mod key_file;
pub(crate) mod ledger;
pub(crate) mod picture;
pub(crate) mod proof;
pub(crate) mod requests;
pub(crate) mod signature;
pub(crate) mod signer;
pub(crate) mod signing_guard;
pub(crate) mod snapshot;
pub(crate) mod state_machine;
pub(crate) mod wire;
