//! The oracle over real nodes: every block is fetched from every node and verified.

use std::collections::BTreeMap;

use theriac_client::wire::FinalBlock;
use theriac_client::{NodeClient, verify_block};
use theriac_ledger::block::Parent;
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::{Height, TransactionId};

use super::{Case, Chain, agreement, places};
use crate::load::History;
use crate::network::Network;

/// Blocks asked for at once.
const PAGE: usize = 64;

impl Chain {
    /// Reads and verifies every block up to `height` from one node.
    pub async fn read(client: &NodeClient, anchor: &Anchor, height: Height) -> Self {
        let mut parent = Parent::genesis(anchor);
        let mut validators = anchor.validators.clone();
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
                let block = FinalBlock::decode(bytes).expect("a block");
                let block = verify_block(&parent, &validators, block).expect("a good block");
                parent = block.as_parent();
                validators = block.next_validators.clone().unwrap_or(validators);
                blocks.push(block);
            }
        }
        blocks.truncate(usize::try_from(height).expect("few blocks"));
        Self { blocks }
    }

    /// Where each transaction is.
    ///
    /// # Panics
    ///
    /// When one is there twice.
    pub fn places(&self) -> BTreeMap<TransactionId, (Height, u32)> {
        let (places, twice) = places(self);
        assert!(twice.is_empty(), "{twice:?}");
        places
    }
}

/// Checks a network that is whole again against what its users saw, and gives its chain. A load of
/// legal transactions expects no refusal.
///
/// # Panics
///
/// With everything that does not hold.
pub async fn check(network: &Network, history: &History) -> Chain {
    let height = common_height(network.clients()).await;
    let mut chains = Vec::new();
    for client in network.clients() {
        chains.push(Chain::read(client, &network.anchor, height).await);
    }
    assert!(
        history.refused.is_empty(),
        "legal transactions refused: {:?}",
        history.refused
    );
    let case = Case {
        consortium: &network.consortium,
        anchor: &network.anchor,
        chains: &chains,
        acknowledged: &history.acknowledged,
        signed: &[],
        dishonest: &[],
        kept: &[],
        answers: &[],
    };
    let violations: Vec<String> = case.judge().iter().map(ToString::to_string).collect();
    assert!(violations.is_empty(), "{}", violations.join("\n"));
    chains.swap_remove(0)
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

/// Fails when two nodes differ at some height, or one is behind.
pub fn assert_same(one: &Chain, other: &Chain, index: usize) {
    let found = agreement::judge(&[one.clone(), other.clone()]);
    assert!(
        found.is_empty(),
        "node {index} has another block: {found:?}"
    );
    assert_eq!(one.blocks.len(), other.blocks.len());
}
