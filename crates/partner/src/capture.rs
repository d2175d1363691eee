//! Documents of EPCIS events, put on the ledger.
//!
//! A document is stored when it comes, and answered with a job. Then every event is read
//! (`document`), its meaning for the ledger is looked up in one table (`meaning`), and all of it
//! becomes one plan (`plan`) that is stored whole in the outbox, as every request is. What the ledger
//! has no action for is kept and its hash anchored; what it cannot keep true is refused by name.
//!
//! An event counts once: the same id with the same hash again changes nothing.

pub(crate) mod desk;
pub(crate) mod document;
mod faulty;
pub(crate) mod meaning;
pub(crate) mod plan;
mod wrong;

pub use desk::{CaptureRequest, Captures, DOCUMENT_BYTES_MAX};
