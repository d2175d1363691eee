//! The state of height 0.

use std::collections::BTreeMap;

use super::{GenesisAccount, GenesisKey, GenesisOrganisation, GenesisRecords};
use crate::encoding::encode;
use crate::identifier::Timestamp;
use crate::record::{
    Account, AccountPrivate, AccountState, History, KeyRecord, KeyRecordPrivate, KeyRecordPublic,
    Organisation, OrganisationPrivate, OrganisationPublic, Parameters, Record as _, Standing,
    StoredRecord,
};
use crate::state_key::StateKey;
use crate::validator::ValidatorSet;

impl GenesisRecords {
    /// The records of height 0. Each history is the salt itself: no transaction has written them.
    /// The validator set and the parameters are public whole and have an empty private half.
    pub fn state(
        &self,
        validators: &ValidatorSet,
        parameters: &Parameters,
    ) -> BTreeMap<StateKey, StoredRecord> {
        let history = History(self.salt);
        let mut state = BTreeMap::new();
        for organisation in &self.organisations {
            let record = organisation_record(organisation, history);
            state.insert(StateKey::organisation(&organisation.id), record.store());
        }
        for account in &self.accounts {
            let record = account_record(account, history);
            state.insert(StateKey::account(&account.id), record.store());
        }
        for key in &self.keys {
            state.insert(StateKey::key(&key.key), key_record(key, history).store());
        }
        state.insert(StateKey::validators(), public_record(encode(validators)));
        state.insert(StateKey::parameters(), public_record(encode(parameters)));
        state
    }
}

fn public_record(public: Vec<u8>) -> StoredRecord {
    StoredRecord {
        public,
        private: Vec::new(),
        attached: Vec::new(),
    }
}

fn organisation_record(genesis: &GenesisOrganisation, history: History) -> Organisation {
    Organisation {
        public: OrganisationPublic {
            legal_name: genesis.legal_name.clone(),
            roles: genesis.roles.clone(),
            licences: genesis.licences.clone(),
            standing: Standing::Good,
            gs1_prefixes: genesis.gs1_prefixes.clone(),
        },
        private: OrganisationPrivate {
            service_address: genesis.service_address.clone(),
            history,
        },
    }
}

fn account_record(genesis: &GenesisAccount, history: History) -> Account {
    Account {
        public: (),
        private: AccountPrivate {
            organisation: genesis.organisation,
            gln: genesis.gln,
            name: genesis.name.clone(),
            place: genesis.place,
            country: genesis.country,
            roles: genesis.roles.clone(),
            state: AccountState::Open,
            history,
        },
    }
}

/// Keys of the genesis count from the beginning of time.
fn key_record(genesis: &GenesisKey, history: History) -> KeyRecord {
    KeyRecord {
        public: KeyRecordPublic {
            purposes: genesis.purposes.clone(),
            active_since: Timestamp(0),
            retired_at: None,
            compromised_since: None,
        },
        private: KeyRecordPrivate {
            account: genesis.account,
            history,
        },
    }
}
