//! The head and proofs of records, kept for one height: products, lots, runs and makers are asked for again and
//! again, and every block changes the root that they are proved under.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use theriac_crypto::digest;
use theriac_ledger::block::Header;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::Height;
use theriac_ledger::state_key::StateKey;
use theriac_proof::CommitCertificate;
use theriac_proof::bundle::{STEPS_MAX, ValidatorStep};
use theriac_proof::state::StateProof;

use super::Present;
use crate::store::{StoreError, View};

/// Proofs kept: about a kilobyte each.
const PROOFS_MAX: usize = 16_384;

/// Changes of the validator set that lead from genesis to a height.
pub(super) type Steps = BoundedList<ValidatorStep, STEPS_MAX>;

/// A record that is there, or the proof that it is not.
#[derive(Clone, Debug)]
pub(super) enum ProvedPublic {
    Present(Present),
    Absent(StateProof),
}

/// The proofs of the highest height asked for.
#[derive(Debug, Default)]
pub(super) struct Proofs(Mutex<OfHeight>);

#[derive(Debug, Default)]
struct OfHeight {
    height: Height,
    head: Option<(Header, CommitCertificate)>,
    steps: Option<Steps>,
    by_key: HashMap<StateKey, ProvedPublic>,
}

impl Proofs {
    /// Header and certificate of a view's height; none before the first block.
    pub(super) fn head(
        &self,
        view: &View,
    ) -> Result<Option<(Header, CommitCertificate)>, StoreError> {
        let height = view.parent().height;
        if let Some(found) = self.kept(height).and_then(|kept| kept.head.clone()) {
            return Ok(Some(found));
        }
        let head = view.header(height)?;
        if let Some(mut kept) = self.kept(height) {
            kept.head.clone_from(&head);
        }
        Ok(head)
    }

    /// The changes of the validator set below a view's height; of many, the last ones, for whoever trusts
    /// a later block than genesis.
    pub(super) fn steps(&self, view: &View) -> Result<Steps, StoreError> {
        let height = view.parent().height;
        if let Some(found) = self.kept(height).and_then(|kept| kept.steps.clone()) {
            return Ok(found);
        }
        let mut steps = view.validator_steps(0, usize::MAX)?;
        // A change that the head itself announces comes after it.
        steps.retain(|step| step.head.header.height < height);
        steps.drain(..steps.len().saturating_sub(STEPS_MAX));
        let steps = Steps::new(steps).map_err(|error| StoreError::corrupt("steps", error))?;
        if let Some(mut kept) = self.kept(height) {
            kept.steps = Some(steps.clone());
        }
        Ok(steps)
    }

    /// The proof of a record that is there in `view`'s state. Absence is not kept: whoever guesses
    /// names would fill what is kept for others.
    pub(super) fn of(&self, view: &View, key: &StateKey) -> Result<ProvedPublic, StoreError> {
        let height = view.parent().height;
        if let Some(found) = self
            .kept(height)
            .and_then(|kept| kept.by_key.get(key).cloned())
        {
            return Ok(found);
        }
        let proved = view.prove(key)?;
        let Some(record) = proved.record else {
            return Ok(ProvedPublic::Absent(proved.proof));
        };
        let present = ProvedPublic::Present(Present {
            private: digest("private", &record.private),
            public: record.public,
            proof: proved.proof,
        });
        if let Some(mut kept) = self.kept(height)
            && kept.by_key.len() < PROOFS_MAX
        {
            kept.by_key.insert(*key, present.clone());
        }
        Ok(present)
    }

    /// What is kept for a height; none for one that is past.
    fn kept(&self, height: Height) -> Option<MutexGuard<'_, OfHeight>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.height < height {
            *kept = OfHeight {
                height,
                ..OfHeight::default()
            };
        }
        (kept.height == height).then_some(kept)
    }
}
