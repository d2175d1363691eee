//! What every tracked file keeps to.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Lines after which a file is split by responsibility; tests are not counted.
const LINES_MAX: usize = 500;

/// Paths of somebody's machine. Written in two parts so that this file passes its own rule.
const MACHINE_PATHS: &[&str] = &[
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
];

/// The files that git tracks.
pub(super) fn tracked(root: &Path) -> Result<Vec<String>> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root)
        .output()
        .context("running git ls-files")?;
    ensure!(output.status.success(), "git ls-files failed");
    let names = String::from_utf8(output.stdout).context("a tracked path is not UTF-8")?;
    Ok(names
        .split('\0')
        .filter(|name| !name.is_empty() && root.join(name).is_file())
        .map(str::to_owned)
        .collect())
}

pub(super) fn check(root: &Path, tracked: &[String]) -> Vec<String> {
    let mut offences = Vec::new();
    for name in tracked {
        if name.ends_with("/mod.rs") {
            offences.push(format!("{name}: use foo.rs and foo/, not mod.rs"));
        }
        let Ok(text) = std::fs::read_to_string(root.join(name)) else {
            continue;
        };
        if !has_extension(name, "lock") {
            for path in MACHINE_PATHS.iter().filter(|path| names(&text, path)) {
                offences.push(format!("{name}: names a path of a machine ({path})"));
            }
        }
        if has_extension(name, "rs") {
            offences.extend(check_source(name, &text));
        }
    }
    offences
}

/// True when the text has the path from its root; `merkle/root/leaves` is not one.
fn names(text: &str, path: &str) -> bool {
    text.match_indices(path).any(|(at, _)| {
        !text[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
    })
}

fn has_extension(name: &str, extension: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|found| found == extension)
}

fn check_source(name: &str, text: &str) -> Vec<String> {
    let mut offences = Vec::new();
    let is_test = name.contains("/tests/") || name.ends_with("/tests.rs");
    let code = text
        .split("\n#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or(text);
    let lines = code.lines().count();
    if !is_test && lines > LINES_MAX {
        offences.push(format!("{name}: {lines} lines, split it by responsibility"));
    }
    if name.ends_with("/src/lib.rs") && !text.starts_with("//!") {
        offences.push(format!("{name}: a crate begins with its //! documentation"));
    }
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if line.contains(concat!("TO", "DO")) || line.contains(concat!("FIX", "ME")) {
            offences.push(format!(
                "{name}:{number}: unfinished work belongs in an issue"
            ));
        }
        if line.contains(concat!("#[ign", "ore")) {
            offences.push(format!("{name}:{number}: no test is switched off"));
        }
        if is_test && line.contains(concat!("sle", "ep(")) && !line.contains("// poll:") {
            offences.push(format!(
                "{name}:{number}: tests wait for conditions, not for time"
            ));
        }
    }
    offences
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_path_from_its_root_is_told_from_one_that_has_the_same_name_within() {
        let path = concat!("/ro", "ot/");
        assert!(names(concat!("see /ro", "ot/notes"), path));
        assert!(names(concat!("`/ro", "ot/notes`"), path));
        assert!(!names(concat!("`merkle/ro", "ot/leaves=128`"), path));
    }
}
