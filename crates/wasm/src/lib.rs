//! The check of evidence for browsers: `theriac-proof` behind functions of text.
//!
//! `cargo xtask web` builds this crate as WebAssembly, and the verifier's page loads it. Texts go in,
//! JSON comes out, and nothing panics: what cannot be read is an answer with an `error`. The crate
//! decides nothing by itself but one thing: whether what a verifier *said* agrees with what the
//! evidence *shows*.
//!
//! Entry points: [`export`] for browsers, [`evidence::check`] and [`answer::check`] for Rust.
#![warn(missing_docs)]

pub mod answer;
pub mod evidence;
pub mod export;
pub mod question;
pub mod unreadable;

#[cfg(test)]
mod testing;
