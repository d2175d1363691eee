//! Tests of what needs a whole chain and a disk that dies.
#![expect(clippy::unwrap_used, reason = "a test that meets no value fails")]

mod behind;
mod restore_cuts;
