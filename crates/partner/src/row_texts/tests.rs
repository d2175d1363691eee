use std::collections::BTreeSet;

use theriac_http::problem::ProblemCode;

use super::ROW_TEXTS;
use crate::rule_texts::RULE_TEXTS;
use crate::source_codes::{row_codes, sources};

const FOLDERS: [&str; 9] = [
    "crates/http/src",
    "crates/gs1/src",
    "crates/epcis/src",
    "crates/records/src",
    "crates/partner/src",
    "services/manufacturer/src",
    "services/distributor/src",
    "services/pharmacy/src",
    "services/regulator/src",
];

fn of_requests() -> BTreeSet<&'static str> {
    let own = ProblemCode::ALL.into_iter().map(ProblemCode::as_str);
    own.chain(RULE_TEXTS.iter().map(|text| text.code)).collect()
}

fn of_rows() -> BTreeSet<&'static str> {
    ROW_TEXTS.iter().map(|text| text.code).collect()
}

#[test]
fn every_code_of_a_row_field_or_event_is_explained() {
    let found = row_codes(&sources(&FOLDERS));
    assert!(
        found.unread.is_empty(),
        "{:?}: write the code as a literal, or add the place to HANDED_ON",
        found.unread
    );
    assert!(found.literals.len() > 80, "{:?}", found.literals);
    let (requests, rows) = (of_requests(), of_rows());
    let missing: Vec<_> = found
        .literals
        .iter()
        .map(String::as_str)
        .filter(|code| !rows.contains(code) && !requests.contains(code))
        .collect();
    assert!(missing.is_empty(), "{missing:?} need entries in this table");
}

#[test]
fn every_text_is_that_of_a_code_and_no_code_has_two() {
    let rows = of_rows();
    assert_eq!(rows.len(), ROW_TEXTS.len());
    let both: Vec<_> = rows.intersection(&of_requests()).copied().collect();
    assert!(
        both.is_empty(),
        "{both:?} are explained as codes of requests"
    );
    let found = row_codes(&sources(&FOLDERS));
    let dead: Vec<_> = rows
        .iter()
        .filter(|code| !found.literals.contains(**code))
        .collect();
    assert!(dead.is_empty(), "nothing has the codes {dead:?}");
}

#[test]
fn texts_are_sentences() {
    for text in ROW_TEXTS {
        for words in [text.meaning, text.next] {
            let first = words.chars().next().unwrap();
            assert!(first.is_uppercase() && words.ends_with('.'), "{words}");
        }
    }
}
