//! The ledger of Theriac: transactions, custody rules, state, blocks. Pure and deterministic.
//!
//! Invariants:
//! - this crate reads no clock, no file and no randomness; block time is the only time;
//! - only canonical bytes are hashed, and every hash and signature has a tag and the chain id;
//! - a pack has one holder and one status; a rejected transaction leaves no trace;
//! - nothing happens without a transaction.
//!
//! Entry points: [`transaction::SignedTransaction`], [`action::ActionBody`], [`state::State`],
//! [`execute`], [`rejection::Rejection`], [`block::Header`], [`genesis::Anchor`].
//! Layouts, rules and the readings chosen where the design was silent are described in
//! `docs/ledger-format.md`; the legality of an action is in `rules/<action>.rs`.
//! The feature `testing` adds a state in memory and a small consortium.
#![warn(missing_docs)]

pub mod action;
pub mod block;
pub mod change;
pub mod constants;
pub mod custody;
pub mod encoding;
pub mod execute;
pub mod genesis;
pub mod identifier;
pub mod pack_set;
pub mod planted;
pub mod record;
pub mod rejection;
mod rules;
pub mod state;
pub mod state_key;
#[cfg(feature = "testing")]
pub mod testing;
pub mod transaction;
pub mod validator;
