//! Checking without trust: commit certificates, the chain of headers, proofs of state.
//!
//! Invariants: no clock, no I/O, no panic on any bytes; builds for WebAssembly; the rules are the
//! same wherever they run, because this is the only place where they are written.
#![warn(missing_docs)]

pub mod answer;
pub mod bundle;
pub mod certificate;
pub mod check;
pub mod history;
pub mod identity;
pub mod light;
pub mod misbehaviour;
pub mod state;
pub mod verdict;
pub mod vote;

pub use bundle::{EvidenceBundle, Question};
pub use certificate::{CertificateError, CommitCertificate, CommitSignature};
