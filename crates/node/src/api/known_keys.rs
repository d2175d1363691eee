//! Whose signed requests count: registered keys that are active at the last block's time.

use std::sync::Arc;

use theriac_crypto::PublicKey;
use theriac_http::problem::chain;
use theriac_http::signed_request::KnownKeys;
use theriac_ledger::record::{KeyPurpose, KeyRecord, Record as _};
use theriac_ledger::state::State as _;
use theriac_ledger::state_key::StateKey;

use crate::chain::Chain;

/// Purposes that entitle to read what members read.
const READING_PURPOSES: [KeyPurpose; 3] =
    [KeyPurpose::Custody, KeyPurpose::Request, KeyPurpose::Vote];

/// Key records of the committed state, and the validators in force.
#[derive(Debug)]
pub(crate) struct ChainKeys(pub(crate) Arc<Chain>);

impl KnownKeys for ChainKeys {
    fn is_known(&self, key: &PublicKey) -> bool {
        if self.0.validators().find(key).is_some() {
            return true;
        }
        let view = self.0.store().view();
        let stored = match view.record(&StateKey::key(key)) {
            Ok(Some(stored)) => stored,
            Ok(None) => return false,
            Err(error) => {
                tracing::error!(error = %chain(&error), "a key record cannot be read; the request is refused");
                return false;
            }
        };
        let time = view.parent().time;
        KeyRecord::load(&stored).is_ok_and(|record| {
            READING_PURPOSES
                .into_iter()
                .any(|purpose| record.public.is_active_for(purpose, time))
        })
    }
}
