//! Final blocks and the one function that believes them.

use theriac_ledger::action::{ActionBody, ActionError};
use theriac_ledger::block::{Block, BlockError, Header, Parent, check_header, check_transactions};
use theriac_ledger::identifier::TransactionId;
use theriac_ledger::transaction::SignedTransaction;
use theriac_ledger::validator::ValidatorSet;
use theriac_proof::{CertificateError, CommitCertificate};

use crate::wire::FinalBlock;

/// A block whose header, certificate and transactions were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedBlock {
    /// The header.
    pub header: Header,
    /// The signatures that make it final.
    pub certificate: CommitCertificate,
    /// The transactions, in order.
    pub transactions: Vec<VerifiedTransaction>,
    /// Who signs the next height, where it is another set than the one that signed this.
    pub next_validators: Option<ValidatorSet>,
}

/// A transaction of a verified block. More than two thirds of the validators checked its signature
/// and executed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedTransaction {
    /// Its id, computed here.
    pub id: TransactionId,
    /// As it was signed.
    pub signed: SignedTransaction,
    /// What it did.
    pub body: ActionBody,
}

/// Why a block is not believed. One is enough to turn away from the node that served it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlockRefusal {
    /// Header or body do not follow from what was verified before.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// The certificate is for another block.
    #[error("the certificate of height {height} is for another block")]
    OtherBlock {
        /// Height of the block.
        height: u64,
    },
    /// The certificate proves nothing.
    #[error("the certificate of height {height} is refused")]
    Certificate {
        /// Height of the block.
        height: u64,
        /// Why.
        source: CertificateError,
    },
    /// The set that was followed is not the one the parent announced, or the block announces
    /// another set than its transactions bring about.
    #[error("block {height} is signed by, or announces, a validator set that is not known here")]
    ValidatorsUnknown {
        /// Height of the block.
        height: u64,
    },
    /// An action does not decode: this version does not know the rules of the chain.
    #[error("transaction {index} of block {height} does not decode")]
    Action {
        /// Height of the block.
        height: u64,
        /// Position in the block.
        index: usize,
        /// Why.
        source: ActionError,
    },
}

/// Checks that a block follows from its parent and is final.
///
/// # Errors
///
/// [`BlockRefusal`].
pub fn verify_block(
    parent: &Parent,
    validators: &ValidatorSet,
    final_block: FinalBlock,
) -> Result<VerifiedBlock, BlockRefusal> {
    let FinalBlock { block, certificate } = final_block;
    let height = block.header.height;
    check_header(parent, &block.header)?;
    let set = validators.digest();
    if parent.next_validators != set {
        return Err(BlockRefusal::ValidatorsUnknown { height });
    }
    if certificate.height != height || certificate.block != block.header.digest() {
        return Err(BlockRefusal::OtherBlock { height });
    }
    certificate
        .verify(&parent.chain_id, validators)
        .map_err(|source| BlockRefusal::Certificate { height, source })?;
    check_transactions(&block)?;
    let next_validators = validators.after(&block.transactions);
    let next = next_validators.as_ref().map_or(set, ValidatorSet::digest);
    if block.header.next_validators != next {
        return Err(BlockRefusal::ValidatorsUnknown { height });
    }
    let Block {
        header,
        transactions,
    } = block;
    let transactions = transactions
        .into_inner()
        .into_iter()
        .enumerate()
        .map(|(index, signed)| {
            let body = signed.transaction.action.decode();
            let body = body.map_err(|source| BlockRefusal::Action {
                height,
                index,
                source,
            })?;
            Ok(VerifiedTransaction {
                id: signed.transaction.id(&parent.chain_id),
                signed,
                body,
            })
        })
        .collect::<Result<_, BlockRefusal>>()?;
    Ok(VerifiedBlock {
        header,
        certificate,
        transactions,
        next_validators,
    })
}

impl VerifiedBlock {
    /// What the next block follows from.
    pub fn as_parent(&self) -> Parent {
        Parent::of(&self.header)
    }

    /// The block as it travels.
    pub fn into_final_block(self) -> FinalBlock {
        let transactions: Vec<_> = self.transactions.into_iter().map(|tx| tx.signed).collect();
        FinalBlock {
            block: Block {
                header: self.header,
                transactions: transactions
                    .try_into()
                    .expect("as many as the block had when it was verified"),
            },
            certificate: self.certificate,
        }
    }
}
