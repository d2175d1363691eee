//! For tests: a state in memory, a small consortium made from a seed, and a ledger of one.
//!
//! ```
//! use theriac_ledger::action::{ActionBody, AnchorDigest, AnchorKind};
//! use theriac_ledger::testing::{Actor, TestLedger};
//! let mut ledger = TestLedger::new(1);
//! let action = AnchorDigest { kind: AnchorKind::Document, digest: Default::default() };
//! assert!(ledger.act(Actor::Pharmacy, action).is_ok());
//! ```

mod builder;
mod consortium;
mod ledger;
pub mod membership;
mod memory;
pub mod model;

pub use builder::{commission_run, date, gtin, pack_keys, packs, product, run_id, serial, sscc};
pub use consortium::{Actor, Consortium};
pub use ledger::{Refused, TestLedger};
pub use memory::MemoryState;
