//! What must hold of a network whatever happened to it, checked from outside: every block is
//! fetched from every node and verified against the anchor, then replayed by a state of our own.

use std::collections::{BTreeMap, BTreeSet};

use theriac_client::{NodeClient, VerifiedBlock, verify_block};
use theriac_ledger::action::ActionBody;
use theriac_ledger::block::Parent;
use theriac_ledger::execute::{BlockContext, Execution, check_stateless};
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::{Height, PackLocation, TransactionId};
use theriac_ledger::testing::{Consortium, MemoryState};

use crate::load::{Acknowledged, History};
use crate::network::Network;

/// Blocks asked for at once.
const PAGE: usize = 64;

/// The chain as one node serves it, verified from genesis.
#[derive(Debug)]
pub struct Chain {
    /// Its blocks from height 1.
    pub blocks: Vec<VerifiedBlock>,
}

impl Chain {
    /// Reads and verifies every block up to `height` from one node.
    pub async fn read(client: &NodeClient, anchor: &Anchor, height: Height) -> Self {
        let mut parent = Parent::genesis(anchor);
        let mut blocks = Vec::new();
        while parent.height < height {
            let page = client
                .blocks(parent.height + 1, PAGE)
                .await
                .expect("a page of blocks");
            assert!(
                !page.blocks.is_empty(),
                "no block after {} of {height}",
                parent.height
            );
            for bytes in &page.blocks {
                let block = theriac_client::wire::FinalBlock::decode(bytes).expect("a block");
                let block = verify_block(&parent, &anchor.validators, block).expect("a good block");
                parent = block.as_parent();
                blocks.push(block);
            }
        }
        blocks.truncate(usize::try_from(height).expect("few blocks"));
        Self { blocks }
    }

    /// Where each transaction is; fails on one that is there twice.
    pub fn places(&self) -> BTreeMap<TransactionId, (Height, u32)> {
        let mut places = BTreeMap::new();
        for block in &self.blocks {
            for (index, transaction) in (0..).zip(&block.transactions) {
                let earlier = places.insert(transaction.id, (block.header.height, index));
                assert_eq!(
                    earlier, None,
                    "transaction {} is on the chain twice",
                    transaction.id
                );
            }
        }
        places
    }
}

/// Checks a network that is whole again against what its users saw, and gives its chain.
///
/// - every node has the same block and the same state root at every height;
/// - every acknowledged transaction is on the chain exactly once, where it was said to be;
/// - an answer that came before another submission began names no later height;
/// - every transaction is legal when replayed from genesis, and no pack was dispensed twice.
pub async fn check(network: &Network, history: &History) -> Chain {
    let height = common_height(network.clients()).await;
    let chain = Chain::read(network.client(0), &network.anchor, height).await;
    for (index, client) in network.clients().iter().enumerate().skip(1) {
        let other = Chain::read(client, &network.anchor, height).await;
        assert_same(&chain, &other, index);
    }
    assert!(
        history.refused.is_empty(),
        "legal transactions refused: {:?}",
        history.refused
    );
    check_acknowledged(&chain, &history.acknowledged);
    check_order(&history.acknowledged);
    replay(&network.consortium, &network.anchor, &chain);
    check_dispensed_once(&chain);
    chain
}

/// The height that every node has reached; the highest of them must be reached by all in time.
pub async fn common_height(clients: &[NodeClient]) -> Height {
    let mut height = 0;
    for client in clients {
        height = height.max(client.status().await.expect("every node runs").height);
    }
    for client in clients {
        let what = format!("{} reaches height {height}", client.url());
        crate::wait::eventually(&what, crate::network::PATIENCE, || async {
            client
                .status()
                .await
                .ok()
                .filter(|status| status.height >= height)
        })
        .await;
    }
    height
}

/// Fails when two nodes differ at some height.
pub fn assert_same(one: &Chain, other: &Chain, index: usize) {
    for (one, other) in one.blocks.iter().zip(&other.blocks) {
        let height = one.header.height;
        assert_eq!(
            one.header.digest(),
            other.header.digest(),
            "node {index} has another block at height {height}"
        );
        assert_eq!(one.header.state_root, other.header.state_root);
    }
    assert_eq!(one.blocks.len(), other.blocks.len());
}

/// Fails unless every acknowledged transaction is where the acknowledgement said.
pub fn check_acknowledged(chain: &Chain, acknowledged: &[Acknowledged]) {
    let places = chain.places();
    for known in acknowledged {
        let found = places.get(&known.id).copied();
        assert_eq!(
            found,
            Some((known.height, known.index)),
            "acknowledged {} is lost",
            known.id
        );
    }
}

/// Real-time order: what was answered before something else began is not later on the chain.
fn check_order(acknowledged: &[Acknowledged]) {
    let mut by_answer: Vec<&Acknowledged> = acknowledged.iter().collect();
    by_answer.sort_unstable_by_key(|known| known.answered);
    let mut by_begin = by_answer.clone();
    by_begin.sort_unstable_by_key(|known| known.began);
    let (mut answers, mut highest) = (by_answer.into_iter().peekable(), 0);
    for later in by_begin {
        while let Some(earlier) = answers.next_if(|earlier| earlier.answered < later.began) {
            highest = highest.max(earlier.height);
        }
        assert!(
            later.height >= highest,
            "{} is before what was answered earlier",
            later.id
        );
    }
}

/// Executes the chain on a state of our own: every transaction must be legal where it stands.
pub fn replay(consortium: &Consortium, anchor: &Anchor, chain: &Chain) -> MemoryState {
    let mut state = MemoryState::genesis(anchor, &consortium.records);
    for block in &chain.blocks {
        let (height, time) = (block.header.height, block.header.time);
        let mut execution = Execution::new(&state, BlockContext { height, time });
        for transaction in &block.transactions {
            let checked = check_stateless(transaction.signed.clone(), &anchor.chain_id());
            let checked = checked.expect("a signature that the validators checked");
            execution
                .apply(&checked)
                .expect("a transaction that the validators executed");
        }
        let changes = execution.finish();
        state.apply(changes);
    }
    state
}

/// The naive rule, pack by pack: dispensed at most once between reactivations.
fn check_dispensed_once(chain: &Chain) {
    let mut dispensed = BTreeSet::new();
    for transaction in chain.blocks.iter().flat_map(|block| &block.transactions) {
        let (sets, is_dispense) = match &transaction.body {
            ActionBody::Dispense(action) => (&action.packs, true),
            ActionBody::Reactivate(action) => (&action.packs, false),
            _ => continue,
        };
        for set in sets {
            for position in set.ranges.iter().flat_map(|range| range.first..range.end()) {
                let pack = PackLocation {
                    run: set.run,
                    position,
                };
                if is_dispense {
                    assert!(dispensed.insert(pack), "{pack} was dispensed twice");
                } else {
                    dispensed.remove(&pack);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
