//! Writes the golden vectors of this crate: `cargo run -p theriac-crypto --example golden -- --update`.
//!
//! Without `--update` it only says whether they are up to date, by its exit code. A changed vector
//! is a change of format and needs a decision record.

#[path = "../tests/it/golden/vectors.rs"]
mod vectors;

use std::path::Path;
use std::process::ExitCode;

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let update = std::env::args().any(|argument| argument == "--update");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
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
            let mut text = serde_json::to_string_pretty(&value)?;
            text.push('\n');
            std::fs::write(&path, text)?;
        }
    }
    Ok(ExitCode::from(u8::from(!is_current && !update)))
}
