//! Genesis: a public anchor, which anyone can start trust from, and records for members.
//!
//! Entry points: [`Anchor::chain_id`], [`GenesisRecords::check`], [`GenesisRecords::state`].

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_crypto::{Digest, PublicKey};
use theriac_gs1::{CompanyPrefix, Gln};

use crate::action::Country;
use crate::constants::{
    GENESIS_RECORDS_MAX, LICENCES_MAX, NAME_BYTES_MAX, PREFIXES_MAX, TEXT_BYTES_MAX,
};
use crate::encoding::{BoundedList, BoundedText, digest_of};
use crate::identifier::{AccountId, ChainId, OrganisationId, Timestamp};
use crate::record::{KeyPurpose, Parameters, Place, Roles};
use crate::validator::ValidatorSet;

mod check;
mod state;

pub use check::GenesisError;

/// The public half of genesis: the light client's trust file.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// Version of formats and rules.
    pub protocol: u32,
    /// When the chain begins.
    pub time: Timestamp,
    /// Who signs the first block.
    pub validators: ValidatorSet,
    /// Parameters in force at the beginning.
    pub parameters: Parameters,
    /// Root of the state tree over the members' records.
    pub state_root: Digest,
}

impl Anchor {
    /// `digest("genesis", borsh(anchor))`.
    pub fn chain_id(&self) -> ChainId {
        ChainId(digest_of("genesis", self))
    }
}

/// The members' half of genesis.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisRecords {
    /// 32 random bytes from which every history starts; known to members only.
    pub salt: Digest,
    /// Organisations, ascending by id.
    pub organisations: BoundedList<GenesisOrganisation, GENESIS_RECORDS_MAX>,
    /// Accounts, ascending by id.
    pub accounts: BoundedList<GenesisAccount, GENESIS_RECORDS_MAX>,
    /// Keys, ascending.
    pub keys: BoundedList<GenesisKey, GENESIS_RECORDS_MAX>,
}

/// An organisation at genesis.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisOrganisation {
    /// Its id: 32 random bytes.
    pub id: OrganisationId,
    /// Legal name.
    pub legal_name: BoundedText<NAME_BYTES_MAX>,
    /// Roles.
    pub roles: Roles,
    /// Licence numbers: ascending.
    pub licences: BoundedList<BoundedText<TEXT_BYTES_MAX>, LICENCES_MAX>,
    /// GS1 company prefixes: ascending.
    pub gs1_prefixes: BoundedList<CompanyPrefix, PREFIXES_MAX>,
    /// Where its services answer.
    pub service_address: BoundedText<TEXT_BYTES_MAX>,
}

/// An account at genesis.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisAccount {
    /// Its id: 32 random bytes.
    pub id: AccountId,
    /// Whose it is.
    pub organisation: OrganisationId,
    /// The premises.
    pub gln: Gln,
    /// Name of the premises.
    pub name: BoundedText<NAME_BYTES_MAX>,
    /// Where they are.
    pub place: Place,
    /// Country of the premises.
    pub country: Country,
    /// Roles.
    pub roles: Roles,
}

/// A key at genesis.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisKey {
    /// The key.
    pub key: PublicKey,
    /// The account it acts for.
    pub account: AccountId,
    /// What it is for: ascending.
    pub purposes: BoundedList<KeyPurpose, 4>,
}
