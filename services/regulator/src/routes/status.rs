//! How the service stands.

pub(crate) mod show;
