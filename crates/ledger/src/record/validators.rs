//! The validators in force. Public whole.

use super::record;
use crate::validator::ValidatorSet;

/// Who signs the next height.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidatorsRecord {
    /// Everything.
    pub public: ValidatorSet,
    /// Nothing.
    pub private: (),
}

record!(ValidatorsRecord, ValidatorSet, ());
