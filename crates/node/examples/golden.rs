//! Writes the golden evidence of `tests/vectors`: `cargo run -p theriac-node --example golden -- --update`.
//!
//! Without `--update` it only says whether it is up to date, by its exit code. A changed vector is a
//! change of format and needs a decision record.

#![expect(
    clippy::unwrap_used,
    reason = "the vectors are made of known good values, as in a test"
)]

#[expect(dead_code, reason = "shared with tests that need more of it")]
#[path = "../tests/it/evidence/cases.rs"]
mod cases;
#[path = "../tests/it/evidence/changes.rs"]
mod changes;
#[expect(dead_code, reason = "shared with tests that need more of it")]
#[path = "../tests/it/fixture.rs"]
mod fixture;
#[path = "../tests/it/evidence/vectors.rs"]
mod vectors;

use std::path::Path;
use std::process::ExitCode;

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let update = std::env::args().any(|argument| argument == "--update");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors");
    let mut is_current = true;
    for (name, value) in vectors::all() {
        let path = folder.join(name);
        let known: Option<serde_json::Value> = std::fs::read(&path)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if known.as_ref() == Some(&value) {
            continue;
        }
        is_current = false;
        if update {
            std::fs::create_dir_all(&folder)?;
            let mut text = serde_json::to_string_pretty(&value)?;
            text.push('\n');
            std::fs::write(&path, text)?;
        }
    }
    Ok(ExitCode::from(u8::from(!is_current && !update)))
}
