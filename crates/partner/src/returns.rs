//! Returns: what came back is saleable once each pack was verified (docs/adr/0027).

mod checked;
mod judge;
mod verify;
mod view;

pub use checked::{CheckedAnswer, VerificationAnswer, VerificationBody};
pub use verify::verify;
pub use view::{ReturnAnswer, ReturnsAnswer, returns};
