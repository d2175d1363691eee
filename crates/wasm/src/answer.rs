//! A verifier's whole answer, against the evidence that it carries.
//!
//! Evidence that holds is not enough: a verifier might send good evidence about another pack, or
//! words that its evidence does not bear out. Whatever a person reads of the answer is compared
//! with what is proved; only holders, disputes, the next action and notes are the verifier's own word.

use serde::Deserialize;
use serde_json::value::RawValue;
use theriac_ledger::identifier::Height;
use theriac_proof::answer::{AnswerCode, Colour};
use theriac_proof::bundle::EVIDENCE_JSON_BYTES_MAX;
use theriac_proof::verdict::Verdict;
use theriac_proof::{EvidenceBundle, Question};

use crate::evidence::{self, Report, Terms};
use crate::question;
use crate::unreadable::Unreadable;

mod codes;
mod facts;

/// Longest answer: its evidence, and words around it.
const ANSWER_JSON_BYTES_MAX: usize = EVIDENCE_JSON_BYTES_MAX + 64 * 1024;

/// What a verifier says.
#[derive(Debug, Deserialize)]
struct Stated<'a> {
    answer: AnswerCode,
    #[serde(default)]
    also: Vec<AnswerCode>,
    colour: Colour,
    word: String,
    sentence: String,
    code: Option<StatedCode>,
    height: Height,
    verdict: Option<Verdict>,
    #[serde(borrow)]
    evidence: Option<&'a RawValue>,
    #[serde(flatten)]
    facts: facts::Stated,
}

/// How a verifier read the code.
#[derive(Debug, Deserialize)]
struct StatedCode {
    gtin: Option<String>,
    lot: Option<String>,
    serial: Option<String>,
    expiry: Option<String>,
}

/// Where an answer and its evidence part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Contradiction {
    #[error("the text that was checked names no product, so no evidence can be about it")]
    Unread,
    #[error("the answer names another code than its evidence, {found}")]
    Code { found: Question },
    #[error("the answer is from block {stated}, its evidence from block {proved}")]
    Height { stated: Height, proved: Height },
    #[error("the verifier stated another verdict than the evidence shows")]
    Verdict,
    #[error("the verifier answered {stated}, and the evidence shows {proved}")]
    Answer {
        stated: &'static str,
        proved: &'static str,
    },
    #[error("the verifier's words are not those of its answer {stated}")]
    Words { stated: &'static str },
    #[error("the verifier says something else than the evidence of: {what}")]
    Fact { what: &'static str },
}

/// Checks an answer: its evidence, and that it says of `code` what the evidence shows. `code` is
/// empty where a picture was sent.
///
/// # Errors
///
/// [`Unreadable`]. An answer that is not borne out is a report.
pub fn check(answer_json: &str, code: &str, terms: Terms<'_>) -> Result<Report, Unreadable> {
    let (stated, evidence) = read(answer_json)?;
    let bundle = EvidenceBundle::from_json(evidence.as_bytes())?;
    let asked = asked(code, &bundle);
    let mut report = evidence::report(&bundle, asked.as_ref(), terms)?;
    if let Err(contradiction) = compare(&stated, code, asked.is_some(), &report) {
        report.contradiction = Some(contradiction.to_string());
        report.answers = vec![AnswerCode::EvidenceInvalid.row()];
    }
    Ok(report)
}

/// The text of the evidence that an answer carries.
///
/// # Errors
///
/// [`Unreadable`], where there is none.
pub fn evidence_of(answer_json: &str) -> Result<&str, Unreadable> {
    read(answer_json).map(|(_, evidence)| evidence)
}

fn read(answer_json: &str) -> Result<(Stated<'_>, &str), Unreadable> {
    let found = answer_json.len();
    if found > ANSWER_JSON_BYTES_MAX {
        return Err(Unreadable::TooLong { found });
    }
    let stated: Stated<'_> = serde_json::from_str(answer_json).map_err(Unreadable::Answer)?;
    let evidence = stated.evidence.ok_or(Unreadable::NoEvidence)?.get();
    Ok((stated, evidence))
}

/// What the scanned text asks: what the bundle answers, if that is one of its readings. None for a
/// picture, which the verifier alone reads, and for what cannot be read.
fn asked(code: &str, bundle: &EvidenceBundle) -> Option<Question> {
    let readings = question::of(code, bundle.head.header.time.year());
    let answered = readings.iter().find(|asked| **asked == bundle.question);
    answered.or(readings.last()).copied()
}

fn compare(
    stated: &Stated<'_>,
    code: &str,
    is_asked: bool,
    report: &Report,
) -> Result<(), Contradiction> {
    let checked = &report.checked;
    if !code.is_empty() && !is_asked {
        return Err(Contradiction::Unread);
    }
    if checked.failed.is_some() {
        // Nothing is proved that the answer could be compared with.
        return Ok(());
    }
    let found = report.question;
    if !stated.code.as_ref().is_some_and(|code| code.asks(&found)) {
        return Err(Contradiction::Code { found });
    }
    if matches!(checked.verdict, Verdict::Stale { .. }) {
        return Ok(());
    }
    let (stated_height, proved) = (stated.height, checked.height);
    if stated_height != proved {
        let stated = stated_height;
        return Err(Contradiction::Height { stated, proved });
    }
    match &stated.verdict {
        // Who has a stricter clock than the caller may hold back; what it does say is compared.
        None | Some(Verdict::Stale { .. }) => {}
        Some(verdict) if *verdict == checked.verdict => {}
        Some(_) => return Err(Contradiction::Verdict),
    }
    check_words(stated, report)?;
    facts::check(&stated.facts, checked).map_err(|what| Contradiction::Fact { what })
}

impl StatedCode {
    fn asks(&self, question: &Question) -> bool {
        let text = |stated: &Option<String>, proved: Option<String>| *stated == proved;
        // `YYYY-MM` where the code names no day.
        let expiry = question.expiry.map(|expiry| expiry.to_string());
        let is_same_expiry = match (&self.expiry, &expiry) {
            (Some(stated), Some(proved)) => !stated.is_empty() && proved.starts_with(stated),
            (stated, proved) => stated == proved,
        };
        is_same_expiry
            && text(&self.gtin, Some(question.gtin.to_string()))
            && text(&self.lot, question.lot.map(|lot| lot.to_string()))
            && text(
                &self.serial,
                question.serial.map(|serial| serial.to_string()),
            )
    }
}

/// The codes follow from the evidence, and the words are those of the first.
fn check_words(stated: &Stated<'_>, report: &Report) -> Result<(), Contradiction> {
    let codes: Vec<AnswerCode> = std::iter::once(stated.answer)
        .chain(stated.also.iter().copied())
        .collect();
    let row = stated.answer.row();
    if !codes::follow(&codes, &report.checked.verdict) {
        return Err(Contradiction::Answer {
            stated: stated.answer.as_str(),
            proved: report.answers.first().map_or("", |row| row.code.as_str()),
        });
    }
    if (row.colour, row.word, row.sentence) == (stated.colour, &*stated.word, &*stated.sentence) {
        Ok(())
    } else {
        let stated = stated.answer.as_str();
        Err(Contradiction::Words { stated })
    }
}

#[cfg(test)]
mod tests;
