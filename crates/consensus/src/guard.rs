//! The durable memory of what this validator has signed last.
//!
//! A validator that signs two different votes for one height, round and step breaks the ledger's
//! safety, and a crash must not make it forget. So the subject of every signature is made durable
//! before the signature leaves, with those of the other steps of the round: two preallocated slots
//! with checksums, overwritten in turn, one `fdatasync` each. A write that a power cut tears leaves the other slot, and the signature that
//! it was for has not left.

use std::io;
use std::path::{Path, PathBuf};

use theriac_crypto::{Digest, PublicKey};
use theriac_ledger::identifier::{BlockDigest, ChainId, Height};

use crate::log_head::LogHead;

mod file;
mod slot;

pub use file::Slots;
use slot::Slot;
pub use slot::{CHECKED_BYTES, SLOT_BYTES};

/// What is signed, in the order within a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// A proposal.
    Proposal,
    /// First vote.
    Prevote,
    /// Second vote.
    Precommit,
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Self; 3] = [Self::Proposal, Self::Prevote, Self::Precommit];
}

/// What a signature is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    /// Height.
    pub height: Height,
    /// Round.
    pub round: u32,
    /// Step.
    pub step: Step,
    /// The block; none for a vote for nil.
    pub block: Option<BlockDigest>,
    /// The digest to be signed.
    pub digest: Digest,
}

impl std::fmt::Display for Subject {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            height,
            round,
            step,
            ..
        } = self;
        write!(
            formatter,
            "the {step:?} of height {height} and round {round}"
        )
    }
}

/// Why a guard cannot be used, or refuses.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// There is none. Whoever lost it cannot know what was signed.
    #[error(
        "the signing guard {} is missing, so nobody can know here what was signed with this key",
        path.display()
    )]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// There is one already.
    #[error("the signing guard {} exists already", path.display())]
    Exists {
        /// Where it is.
        path: PathBuf,
    },
    /// Neither slot is whole.
    #[error("the signing guard {} is damaged: neither of its slots is whole", path.display())]
    Damaged {
        /// Where it is.
        path: PathBuf,
    },
    /// It belongs to another chain or key.
    #[error("the signing guard {} belongs to another chain or key", path.display())]
    Foreign {
        /// Where it is.
        path: PathBuf,
    },
    /// Another process holds it.
    #[error("the signing guard {} is in use by another process", path.display())]
    InUse {
        /// Where it is.
        path: PathBuf,
    },
    /// Signing would go back.
    #[error("refused to sign {asked} after {last}")]
    Regress {
        /// What was asked.
        asked: Subject,
        /// What was signed last.
        last: Subject,
    },
    /// Something else was signed for the same step.
    #[error("refused to sign {asked}: another one was signed")]
    Conflict {
        /// What was asked.
        asked: Subject,
        /// What was signed.
        signed: Subject,
    },
    /// The file could not be read or made durable. Nothing more is signed: after a failed
    /// `fdatasync` nobody knows what is on the disk.
    #[error("the signing guard {} cannot be {action}", path.display())]
    Io {
        /// Where it is.
        path: PathBuf,
        /// What failed.
        action: &'static str,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
    /// An earlier write failed.
    #[error("the signing guard {} failed before; start this process anew", path.display())]
    Failed {
        /// Where it is.
        path: PathBuf,
    },
}

/// The memory of one validator on one chain; held exclusively while open.
#[derive(Debug)]
pub struct SigningGuard {
    path: PathBuf,
    slots: Box<dyn Slots>,
    // Invariant: `slot` is what the newest whole slot says.
    slot: Slot,
    failed: bool,
}

impl SigningGuard {
    /// Creates the guard of a validator that has never signed.
    pub fn create(path: &Path, chain: ChainId, key: PublicKey) -> Result<Self, GuardError> {
        if path.exists() {
            return Err(GuardError::Exists {
                path: path.to_owned(),
            });
        }
        let slot = Slot::new(chain, key);
        let written = file::create(path, &slot);
        written.map_err(|source| failure(path, "created", source))?;
        Self::open(path, chain, key)
    }

    /// Opens the guard of this validator.
    pub fn open(path: &Path, chain: ChainId, key: PublicKey) -> Result<Self, GuardError> {
        Self::over(file::open(path)?, path, chain, key)
    }

    /// Opens the guard of this validator in slots that are kept elsewhere; `path` names them.
    ///
    /// # Errors
    ///
    /// [`GuardError::Damaged`] and [`GuardError::Foreign`].
    pub fn over(
        slots: Box<dyn Slots>,
        path: &Path,
        chain: ChainId,
        key: PublicKey,
    ) -> Result<Self, GuardError> {
        let slot = [0, 1]
            .into_iter()
            .filter_map(|index| Slot::decode(&slots.read(index).ok()?))
            .max_by_key(|slot| slot.counter)
            .ok_or_else(|| GuardError::Damaged {
                path: path.to_owned(),
            })?;
        if slot.chain != chain || slot.key != key {
            return Err(GuardError::Foreign {
                path: path.to_owned(),
            });
        }
        Ok(Self {
            path: path.to_owned(),
            slots,
            slot,
            failed: false,
        })
    }

    /// The first content of slot 0 of a validator that has never signed; slot 1 holds zeros.
    pub fn first_slot(chain: ChainId, key: PublicKey) -> [u8; SLOT_BYTES] {
        Slot::new(chain, key).encode()
    }

    /// The last step that was admitted.
    pub fn last(&self) -> Option<Subject> {
        self.slot.last()
    }

    /// The height that the chain must reach before this validator may vote again, where the engine
    /// cannot come back to what was signed; none where it can. `next` is the height that comes next.
    ///
    /// Whatever left was logged before. A log that knows nothing of it was lost: the engine would
    /// begin anew, and come to other votes. So would one whose store is behind. Such a validator only
    /// follows until the chain has left every height that it voted at.
    pub fn waits_for(&self, next: Height, log: LogHead) -> Option<Height> {
        waits_for(self.slot.last()?.height, next, log)
    }

    /// Makes `subject` durable; only then may its signature leave. What left in this round is
    /// admitted again: after a crash the engine sends it once more.
    pub fn admit(&mut self, subject: &Subject) -> Result<(), GuardError> {
        if self.failed {
            return Err(GuardError::Failed {
                path: self.path.clone(),
            });
        }
        if let Some(last) = self.slot.last()
            && (subject.height, subject.round) < (last.height, last.round)
        {
            return Err(GuardError::Regress {
                asked: *subject,
                last,
            });
        }
        let is_same_round = (subject.height, subject.round) == (self.slot.height, self.slot.round);
        if let Some(signed) = self.slot.at(subject.step).filter(|_| is_same_round) {
            return if subject.digest == signed.digest {
                Ok(())
            } else {
                Err(GuardError::Conflict {
                    asked: *subject,
                    signed,
                })
            };
        }
        let next = self.slot.next(*subject);
        if let Err(source) = self.slots.write(next.index(), &next.encode()) {
            self.failed = true;
            return Err(failure(&self.path, "made durable", source));
        }
        self.slot = next;
        Ok(())
    }
}

/// As [`SigningGuard::waits_for`], where `last` is the height of what was signed last.
pub fn waits_for(last: Height, next: Height, log: LogHead) -> Option<Height> {
    let is_in_reach = last == next && log.height == next && log.entries > 0;
    (last >= next && !is_in_reach).then_some(last)
}

fn failure(path: &Path, action: &'static str, source: io::Error) -> GuardError {
    GuardError::Io {
        path: path.to_owned(),
        action,
        source,
    }
}

#[cfg(test)]
mod tests;
