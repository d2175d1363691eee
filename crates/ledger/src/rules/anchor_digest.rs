//! `AnchorDigest`: any active account puts a digest on record. The block is the record: no state
//! is written.

use super::signer::Signer;
use crate::action::AnchorDigest;
use crate::execute::{Refusal, Step};
use crate::state::State;

#[expect(
    clippy::unnecessary_wraps,
    reason = "every rule has this shape, and this one has nothing left to refuse"
)]
pub(crate) fn apply<S: State + ?Sized>(
    _step: &mut Step<'_, S>,
    _signer: &Signer,
    _action: &AnchorDigest,
) -> Result<(), Refusal> {
    Ok(())
}
