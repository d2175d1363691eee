//! Codes of problems as they stand in the sources, for tests that hold the tables of texts to them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Calls that make the code of a row, field or event: name, number of arguments, and which of them is the code.
const ROW_CALLS: [(&str, usize, usize); 8] = [
    ("RowError::new", 3, 1),
    (".add", 3, 1),
    (".keep", 3, 1),
    (".identifier", 3, 1),
    (".refuse", 3, 1),
    (".refuse", 4, 2),
    (".fault", 3, 1),
    (".parsed", 3, 1),
];
/// Calls that make the code of a whole request.
const REQUEST_CALLS: [(&str, usize, usize); 4] = [
    ("ProblemCode::Conflicting", 1, 0),
    ("ProblemCode::Rejected", 1, 0),
    (".with_rule", 1, 0),
    (" refuse", 3, 0),
];
/// Records with the member `code`.
const ROW_RECORDS: [&str; 2] = ["CaptureFault {", "EventFault {"];
const REQUEST_RECORDS: [&str; 1] = ["IntentError {"];

/// Where a code is handed on that stands as a literal elsewhere, and is found there; and what looks like one of the
/// calls and is none.
const HANDED_ON: [(&str, &str); 23] = [
    ("partner/src/answer.rs", "&problem.code"),
    ("partner/src/bag.rs", "block.code()"),
    ("partner/src/bag.rs", "code"),
    ("partner/src/batch_file.rs", "code"),
    ("partner/src/capture/desk.rs", "CaptureState::Finished"),
    ("partner/src/capture/desk.rs", "CaptureState::Planned"),
    ("partner/src/capture/desk.rs", "CaptureState::Received"),
    ("partner/src/capture/document.rs", "fault.code"),
    ("partner/src/capture/plan.rs", "code"),
    ("partner/src/capture/plan.rs", "problem.code().as_str()"),
    ("partner/src/capture/plan/commission.rs", "&error.code"),
    (
        "partner/src/capture/plan/commission.rs",
        "problem.code().as_str()",
    ),
    ("partner/src/faults.rs", "code"),
    ("partner/src/operation/dispensed.rs", "code"),
    ("partner/src/operation/dispensed.rs", "earlier.code(now)"),
    ("partner/src/operation/foresight.rs", "first.code()"),
    ("partner/src/operation/foresight.rs", "one.code()"),
    ("partner/src/operation/resolve.rs", "code"),
    ("partner/src/webhook.rs", "error.code()"),
    ("epcis/src/read/member.rs", "code"),
    ("node/src/api/transaction_answer.rs", "reason.code()"),
    ("node/src/api/transaction_answer.rs", "rejection.code()"),
    ("node/src/api/get_history.rs", "TOO_LONG"),
];

/// A file without its tests.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Codes {
    /// Codes that stand as literals.
    pub(crate) literals: BTreeSet<String>,
    /// Places at which a code is made in a way that cannot be read: file and argument.
    pub(crate) unread: BTreeSet<(String, String)>,
}

/// The sources of crates and services, named by their folder below the workspace.
pub(crate) fn sources(folders: &[&str]) -> Vec<Source> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = Vec::new();
    for folder in folders {
        collect(&workspace.join(folder), &mut found);
    }
    found
}

fn collect(folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let is_test = ["tests", "tests.rs", "testing.rs", "source_codes.rs"].contains(&name);
        if path.is_dir() && !is_test {
            collect(&path, found);
        } else if path.extension().is_some_and(|name| name == "rs") && !is_test {
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            found.push(Source {
                path: path.to_str().unwrap().to_owned(),
                text: text.to_owned(),
            });
        }
    }
}

/// The codes of rows, fields and events.
pub(crate) fn row_codes(sources: &[Source]) -> Codes {
    let mut codes = Codes::default();
    for source in sources {
        codes.take_calls(source, &ROW_CALLS);
        codes.take_records(source, &ROW_RECORDS);
        codes.take_functions(source);
    }
    codes
}

/// The codes of whole requests.
pub(crate) fn request_codes(sources: &[Source]) -> Codes {
    let mut codes = Codes::default();
    for source in sources {
        codes.take_calls(source, &REQUEST_CALLS);
        codes.take_records(source, &REQUEST_RECORDS);
        if source.path.ends_with("operation/dispensed.rs") {
            codes.take_functions(source);
        }
    }
    codes
}

impl Codes {
    fn take_calls(&mut self, source: &Source, calls: &[(&str, usize, usize)]) {
        for (name, count, index) in calls {
            let opened = format!("{name}(");
            for (start, _) in source.text.match_indices(&opened) {
                let before = &source.text[..start];
                let arguments = arguments(&source.text[start + opened.len()..]);
                if arguments.len() == *count && !before.ends_with("fn") {
                    self.take(source, &arguments[*index]);
                }
            }
        }
    }

    fn take(&mut self, source: &Source, argument: &str) {
        let constant = format!("const {argument}: &str = \"");
        let literal = match source.text.split_once(&constant) {
            Some((_, rest)) => rest.split('"').next(),
            None => argument
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"')),
        };
        let is_known =
            |(file, known): &(&str, &str)| source.path.ends_with(file) && *known == argument;
        match literal {
            Some(code) => {
                self.literals.insert(code.to_owned());
            }
            None if HANDED_ON.iter().any(is_known) => {}
            None => {
                self.unread
                    .insert((source.path.clone(), argument.to_owned()));
            }
        }
    }

    fn take_records(&mut self, source: &Source, records: &[&str]) {
        for record in records {
            for (start, _) in source.text.match_indices(record) {
                let body = source.text[start..].split('}').next().unwrap();
                let code = body.split_once("code: \"").map(|(_, rest)| rest);
                let code = code.and_then(|rest| rest.split('"').next());
                self.literals.extend(code.map(str::to_owned));
            }
        }
    }

    /// Codes that functions give: all literals of `fn code`, and the first of each pair of those that give a code and
    /// words.
    fn take_functions(&mut self, source: &Source) {
        for function in source.text.split("fn ").skip(1) {
            let (head, body) = function.split_once('{').unwrap_or_default();
            let of_code = head.starts_with("code(");
            let of_pair = ["&'static str, String)", "&'static str, &'static str)"]
                .iter()
                .any(|pair| head.contains(pair));
            let is_read = ["capture/meaning.rs", "partner/src/batch_file.rs"]
                .iter()
                .any(|file| source.path.ends_with(file));
            let mut parts = body.split('"');
            let mut before = parts.next().unwrap_or_default();
            while let (Some(literal), Some(after)) = (parts.next(), parts.next()) {
                let is_first = before.trim_end().ends_with('(') && after.starts_with(',');
                if is_code(literal) && (of_code || (of_pair && is_read && is_first)) {
                    self.literals.insert(literal.to_owned());
                }
                before = after;
            }
        }
    }
}

/// Whether a text has the form of a code; words in the same places have spaces or capitals.
fn is_code(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The arguments of a call, from behind its parenthesis on.
fn arguments(text: &str) -> Vec<String> {
    let mut arguments = vec![String::new()];
    let mut depth = 0_usize;
    let mut characters = text.chars().peekable();
    let mut is_quoted = false;
    while let Some(character) = characters.next() {
        let last = arguments.last_mut().unwrap();
        if is_quoted {
            last.push(character);
            match character {
                '\\' => last.extend(characters.next()),
                '"' => is_quoted = false,
                _ => {}
            }
            continue;
        }
        match character {
            '"' => is_quoted = true,
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => break,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                arguments.push(String::new());
                continue;
            }
            _ => {}
        }
        last.push(character);
    }
    let trimmed = arguments.iter().map(|one| one.trim().to_owned());
    trimmed.filter(|one| !one.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source {
            path: "crates/partner/src/some.rs".to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn codes_are_read_out_of_calls_whatever_their_form() {
        let found = row_codes(&[source(
            r#"
            faults.add(format!("{at}.a, (b"), "one_code", detail);
            faults.add(
                at(x, y),
                "other_code",
                "words, with commas (and parentheses",
            );
            self.refuse(event, "epcList", "third_code", problem.detail());
            EventFault { at: String::new(), code: "fourth_code", detail };
            map.add(a, b);
            fn code(&self) -> &'static str { match self { A => "fifth_code" } }
            "#,
        )]);
        let codes: Vec<_> = found.literals.iter().map(String::as_str).collect();
        assert_eq!(
            codes,
            [
                "fifth_code",
                "fourth_code",
                "one_code",
                "other_code",
                "third_code"
            ]
        );
        assert!(found.unread.is_empty(), "{:?}", found.unread);
    }

    #[test]
    fn code_that_cannot_be_read_is_named() {
        let text = "Problem::new(ProblemCode::Conflicting(word), d); faults.add(at, CODE, d);";
        let source = source(&format!("{text} const CODE: &str = \"a_code\";"));
        let found = request_codes(&[source]);
        assert_eq!(found.unread.len(), 1, "{:?}", found.unread);
        assert!(found.literals.is_empty());
    }
}
