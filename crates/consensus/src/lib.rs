//! The Malachite engine made ours: context, bytes on the wire, signing and its durable guard.
//!
//! What the engine agrees on is the digest of a block; the body travels beside it in parts. This
//! crate knows no transaction: it moves opaque bodies, and `node` executes them.
//!
//! Invariants:
//! - votes and proposals are signed over `theriac_proof::vote`, never over an encoding;
//! - no signature leaves before the [`guard::SigningGuard`] has made its subject durable
//!   ([`publish`]), and two
//!   different votes of one height, round and step are never signed;
//! - every message from a peer is bounded and read strictly: one value, one encoding;
//! - proposers follow from the validator set, height and round alone.
//!
//! Entry points: [`start()`] runs the engine, [`codec::WireCodec`] is the wire and log format,
//! [`parts`] splits and joins block bodies, [`certificate`] converts commit certificates,
//! [`misbehaviour`] the evidence against validators.
#![warn(missing_docs)]

pub mod certificate;
pub mod codec;
pub mod context;
pub mod guard;
mod height;
mod listener;
mod log_head;
mod log_tail;
pub mod misbehaviour;
pub mod parts;
pub mod peer;
pub mod publish;
mod reach;
pub mod signing;
mod start;

pub use context::{
    Address, EngineHeight, EngineProposal, EngineValidator, EngineValidators, EngineValue,
    EngineVote, ProposalPart, TheriacContext,
};
pub use height::height_params;
pub use log_head::{LogHead, log_head};
pub use start::{Engine, EngineOptions, StartError, Voter, log_path, start};

/// The engine's own types, for the one crate that answers its messages.
pub mod engine {
    pub use arc_malachitebft_app_channel::app::engine::host::{
        LocallyProposedValue, Next, ProposedValue, SyncedValueOutcome,
    };
    pub use arc_malachitebft_app_channel::app::streaming::{
        StreamContent, StreamId, StreamMessage,
    };
    pub use arc_malachitebft_app_channel::app::types::core::{
        CommitCertificate, HeightParams, LinearTimeouts, NilOrVal, Round, Validator, Validity,
        VoteType,
    };
    pub use arc_malachitebft_app_channel::app::types::{MisbehaviorEvidence, PeerId};
    pub use arc_malachitebft_app_channel::{AppMsg, NetworkMsg};
    pub use arc_malachitebft_sync::RawDecidedValue;
}
