//! Blocks as they are stored: without the identity lists, which the store keeps once.

use borsh::{BorshDeserialize, BorshSerialize};
use theriac_crypto::Digest;
use theriac_ledger::action::{ActionBody, ActionKind, CommissionRun};
use theriac_ledger::block::{Block, Header, check_transactions};
use theriac_ledger::constants::{BLOCK_BYTES_MAX, BLOCK_TRANSACTIONS_MAX};
use theriac_ledger::encoding::{BoundedList, decode, encode};
use theriac_ledger::identifier::PackKey;
use theriac_ledger::record::identity_root;
use theriac_ledger::transaction::SignedTransaction;

use super::StoreError;

/// A transaction of a stored block.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
struct StoredTransaction {
    /// The transaction; a commissioning with an empty list of keys.
    signed: SignedTransaction,
    /// Names the list that belongs into it.
    keys: Option<Digest>,
}

type StoredBody = BoundedList<StoredTransaction, BLOCK_TRANSACTIONS_MAX>;

/// A block holds at most what its encoding allows; each transaction is stored with at most a digest.
pub(crate) const STORED_BYTES_MAX: usize = BLOCK_BYTES_MAX + BLOCK_TRANSACTIONS_MAX * 33;

/// Bytes of a pack key in a list.
const PACK_KEY_BYTES: usize = 16;

/// The stored form. `roots` are the identity roots of the block's commissionings, in order.
pub(super) fn store(block: &Block, roots: &[Digest]) -> Result<Vec<u8>, StoreError> {
    let mut roots = roots.iter();
    let mut stored = Vec::with_capacity(block.transactions.len());
    for signed in &block.transactions {
        stored.push(match commissioning(signed)? {
            Some(run) => StoredTransaction {
                keys: Some(*roots.next().ok_or_else(|| {
                    StoreError::corrupt("block", "a commissioning has no identity root")
                })?),
                signed: with_keys(signed, &run, BoundedList::empty())?,
            },
            None => StoredTransaction {
                signed: signed.clone(),
                keys: None,
            },
        });
    }
    Ok(encode(&stored))
}

/// The whole block, checked against its header, and the identity roots of its commissionings.
pub(crate) fn restore(
    header: Header,
    bytes: &[u8],
    list: impl Fn(&Digest) -> Result<Vec<PackKey>, StoreError>,
) -> Result<(Block, Vec<Digest>), StoreError> {
    let stored: StoredBody =
        decode(bytes, STORED_BYTES_MAX).map_err(|e| StoreError::corrupt("block", e))?;
    let mut transactions = Vec::with_capacity(stored.len());
    let mut roots = Vec::new();
    // Lists are long and are named by a digest: few bytes could name many.
    let mut length = bytes.len();
    for StoredTransaction { signed, keys } in stored.into_inner() {
        transactions.push(match keys {
            None => signed,
            Some(root) => {
                let run = commissioning(&signed)?.ok_or_else(|| {
                    StoreError::corrupt("block", "a list of keys has no commissioning")
                })?;
                let keys = list(&root)?;
                length = length.saturating_add(keys.len().saturating_mul(PACK_KEY_BYTES));
                if length > STORED_BYTES_MAX {
                    return Err(StoreError::corrupt(
                        "block",
                        "it is longer than a block may be",
                    ));
                }
                let keys =
                    BoundedList::new(keys).map_err(|e| StoreError::corrupt("identity list", e))?;
                roots.push(root);
                with_keys(&signed, &run, keys)?
            }
        });
    }
    let transactions =
        BoundedList::new(transactions).map_err(|e| StoreError::corrupt("block", e))?;
    let block = Block {
        header,
        transactions,
    };
    check_transactions(&block).map_err(|e| StoreError::corrupt("block", e))?;
    Ok((block, roots))
}

/// The identity roots of a block's commissionings, in order, computed from their lists.
pub(crate) fn roots(block: &Block) -> Result<Vec<Digest>, StoreError> {
    let mut roots = Vec::new();
    for signed in &block.transactions {
        if let Some(run) = commissioning(signed)? {
            roots.push(identity_root(&run.keys));
        }
    }
    Ok(roots)
}

/// The commissioning in a transaction, if it is one.
fn commissioning(signed: &SignedTransaction) -> Result<Option<CommissionRun>, StoreError> {
    let action = &signed.transaction.action;
    if action.kind != ActionKind::CommissionRun.number() {
        return Ok(None);
    }
    match action.decode() {
        Ok(ActionBody::CommissionRun(run)) => Ok(Some(run)),
        Ok(_) => Ok(None),
        Err(error) => Err(StoreError::corrupt("block", error)),
    }
}

fn with_keys(
    signed: &SignedTransaction,
    run: &CommissionRun,
    keys: BoundedList<PackKey, { theriac_ledger::constants::RUN_PACKS_MAX }>,
) -> Result<SignedTransaction, StoreError> {
    let action = ActionBody::from(CommissionRun {
        gtin: run.gtin,
        lot: run.lot,
        number: run.number,
        expiry: run.expiry,
        manufactured: run.manufactured,
        keys,
    })
    .to_action()
    .map_err(|e| StoreError::corrupt("block", e))?;
    Ok(SignedTransaction {
        transaction: theriac_ledger::transaction::Transaction {
            signer: signed.transaction.signer,
            salt: signed.transaction.salt,
            valid_until: signed.transaction.valid_until,
            action,
            details: signed.transaction.details,
        },
        signature: signed.signature,
    })
}

#[cfg(test)]
mod tests {
    use theriac_ledger::constants::RUN_PACKS_MAX;
    use theriac_ledger::identifier::{BlockDigest, ChainId, Timestamp};
    use theriac_ledger::testing::{Actor, Consortium, commission_run, gtin, run_id};
    use theriac_ledger::transaction::Transaction;

    use super::*;

    #[test]
    fn a_few_bytes_that_name_one_long_list_many_times_are_refused() {
        let key = Consortium::new(1).key(Actor::Maker);
        let run = commission_run(run_id(gtin("9506000", 1), "LOT1", 0), 0, 1);
        let signed = Transaction {
            signer: key.public_key(),
            salt: [0; 16],
            valid_until: Timestamp(1),
            action: ActionBody::from(run).to_action().unwrap(),
            details: None,
        }
        .sign(&ChainId(Digest::ZERO), &key);
        let stored: Vec<StoredTransaction> = (0..100)
            .map(|_| StoredTransaction {
                signed: signed.clone(),
                keys: Some(Digest::ZERO),
            })
            .collect();
        let header = Header {
            protocol: 1,
            chain_id: ChainId(Digest::ZERO),
            height: 1,
            time: Timestamp(1),
            parent: BlockDigest(Digest::ZERO),
            proposer: key.public_key(),
            transactions_root: Digest::ZERO,
            transaction_count: 100,
            state_root: Digest::ZERO,
            validators: Digest::ZERO,
            next_validators: Digest::ZERO,
        };
        let read = std::cell::Cell::new(0);
        let error = restore(header, &encode(&stored), |_| {
            read.set(read.get() + 1);
            Ok(vec![PackKey([0; 16]); RUN_PACKS_MAX])
        });
        let said = format!("{:?}", error.unwrap_err());
        assert!(said.contains("longer than a block may be"), "{said}");
        assert!(read.get() < 6, "{} lists were read", read.get());
    }
}
