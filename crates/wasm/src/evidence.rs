//! One bundle, checked, with what a page needs beside the verdict.

use serde::Serialize;
use theriac_ledger::identifier::Timestamp;
use theriac_proof::EvidenceBundle;
use theriac_proof::answer::{AnswerCode, Row, answers};
use theriac_proof::bundle::Question;
use theriac_proof::check::{self, Checked, Freshness};
use theriac_proof::light::Trust;

use crate::unreadable::Unreadable;

/// The largest whole number that every smaller one of a browser's numbers is exact to: 2^53.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// What a check showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Verdict and checks, as `theriac-proof` gives them.
    #[serde(flatten)]
    pub checked: Checked,
    /// What the evidence is about.
    pub question: Question,
    /// Validators that signed the block.
    pub signatures: usize,
    /// Validators of its height.
    pub validators: usize,
    /// Rows of the table that apply, in order of precedence, for callers of no known market.
    pub answers: Vec<&'static Row>,
    /// What the verifier said otherwise; none where nothing was compared, or all of it agrees.
    pub contradiction: Option<String>,
}

/// Whom to believe, and the caller's clock.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// A trust file.
    pub trust_json: &'a str,
    /// The caller's time, in milliseconds since 1970.
    pub now_ms: f64,
    /// Age in milliseconds above which an answer is stale.
    pub age_ms_max: f64,
}

/// Checks the JSON form of a bundle, whatever it is about.
///
/// # Errors
///
/// [`Unreadable`]. A bundle that does not hold is a report.
pub fn check(bundle_json: &str, terms: Terms<'_>) -> Result<Report, Unreadable> {
    let bundle = EvidenceBundle::from_json(bundle_json.as_bytes())?;
    report(&bundle, None, terms)
}

/// Checks a bundle; for whoever asked `question`, if that is known.
///
/// # Errors
///
/// [`Unreadable`].
pub(crate) fn report(
    bundle: &EvidenceBundle,
    question: Option<&Question>,
    terms: Terms<'_>,
) -> Result<Report, Unreadable> {
    let trust = Trust::from_json(terms.trust_json.as_bytes())?;
    let freshness = Freshness {
        now: Timestamp(milliseconds(terms.now_ms)?),
        age_ms_max: milliseconds(terms.age_ms_max)?,
    };
    let checked = match question {
        Some(question) => check::check_for(question, bundle, &trust, freshness),
        None => check::check(bundle, &trust, freshness),
    };
    let answers = answers(&checked.verdict, None);
    Ok(Report {
        question: bundle.question,
        signatures: bundle.head.certificate.signatures.len(),
        validators: signers(bundle, &trust),
        answers: answers.into_iter().map(AnswerCode::row).collect(),
        contradiction: None,
        checked,
    })
}

/// How many validators the height of the head has, as far as the bundle is believed.
fn signers(bundle: &EvidenceBundle, trust: &Trust) -> usize {
    let stepped = bundle.steps.last().map(|step| &step.next);
    let signers = bundle.head.signers.as_ref().or(stepped);
    signers.unwrap_or(trust.validators()).members().len()
}

/// A browser's number as milliseconds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is checked to lie in 0 ..= 2^53; what is cut off is a part of a millisecond"
)]
fn milliseconds(found: f64) -> Result<u64, Unreadable> {
    if (0.0..=EXACT_MAX).contains(&found) {
        Ok(found as u64)
    } else {
        Err(Unreadable::Clock { found })
    }
}

#[cfg(test)]
mod tests;
