//! One change of every kind.

use theriac_ledger::change::{
    AccountOpening, Change, KeyRevocation, KeyRotation, OrganisationUpdate, SeatUpdate,
};
use theriac_ledger::encoding::BoundedText;
use theriac_ledger::identifier::{AccountId, ChainId, OrganisationId, Timestamp};
use theriac_ledger::record::{KeyPurpose, Parameters, Role, Roles};
use theriac_ledger::testing::membership::{
    named_key, new_account, new_key, new_organisation, new_validator, seat, vote_key,
};

use super::{list, named};

pub(super) fn changes() -> Vec<Change> {
    let chain = ChainId(named("chain"));
    let organisation = OrganisationId(named("organisation"));
    let account = AccountId(named("account"));
    let key = named_key("key").public_key();
    let both = [KeyPurpose::Custody, KeyPurpose::Request];
    let new = new_key(&chain, &named_key("new key"), account, &both);
    let mut admitted = new_organisation(&chain, "Newcomer", Role::Manufacturer, &["9506010"]);
    admitted.licences = list(vec![BoundedText::parse("LIC-1").unwrap()]);
    vec![
        Change::AdmitOrganisation(admitted.clone()),
        Change::SuspendOrganisation { organisation },
        Change::RestoreOrganisation { organisation },
        Change::UpdateOrganisation(OrganisationUpdate {
            organisation,
            roles: Roles::new(vec![Role::Manufacturer, Role::Disposal]).unwrap(),
            licences: admitted.licences,
            added_prefixes: admitted.gs1_prefixes,
            service_address: BoundedText::parse("https://localhost").unwrap(),
        }),
        Change::OpenAccount(AccountOpening {
            organisation,
            opened: new_account("Branch", Role::Pharmacy),
        }),
        Change::CloseAccount { account },
        Change::ReopenAccount { account },
        Change::RegisterKey(new.clone()),
        Change::RotateKey(KeyRotation { old: key, new }),
        Change::RetireKey { key },
        Change::RevokeKey(KeyRevocation {
            key,
            compromised_since: Timestamp(1_767_225_600_000),
        }),
        Change::AddValidator(new_validator(&chain, "fifth", account)),
        Change::RemoveValidator { validator: key },
        Change::UpdateSeat(SeatUpdate {
            validator: vote_key("fifth").public_key(),
            seat: seat("fifth"),
        }),
        Change::SetParameters {
            parameters: Parameters::default(),
        },
        Change::SetProtocol { protocol: 2 },
    ]
}
