//! Proposals for heights ahead, where the set of validators changes in between.

use std::sync::Arc;

use theriac_consensus::engine::Round;
use theriac_consensus::parts::{ProposalHead, split};
use theriac_consensus::peer::peer_id;
use theriac_consensus::{Address, EngineHeight};
use theriac_crypto::PublicKey;
use theriac_ledger::action::{ApproveChange, EnactChange, ProposeChange};
use theriac_ledger::change::Change;
use theriac_ledger::identifier::{ChangeId, Height, Timestamp};
use theriac_ledger::testing::membership::new_validator;
use theriac_ledger::transaction::SignedTransaction;
use theriac_ledger::validator::ValidatorSet;
use theriac_node::chain::{BuiltBlock, Chain};
use theriac_node::engine::EngineRole;
use theriac_node::engine::desk::Desk;

use crate::fixture::{Node, World};

/// A consortium that has agreed on a fifth validator: the next block may let it vote.
struct Scene {
    world: World,
    agreed: SignedTransaction,
    /// When it may be enacted.
    ready: Timestamp,
    /// What everybody has.
    past: Vec<BuiltBlock>,
}

impl Scene {
    fn new() -> Self {
        let mut world = World::new();
        let node = Node::new(&world);
        let account = world.consortium.authority_account(0);
        let change = Change::AddValidator(new_validator(&world.chain_id(), "The fifth", account));
        let proposal = ProposeChange {
            change: change.clone(),
        };
        let now = node.chain.parent().time;
        let proposal = world.sign_as_authority(0, proposal, now);
        let id = ChangeId::of_proposal(&proposal.transaction.id(&world.chain_id()));
        let approvals = [1, 2].map(|of| world.sign_as_authority(of, ApproveChange { id }, now));
        let past = [vec![proposal], approvals.to_vec()].map(|signed| {
            let built = node.build(&world, signed);
            node.decide(&world, built.block.header.height, &built.digest);
            built
        });
        let voting = node.chain.parameters().unwrap().voting;
        let notice = voting.rule(change.class()).notice_ms;
        let ready = node.chain.parent().time.saturating_add(notice);
        let agreed = world.sign_as_authority(0, EnactChange { id, change }, ready);
        Self {
            world,
            agreed,
            ready,
            past: past.into(),
        }
    }

    fn node(&self) -> Node {
        let node = Node::new(&self.world);
        for built in &self.past {
            node.accept(&self.world, &built.block);
        }
        node
    }

    /// The block that lets the fifth vote, and the one after it by whoever is in turn then.
    fn blocks_ahead(&self) -> [BuiltBlock; 2] {
        let node = self.node();
        let by = |node: &Node, signed: &[SignedTransaction], time| {
            let next = node.chain.parent().height + 1;
            let proposer = in_turn(&node.chain.validators(), next);
            let waiting: Vec<_> = signed
                .iter()
                .map(|one| self.world.checked(one.clone()))
                .collect();
            node.chain.build_from(&waiting, time, proposer).unwrap()
        };
        let enacts = by(&node, std::slice::from_ref(&self.agreed), self.ready);
        let before = node.chain.validators();
        node.decide(&self.world, enacts.block.header.height, &enacts.digest);
        let follows = by(&node, &[], self.ready.saturating_add(1_000));
        let (height, proposer) = (follows.block.header.height, follows.block.header.proposer);
        assert_ne!(
            in_turn(&before, height),
            proposer,
            "the turns do not differ"
        );
        [enacts, follows]
    }
}

impl World {
    fn sign_as_authority(
        &mut self,
        authority: usize,
        body: impl Into<theriac_ledger::action::ActionBody>,
        now: Timestamp,
    ) -> SignedTransaction {
        let key = self.consortium.authority_key(authority);
        self.sign_by(self.chain_id(), &key, body, now)
    }
}

fn in_turn(set: &ValidatorSet, height: Height) -> PublicKey {
    let members = set.members();
    let turn = usize::try_from(height).unwrap() % members.len();
    members[turn].key
}

/// A node whose desk is told of proposals, as the network brings them.
fn desk(node: &Node) -> Desk {
    let chain = Chain::new(node.store.clone(), Arc::clone(&node.pool));
    let key = chain.validators().members()[0].key;
    Desk::new(Arc::new(chain), key, EngineRole::Voting, 1)
}

/// Tells a desk of a proposal; whether the block is kept.
fn hears(desk: &mut Desk, built: &BuiltBlock) -> bool {
    let header = &built.block.header;
    let head = ProposalHead {
        height: EngineHeight(header.height),
        round: Round::ZERO,
        pol_round: Round::Nil,
        proposer: Address(header.proposer),
        block: built.digest,
    };
    let publisher = peer_id(&header.proposer);
    for part in split(&head, &built.bytes.to_vec().into(), header.height) {
        desk.part(publisher, part, header.time).unwrap();
    }
    let kept = desk.chain().store().bodies(header.height).unwrap();
    kept.iter().any(|body| body.digest == built.digest)
}

#[test]
fn whoever_is_in_turn_by_the_set_that_comes_is_heard_before_the_block_that_brings_it_is_decided() {
    let scene = Scene::new();
    let [enacts, follows] = scene.blocks_ahead();
    let mut behind = desk(&scene.node());
    assert!(hears(&mut behind, &enacts));
    assert!(hears(&mut behind, &follows));
}

#[test]
fn whoever_is_in_turn_by_a_set_that_no_known_block_brings_is_not_heard() {
    let scene = Scene::new();
    let [_, follows] = scene.blocks_ahead();
    let mut behind = desk(&scene.node());
    assert!(!hears(&mut behind, &follows));
}
