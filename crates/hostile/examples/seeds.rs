//! Writes the inputs from which fuzzers start into `fuzz/seeds`: `cargo run -p theriac-hostile --example
//! seeds`. What is there and has another source stays: `evidence` and `history` are golden.

use std::io;
use std::path::Path;

use theriac_hostile::seeds;

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
    for seed in seeds::all() {
        let folder = folder.join(seed.target);
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(seed.name), seed.bytes)?;
    }
    Ok(())
}
