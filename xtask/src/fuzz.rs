//! `cargo xtask fuzz TARGET`: a fuzzer of `fuzz/`, on the stable compiler.

use std::path::Path;

use anyhow::Result;

use crate::step;

/// What libFuzzer needs to see of a program. The compiler's own passes put it in; no sanitizer, which
/// only the nightly compiler has, is needed: our code holds nothing unsafe.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module -Ccodegen-units=1 \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// The longest input tried: longer than any seed, short enough to be quick.
const INPUT_BYTES_MAX: &str = "16384";

/// Builds a target and runs it for some seconds; what it finds stays in the target folder.
pub(crate) fn run(target: &str, seconds: u64) -> Result<()> {
    let folder = step::target().join("fuzz");
    let host = env!("THERIAC_HOST");
    step::run(
        "build the fuzzer",
        step::cargo(&["build", "--release", "--manifest-path", "fuzz/Cargo.toml"])
            .args(["--bin", target, "--target", host, "--target-dir"])
            .arg(&folder)
            .env("RUSTFLAGS", COVERAGE),
    )?;
    let corpus = folder.join("corpus").join(target);
    std::fs::create_dir_all(&corpus)?;
    let program = folder.join(host).join("release").join(target);
    let mut fuzzer = std::process::Command::new(program);
    fuzzer
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={INPUT_BYTES_MAX}"))
        .arg("-print_final_stats=1")
        .arg(format!("-artifact_prefix={}/", folder.display()))
        .arg(corpus)
        .arg(Path::new("fuzz/seeds").join(target));
    step::run(&format!("fuzz {target}"), &mut fuzzer)
}
