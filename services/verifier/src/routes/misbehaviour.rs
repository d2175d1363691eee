//! Evidence against validators.

pub(crate) mod list;
