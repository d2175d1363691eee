//! Two heads: every certified header that a node serves is compared with the one that was verified
//! at its height. Where they differ and both are final, the validators broke the rules, and the two
//! together are evidence that anyone can check.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use theriac_ledger::block::Header;
use theriac_ledger::identifier::Height;
use theriac_ledger::validator::ValidatorSet;
use theriac_proof::CommitCertificate;
use theriac_proof::bundle::CertifiedHeader;
use theriac_proof::light::check_certificate;
use theriac_proof::misbehaviour::Misbehaviour;
use tokio::sync::mpsc;

use crate::trusted::TrustedSets;

/// Verified headers that are remembered: at one block in five seconds, those of twenty minutes. A
/// chain that parted earlier differs at all of these heights, too.
const VERIFIED_MAX: usize = 256;

/// Final headers ahead of what is verified that are remembered. Only more than two thirds of the
/// validators can make one, so that nobody else can crowd them out.
const STRAYS_MAX: usize = 16;

/// Remembers final headers and reports two of one height. Clones share what they remember.
#[derive(Debug, Clone)]
pub struct HeadWatch {
    shared: Arc<Shared>,
    sink: Option<mpsc::Sender<Misbehaviour>>,
}

#[derive(Debug)]
struct Shared {
    sets: Arc<TrustedSets>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    verified: BTreeMap<Height, Verified>,
    strays: BTreeMap<Height, CertifiedHeader>,
}

#[derive(Debug)]
struct Verified {
    head: CertifiedHeader,
    /// Once is enough: whoever serves the other head serves it again and again.
    is_reported: bool,
}

impl HeadWatch {
    /// Watches a chain whose heights these sets sign. What it finds goes to the log.
    pub fn new(sets: Arc<TrustedSets>) -> Self {
        let known = Mutex::default();
        Self {
            shared: Arc::new(Shared { sets, known }),
            sink: None,
        }
    }

    /// Hands evidence to `sink`, too: at most once for each height, except where the sink is full.
    #[must_use]
    pub fn reporting_to(mut self, sink: mpsc::Sender<Misbehaviour>) -> Self {
        self.sink = Some(sink);
        self
    }

    /// Remembers a header whose certificate was verified; gives evidence where the height has
    /// another final header.
    pub fn verified(
        &self,
        header: &Header,
        certificate: &CommitCertificate,
    ) -> Option<Misbehaviour> {
        let mut known = self.known();
        if known.verified.contains_key(&header.height) {
            return self.compare(&mut known, header, certificate);
        }
        let head = certified(header, certificate);
        let entry = Verified {
            head,
            is_reported: false,
        };
        known.verified.insert(header.height, entry);
        if known.verified.len() > VERIFIED_MAX {
            known.verified.pop_first();
        }
        let stray = known.strays.remove(&header.height)?;
        self.compare(&mut known, &stray.header, &stray.certificate)
    }

    /// Looks at a header that a node served and that was refused, or that stands alone; gives
    /// evidence where it is final all the same and another one of its height was verified. Without
    /// one it is remembered until one is.
    pub fn served(&self, header: &Header, certificate: &CommitCertificate) -> Option<Misbehaviour> {
        let last = {
            let known = self.known();
            let same = known.verified.get(&header.height);
            if same.is_some_and(|same| same.head.header == *header) {
                return None;
            }
            known.verified.keys().next_back().copied()
        };
        // Signatures are checked without the lock: others need not wait for a liar.
        if !self.is_final(header, certificate) {
            return None;
        }
        let mut known = self.known();
        if known.verified.contains_key(&header.height) {
            return self.compare(&mut known, header, certificate);
        }
        if last.is_none_or(|last| header.height > last) {
            let head = certified(header, certificate);
            known.strays.insert(header.height, head);
            if known.strays.len() > STRAYS_MAX {
                known.strays.pop_last();
            }
        }
        None
    }

    /// Whether a header of the height was verified and is remembered.
    pub fn knows(&self, height: Height) -> bool {
        self.known().verified.contains_key(&height)
    }

    fn is_final(&self, header: &Header, certificate: &CommitCertificate) -> bool {
        let sets = &self.shared.sets;
        let validators = sets.at(header.height);
        header.chain_id == *sets.chain()
            && header.validators == validators.digest()
            && check_certificate(sets.chain(), header, certificate, &validators).is_ok()
    }

    /// Compares a final header with the verified one of its height, and reports a difference.
    fn compare(
        &self,
        known: &mut Known,
        header: &Header,
        certificate: &CommitCertificate,
    ) -> Option<Misbehaviour> {
        let entry = known.verified.get_mut(&header.height)?;
        let evidence = Misbehaviour::of_heads(
            ValidatorSet::clone(&self.shared.sets.at(header.height)),
            entry.head.clone(),
            certified(header, certificate),
        )?;
        if !entry.is_reported {
            entry.is_reported = self.report(header.height, &evidence);
        }
        Some(evidence)
    }

    /// Says whether it need not be said again.
    fn report(&self, height: Height, evidence: &Misbehaviour) -> bool {
        tracing::error!(
            block.height = height,
            evidence = %evidence.digest(),
            "height {height} has two final blocks: act on neither, and ask the authorities"
        );
        let Some(sink) = &self.sink else {
            return true;
        };
        match sink.try_send(evidence.clone()) {
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => true,
            Err(mpsc::error::TrySendError::Full(_)) => {
                tracing::warn!(
                    block.height = height,
                    "evidence waits: too much is on its way"
                );
                false
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Each change leaves both maps whole.
        let known = self.shared.known.lock();
        known.unwrap_or_else(PoisonError::into_inner)
    }
}

fn certified(header: &Header, certificate: &CommitCertificate) -> CertifiedHeader {
    CertifiedHeader {
        header: header.clone(),
        certificate: certificate.clone(),
        signers: None,
    }
}
