//! The state of height 0.

use std::collections::{BTreeMap, BTreeSet};

use super::{GenesisAccount, GenesisKey, GenesisOrganisation, GenesisRecords};
use crate::constants::PREFIX_BUCKET_MAX;
use crate::identifier::Timestamp;
use crate::record::{
    Account, AccountPrivate, AccountState, History, KeyRecord, KeyRecordPrivate, KeyRecordPublic,
    Organisation, OrganisationPrivate, OrganisationPublic, Parameters, ParametersRecord,
    PrefixBucket, Prefixes, PrefixesPrivate, Record as _, Standing, StoredRecord, ValidatorsRecord,
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
        for (bucket, record) in prefix_records(&self.organisations, history) {
            state.insert(StateKey::prefixes(&bucket), record.store());
        }
        let validators = ValidatorsRecord {
            public: validators.clone(),
            private: (),
        };
        state.insert(StateKey::validators(), validators.store());
        let parameters = ParametersRecord {
            public: *parameters,
            private: (),
        };
        state.insert(StateKey::parameters(), parameters.store());
        state
    }
}

/// The prefixes of all organisations; [`GenesisRecords::check`] has seen that no bucket is too full.
fn prefix_records(
    organisations: &[GenesisOrganisation],
    history: History,
) -> BTreeMap<PrefixBucket, Prefixes> {
    let mut owners: BTreeMap<PrefixBucket, BTreeSet<_>> = BTreeMap::new();
    for organisation in organisations {
        for prefix in &organisation.gs1_prefixes {
            let bucket = owners.entry(PrefixBucket::of(prefix)).or_default();
            bucket.insert((*prefix, organisation.id));
        }
    }
    let record = |owners: BTreeSet<_>| Prefixes {
        public: (),
        private: PrefixesPrivate {
            owners: owners
                .into_iter()
                .take(PREFIX_BUCKET_MAX)
                .collect::<Vec<_>>()
                .try_into()
                .unwrap_or_default(),
            history,
        },
    };
    owners
        .into_iter()
        .map(|(bucket, owners)| (bucket, record(owners)))
        .collect()
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
