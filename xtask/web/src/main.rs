//! Writes the JavaScript module around a WebAssembly file: `xtask-web INPUT FOLDER NAME`.

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, folder, name] = arguments.as_slice() else {
        bail!("usage: xtask-web INPUT FOLDER NAME");
    };
    Bindgen::new()
        .input_path(input)
        .web(true)
        .and_then(|generator| {
            generator
                .typescript(false)
                .remove_name_section(true)
                .remove_producers_section(true)
                .out_name(name)
                .generate(folder)
        })
        .with_context(|| format!("writing the module of {input} into {folder}"))
}
