//! News as they come.

pub mod stream;
