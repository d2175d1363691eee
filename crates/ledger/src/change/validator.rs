//! Validators as a change brings them in.

use core::net::SocketAddr;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_crypto::{PublicKey, PublicKeyError, Signature, SignatureError, SigningKey};

use super::NewKey;
use crate::constants::{ADDRESS_BYTES_MAX, TEXT_BYTES_MAX};
use crate::encoding::{BoundedList, BoundedText};
use crate::identifier::{AccountId, ChainId};
use crate::record::KeyPurpose;

/// Where a validator is found.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seat {
    /// The key by which its node is known in the validators' network; it may be the one that votes.
    pub network_key: PublicKey,
    /// Where its node listens for validators: an address and a port. There are no host names: resolving
    /// them is not trusted.
    pub peer_address: BoundedText<ADDRESS_BYTES_MAX>,
    /// The HTTP interface of its node.
    pub interface: BoundedText<TEXT_BYTES_MAX>,
}

/// Why a seat is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeatError {
    /// Nobody can be known by this key.
    #[error("the network key {key} cannot be used")]
    NetworkKey {
        /// The key.
        key: PublicKey,
        /// Why.
        source: PublicKeyError,
    },
    /// No address and port.
    #[error("{address:?} is no address and port for validators")]
    PeerAddress {
        /// What stands there.
        address: String,
    },
    /// No address of an HTTP interface.
    #[error("{address:?} is no address of a node's interface")]
    Interface {
        /// What stands there.
        address: String,
    },
}

impl Seat {
    /// The address and port for validators.
    ///
    /// # Errors
    ///
    /// [`SeatError::PeerAddress`].
    pub fn socket_address(&self) -> Result<SocketAddr, SeatError> {
        let text = self.peer_address.as_str();
        text.parse().map_err(|_| SeatError::PeerAddress {
            address: text.to_owned(),
        })
    }

    /// Checks everything that can be seen without calling anyone.
    ///
    /// # Errors
    ///
    /// [`SeatError`].
    pub fn check(&self) -> Result<(), SeatError> {
        let key = self.network_key;
        key.check()
            .map_err(|source| SeatError::NetworkKey { key, source })?;
        self.socket_address()?;
        let address = self.interface.as_str();
        let host = address
            .strip_prefix("https://")
            .or_else(|| address.strip_prefix("http://"));
        match host {
            Some(host) if !host.is_empty() && !host.contains(char::is_whitespace) => Ok(()),
            _ => Err(SeatError::Interface {
                address: address.to_owned(),
            }),
        }
    }
}

/// A key that gets a vote.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewValidator {
    /// The key that votes. No key record has it yet: a validator that was removed comes back with another.
    pub validator: PublicKey,
    /// The account of the authority that runs it.
    pub account: AccountId,
    /// Weight of its vote; never zero.
    pub power: u64,
    /// Where it is found.
    pub seat: Seat,
    /// Proof that somebody holds the key, as of a [`NewKey`] for [`KeyPurpose::Vote`] alone.
    pub possession: Signature,
}

impl NewValidator {
    /// A validator with the proof that its key is held.
    pub fn prove(
        chain: &ChainId,
        key: &SigningKey,
        account: AccountId,
        power: u64,
        seat: Seat,
    ) -> Self {
        let proven = NewKey::prove(chain, key, account, vote_alone());
        Self {
            validator: proven.key,
            account,
            power,
            seat,
            possession: proven.possession,
        }
    }

    /// The key to vote with, as a key that is registered.
    pub fn key(&self) -> NewKey {
        NewKey {
            key: self.validator,
            account: self.account,
            purposes: vote_alone(),
            possession: self.possession,
        }
    }

    /// Checks the proof for a chain.
    ///
    /// # Errors
    ///
    /// [`SignatureError`].
    pub fn verify(&self, chain: &ChainId) -> Result<(), SignatureError> {
        self.key().verify(chain)
    }
}

/// A validator that is found elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeatUpdate {
    /// The key that votes.
    pub validator: PublicKey,
    /// Where it is found.
    pub seat: Seat,
}

fn vote_alone() -> BoundedList<KeyPurpose, 4> {
    BoundedList::new(vec![KeyPurpose::Vote]).expect("one of at most four")
}
