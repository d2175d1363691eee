//! The crate from outside: vectors, properties, encodings and the example.

mod encoding;
mod example;
mod properties;
mod vectors;
