//! Order of transactions on the chain, as one number.

use serde::{Deserialize, Serialize};
use theriac_ledger::constants::BLOCK_TRANSACTIONS_MAX;
use theriac_ledger::identifier::Height;

use crate::error::StorageError;

/// Bits for the index in the block.
const INDEX_BITS: u32 = 20;
const _: () = assert!(BLOCK_TRANSACTIONS_MAX < 1 << INDEX_BITS);

/// Place of a transaction on the chain: `height · 2²⁰ + index in the block`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sequence(pub(crate) i64);

impl Sequence {
    /// The transaction at `index` of the block at `height`.
    pub fn new(height: Height, index: u32) -> Result<Self, StorageError> {
        let too_large = StorageError::OutOfRange {
            what: "height or index",
        };
        let height = i64::try_from(height).map_err(|_| too_large.clone())?;
        if index >> INDEX_BITS != 0 || height >> (62 - INDEX_BITS) != 0 {
            return Err(too_large);
        }
        Ok(Self(height << INDEX_BITS | i64::from(index)))
    }

    /// Height of the block.
    pub fn height(self) -> Height {
        u64::try_from(self.0 >> INDEX_BITS).unwrap_or_default()
    }

    /// Index in the block.
    pub fn index(self) -> u32 {
        u32::try_from(self.0 & ((1 << INDEX_BITS) - 1)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_by_height_then_index() {
        let last_of_one = Sequence::new(1, 9_999).unwrap();
        let first_of_two = Sequence::new(2, 0).unwrap();
        assert!(last_of_one < first_of_two);
        assert_eq!((last_of_one.height(), last_of_one.index()), (1, 9_999));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(Sequence::new(u64::MAX, 0).is_err());
        assert!(Sequence::new(1, 1 << 20).is_err());
    }
}
