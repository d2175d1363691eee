//! Records read one by one, believed only with their proof.

use theriac_crypto::digest;
use theriac_ledger::block::Header;
use theriac_ledger::encoding::{DecodeError, decode};
use theriac_ledger::record::{StoredRecord, tree_value};
use theriac_proof::state::{StateProof, StateProofError};

use crate::head::{HeadRefusal, verify_head};
use crate::record_name::RecordName;
use crate::trusted::TrustedSets;
use crate::wire::RecordAnswer;

/// The longest proof: a sibling of 32 bytes for each of 256 bits, and its head.
const PROOF_BYTES_MAX: usize = 9 * 1024;

/// A record (or its absence) as of a certified header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedRecord {
    /// The header whose state it is; none at genesis.
    pub header: Option<Header>,
    /// Canonical bytes of the public half; none where there is no such record.
    pub public: Option<Vec<u8>>,
    /// The whole record, where the private half was asked for. `attached` is what the public half
    /// commits to in the record's own way: reading the record checks it.
    pub record: Option<StoredRecord>,
}

/// Why an answer about a record is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordRefusal {
    /// It is about another record.
    #[error("the answer is about another record")]
    OtherRecord,
    /// The header is not believed.
    #[error("the header is refused")]
    Head(#[from] HeadRefusal),
    /// The proof does not decode.
    #[error("the proof does not decode")]
    Undecodable(#[from] DecodeError),
    /// The proof proves nothing.
    #[error("the proof is refused")]
    Proof(#[from] StateProofError),
    /// A public half without the digest of the private one, or a private half without a record.
    #[error("the answer lacks a part that it must have")]
    Incomplete,
    /// The private half is not the one that the tree commits to.
    #[error("the private half does not have the proved digest")]
    PrivateHalf,
}

/// Checks what a node answers about a record against the validators that are trusted: header by its
/// certificate, value or absence by the proof, private half by its digest. Changes of the set of
/// validators must be known before: see [`TrustedSets::learn`].
///
/// How old the header is, is for the caller to judge.
///
/// # Errors
///
/// [`RecordRefusal`].
pub fn verify_record(
    sets: &TrustedSets,
    name: &RecordName,
    answer: &RecordAnswer,
) -> Result<VerifiedRecord, RecordRefusal> {
    let key = name.state_key();
    if answer.state_key != key {
        return Err(RecordRefusal::OtherRecord);
    }
    let (header, root) = match &answer.head {
        None => (None, sets.genesis_root()),
        Some(head) => {
            let signers = sets.at(head.header.height);
            verify_head(sets.chain(), &signers, &head.header, &head.certificate)?;
            (Some(head.header.clone()), head.header.state_root)
        }
    };
    let proof: StateProof = decode(&answer.proof.0, PROOF_BYTES_MAX)?;
    let Some(public) = &answer.public else {
        proof.verify_absent(&root, &key)?;
        return match answer.private {
            Some(_) => Err(RecordRefusal::Incomplete),
            None => Ok(VerifiedRecord {
                header,
                public: None,
                record: None,
            }),
        };
    };
    let private_digest = answer.private_digest.ok_or(RecordRefusal::Incomplete)?;
    proof.verify_present(&root, &key, &tree_value(&public.0, &private_digest))?;
    let record = match &answer.private {
        None => None,
        Some(private) if digest("private", &private.bytes.0) == private_digest => {
            Some(StoredRecord {
                public: public.0.clone(),
                private: private.bytes.0.clone(),
                attached: private.attached.0.clone(),
            })
        }
        Some(_) => return Err(RecordRefusal::PrivateHalf),
    };
    Ok(VerifiedRecord {
        header,
        public: Some(public.0.clone()),
        record,
    })
}
