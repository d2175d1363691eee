//! Actors of the test consortium and how they sign.

use theriac_client::Generator;
use theriac_crypto::SigningKey;
use theriac_http::clock::{Clock as _, SystemClock};
use theriac_ledger::action::ActionBody;
use theriac_ledger::identifier::{AccountId, ChainId, Timestamp, TransactionId};
use theriac_ledger::testing::{Actor, Consortium};
use theriac_ledger::transaction::{SignedTransaction, Transaction};

/// Time for which what a [`Pen`] signs stays valid.
pub const VALIDITY_MS: u64 = 5 * 60 * 1000;

/// A signed transaction and its canonical bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Its id.
    pub id: TransactionId,
    /// The transaction.
    pub transaction: SignedTransaction,
    /// Its canonical bytes.
    pub bytes: Vec<u8>,
}

impl Signed {
    /// The bytes and id of a signed transaction.
    pub fn new(transaction: SignedTransaction, chain: &ChainId) -> Self {
        let id = transaction.transaction.id(chain);
        let bytes = transaction.encode();
        Self {
            id,
            transaction,
            bytes,
        }
    }
}

/// Signs for one actor, or for whoever else has a key.
#[derive(Debug, Clone)]
pub struct Pen {
    key: SigningKey,
    /// The account.
    pub account: AccountId,
    chain: ChainId,
    salts: Generator,
}

impl Pen {
    /// The pen of an actor on a chain.
    pub fn new(consortium: &Consortium, actor: Actor, chain: ChainId) -> Self {
        Self::with_key(consortium.key(actor), consortium.account(actor), chain)
    }

    /// The pen of whoever has a key of an account.
    pub fn with_key(key: SigningKey, account: AccountId, chain: ChainId) -> Self {
        Self {
            key,
            account,
            chain,
            salts: Generator::system(),
        }
    }

    /// Signs an action, valid for [`VALIDITY_MS`] from now.
    pub fn sign(&self, body: impl Into<ActionBody>) -> Signed {
        self.sign_until(
            body,
            Timestamp(SystemClock.now_ms()).saturating_add(VALIDITY_MS),
        )
    }

    /// Signs an action that is valid until a block time.
    pub fn sign_until(&self, body: impl Into<ActionBody>, valid_until: Timestamp) -> Signed {
        let action = body
            .into()
            .to_action()
            .expect("an action within its bounds");
        let transaction = Transaction {
            signer: self.key.public_key(),
            salt: self.salts.bytes(),
            valid_until,
            action,
            details: None,
        };
        Signed::new(transaction.sign(&self.chain, &self.key), &self.chain)
    }
}
