//! The verifier: answers whether a pack may be dispensed, for anybody who holds one.
//!
//! What: `POST /verify` takes what a scanner read or a picture of the label, `/01/…` is the address
//! on the pack itself, `/` is a page for staff. Answers come from a copy of the ledger that this
//! process follows and checks itself, and their words from one table, `theriac_proof::answer`.
//!
//! Invariants:
//! - **one answer stands in the state of one height**, which it names;
//! - **anonymous callers get one answer for everything unknown or mismatched**, and no details;
//! - a bad pack, or a code that cannot be read, is a result and not an error;
//! - a state that is too old gives no good answer.
//!
//! Entry points: [`start()`], [`serve_view`].

mod answer;
mod application;
mod config;
mod guessing;
mod inquiry;
mod lookup;
mod openapi;
mod picture;
mod replica;
mod routes;
mod state;
mod view;

pub use answer::{
    CodeBody, DisputeBody, DisputedEventBody, HolderBody, ProductBody, RecallBody, VerifyAnswer,
};
pub use application::{Service, StartError, serve_view, start};
pub use config::{Config, KeySettings, ReplicaSettings};
pub use openapi::openapi;
pub use replica::ReplicaView;
pub use view::{Head, LedgerView, ProvenState, SharedView, Snapshot};
