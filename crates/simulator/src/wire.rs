//! What nodes say to each other.

use arc_malachitebft_app_channel::app::consensus::{LivenessMsg, SignedConsensusMsg};
use theriac_consensus::engine::{PeerId, RawDecidedValue, StreamMessage};
use theriac_consensus::{ProposalPart, TheriacContext};
use theriac_ledger::identifier::Height;

/// A message on its way.
#[derive(Debug, Clone)]
pub(crate) enum Wire {
    /// A vote or a proposal.
    Consensus(SignedConsensusMsg<TheriacContext>),
    /// A vote or certificate said again.
    Liveness(LivenessMsg<TheriacContext>),
    /// Part of a proposal, and who published it.
    Part(PeerId, StreamMessage<ProposalPart>),
    /// Transactions for the pool.
    Transactions(Vec<Vec<u8>>),
    /// The sender's committed height.
    Status(Height),
    /// Asks for decided blocks.
    SyncRequest {
        /// The first.
        first: Height,
        /// The last.
        last: Height,
    },
    /// Decided blocks.
    SyncResponse(Vec<RawDecidedValue<TheriacContext>>),
}

impl Wire {
    /// A word for the trace.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Consensus(SignedConsensusMsg::Vote(_)) => "vote",
            Self::Consensus(SignedConsensusMsg::Proposal(_)) => "proposal",
            Self::Liveness(_) => "liveness",
            Self::Part(..) => "part",
            Self::Transactions(_) => "transactions",
            Self::Status(_) => "status",
            Self::SyncRequest { .. } => "sync request",
            Self::SyncResponse(_) => "sync response",
        }
    }
}
