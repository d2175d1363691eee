//! Products.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use super::{History, record};
use crate::action::{Country, StorageRange};
use crate::constants::{COUNTRIES_MAX, NAME_BYTES_MAX, TEXT_BYTES_MAX};
use crate::encoding::{BoundedList, BoundedText};
use crate::identifier::OrganisationId;

/// A product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Public half.
    pub public: ProductPublic,
    /// Private half.
    pub private: ProductPrivate,
}

/// What anyone may know of a product.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct ProductPublic {
    /// Name on the pack.
    pub name: BoundedText<NAME_BYTES_MAX>,
    /// Strength.
    pub strength: BoundedText<TEXT_BYTES_MAX>,
    /// Dosage form.
    pub form: BoundedText<TEXT_BYTES_MAX>,
    /// Doses in a pack.
    pub pack_size: u32,
    /// Who registered it.
    pub owner: OrganisationId,
    /// Where it may be supplied: ascending, each once.
    pub markets: BoundedList<Country, COUNTRIES_MAX>,
    /// Where it is withdrawn: ascending, each once.
    pub withdrawn: BoundedList<Country, COUNTRIES_MAX>,
}

/// What members know of a product.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ProductPrivate {
    /// Storage temperatures.
    pub storage: Option<StorageRange>,
    /// History.
    pub history: History,
}

record!(Product, ProductPublic, ProductPrivate);
