//! The pure crates name nothing of the standard library that reaches outside.
//!
//! Imports of crates are judged in `imports`; the standard library needs no import. Macros that work
//! while compiling (`include_str!`, `env!`) are no reach outside.

use std::path::Path;

use super::imports::PURE;
use super::tokens::{Token, tokens};

/// Modules that reach files, the environment, the network or other threads.
const MODULES: &[&str] = &["env", "fs", "net", "thread"];

/// Clocks. The rest of their module, durations, is arithmetic.
const CLOCKS: &[&str] = &["Instant", "SystemTime", "UNIX_EPOCH"];

/// Checks the sources of the pure crates, tests excepted.
pub(super) fn check(root: &Path, tracked: &[String]) -> Vec<String> {
    tracked
        .iter()
        .filter(|name| is_pure_source(name))
        .filter_map(|name| Some((name, std::fs::read_to_string(root.join(name)).ok()?)))
        .flat_map(|(name, text)| {
            reaches(&text)
                .into_iter()
                .map(move |(line, path)| format!("{name}:{line}: a pure crate names {path}"))
        })
        .collect()
}

fn is_pure_source(name: &str) -> bool {
    let folders = PURE
        .iter()
        .filter_map(|package| package.strip_prefix("theriac-"));
    let is_pure = folders
        .map(|folder| format!("crates/{folder}/src/"))
        .any(|folder| name.starts_with(&folder));
    let is_for_tests = ["tests", "testing"].iter().any(|module| {
        name.ends_with(&format!("/{module}.rs")) || name.contains(&format!("/{module}/"))
    });
    is_pure && !is_for_tests && Path::new(name).extension().is_some_and(|end| end == "rs")
}

/// Every path that reaches outside, with its line.
fn reaches(text: &str) -> Vec<(usize, String)> {
    let tokens = without_tests(&tokens(text));
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if token.text != "std" {
            continue;
        }
        let mut paths = Vec::new();
        expand(&tokens, at, &[], &mut paths);
        let paths = paths.into_iter().filter(|path| is_reach(path));
        found.extend(paths.map(|path| (token.line, path.join("::"))));
    }
    found
}

fn is_reach(path: &[&str]) -> bool {
    match path {
        // The whole library under another name, or all of it.
        ["std", "*" | "self" | "as"] => true,
        ["std", module, ..] if MODULES.contains(module) => true,
        ["std", "time"] | ["std", "time", "*" | "self" | "as"] => true,
        ["std", "time", item, ..] => CLOCKS.contains(item),
        _ => false,
    }
}

/// All paths of the tree that begins at a token, groups in braces written out; gives the place
/// after it. A macro is no path.
fn expand<'t>(
    tokens: &[Token<'t>],
    at: usize,
    prefix: &[&'t str],
    paths: &mut Vec<Vec<&'t str>>,
) -> usize {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    if text(at) == "{" {
        let mut at = at + 1;
        while !matches!(text(at), "}" | "") {
            at = expand(tokens, at, prefix, paths);
            // What follows is a comma, or `as` and a name.
            while !matches!(text(at), "," | "}" | "") {
                at += 1;
            }
            at += usize::from(text(at) == ",");
        }
        return at + 1;
    }
    let mut path = prefix.to_vec();
    path.push(text(at));
    match text(at + 1) {
        "::" => return expand(tokens, at + 2, &path, paths),
        "!" => {}
        "as" => {
            path.push("as");
            paths.push(path);
        }
        _ => paths.push(path),
    }
    at + 1
}

/// The tokens without items under `#[cfg(test)]`.
fn without_tests<'t>(tokens: &[Token<'t>]) -> Vec<Token<'t>> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        let end = attribute_end(tokens, at);
        let attribute = &tokens[at..end];
        let has = |word: &str| attribute.iter().any(|token| token.text == word);
        if has("cfg") && has("test") && !has("not") {
            at = item_end(tokens, end);
        } else if end > at {
            at = end;
        } else {
            kept.push(tokens[at]);
            at += 1;
        }
    }
    kept
}

/// The place after the attribute that begins here; the same place where none does.
fn attribute_end(tokens: &[Token<'_>], at: usize) -> usize {
    let is = |at: usize, text: &str| tokens.get(at).is_some_and(|token| token.text == text);
    if is(at, "#") && is(at + 1, "[") {
        closing(tokens, at + 1)
    } else {
        at
    }
}

/// The place after the item that begins here, its other attributes included.
fn item_end(tokens: &[Token<'_>], mut at: usize) -> usize {
    while attribute_end(tokens, at) > at {
        at = attribute_end(tokens, at);
    }
    while let Some(token) = tokens.get(at) {
        match token.text {
            ";" => return at + 1,
            "{" => return closing(tokens, at),
            "(" | "[" => at = closing(tokens, at),
            _ => at += 1,
        }
    }
    at
}

/// The place after the bracket that closes the one here.
fn closing(tokens: &[Token<'_>], at: usize) -> usize {
    let mut depth = 0usize;
    for (place, token) in tokens.iter().enumerate().skip(at) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return place + 1;
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn names(source: &str, expected: &[&str]) {
        let found: Vec<String> = reaches(source).into_iter().map(|(_, path)| path).collect();
        assert_eq!(found, expected, "{source}");
    }

    #[test]
    fn paths_to_files_environment_network_threads_and_clocks_are_found() {
        names("fn f() { std::fs::read(\"x\"); }", &["std::fs::read"]);
        names("use ::std::env;", &["std::env"]);
        names(
            "use std::net::IpAddr as Address;",
            &["std::net::IpAddr::as"],
        );
        names(
            "let t = std :: thread\n :: spawn(f);",
            &["std::thread::spawn"],
        );
        names("std::time::Instant::now()", &["std::time::Instant::now"]);
        names("use std::time::SystemTime;", &["std::time::SystemTime"]);
    }

    #[test]
    fn groups_are_written_out() {
        names(
            "use std::{collections::BTreeMap, env::{self, var}, fs as files, time::{Duration, Instant}};",
            &[
                "std::env::self",
                "std::env::var",
                "std::fs::as",
                "std::time::Instant",
            ],
        );
        names("use std::{\n    fmt,\n    io::{self, Read as _},\n};", &[]);
    }

    #[test]
    fn detours_through_the_whole_module_are_found() {
        names("use std::time;", &["std::time"]);
        names("use std::time::{self, Duration};", &["std::time::self"]);
        names("use std::time::*;", &["std::time::*"]);
        names("use std::*;", &["std::*"]);
        names("extern crate std as outside;", &["std::as"]);
    }

    #[test]
    fn what_only_looks_alike_is_left_alone() {
        names(
            "use std::time::Duration; std::time::Duration::from_secs(1);",
            &[],
        );
        names(
            "// std::fs::read\n/* std::env /* std::net */ */ fn f() {}",
            &[],
        );
        names(
            "let text = \"std::fs\"; let raw = r#\"std::env \" std::net\"#;",
            &[],
        );
        names(
            "let quote = '\"'; let other: &'static str = \"std::fs\"; let tick = '\\'';",
            &[],
        );
        names(
            "const TEXT: &str = include_str!(\"x\"); env!(\"X\"); std::env!(\"X\");",
            &[],
        );
        names("mod fs {} use crate::fs::thing; use other::std_env;", &[]);
    }

    #[test]
    fn tests_may_reach_outside_and_what_follows_them_may_not() {
        names(
            "#[cfg(test)]\nmod tests { fn f() { std::fs::read(\"x\"); } }",
            &[],
        );
        names(
            "#[cfg(test)]\n#[path = \"x\"]\nmod tests;\nuse std::fs;",
            &["std::fs"],
        );
        names(
            "#[cfg(test)]\nfn f(a: [u8; 2]) -> u8 { std::env::args() } use std::net;",
            &["std::net"],
        );
        names("#[cfg(not(test))]\nuse std::fs;", &["std::fs"]);
        names("#[derive(Debug)]\nstruct S; use std::env;", &["std::env"]);
    }

    #[test]
    fn lines_are_those_of_the_source() {
        let found = reaches("/* a\nb */\n\"c\nd\";\nuse std::fs;\n");
        assert_eq!(found, [(5, "std::fs".to_owned())]);
    }

    #[test]
    fn only_sources_of_pure_crates_count() {
        assert!(is_pure_source("crates/ledger/src/rules/unlock.rs"));
        assert!(!is_pure_source("crates/ledger/src/testing/memory.rs"));
        assert!(!is_pure_source("crates/ledger/src/testing.rs"));
        assert!(!is_pure_source("crates/proof/src/state/tests.rs"));
        assert!(!is_pure_source("crates/proof/tests/it/main.rs"));
        assert!(!is_pure_source("crates/node/src/store.rs"));
        assert!(!is_pure_source("crates/epcis/src/words.json"));
    }
}
