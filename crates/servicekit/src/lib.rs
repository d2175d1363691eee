//! What tests of the services share: a service without a node over a read model with other accounts'
//! packs, one user per role, and the matrix of refusals.
//!
//! Entry points: [`desk::prepare`], [`refusals::check`].
#![expect(
    clippy::unwrap_used,
    reason = "a test ends where something is not as it expects"
)]

pub mod desk;
mod foreign;
mod own;
pub mod refusals;
mod sample;

pub use foreign::Foreign;
pub use own::{OWN, Own};
