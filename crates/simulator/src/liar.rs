//! A proposer that lies: at most one validator of a simulation is one.

use std::sync::Arc;

use bytes::Bytes;
use theriac_consensus::engine::{LocallyProposedValue, Round};
use theriac_consensus::parts::{ProposalHead, split};
use theriac_consensus::{Address, EngineHeight, EngineValue, TheriacContext};
use theriac_crypto::digest;
use theriac_ledger::block::Block;
use theriac_node::engine::desk::Parts;

use crate::process::Process;

/// How a proposer lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lie {
    /// It names a state root that its transactions do not lead to.
    StateRoot,
    /// It dates its block into the future.
    Future,
    /// It says that a quorum has seen a block, dated into the future, that nobody has seen.
    SeenByQuorum,
    /// It sends another body than the one whose digest it proposes.
    OtherBody,
    /// It puts the transactions of the block in another order, and names the state root of the honest one.
    Shuffled,
}

impl Lie {
    pub(crate) const ALL: [Self; 5] = [
        Self::StateRoot,
        Self::Future,
        Self::SeenByQuorum,
        Self::OtherBody,
        Self::Shuffled,
    ];

    /// The lie in place of an honest proposal; none where there is nothing to lie about.
    pub(crate) fn propose(
        self,
        process: &mut Process,
        height: EngineHeight,
        round: Round,
    ) -> Option<(LocallyProposedValue<TheriacContext>, Parts)> {
        let key = process.key();
        let built = process.chain().build(process.wall(), key).ok()?;
        let mut block = Block::clone(&built.block);
        let honest = Arc::clone(&built.bytes);
        let mut pol_round = Round::Nil;
        match self {
            Self::StateRoot => block.header.state_root = digest("lie", b"root"),
            Self::Future => block.header.time = block.header.time.saturating_add(3_600_000),
            Self::SeenByQuorum => {
                block.header.time = block.header.time.saturating_add(3_600_000);
                pol_round = round
                    .as_u32()?
                    .checked_sub(1)
                    .map_or(Round::Nil, Round::new);
            }
            Self::OtherBody => block.header.transaction_count += 1,
            Self::Shuffled => {
                let mut transactions = block.transactions.into_inner();
                transactions.reverse();
                block.header.transactions_root =
                    theriac_ledger::block::transactions_root(&transactions);
                block.transactions = transactions.try_into().ok()?;
            }
        }
        let digest = block.header.digest();
        let body = match self {
            Self::OtherBody => Bytes::copy_from_slice(&honest),
            _ => Bytes::from(block.encode()),
        };
        let head = ProposalHead {
            height,
            round,
            pol_round,
            proposer: Address(key),
            block: digest,
        };
        let serial = process.next_serial();
        let value = LocallyProposedValue::new(height, round, EngineValue(digest));
        Some((value, split(&head, &body, serial)))
    }
}
