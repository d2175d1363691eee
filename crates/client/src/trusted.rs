//! Which validators sign which heights: from the trust file over every change of their set.
//!
//! Each change is a header that announces another set, signed by the set before it, so a node that serves
//! the changes is not trusted with anything.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use theriac_crypto::Digest;
use theriac_ledger::block::Header;
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::{ChainId, Height};
use theriac_ledger::validator::ValidatorSet;
use theriac_proof::CommitCertificate;
use theriac_proof::bundle::{CertifiedHeader, ValidatorStep};

use crate::head::{HeadRefusal, verify_head};
use crate::node_client::{NodeClient, NodeError};

/// Why the validators of a height are not known.
#[derive(Debug, thiserror::Error)]
pub enum LearnError {
    /// The node did not say.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// What the node served leads nowhere.
    #[error("a change of the validators is refused")]
    Refused(#[from] HeadRefusal),
    /// The node knows of no change that leads there.
    #[error("the node shows no change of the validators that leads to those that signed")]
    Unknown,
}

/// The validator sets of a chain, as far as they are known. Share it behind an `Arc`: whoever learns of a
/// change, all know it.
#[derive(Debug)]
pub struct TrustedSets {
    chain: ChainId,
    genesis_root: Digest,
    /// Each set by the first height that it signs.
    known: Mutex<BTreeMap<Height, Arc<ValidatorSet>>>,
}

impl TrustedSets {
    /// What is known with the trust file alone.
    pub fn new(anchor: &Anchor) -> Self {
        let first = Arc::new(anchor.validators.clone());
        Self {
            chain: anchor.chain_id(),
            genesis_root: anchor.state_root,
            known: Mutex::new(BTreeMap::from([(1, first)])),
        }
    }

    /// The chain.
    pub fn chain(&self) -> &ChainId {
        &self.chain
    }

    /// Root of the state before the first block.
    pub fn genesis_root(&self) -> Digest {
        self.genesis_root
    }

    /// The set that signs a height, as far as changes are known.
    pub fn at(&self, height: Height) -> Arc<ValidatorSet> {
        self.last(height).1
    }

    /// The last set known up to a height, and the first height that it signs.
    fn last(&self, height: Height) -> (Height, Arc<ValidatorSet>) {
        let known = self.known();
        let last = known.range(..=height.max(1)).next_back();
        let (first, set) = last.expect("the set of the first height is always there");
        (*first, Arc::clone(set))
    }

    /// Takes a change of the set, signed by the set before it; one that is known already changes nothing.
    ///
    /// # Errors
    ///
    /// [`HeadRefusal`]; what was known stays.
    pub fn step(&self, step: &ValidatorStep) -> Result<(), HeadRefusal> {
        let CertifiedHeader {
            header,
            certificate,
            ..
        } = &step.head;
        verify_head(&self.chain, &self.at(header.height), header, certificate)?;
        if header.next_validators != step.next.digest() {
            return Err(HeadRefusal::Validators);
        }
        let first = header.height.saturating_add(1);
        self.known().insert(first, Arc::new(step.next.clone()));
        Ok(())
    }

    /// Asks a node for changes until the set of a digest is known to sign a height.
    ///
    /// # Errors
    ///
    /// [`LearnError`].
    pub async fn learn(
        &self,
        node: &NodeClient,
        height: Height,
        wanted: &Digest,
    ) -> Result<Arc<ValidatorSet>, LearnError> {
        loop {
            let (first, set) = self.last(height);
            if set.digest() == *wanted {
                return Ok(set);
            }
            // The change that led to this set is at the height before.
            let page = node.validator_steps(first.saturating_sub(1)).await?;
            for step in &page.steps {
                self.step(step)?;
            }
            if self.last(height).0 <= first {
                return Err(LearnError::Unknown);
            }
        }
    }

    /// Checks a header that stands alone by its certificate, asking the node that served it for changes of
    /// the set where they are not known.
    ///
    /// # Errors
    ///
    /// [`HeadRefusal`].
    pub async fn verify(
        &self,
        node: &NodeClient,
        header: &Header,
        certificate: &CommitCertificate,
    ) -> Result<(), HeadRefusal> {
        let set = self.at(header.height);
        let set = if set.digest() == header.validators {
            set
        } else {
            let learned = self.learn(node, header.height, &header.validators).await;
            learned.map_err(|error| {
                tracing::debug!(node = %node.url(), %error, "validators of a header are not known");
                HeadRefusal::Validators
            })?
        };
        verify_head(&self.chain, &set, header, certificate)
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<Height, Arc<ValidatorSet>>> {
        // Sets are only ever added.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
