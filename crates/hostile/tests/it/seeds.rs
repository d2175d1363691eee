//! Every input in `fuzz/seeds`, through the function that the fuzzer calls.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use theriac_hostile::{TARGETS, seeds};

/// Longest input that the fuzzers try.
const INPUT_BYTES_MAX: u64 = 24_576;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_none_or(|end| end != "md"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_target_has_a_fuzzer_and_seeds_and_nothing_else_has() {
    let known: BTreeSet<String> = TARGETS
        .iter()
        .map(|target| target.name.to_owned())
        .collect();
    assert_eq!(known.len(), TARGETS.len());
    assert_eq!(names(&folder().join("seeds")), known);
    assert_eq!(names(&folder().join("fuzz_targets")), known);
    let manifest = fs::read_to_string(folder().join("Cargo.toml")).unwrap();
    for name in known {
        assert!(
            manifest.contains(&format!("fuzz_targets/{name}.rs")),
            "{name}"
        );
    }
}

#[test]
fn seeds_that_are_made_are_those_on_disk() {
    for seed in seeds::all() {
        let path = folder().join("seeds").join(seed.target).join(&seed.name);
        let found = fs::read(&path).unwrap_or_default();
        assert!(
            found == seed.bytes,
            "{} differs: cargo run -p theriac-hostile --example seeds",
            path.display()
        );
    }
}

#[test]
fn no_seed_breaks_a_decoder() {
    for target in TARGETS {
        let mut count = 0;
        for entry in fs::read_dir(folder().join("seeds").join(target.name)).unwrap() {
            let path = entry.unwrap().path();
            assert!(fs::metadata(&path).unwrap().len() <= INPUT_BYTES_MAX);
            (target.run)(&fs::read(&path).unwrap());
            count += 1;
        }
        assert!(count > 0, "{} has no seed", target.name);
    }
}

#[test]
fn no_cut_or_flipped_seed_breaks_a_decoder() {
    // What takes longest for one input is left to the fuzzers.
    let slow = ["key_file", "picture", "state_machine"];
    for target in TARGETS.iter().filter(|target| !slow.contains(&target.name)) {
        for entry in fs::read_dir(folder().join("seeds").join(target.name)).unwrap() {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            for step in 0..16 {
                let at = bytes.len() * step / 16;
                (target.run)(&bytes[..at]);
                let mut flipped = bytes.clone();
                if let Some(byte) = flipped.get_mut(at) {
                    *byte ^= 1 << (step % 8);
                }
                (target.run)(&flipped);
            }
        }
    }
}
