//! The golden vectors of digests, keys, signatures and proofs of possession.

#[path = "golden/vectors.rs"]
mod vectors;

use std::path::Path;

#[test]
fn every_vector_is_as_it_was() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    for (name, value) in vectors::all() {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let known: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert!(
            known == value,
            "{name} changed: a change of format needs a decision record; \
             `cargo run -p theriac-crypto --example golden -- --update` writes the vectors anew"
        );
    }
}

#[test]
fn no_vector_file_is_forgotten() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut found: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        // The folders hold vectors that others have written.
        .filter(|name| Path::new(name).extension().is_some_and(|end| end == "json"))
        .collect();
    found.sort();
    let mut written: Vec<&str> = vectors::all().into_iter().map(|(name, _)| name).collect();
    written.sort_unstable();
    assert_eq!(found, written);
}
