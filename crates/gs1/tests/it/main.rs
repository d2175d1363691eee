//! The crate from outside: vectors, properties, encodings and the example.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod encoding;
mod example;
mod properties;
mod vectors;
