//! Genesis: what it must keep, and the state it gives.

use theriac_crypto::{Digest, PublicKey};
use theriac_gs1::CompanyPrefix;
use theriac_ledger::encoding::{BoundedList, decode, encode};
use theriac_ledger::genesis::{Anchor, GenesisError, GenesisRecords};
use theriac_ledger::record::{KeyRecord, Record as _, Role, Roles};
use theriac_ledger::state_key::StateKey;
use theriac_ledger::testing::{Actor, Consortium};

fn altered(change: impl FnOnce(&mut GenesisRecords)) -> Result<(), GenesisError> {
    let consortium = Consortium::new(1);
    let mut records = consortium.records.clone();
    change(&mut records);
    records.check(&consortium.anchor(Digest::ZERO))
}

fn edit<T: Clone, const MAX: usize>(
    list: &mut BoundedList<T, MAX>,
    change: impl FnOnce(&mut Vec<T>),
) {
    let mut items = list.to_vec();
    change(&mut items);
    *list = BoundedList::new(items).unwrap();
}

#[test]
fn a_complete_genesis_is_accepted() {
    assert_eq!(altered(|_| {}), Ok(()));
}

#[test]
fn another_protocol_is_refused() {
    let consortium = Consortium::new(1);
    let mut anchor = consortium.anchor(Digest::ZERO);
    anchor.protocol = 2;
    let outcome = consortium.records.check(&anchor);
    assert_eq!(outcome, Err(GenesisError::Protocol { found: 2 }));
}

#[test]
fn a_zero_salt_is_refused() {
    let outcome = altered(|records| records.salt = Digest::ZERO);
    assert_eq!(outcome, Err(GenesisError::Salt));
}

#[test]
fn disordered_or_repeated_records_are_refused() {
    let outcome = altered(|records| edit(&mut records.accounts, |items| items.swap(0, 1)));
    assert!(matches!(
        outcome,
        Err(GenesisError::Order {
            list: "accounts",
            index: 1
        })
    ));
    let outcome = altered(|records| {
        edit(&mut records.keys, |items| items[1] = items[0].clone());
    });
    assert!(matches!(
        outcome,
        Err(GenesisError::Order { list: "keys", .. })
    ));
}

#[test]
fn a_weak_key_is_refused() {
    let outcome = altered(|records| {
        edit(&mut records.keys, |items| {
            let mut identity = [0; 32];
            identity[0] = 1;
            items[0].key = PublicKey(identity);
            items.sort_by_key(|item| item.key);
        });
    });
    assert!(matches!(outcome, Err(GenesisError::Key { .. })));
}

#[test]
fn overlapping_prefixes_of_two_organisations_are_refused() {
    let outcome = altered(|records| {
        edit(&mut records.organisations, |items| {
            let free = items
                .iter_mut()
                .find(|item| item.gs1_prefixes.is_empty())
                .unwrap();
            let prefix = CompanyPrefix::parse("95060001").unwrap();
            free.gs1_prefixes = BoundedList::new(vec![prefix]).unwrap();
        });
    });
    assert!(matches!(outcome, Err(GenesisError::PrefixOverlap { .. })));
}

#[test]
fn an_account_with_a_role_its_organisation_lacks_is_refused() {
    let outcome = altered(|records| {
        edit(&mut records.accounts, |items| {
            items[0].roles = Roles::new(vec![Role::Authority]).unwrap();
        });
    });
    assert!(matches!(outcome, Err(GenesisError::Roles { .. })));
}

#[test]
fn an_account_or_key_without_its_owner_is_refused() {
    let outcome = altered(|records| records.organisations = BoundedList::empty());
    assert!(matches!(
        outcome,
        Err(GenesisError::UnknownOrganisation { .. })
    ));
    let outcome = altered(|records| records.accounts = BoundedList::empty());
    assert!(matches!(outcome, Err(GenesisError::UnknownAccount { .. })));
}

#[test]
fn a_key_without_purpose_and_a_place_off_the_earth_are_refused() {
    let outcome = altered(|records| {
        edit(&mut records.keys, |items| {
            items[0].purposes = BoundedList::empty();
        });
    });
    assert!(matches!(outcome, Err(GenesisError::NoPurpose { .. })));
    let outcome = altered(|records| {
        edit(&mut records.accounts, |items| {
            items[0].place.latitude = 900_001;
        });
    });
    assert!(matches!(outcome, Err(GenesisError::Place { .. })));
}

#[test]
fn the_state_of_genesis_holds_every_record_and_every_history_is_the_salt() {
    let consortium = Consortium::new(1);
    let records = &consortium.records;
    let anchor = consortium.anchor(Digest::ZERO);
    let state = records.state(&anchor.validators, &anchor.parameters);
    // All prefixes of the consortium begin with the same four digits: one record.
    let listed = records.organisations.len() + records.accounts.len() + records.keys.len();
    let expected = listed + 3;
    assert_eq!(state.len(), expected);
    for (key, record) in &state {
        let is_public = [StateKey::validators(), StateKey::parameters()].contains(key);
        assert_eq!(record.private.is_empty(), is_public);
        assert!(is_public || record.private.ends_with(&records.salt.0));
    }
    let key = consortium.key(Actor::Maker).public_key();
    let record = KeyRecord::load(&state[&StateKey::key(&key)]).unwrap();
    assert_eq!(record.private.account, consortium.account(Actor::Maker));
}

#[test]
fn anchor_and_records_read_back_from_bytes_and_from_json() {
    let consortium = Consortium::new(1);
    let anchor = consortium.anchor(Digest::ZERO);
    let bytes = encode(&anchor);
    assert_eq!(decode::<Anchor>(&bytes, bytes.len()).unwrap(), anchor);
    let json = serde_json::to_string(&anchor).unwrap();
    let read: Anchor = serde_json::from_str(&json).unwrap();
    assert_eq!(read.chain_id(), anchor.chain_id());
    let json = serde_json::to_string(&consortium.records).unwrap();
    let read: GenesisRecords = serde_json::from_str(&json).unwrap();
    assert_eq!(read, consortium.records);
    assert_ne!(
        Consortium::new(2).anchor(Digest::ZERO).chain_id(),
        anchor.chain_id()
    );
}
