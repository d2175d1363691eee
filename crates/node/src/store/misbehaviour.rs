//! Evidence against validators: kept for good, because whoever misbehaved may deny it later.
//!
//! Only what holds against the chain's own validators is kept, so that nobody else can fill the
//! space.

use std::ops::Bound;
use std::sync::PoisonError;

use theriac_client::wire::{KeptMisbehaviour, MISBEHAVIOUR_PAGE_MAX, MisbehaviourPage};
use theriac_crypto::Digest;
use theriac_ledger::encoding::{BoundedList, encode};
use theriac_proof::misbehaviour::{Finding, Misbehaviour, MisbehaviourError};
use tokio::sync::watch;

use super::disk::{Batch, Bytes, Disk as _, Space};
use super::{Store, StoreError};

/// Evidence kept against one validator, and of two heads: one is enough to take a vote away, the
/// rest shows whether it was one fault or many. It counts for each alone, so that one who
/// misbehaves all the time hides nobody else: with 64 validators 1,040 in all, 16 MB at most.
const KEPT_EACH_MAX: usize = 16;

/// What became of evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// It is on disk.
    New(Finding),
    /// It, or other evidence of the same, is kept already.
    Known,
    /// Enough is kept against the same validator.
    Enough(Finding),
    /// It shows nothing against this chain's validators.
    Refused(MisbehaviourError),
}

impl Store {
    /// Keeps evidence that holds. It is on disk when this returns.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn keep_misbehaviour(&self, evidence: &Misbehaviour) -> Result<Kept, StoreError> {
        let subject = evidence.subject();
        let trust = self.view().trust_at(subject.height)?;
        let finding = match evidence.check(Some(&trust)) {
            Ok(finding) => finding,
            Err(error) => return Ok(Kept::Refused(error)),
        };
        let keeping = self.shared.keeping.lock();
        let _keeping = keeping.unwrap_or_else(PoisonError::into_inner);
        let mut against = 0;
        for entry in self.shared.disk.snapshot().prefix(Space::Misbehaviour, &[]) {
            let (_, bytes) = entry.map_err(StoreError::read)?;
            let known = decode(&bytes)?.subject();
            if known == subject {
                return Ok(Kept::Known);
            }
            against += usize::from(known.validator == subject.validator);
        }
        if against >= KEPT_EACH_MAX {
            return Ok(Kept::Enough(finding));
        }
        let mut batch = Batch::default();
        let key = evidence.digest();
        batch.insert(Space::Misbehaviour, key.0, encode(evidence));
        self.shared.disk.write(batch).map_err(StoreError::write)?;
        self.shared
            .misbehaviour
            .send_modify(|count| *count = count.saturating_add(1));
        Ok(Kept::New(finding))
    }

    /// Keeps evidence that holds, and says in the log what is new. What follows from it is for the
    /// operators to decide.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn record_misbehaviour(&self, evidence: &Misbehaviour) -> Result<(), StoreError> {
        let digest = evidence.digest();
        match self.keep_misbehaviour(evidence)? {
            Kept::New(finding) => tracing::error!(
                evidence = %digest,
                block.height = finding.height,
                "{finding}; {}",
                finding.advice()
            ),
            Kept::Known => tracing::debug!(evidence = %digest, "this misbehaviour is known"),
            Kept::Enough(finding) => {
                tracing::warn!(block.height = finding.height, "{finding}; enough is kept");
            }
            Kept::Refused(error) => {
                tracing::warn!(evidence = %digest, %error, "evidence that shows nothing: {error}");
            }
        }
        Ok(())
    }

    /// Kept evidence in ascending order of digests, from the one after `after` on.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn misbehaviour(
        &self,
        after: Option<&Digest>,
        limit: usize,
    ) -> Result<Vec<(Digest, Misbehaviour)>, StoreError> {
        let start = after.map_or(Bound::Unbounded, |digest| Bound::Excluded(&digest.0[..]));
        let disk = self.shared.disk.snapshot();
        disk.range(Space::Misbehaviour, start, Bound::Unbounded)
            .take(limit)
            .map(|entry| {
                let (key, bytes) = entry.map_err(StoreError::read)?;
                let key = <[u8; 32]>::try_from(&*key)
                    .map_err(|_| StoreError::corrupt(EVIDENCE, "its key has another length"))?;
                Ok((Digest(key), decode(&bytes)?))
            })
            .collect()
    }

    /// How much evidence is kept, as it changes.
    pub fn watch_misbehaviour(&self) -> watch::Receiver<usize> {
        self.shared.misbehaviour.subscribe()
    }
}

impl Store {
    /// A page of what is kept, ascending by digest, from the first after `after`; at most `limit`
    /// entries, and never more than a page has.
    pub fn misbehaviour_page(
        &self,
        after: Option<&Digest>,
        limit: usize,
    ) -> Result<MisbehaviourPage, StoreError> {
        let limit = limit.min(MISBEHAVIOUR_PAGE_MAX);
        // One more than is shown tells whether there is another page.
        let mut kept = self.misbehaviour(after, limit.saturating_add(1))?;
        let has_more = kept.len() > limit;
        kept.truncate(limit);
        let next = kept.last().filter(|_| has_more).map(|(digest, _)| *digest);
        let kept = kept
            .into_iter()
            .map(|(digest, evidence)| KeptMisbehaviour { digest, evidence })
            .collect();
        Ok(MisbehaviourPage {
            misbehaviour: BoundedList::new(kept)
                .expect("the limit is at most the bound of the list"),
            next,
        })
    }
}

const EVIDENCE: &str = "evidence of misbehaviour";

fn decode(bytes: &Bytes) -> Result<Misbehaviour, StoreError> {
    Misbehaviour::decode(bytes).map_err(|error| StoreError::corrupt(EVIDENCE, error))
}
