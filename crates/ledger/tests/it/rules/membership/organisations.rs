//! Organisations and accounts.

use theriac_gs1::CompanyPrefix;
use theriac_ledger::action::Purpose;
use theriac_ledger::change::{AccountOpening, Change, OrganisationUpdate};
use theriac_ledger::encoding::{BoundedList, BoundedText};
use theriac_ledger::identifier::AccountId;
use theriac_ledger::record::{Role, Roles};
use theriac_ledger::testing::membership::{
    named, named_key, new_account, new_organisation, new_validator,
};
use theriac_ledger::testing::{Actor, TestLedger, commission_run, gtin, product, run_id};

use super::{authority, code, suspension};
use crate::scene::Scene;

fn admission(ledger: &TestLedger, name: &str, role: Role, prefixes: &[&str]) -> Change {
    Change::AdmitOrganisation(new_organisation(&ledger.chain_id(), name, role, prefixes))
}

#[test]
fn an_admitted_manufacturer_commissions_and_hands_over() {
    let mut ledger = TestLedger::new(1);
    let admission = admission(&ledger, "Newcomer", Role::Manufacturer, &["9506010"]);
    let key = named_key("Newcomer");
    let item = gtin("9506010", 1);
    let before = ledger.sign_with(&key, product(item));
    assert_eq!(code(ledger.submit(before)), "unknown_key");
    ledger.decide(&admission).unwrap();
    let registered = ledger.sign_with(&key, product(item));
    ledger.submit(registered).unwrap();
    let run = run_id(item, "L1", 0);
    let commissioned = ledger.sign_with(&key, commission_run(run, 0, 10));
    ledger.submit(commissioned).unwrap();
}

#[test]
fn an_organisation_is_admitted_once() {
    let mut ledger = TestLedger::new(1);
    let change = admission(&ledger, "Newcomer", Role::Pharmacy, &[]);
    ledger.decide(&change).unwrap();
    assert_eq!(code(ledger.decide(&change)), "organisation_exists");
}

#[test]
fn a_prefix_that_overlaps_with_another_organisations_is_refused() {
    let mut ledger = TestLedger::new(1);
    for prefix in ["9506000", "950600", "95060001"] {
        let change = admission(&ledger, "Newcomer", Role::Manufacturer, &[prefix]);
        assert_eq!(code(ledger.decide(&change)), "prefix_taken", "{prefix}");
    }
    let first = admission(&ledger, "First", Role::Manufacturer, &["9506010"]);
    ledger.decide(&first).unwrap();
    let second = admission(&ledger, "Second", Role::Manufacturer, &["9506010"]);
    assert_eq!(code(ledger.decide(&second)), "prefix_taken");
}

#[test]
fn a_suspended_organisation_neither_ships_for_supply_nor_receives_nor_dispenses() {
    let mut scene = Scene::new();
    let ledger = &mut scene.ledger;
    ledger
        .hand_over(Actor::Maker, Actor::Pharmacy, scene.run, &[(0, 10)])
        .unwrap();
    let shipment = ledger
        .ship(Actor::Maker, Actor::Pharmacy, scene.run, &[(10, 10)])
        .unwrap();
    let change = suspension(ledger, Actor::Pharmacy);
    ledger.decide(&change).unwrap();
    let dispense = scene.dispense(0);
    let supply = scene.ship(Actor::Distributor, Purpose::Supply, &[(1, 1)]);
    let back = scene.ship(Actor::Maker, Purpose::Return, &[(1, 1)]);
    let ledger = &mut scene.ledger;
    let suspended = "organisation_suspended";
    assert_eq!(
        code(ledger.act(Actor::Pharmacy, dispense.clone())),
        suspended
    );
    assert_eq!(code(ledger.act(Actor::Pharmacy, supply)), suspended);
    assert_eq!(code(ledger.receive(Actor::Pharmacy, shipment)), suspended);
    ledger.act(Actor::Pharmacy, back).unwrap();
    let restored = Change::RestoreOrganisation {
        organisation: ledger.consortium.organisation(Actor::Pharmacy),
    };
    ledger.decide(&restored).unwrap();
    ledger.act(Actor::Pharmacy, dispense).unwrap();
}

#[test]
fn a_suspended_authority_does_not_take_part_in_changes() {
    let mut ledger = TestLedger::new(1);
    let change = Change::SuspendOrganisation {
        organisation: ledger.consortium.authority(3),
    };
    ledger.decide(&change).unwrap();
    let key = authority(&ledger, 3);
    let other = suspension(&ledger, Actor::Maker);
    assert_eq!(code(ledger.propose(&key, &other)), "organisation_suspended");
}

#[test]
fn an_organisation_gets_and_loses_roles_and_keeps_its_prefixes() {
    let mut ledger = TestLedger::new(1);
    let update = |roles: Vec<Role>, prefix: &str| {
        Change::UpdateOrganisation(OrganisationUpdate {
            organisation: TestLedger::new(1).consortium.organisation(Actor::Maker),
            roles: Roles::new(roles).unwrap(),
            licences: BoundedList::new(vec![BoundedText::parse("LIC-2").unwrap()]).unwrap(),
            added_prefixes: BoundedList::new(vec![CompanyPrefix::parse(prefix).unwrap()]).unwrap(),
            service_address: BoundedText::default(),
        })
    };
    ledger
        .decide(&update(vec![Role::Manufacturer], "9506020"))
        .unwrap();
    ledger
        .act(Actor::Maker, product(gtin("9506020", 1)))
        .unwrap();
    ledger
        .act(Actor::Maker, product(gtin("9506000", 1)))
        .unwrap();
    ledger
        .decide(&update(vec![Role::Distributor], "9506020"))
        .unwrap();
    let outcome = ledger.act(Actor::Maker, product(gtin("9506000", 2)));
    assert_eq!(code(outcome), "missing_role");
}

#[test]
fn an_account_is_opened_closed_and_reopened() {
    let mut ledger = TestLedger::new(1);
    let organisation = ledger.consortium.organisation(Actor::Maker);
    let opening = |role| {
        Change::OpenAccount(AccountOpening {
            organisation,
            opened: new_account("Second site", role),
        })
    };
    assert_eq!(
        code(ledger.decide(&opening(Role::Pharmacy))),
        "account_roles"
    );
    ledger.decide(&opening(Role::Manufacturer)).unwrap();
    assert_eq!(
        code(ledger.decide(&opening(Role::Manufacturer))),
        "account_exists"
    );
    let account = AccountId(named("account of Second site"));
    ledger.decide(&Change::CloseAccount { account }).unwrap();
    assert_eq!(
        code(ledger.decide(&Change::CloseAccount { account })),
        "named_account_closed"
    );
    ledger.decide(&Change::ReopenAccount { account }).unwrap();
    assert_eq!(
        code(ledger.decide(&Change::ReopenAccount { account })),
        "account_open"
    );
    // A closed account signs nothing, not even a veto.
    let account = ledger.consortium.account(Actor::Maker);
    ledger.decide(&Change::CloseAccount { account }).unwrap();
    let outcome = ledger.act(Actor::Maker, product(gtin("9506000", 2)));
    assert_eq!(code(outcome), "account_closed");
}

#[test]
fn what_joins_must_be_complete_and_proven() {
    let mut ledger = TestLedger::new(1);
    let chain = ledger.chain_id();
    let new = || new_organisation(&chain, "Newcomer", Role::Pharmacy, &[]);
    let first = authority(&ledger, 0);
    let mut refused = |new, expected: &str| {
        let outcome = ledger.propose(&first, &Change::AdmitOrganisation(new));
        assert_eq!(code(outcome), expected);
    };
    let mut nameless = new();
    nameless.legal_name = BoundedText::default();
    refused(nameless, "change_without_name");
    let mut roleless = new();
    roleless.roles = Roles::new(vec![Role::Distributor]).unwrap();
    refused(roleless, "account_roles");
    let mut unproven = new();
    let mut key = unproven.keys[0].clone();
    key.possession = new_validator(&chain, "Newcomer", key.account).possession;
    unproven.keys = BoundedList::new(vec![key.clone()]).unwrap();
    refused(unproven, "possession_not_proven");
    let mut stranger = new();
    let mut key = stranger.keys[0].clone();
    key.account = AccountId(named("account of somebody else"));
    stranger.keys = BoundedList::new(vec![key]).unwrap();
    refused(stranger, "key_of_other_account");
}
