//! Takes into the program what `cargo xtask web` has built: the check of evidence in the browser.
//! Without it the program is built all the same, and the page says that it cannot check evidence.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

const WEB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web");

/// Names as they are built, and as they are served.
const FILES: [(&str, &str); 2] = [
    ("evidence.js", "evidence.js"),
    ("evidence_bg.wasm", "evidence.wasm"),
];

fn main() -> io::Result<()> {
    // The whole folder, because a file that is not there yet would count as changed every time.
    println!("cargo::rerun-if-changed={WEB}");
    let built = Path::new(WEB).join("dist");
    // One without the other is of no use.
    let is_built = FILES.iter().all(|(name, _)| built.join(name).is_file());
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names the folder"));
    for (name, served) in FILES {
        let bytes = if is_built {
            fs::read(built.join(name))?
        } else {
            Vec::new()
        };
        fs::write(folder.join(served), bytes)?;
    }
    Ok(())
}
