//! Tells the tool for which machine it was built: coverage is put in for that one alone, and not
//! into build scripts.

fn main() {
    let host = std::env::var_os("TARGET").unwrap_or_default();
    println!("cargo::rustc-env=THERIAC_HOST={}", host.display());
}
