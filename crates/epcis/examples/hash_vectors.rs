//! Compares the event hash with the reference vectors in a folder: for each `name.jsonld` the
//! hashes in `name.hashes`, and of documents that must hash alike that they do.
//!
//! ```text
//! cargo run -p theriac-epcis --example hash_vectors -- <folder with examples and expected_equal>
//! ```
#![expect(clippy::print_stdout, reason = "a program that reports to a terminal")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;
use theriac_epcis::{Namespaces, event_hash, pre_hash};

fn main() -> ExitCode {
    let Some(folder) = std::env::args().nth(1).map(PathBuf::from) else {
        println!("usage: hash_vectors <folder>");
        return ExitCode::from(2);
    };
    let mut failed = 0usize;
    let mut passed = 0usize;
    for file in documents(&folder.join("examples")) {
        match check(&file) {
            Ok(events) => {
                passed += events;
                println!("passed   {} ({events} events)", file.display());
            }
            Err(why) => {
                failed += 1;
                println!("differs  {}\n{why}", file.display());
            }
        }
    }
    println!("{passed} events passed, {failed} documents differ");
    ExitCode::from(u8::from(failed > 0))
}

fn documents(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "jsonld"))
        .collect();
    files.sort();
    files
}

fn check(file: &Path) -> Result<usize, String> {
    let read = |path: &Path| std::fs::read_to_string(path).map_err(|error| error.to_string());
    let document: Value = serde_json::from_str(&read(file)?).map_err(|error| error.to_string())?;
    let names = Namespaces::of_context(&document["@context"]);
    let body = &document["epcisBody"];
    let list = body
        .get("eventList")
        .or_else(|| body.pointer("/queryResults/resultsBody/eventList"))
        .and_then(Value::as_array)
        .ok_or("no list of events")?;
    let expected = read(&file.with_extension("hashes"))?;
    let expected: Vec<&str> = expected.lines().filter(|line| !line.is_empty()).collect();
    if expected.len() != list.len() {
        return Err("another number of events".to_owned());
    }
    let texts = read(&file.with_extension("prehashes")).unwrap_or_default();
    let mut texts = texts.lines();
    for (event, expected) in list.iter().zip(&expected) {
        let wanted = texts.next().unwrap_or_default();
        let found = event_hash(event, &names).map_err(|error| error.to_string())?;
        if found.to_string() != *expected {
            let text = pre_hash(event, &names).map_err(|error| error.to_string())?;
            return Err(format!("  found  {text}\n  wanted {wanted}"));
        }
    }
    Ok(list.len())
}
