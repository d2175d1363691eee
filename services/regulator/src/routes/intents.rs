//! What was meant to be put on the ledger.

pub(crate) mod show;
