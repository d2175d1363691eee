//! The way into the pool.

use std::sync::Arc;

use theriac_crypto::Digest;
use theriac_ledger::execute::{
    CheckedTransaction, Execution, Refusal, check, check_stateless, find_key,
};
use theriac_ledger::identifier::{AccountId, Timestamp, TransactionId};
use theriac_ledger::planted::{Bug, is_planted};
use theriac_ledger::rejection::{Rejection, SignerRejection, WindowRejection};
use theriac_ledger::state::{State as _, StateUnavailable};
use theriac_ledger::transaction::SignedTransaction;

use super::{Pool, RETRY_AFTER_MS, SubmitError, TxStatus};
use crate::store::View;

/// Waiting transactions of the same signer that a new one may build on.
const PREDECESSORS_MAX: usize = 16;

impl Pool {
    /// Takes a transaction from a client: canonical bytes of a signed transaction. The same bytes
    /// again have the same answer as long as the state has not moved under them.
    pub fn submit(&self, bytes: &[u8], now: Timestamp) -> Result<TransactionId, SubmitError> {
        self.take(bytes, now, true)
    }

    /// Takes a transaction that another node passed on; it is passed on from here only where the
    /// proposer seems to lack it.
    pub fn receive_from_peer(
        &self,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<TransactionId, SubmitError> {
        self.take(bytes, now, false)
    }

    fn take(
        &self,
        bytes: &[u8],
        now: Timestamp,
        is_fresh: bool,
    ) -> Result<TransactionId, SubmitError> {
        let signed = SignedTransaction::decode(bytes).map_err(|e| SubmitError::Malformed {
            reason: e.to_string(),
        })?;
        let view = self.store.view();
        check_signer_is_known(&view, &signed)?;
        let transaction = self.verify_once(bytes, signed)?;
        let id = *transaction.id();
        if self.lock().entries.contains(&id) {
            return Ok(id);
        }
        match self.check_rules(&view, &transaction, now) {
            Ok(()) => {}
            Err(Refusal::Rejected(Rejection::Window(WindowRejection::AlreadyIncluded {
                ..
            }))) => {
                return Ok(id);
            }
            Err(Refusal::Rejected(rejection)) => {
                let status = TxStatus::Rejected {
                    rejection: rejection.clone(),
                };
                self.lock().outcomes.put(id, status);
                return Err(rejection.into());
            }
            Err(Refusal::Unavailable(unavailable)) => return Err(unavailable.into()),
        }
        self.screens.put(&view, &transaction);
        let account = account_of(&view, &transaction)?;
        self.insert(&view, transaction, account, is_fresh)?;
        Ok(id)
    }

    fn verify_once(
        &self,
        bytes: &[u8],
        signed: SignedTransaction,
    ) -> Result<Arc<CheckedTransaction>, SubmitError> {
        let digest = signed_digest(bytes);
        if let Some(known) = self.verified.get(&digest) {
            return Ok(known);
        }
        let transaction = Arc::new(check_stateless(signed, &self.store.chain_id())?);
        self.verified.put(digest, Arc::clone(&transaction));
        Ok(transaction)
    }

    /// The rules, over the committed state; where they refuse, over that state after what the same
    /// signer has waiting. So a service need not wait for a run to be final before it sends the
    /// next run of the lot, or packs what it has just commissioned.
    fn check_rules(
        &self,
        view: &View,
        transaction: &CheckedTransaction,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let context = Self::next_block(view, now);
        let Err(refusal) = check(view, context, transaction) else {
            return Ok(());
        };
        // What comes before it changes nothing of its time, nor that it is on the chain already.
        if matches!(refusal, Refusal::Rejected(Rejection::Window(_))) {
            return Err(refusal);
        }
        let signer = &transaction.signed().transaction.signer;
        let mut before = self.lock().entries.of_signer(signer, PREDECESSORS_MAX);
        if let Some(place) = before
            .iter()
            .position(|other| other.id() == transaction.id())
        {
            before.truncate(place);
        }
        if before.is_empty() || matches!(refusal, Refusal::Unavailable(_)) {
            return Err(refusal);
        }
        let state = self.screens.over(view, &before);
        let mut execution = Execution::new(&state, context);
        for predecessor in &before {
            // One that is refused now leaves no trace, and is found out when a block is built.
            if let Err(Refusal::Unavailable(unavailable)) = execution.apply(predecessor) {
                return Err(unavailable.into());
            }
        }
        match execution.apply(transaction) {
            Ok(()) => Ok(()),
            Err(Refusal::Unavailable(unavailable)) => Err(unavailable.into()),
            Err(Refusal::Rejected(_)) => Err(refusal),
        }
    }

    /// `checked` is the state that the rules were asked about.
    fn insert(
        &self,
        checked: &View,
        transaction: Arc<CheckedTransaction>,
        account: AccountId,
        is_fresh: bool,
    ) -> Result<(), SubmitError> {
        let mut inner = self.lock();
        let id = *transaction.id();
        // Another caller may have brought it, or a block may have included it, meanwhile.
        let view = self.store.view();
        let has_moved = view.parent().height != checked.parent().height;
        if inner.entries.contains(&id) || (has_moved && is_included(&view, &id)?) {
            return Ok(());
        }
        let length = transaction.encoded_len();
        if !inner.entries.has_room(&self.limits, &account, length) {
            self.screens.forget(&id);
            return Err(SubmitError::Full {
                retry_after_ms: RETRY_AFTER_MS,
            });
        }
        inner.outcomes.forget(&id);
        inner.entries.insert(transaction, account, is_fresh);
        self.announce(&inner);
        Ok(())
    }

    /// Checks waiting transactions against the state that was just committed. One that is refused
    /// both alone and after its signer's others is refused for good.
    pub(crate) fn recheck(
        &self,
        transactions: &[Arc<CheckedTransaction>],
    ) -> Result<(), StateUnavailable> {
        let view = self.store.view();
        let time = view.parent().time;
        for transaction in transactions {
            match self.check_rules(&view, transaction, time) {
                Ok(()) => {}
                Err(Refusal::Rejected(rejection)) => self.reject(transaction.id(), rejection),
                Err(Refusal::Unavailable(unavailable)) => return Err(unavailable),
            }
        }
        Ok(())
    }
}

/// Whether a transaction is on the chain already.
fn is_included(view: &View, id: &TransactionId) -> Result<bool, StateUnavailable> {
    Ok(view.is_included(id)? && !is_planted(Bug::AcceptReplayedId))
}

/// Refuses a key that nobody registered, before anything is computed or kept for it: a commissioning
/// costs its reader tens of thousands of digests, and anyone can make a key.
fn check_signer_is_known(view: &View, signed: &SignedTransaction) -> Result<(), SubmitError> {
    let key = signed.transaction.signer;
    match find_key(view, &key)? {
        Some(_) => Ok(()),
        None => Err(Rejection::from(SignerRejection::UnknownKey { key }).into()),
    }
}

/// Digest of the canonical bytes of a signed transaction: its leaf in a block.
pub(crate) fn signed_digest(bytes: &[u8]) -> Digest {
    theriac_crypto::digest("signed-transaction", bytes)
}

/// The account that a transaction acts for; the rules have accepted its signer.
fn account_of(
    view: &View,
    transaction: &CheckedTransaction,
) -> Result<AccountId, StateUnavailable> {
    let key = find_key(view, &transaction.signed().transaction.signer)?;
    let key = key.ok_or(StateUnavailable::Missing {
        what: "the key of an accepted signer",
    })?;
    Ok(key.private.account)
}
