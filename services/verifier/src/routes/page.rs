//! The page for staff.

pub(crate) mod show;
