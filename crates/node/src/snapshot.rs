//! A whole state as one stream of bytes: what a node is backed up as, and what a new one begins from.
//!
//! ```text
//! "theriac snapshot" ‖ version u32 LE ‖ frame ...        frame = length u32 LE ‖ borsh(Frame)
//! Head, Run ..., Records ..., Block ... (newest first), End
//! ```
//!
//! Whoever reads one trusts nothing but genesis ([`restore()`]):
//!
//! - the certificate of the head is checked against the validators;
//! - the tree is computed again from all records, both halves, and must have the head's `state_root`;
//!   what a public half commits to (the entries of a chunk) is checked against it;
//! - each list of packs has the `identity_root` of its run, and no run of the state lacks its list, so
//!   that no pack can be commissioned twice;
//! - each block has the digest that the one after it names, its transactions have their root, and its
//!   certificate verifies. There are at least as many as make up the last window of validity, so that
//!   no transaction can be repeated.
//!
//! What is not in a snapshot: undecided blocks, evidence of misbehaviour, the signing guard, keys.

mod error;
mod extent;
mod frame;
mod restore;
mod state;
mod write;

pub use error::SnapshotError;
pub use extent::{Extent, NoExtent};
pub use frame::is_whole_tail;
pub use restore::{Progress, Restored, restore};
pub use write::{Sink, write};
