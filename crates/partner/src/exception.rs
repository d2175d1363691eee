//! Exceptions of deliveries: what did not come as it was announced, seen and settled by both sides (docs/adr/0026).
//!
//! Invariants:
//! - **what the ledger can say is said there**: what is not received is in a rest shipment, with its reasons;
//!   its case has the id of the shipment, and is settled by what becomes of the rest;
//! - **what else is said is a message whose digest its author puts on record**: how it travels does not matter,
//!   and when it was said and by whom is the chain's word;
//! - **the state of a case is a function of both** ([`case::judge`]), the same on either side.
//!
//! Entry points: [`message::Message`], [`case::judge`], [`view`], [`delivery`].

pub mod case;
pub mod delivery;
pub mod inbox;
pub mod message;
pub mod view;
mod words;

pub use words::{Kind, Resolution};
