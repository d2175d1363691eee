//! Answers about packs: each is proved, says what the chain says, and does not prove the opposite.

use theriac_crypto::Digest;
use theriac_ledger::action::ActionBody;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::{Height, PackLocation};
use theriac_ledger::record::{EntryPublic, PackStatus};
use theriac_proof::EvidenceBundle;
use theriac_proof::bundle::{EntryEvidence, Finding};
use theriac_proof::check::{Freshness, check};
use theriac_proof::light::Trust;
use theriac_proof::verdict::Verdict;

use super::legality::packs;
use super::{Chain, Violation};

/// Evidence that a node gave about a pack.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The pack.
    pub pack: PackLocation,
    /// The evidence.
    pub bundle: EvidenceBundle,
}

/// Judges answers by the longest chain, on which packs are only dispensed and taken back.
pub fn judge(anchor: &Anchor, chain: &Chain, answers: &[Answer]) -> Vec<Violation> {
    let trust = Trust::from_anchor(anchor);
    judge_by(|bundle| proved(&trust, bundle), chain, answers)
}

/// The same, by any way to check evidence.
pub(super) fn judge_by(
    proved: impl Fn(&EvidenceBundle) -> Option<PackStatus>,
    chain: &Chain,
    answers: &[Answer],
) -> Vec<Violation> {
    let mut found = Vec::new();
    for Answer { pack, bundle } in answers {
        let height = bundle.head.header.height;
        let expected = status_at(chain, *pack, height);
        if proved(bundle) != Some(expected) {
            found.push(Violation::Answer {
                pack: *pack,
                height,
            });
        }
        if proved(&opposite(bundle)).is_some() {
            found.push(Violation::Opposite {
                pack: *pack,
                height,
            });
        }
    }
    found
}

/// The status that a bundle proves, at the time of its own header.
fn proved(trust: &Trust, bundle: &EvidenceBundle) -> Option<PackStatus> {
    let freshness = Freshness {
        now: bundle.head.header.time,
        age_ms_max: 0,
    };
    let checked = check(bundle, trust, freshness);
    match (checked.failed, checked.verdict) {
        (None, Verdict::Recorded(recorded)) => recorded.status(),
        _ => None,
    }
}

/// The same evidence for another status.
fn opposite(bundle: &EvidenceBundle) -> EvidenceBundle {
    let mut other = bundle.clone();
    if let Finding::Pack(pack) = &mut other.finding {
        match &mut pack.entry {
            EntryEvidence::Touched { entry, .. } => {
                entry.status = match entry.status {
                    PackStatus::Active => PackStatus::Dispensed,
                    _ => PackStatus::Active,
                };
            }
            EntryEvidence::Untouched { chunk } => {
                // What was shown absent, as if it were there.
                let chunk = chunk.clone();
                pack.entry = EntryEvidence::Touched {
                    root: Digest::ZERO,
                    chunk,
                    entry: EntryPublic {
                        status: PackStatus::Dispensed,
                        since: bundle.head.header.time,
                    },
                    private: Digest::ZERO,
                    path: BoundedList::empty(),
                };
            }
        }
    }
    other
}

/// What a pack is after a height.
fn status_at(chain: &Chain, pack: PackLocation, height: Height) -> PackStatus {
    let blocks = chain.blocks.iter();
    let blocks = blocks.take_while(|block| block.header.height <= height);
    let mut status = PackStatus::Active;
    for transaction in blocks.flat_map(|block| &block.transactions) {
        match &transaction.body {
            ActionBody::Dispense(action) if packs(&action.packs).any(|one| one == pack) => {
                status = PackStatus::Dispensed;
            }
            ActionBody::Reactivate(action) if packs(&action.packs).any(|one| one == pack) => {
                status = PackStatus::Active;
            }
            _ => {}
        }
    }
    status
}
