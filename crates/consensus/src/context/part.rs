//! Parts of a proposed block's body.

use arc_malachitebft_app_channel::app::types::core::{self as malachite, Round};
use bytes::Bytes;
use theriac_ledger::identifier::BlockDigest;

use super::{Address, EngineHeight, TheriacContext};

/// One part of a body on its way: first what it is, then its bytes in order, then the end.
///
/// Parts are not signed: what they carry counts only if it has the digest that the signed
/// proposal names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProposalPart {
    /// What follows.
    Init {
        /// Height.
        height: EngineHeight,
        /// Round in which it is proposed.
        round: Round,
        /// Earlier round in which it had a quorum of prevotes.
        pol_round: Round,
        /// Who proposes in that round.
        proposer: Address,
        /// Digest of the block.
        block: BlockDigest,
        /// Length of the body in bytes.
        length: u32,
    },
    /// Bytes of the body, at most `PART_BYTES_MAX`; all but the last have exactly that many.
    Data(Bytes),
    /// Nothing follows.
    Fin,
}

impl malachite::ProposalPart<TheriacContext> for ProposalPart {
    fn is_first(&self) -> bool {
        matches!(self, Self::Init { .. })
    }

    fn is_last(&self) -> bool {
        matches!(self, Self::Fin)
    }
}
