//! What a change still needs, for whoever looks at it between proposal and enactment.

use super::overlay::Overlay;
use super::step::{Limits, Step};
use super::{BlockContext, Refusal};
use crate::constants::BLOCK_WORK_MAX;
use crate::identifier::TransactionId;
use crate::record::ChangePublic;
use crate::rules;
use crate::state::State;

/// What a change needs, were it enacted in the next block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Review {
    /// Approvals that count.
    pub approvals: u32,
    /// Approvals needed; zero for a change of an account's own keys.
    pub needed: u32,
    /// Organisations whose approval would count.
    pub authorities: u32,
}

/// Counts the approvals of a change against the authorities and parameters of a state.
///
/// # Errors
///
/// [`Refusal::Unavailable`].
pub fn review<S: State + ?Sized>(
    state: &S,
    context: BlockContext,
    change: &ChangePublic,
) -> Result<Review, Refusal> {
    let mut reads = Overlay::default();
    let block = Overlay::default();
    let limits = Limits {
        index: 0,
        work_left: BLOCK_WORK_MAX,
        work_max: BLOCK_WORK_MAX,
        block_is_empty: true,
    };
    let id = TransactionId(theriac_crypto::Digest::ZERO);
    let mut step = Step::begin(state, context, &mut reads, &block, limits, id);
    rules::review(&mut step, change)
}
