//! Returns: what came back is saleable once each pack was verified (docs/adr/0027).

mod verify;
mod view;

pub use verify::{CheckedAnswer, VerificationAnswer, VerificationBody, verify};
pub use view::{ReturnAnswer, ReturnsAnswer, returns};
