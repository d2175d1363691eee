//! Read models in SQL: what a service knows of the chain, and what only it knows.
//!
//! A service follows the chain and folds each final block into its own database ([`fold`]), in one
//! database transaction together with the height it has reached. Final blocks hold valid
//! transactions only, so the fold mirrors the effect of the rules and not the rules themselves.
//!
//! Invariants:
//! - **a block is folded whole and once, or not at all**: what a screen shows is rebuilt from the
//!   chain at any time;
//! - **membership has one home, the child's place**, as on the ledger: units and shipments hold no
//!   lists, and what still names a resolved one is held by the account it was resolved to;
//! - **packs are stored as maximal spans of equal packs**: a pallet of 10,000 is one row;
//! - every statement that must survive a power cut does: WAL with `synchronous=FULL` on SQLite,
//!   the server's settings checked on PostgreSQL; one writer;
//! - only this crate and `migrations` know that there is sea-orm.
//!
//! Entry points: [`Database::open`], [`genesis::store_genesis`], [`fold::BatchFold`], and the
//! repositories, one module a resource.
#![warn(missing_docs)]

pub mod backup;
mod codec;
mod database;
mod entity;
mod error;
pub mod fold;
pub mod genesis;
pub mod pack_range;
pub mod rebuild;
pub mod repository;
mod sequence;
mod tenancy;

pub use database::{Database, DatabaseSettings};
pub use error::{DatabaseFault, StorageError};
pub use sequence::Sequence;
pub use tenancy::{Tenancy, TenancyError};
pub use theriac_migrations::SchemaState;
