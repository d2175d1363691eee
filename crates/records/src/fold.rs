//! Final blocks into tables: one block, one database transaction; or several blocks, where many are behind.
//!
//! A transaction's effect is found in `memory`, which reads what it needs and writes everything at the
//! end.
//!
//! Every transaction of a final block is valid, so the fold repeats the effect of the rules
//! (`ledger.md` section 3) and not the rules. What does not fit what is stored stops the fold with
//! [`FoldError::Inconsistent`]: the database then belongs to another chain, or was changed by hand.

use sea_orm::{ActiveModelTrait, DatabaseTransaction, EntityTrait, IntoActiveModel};
use theriac_crypto::PublicKey;
use theriac_ledger::action::ActionBody;
use theriac_ledger::block::{BlockError, Header, Parent, check_header};
use theriac_ledger::identifier::TransactionId;
use theriac_ledger::transaction::SignedTransaction;

use crate::entity::followed_head;
use crate::error::StorageError;
use crate::sequence::Sequence;
use crate::{Database, codec};

mod anchors;
mod journal;
pub(crate) mod lots;
mod members;
mod memory;
mod outbox;
pub(crate) mod packs;
mod returns;
mod rows;
mod shipments;
pub(crate) mod span;
mod spans;
pub(crate) mod statement;
mod step;
mod stock;
mod summary;
mod units;

use memory::Memory;
use step::Step;

/// A block whose certificate and transactions were checked.
#[derive(Debug, Clone, Copy)]
pub struct FinalBlock<'a> {
    /// The head.
    pub header: &'a Header,
    /// Its transactions in order.
    pub transactions: &'a [FinalTransaction<'a>],
}

/// A transaction of a final block.
#[derive(Debug, Clone, Copy)]
pub struct FinalTransaction<'a> {
    /// Its id.
    pub id: TransactionId,
    /// As it was signed.
    pub signed: &'a SignedTransaction,
    /// Its action, decoded.
    pub body: &'a ActionBody,
}

/// Why a block was not folded. Nothing of it is left behind.
#[derive(Debug, thiserror::Error)]
pub enum FoldError {
    /// The database has no genesis yet.
    #[error("the database does not know the genesis of the chain yet")]
    NoGenesis,
    /// The block does not follow the last one folded.
    #[error("the block does not follow the last one in the database")]
    Block(#[source] BlockError),
    /// The signer is no key that this database knows.
    #[error("the key {key} is not known")]
    UnknownKey {
        /// The key.
        key: PublicKey,
    },
    /// A transaction names something that is not as it must be.
    #[error("transaction {id} does not fit the database: {what}")]
    Inconsistent {
        /// The transaction.
        id: TransactionId,
        /// What does not fit.
        what: &'static str,
    },
    /// The database did not take it.
    #[error("the block could not be stored")]
    Storage(#[from] StorageError),
}

impl From<sea_orm::DbErr> for FoldError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Storage(error.into())
    }
}

/// Folds blocks after one another, those that have come together in one transaction of the database. It remembers
/// what it wrote, so that nobody else may write what the chain says in the same database meanwhile.
#[derive(Debug)]
pub struct BatchFold {
    memory: Memory,
    kept: usize,
}

impl Default for BatchFold {
    /// Remembers some hundred megabytes.
    fn default() -> Self {
        Self::keeping(400_000)
    }
}

impl BatchFold {
    /// Remembers about so many rows of each table from one call to the next; a row takes half a kilobyte.
    pub fn keeping(rows: usize) -> Self {
        Self {
            memory: Memory::default(),
            kept: rows,
        }
    }

    /// Folds consecutive blocks, all or none; those folded before change nothing. Gives how many were not.
    pub async fn fold(
        &mut self,
        db: &Database,
        blocks: &[FinalBlock<'_>],
    ) -> Result<usize, FoldError> {
        let folded = fold_with(db, &mut self.memory, blocks).await;
        match folded {
            Ok(_) => self.memory.trim(self.kept),
            Err(_) => self.memory = Memory::default(),
        }
        folded
    }
}

async fn fold_with(
    db: &Database,
    memory: &mut Memory,
    blocks: &[FinalBlock<'_>],
) -> Result<usize, FoldError> {
    let txn = db.begin().await?;
    let head = followed_head::Entity::find_by_id(HEAD)
        .one(&txn)
        .await?
        .ok_or(FoldError::NoGenesis)?;
    let mut parent = parent_of(&head)?;
    let known = blocks
        .iter()
        .take_while(|block| block.header.height <= parent.height);
    let new = &blocks[known.count()..];
    if new.is_empty() {
        return Ok(0);
    }
    for block in new {
        check_header(&parent, block.header).map_err(FoldError::Block)?;
        fold_transactions(&txn, memory, *block).await?;
        parent = Parent::of(block.header);
    }
    memory.write(&txn).await?;
    outbox::settle(&txn, new).await?;
    let next = head_model(&parent)?;
    next.into_active_model().reset_all().update(&txn).await?;
    txn.commit().await?;
    Ok(new.len())
}

async fn fold_transactions(
    txn: &DatabaseTransaction,
    memory: &mut Memory,
    block: FinalBlock<'_>,
) -> Result<(), FoldError> {
    for (index, transaction) in (0u32..).zip(block.transactions) {
        let FinalTransaction { id, signed, body } = *transaction;
        let sequence = Sequence::new(block.header.height, index)?;
        let account = step::account_of(txn, memory, &signed.transaction.signer).await?;
        let mut step = Step::new(txn, id, sequence, block.header.time, account);
        apply(&mut step, memory, body).await?;
        let entry = journal::Entry {
            signed,
            kind: body.kind().name(),
            summary: summary::of(body),
        };
        memory.journal.put(step, &entry)?;
    }
    Ok(())
}

/// The row of `followed_head` with the last block.
pub(crate) const HEAD: i16 = 1;
/// The row of `followed_head` with the block that a rebuilding has to reach.
pub(crate) const REBUILT: i16 = 2;

pub(crate) fn head_model(parent: &Parent) -> Result<followed_head::Model, StorageError> {
    Ok(followed_head::Model {
        id: HEAD,
        height: i64::try_from(parent.height)
            .map_err(|_| StorageError::OutOfRange { what: "a height" })?,
        digest: codec::bytes(&parent.digest.0),
        parent: theriac_ledger::encoding::encode(parent),
    })
}

pub(crate) fn parent_of(head: &followed_head::Model) -> Result<Parent, StorageError> {
    theriac_ledger::encoding::decode(&head.parent, 1024).map_err(|_| StorageError::Corrupt {
        column: "followed_head.parent",
    })
}

async fn apply(
    step: &mut Step<'_>,
    memory: &mut Memory,
    body: &ActionBody,
) -> Result<(), FoldError> {
    match body {
        ActionBody::RegisterProduct(action) => lots::register_product(step, memory, action).await,
        ActionBody::CommissionRun(action) => lots::commission_run(step, memory, action).await,
        ActionBody::CloseLot(action) => lots::close_lot(step, memory, action).await,
        ActionBody::RecallLot(action) => lots::recall_lot(step, memory, action).await,
        ActionBody::Pack(action) => units::pack(step, memory, action).await,
        ActionBody::Unpack(action) => units::unpack(step, memory, action).await,
        ActionBody::Ship(action) => shipments::ship(step, memory, action).await,
        ActionBody::CancelShipment(action) => shipments::cancel(step, memory, action).await,
        ActionBody::Receive(action) => shipments::receive(step, memory, action).await,
        ActionBody::Reject(action) => shipments::reject(step, memory, action).await,
        ActionBody::Dispense(action) => packs::dispense(step, memory, action).await,
        ActionBody::Reactivate(action) => packs::reactivate(step, memory, action).await,
        ActionBody::Lock(action) => packs::lock(step, memory, action).await,
        ActionBody::Unlock(action) => packs::unlock(step, memory, action).await,
        ActionBody::Decommission(action) => packs::decommission(step, memory, action).await,
        ActionBody::EnactChange(action) => members::enact(step, &action.change).await,
        ActionBody::AnchorDigest(action) => anchors::anchor(step, action).await,
        ActionBody::ProposeChange(_)
        | ActionBody::ApproveChange(_)
        | ActionBody::WithdrawChange(_) => Ok(()),
    }
}
