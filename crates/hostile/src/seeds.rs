//! Inputs from which fuzzers start: made from the golden vectors, and from what the crates write.
//!
//! Those of `evidence` are the golden evidence, those of `history` and `key_file` are kept as they
//! are; `fuzz/seeds/README.md` says whence.

mod codes;
mod ledger;
mod messages;

/// One input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed {
    /// The target.
    pub target: &'static str,
    /// Name of its file.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Every input that is made.
pub fn all() -> Vec<Seed> {
    let mut seeds = ledger::all();
    seeds.extend(messages::all());
    seeds.extend(codes::all());
    seeds
}

fn seed(target: &'static str, name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Seed {
    Seed {
        target,
        name: name.into(),
        bytes: bytes.into(),
    }
}

fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("a seed is JSON")
}
