//! The page behind the address on a pack, for patients.

mod html;
pub(crate) mod show;
