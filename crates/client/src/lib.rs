//! Typed client of a node: reads the chain, checks every certificate itself, submits transactions.
//!
//! # Invariants
//!
//! - **Nothing that a node says about the chain is believed unchecked**: a block counts when its
//!   header follows from the one before, the validators' certificate is good, and its transactions
//!   have the header's root.
//! - **Two final headers of one height are handed on as evidence**, never only refused.
//! - **An intent is never sent under two ids at once**: [`Submitter`] signs anew only after a final
//!   block shows that the old id can no longer be included.
//! - Every body, stream, list and wait is bounded by a named constant or a setting.
//!
//! # Entry points
//!
//! [`trust::load_anchor`] reads the trust file; [`NodeClient`] speaks to one node; [`Follower`]
//! yields [`VerifiedBlock`]s from several; [`Submitter`] signs and sends.
#![warn(missing_docs)]

mod bounded_body;
pub mod follower;
pub mod generator;
pub mod head;
pub mod head_watch;
pub mod node_client;
pub mod node_url;
pub mod partner_client;
pub mod record_name;
pub mod request_signer;
mod sse;
pub mod submitter;
pub mod trust;
pub mod trusted;
pub mod verified_block;
pub mod verified_record;
pub mod wire;

pub use follower::{Follower, FollowerSettings, FollowerStatus};
pub use generator::Generator;
pub use head_watch::HeadWatch;
pub use node_client::{
    BlockStream, ClientSetupError, NodeClient, NodeError, StreamItem, TimeLimits,
};
pub use node_url::NodeUrl;
pub use partner_client::{NotTaken, PartnerClient};
pub use record_name::RecordName;
pub use request_signer::RequestSigner;
pub use submitter::{Outcome, SignedIntent, Submitter, SubmitterSettings};
pub use trusted::{LearnError, TrustedSets};
pub use verified_block::{BlockRefusal, VerifiedBlock, VerifiedTransaction, verify_block};
pub use verified_record::{RecordRefusal, VerifiedRecord, verify_record};
