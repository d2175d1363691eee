//! An authority that is not in the genesis: its name decides its keys and ids.

use theriac_crypto::SigningKey;
use theriac_ledger::change::{NewOrganisation, NewValidator, Seat};
use theriac_ledger::encoding::BoundedText;
use theriac_ledger::identifier::{AccountId, ChainId};
use theriac_ledger::record::Role;
use theriac_ledger::testing::membership::{named_key, new_account, new_organisation, vote_key};

/// Somebody who may join.
#[derive(Debug, Clone)]
pub struct Newcomer {
    /// Its name.
    pub name: String,
}

impl Newcomer {
    /// The one with a number.
    pub fn number(number: usize) -> Self {
        let name = format!("Newcomer {number}");
        Self { name }
    }

    /// The key with which it signs transactions and requests.
    pub fn key(&self) -> SigningKey {
        named_key(&self.name)
    }

    /// The key that its validator votes with.
    pub fn vote_key(&self) -> SigningKey {
        vote_key(&self.name)
    }

    /// Its account.
    pub fn account(&self) -> AccountId {
        new_account(&self.name, Role::Authority).account
    }

    /// What it applies with to become an authority.
    pub fn organisation(&self, chain: &ChainId) -> NewOrganisation {
        new_organisation(chain, &self.name, Role::Authority, &[])
    }

    /// Its validator, found where its addresses say.
    pub fn validator(&self, chain: &ChainId, peer_address: &str, interface: &str) -> NewValidator {
        let text = |text| BoundedText::parse(text).expect("an address of a test is short");
        let seat = Seat {
            network_key: self.vote_key().public_key(),
            peer_address: text(peer_address),
            interface: BoundedText::parse(interface).expect("an address of a test is short"),
        };
        NewValidator::prove(chain, &self.vote_key(), self.account(), 1, seat)
    }
}
