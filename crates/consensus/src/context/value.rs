//! Heights and values.

use arc_malachitebft_app_channel::app::types::core::{Height, Value};
use theriac_ledger::identifier::BlockDigest;

/// A block height as the engine counts them; the first block is 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EngineHeight(pub theriac_ledger::identifier::Height);

impl std::fmt::Display for EngineHeight {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Height for EngineHeight {
    const ZERO: Self = Self(0);
    const INITIAL: Self = Self(1);

    fn increment_by(&self, n: u64) -> Self {
        Self(self.0.saturating_add(n))
    }

    fn decrement_by(&self, n: u64) -> Option<Self> {
        self.0.checked_sub(n).map(Self)
    }

    fn as_u64(&self) -> u64 {
        self.0
    }
}

/// What is agreed on: a block, by its digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EngineValue(pub BlockDigest);

impl Value for EngineValue {
    type Id = BlockDigest;

    fn id(&self) -> BlockDigest {
        self.0
    }
}
