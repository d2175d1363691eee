//! The durable memory of what this validator has signed last.
//!
//! A validator that signs two different votes for one height, round and step breaks the ledger's
//! safety, and a crash must not make it forget. So the subject of every signature is made durable
//! before the signature leaves: two preallocated slots with checksums, overwritten in turn, one
//! `fdatasync` each. A write that a power cut tears leaves the other slot, and the signature that
//! it was for has not left.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use theriac_crypto::{Digest, PublicKey};
use theriac_ledger::identifier::{BlockDigest, ChainId, Height};

mod slot;

use slot::{SLOT_BYTES, Slot};

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

impl Subject {
    fn position(&self) -> (Height, u32, Step) {
        (self.height, self.round, self.step)
    }
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
        "the signing guard {} is missing, so this validator cannot know what it has signed; once \
         the chain has left every height it may have voted in, stop the node and run theriac node \
         guard --config FILE",
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
    #[error("the signing guard {} failed before; start the node anew", path.display())]
    Failed {
        /// Where it is.
        path: PathBuf,
    },
}

/// The memory of one validator on one chain; held exclusively while open.
#[derive(Debug)]
pub struct SigningGuard {
    path: PathBuf,
    file: File,
    // Invariant: `slot` is what the file's newest whole slot says.
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
        let written = write_new(path, &slot);
        written.map_err(|source| failure(path, "created", source))?;
        Self::open(path, chain, key)
    }

    /// Opens the guard of this validator.
    pub fn open(path: &Path, chain: ChainId, key: PublicKey) -> Result<Self, GuardError> {
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(GuardError::Missing {
                    path: path.to_owned(),
                });
            }
            Err(source) => return Err(failure(path, "opened", source)),
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(GuardError::InUse {
                    path: path.to_owned(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(failure(path, "locked", source)),
        }
        let slots = [0, 1].map(|index| read_slot(&file, index));
        let slot = slots
            .into_iter()
            .flatten()
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
            file,
            slot,
            failed: false,
        })
    }

    /// What was admitted last.
    pub fn last(&self) -> Option<&Subject> {
        self.slot.subject.as_ref()
    }

    /// Makes `subject` durable; only then may it be signed. The same subject again is admitted.
    pub fn admit(&mut self, subject: &Subject) -> Result<(), GuardError> {
        if self.failed {
            return Err(GuardError::Failed {
                path: self.path.clone(),
            });
        }
        if let Some(last) = &self.slot.subject {
            if subject.position() < last.position() {
                return Err(GuardError::Regress {
                    asked: *subject,
                    last: *last,
                });
            }
            if subject.position() == last.position() {
                return if subject.digest == last.digest {
                    Ok(())
                } else {
                    Err(GuardError::Conflict {
                        asked: *subject,
                        signed: *last,
                    })
                };
            }
        }
        let next = self.slot.next(*subject);
        if let Err(source) = write_slot(&self.file, &next) {
            self.failed = true;
            return Err(failure(&self.path, "made durable", source));
        }
        self.slot = next;
        Ok(())
    }
}

fn failure(path: &Path, action: &'static str, source: io::Error) -> GuardError {
    GuardError::Io {
        path: path.to_owned(),
        action,
        source,
    }
}

fn write_new(path: &Path, slot: &Slot) -> io::Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".new");
    let temporary = PathBuf::from(temporary);
    let file = File::create(&temporary)?;
    file.set_len(2 * SLOT_BYTES as u64)?;
    // Both slots are written so that the file's blocks exist: overwriting them needs no new ones.
    file.write_all_at(&[0; 2 * SLOT_BYTES], 0)?;
    write_slot(&file, slot)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}

fn write_slot(file: &File, slot: &Slot) -> io::Result<()> {
    file.write_all_at(&slot.encode(), slot.offset())?;
    file.sync_data()
}

fn read_slot(file: &File, index: u64) -> Option<Slot> {
    let mut bytes = [0; SLOT_BYTES];
    file.read_exact_at(&mut bytes, index * SLOT_BYTES as u64)
        .ok()?;
    Slot::decode(&bytes)
}

#[cfg(test)]
mod tests;
