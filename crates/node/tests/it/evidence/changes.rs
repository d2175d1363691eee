//! The chain of the cases goes on through four changes of its validators, and evidence from then.

use std::collections::BTreeMap;

use theriac_crypto::{PublicKey, SigningKey};
use theriac_ledger::change::Change;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::Timestamp;
use theriac_ledger::record::Parameters;
use theriac_ledger::testing::membership::{new_validator, vote_key};
use theriac_ledger::transaction::SignedTransaction;
use theriac_ledger::validator::{Validator, ValidatorSet};
use theriac_proof::EvidenceBundle;
use theriac_proof::bundle::{CertifiedHeader, ValidatorStep};
use theriac_proof::check::CheckName;

use crate::fixture::{Node, World, certificate};

/// Evidence that must not hold, and the check that says so.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    pub(crate) name: &'static str,
    pub(crate) bundle: EvidenceBundle,
    pub(crate) failed: CheckName,
}

/// Who makes a set of validators of his own.
const FORGER: &str = "forger";

/// A chain whose validators change.
pub(crate) struct Course<'c> {
    world: &'c mut World,
    node: &'c Node,
    /// Every key that ever had a vote, and the forger's.
    keys: BTreeMap<PublicKey, SigningKey>,
}

impl<'c> Course<'c> {
    pub(crate) fn new(world: &'c mut World, node: &'c Node) -> Self {
        let own = world.consortium.validator_keys.iter().cloned();
        // The last has never a vote that counts.
        let others = ["fifth", "sixth", FORGER].map(vote_key);
        let keys = own.chain(others).map(|key| (key.public_key(), key));
        Self {
            keys: keys.collect(),
            world,
            node,
        }
    }

    /// A fifth and a sixth validator come: the last block announces six.
    pub(crate) fn grow(&mut self) {
        let (chain, account) = (
            self.world.chain_id(),
            self.world.consortium.authority_account(0),
        );
        for name in ["fifth", "sixth"] {
            self.decide(&Change::AddValidator(new_validator(&chain, name, account)));
        }
    }

    /// Two of the four of genesis leave, and another block follows.
    pub(crate) fn shrink(&mut self) {
        for number in [3, 2] {
            let validator = self.world.consortium.validator_keys[number].public_key();
            self.decide(&Change::RemoveValidator { validator });
        }
        let time = self.node.chain.parent().time.saturating_add(1_000);
        self.advance(Vec::new(), time);
    }

    /// Proposes and approves in one block, and enacts when the notice has passed.
    pub(crate) fn decide(&mut self, change: &Change) {
        let proposed_at = self.node.chain.parent().time.saturating_add(1_000);
        let (id, proposed) = self.world.propose(change, proposed_at);
        self.advance(proposed, proposed_at);
        let notice_ms = Parameters::default().voting.validators.notice_ms;
        let time = proposed_at.saturating_add(notice_ms);
        let enactment = self.world.enact(id, change, time);
        self.advance(vec![enactment], time);
    }

    /// A block that all validators of its height but the first sign.
    fn advance(&self, signed: Vec<SignedTransaction>, time: Timestamp) {
        let voters = self.node.store.view().validators().members().to_vec();
        let voters = voters.iter().skip(1).map(|member| &self.keys[&member.key]);
        let built = self.node.build_at(self.world, signed, time);
        let (height, digest) = (built.block.header.height, &built.digest);
        let certificate = certificate(&self.world.chain_id(), voters, height, digest);
        self.node.chain.commit(digest, certificate).unwrap();
    }

    /// What a server that lies makes of evidence with four steps.
    pub(crate) fn refused(&self, honest: &EvidenceBundle) -> Vec<Refused> {
        let mut all = with_steps_elsewhere(honest);
        all.extend(self.with_other_signers(honest));
        all
    }

    /// The steps are as many as they should be, and one of them or the head is signed by others, or leads
    /// to others.
    fn with_other_signers(&self, honest: &EvidenceBundle) -> Vec<Refused> {
        let (second, third) = (&honest.steps[1], &honest.steps[2]);
        let with_second = |name, step, failed| {
            let mut steps = honest.steps.to_vec();
            steps[1] = step;
            with_steps(name, honest, steps, failed)
        };
        let mut by_the_next = second.clone();
        self.sign(&mut by_the_next.head, &second.next);
        let mut to_another = second.clone();
        to_another.next = third.next.clone();
        let mut announces_another = to_another.clone();
        announces_another.head.header.next_validators = third.next.digest();
        let mut by_the_old = honest.clone();
        self.sign(&mut by_the_old.head, &self.world.consortium.validators);
        vec![
            with_second(
                "step-signed-by-the-next-set",
                by_the_next,
                CheckName::Commit,
            ),
            with_second("step-to-another-set", to_another, CheckName::Validators),
            with_second(
                "step-announces-another-set",
                announces_another,
                CheckName::Commit,
            ),
            Refused {
                name: "head-signed-by-the-old-set",
                bundle: by_the_old,
                failed: CheckName::Commit,
            },
            self.forged("step-of-a-forged-set", honest, false),
            self.forged("jump-of-a-forged-set", honest, true),
        ]
    }

    /// A set of the forger's own signs a step to itself, and the head.
    fn forged(&self, name: &'static str, honest: &EvidenceBundle, is_jump: bool) -> Refused {
        let key = vote_key(FORGER).public_key();
        let forged = ValidatorSet::new(vec![Validator { key, power: 1 }]).unwrap();
        let mut bundle = honest.clone();
        let mut steps = honest.steps.to_vec();
        let last = steps.last_mut().unwrap();
        last.head.header.next_validators = forged.digest();
        if is_jump {
            last.head.header.validators = forged.digest();
            last.head.signers = Some(forged.clone());
            // A step leads to another set than the one that signs it.
            last.next = self.world.consortium.validators.clone();
            last.head.header.next_validators = last.next.digest();
        } else {
            last.next = forged.clone();
        }
        self.sign(&mut last.head, &forged);
        bundle.head.header.validators = last.next.digest();
        self.sign(&mut bundle.head, &last.next.clone());
        let failed = if is_jump {
            CheckName::Validators
        } else {
            CheckName::Commit
        };
        with_steps(name, &bundle, steps, failed)
    }

    /// Has a set sign a header instead.
    fn sign(&self, head: &mut CertifiedHeader, set: &ValidatorSet) {
        let voters = set.members().iter().map(|member| &self.keys[&member.key]);
        let (height, digest) = (head.header.height, head.header.digest());
        head.certificate = certificate(&self.world.chain_id(), voters, height, &digest);
    }
}

/// Steps are left out, or stand elsewhere than they belong.
fn with_steps_elsewhere(honest: &EvidenceBundle) -> Vec<Refused> {
    let refused = |name, order: &[usize]| {
        let steps = order.iter().map(|number| honest.steps[*number].clone());
        with_steps(name, honest, steps.collect(), CheckName::Validators)
    };
    vec![
        refused("no-step", &[]),
        refused("first-step-missing", &[1, 2, 3]),
        refused("step-missing", &[0, 2, 3]),
        refused("last-step-missing", &[0, 1, 2]),
        refused("steps-swapped", &[0, 2, 1, 3]),
        refused("step-twice", &[0, 1, 1, 2, 3]),
    ]
}

fn with_steps(
    name: &'static str,
    bundle: &EvidenceBundle,
    steps: Vec<ValidatorStep>,
    failed: CheckName,
) -> Refused {
    let bundle = EvidenceBundle {
        steps: BoundedList::new(steps).unwrap(),
        ..bundle.clone()
    };
    Refused {
        name,
        bundle,
        failed,
    }
}
