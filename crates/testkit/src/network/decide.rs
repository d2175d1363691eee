//! How the authorities of a running network decide.

use theriac_ledger::action::{ApproveChange, EnactChange, ProposeChange};
use theriac_ledger::change::{Change, NewValidator};
use theriac_ledger::identifier::{ChangeId, Height};

use super::Network;
use crate::actor::Pen;
use crate::council::Hand;
use crate::stock::{accept, accept_signed};

impl Network {
    /// As many authorities as it takes propose, approve and enact a change without notice; gives the height at
    /// which it was enacted.
    pub async fn decide(&self, change: &Change) -> Height {
        let status = self.client(0).status().await;
        let set = status.expect("the first node answers").validators;
        let chain = self.anchor.chain_id();
        let pens: Vec<Pen> = self
            .council()
            .quorum(&set)
            .into_iter()
            .map(|Hand { key, account }| Pen::with_key(key, account, chain))
            .collect();
        let change = change.clone();
        let proposal = pens[0].sign(ProposeChange {
            change: change.clone(),
        });
        accept_signed(self, &proposal).await;
        let id = ChangeId::of_proposal(&proposal.id);
        for pen in &pens[1..] {
            accept(self, pen, ApproveChange { id }).await;
        }
        accept(self, &pens[0], EnactChange { id, change }).await
    }

    /// What gives the newcomer with this index a vote.
    pub fn new_validator(&self, newcomer: usize) -> NewValidator {
        let node = &self.nodes[self.consortium.validator_keys.len() + newcomer];
        let peer_address = node.peer_address.as_deref();
        let peer_address = peer_address.expect("a newcomer's node listens for validators");
        let chain = self.anchor.chain_id();
        self.newcomers[newcomer].validator(&chain, peer_address, &node.url.to_string())
    }
}
