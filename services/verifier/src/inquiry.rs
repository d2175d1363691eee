//! From a text to an answer: read it, look it up, put it into words.

use theriac_gs1::{Reading, ScannedCode};
use theriac_ledger::state::State;
use theriac_proof as proof;

use crate::answer::{Inquiry, VerifyAnswer, answer, tell_disputes};
use crate::lookup::{Asker, Finding, look_up};
use crate::picture::PictureRefusal;
use crate::view::{Head, LedgerView, ProvenState, ReadError, Snapshot};

const SEPARATORS_LOST: &str = "The scanner drops the separators (GS) between the parts of the code. \
     The one reading that is on record was taken; have the scanner set to send GS.";

/// A text to be verified, and what is known of how it was got.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// What was scanned, typed or found in a picture.
    pub(crate) text: String,
    /// Notes on how it was found.
    pub(crate) notes: Vec<String>,
    /// Who asks.
    pub(crate) asker: Asker,
    /// Whether evidence is to be given with the answer.
    pub(crate) wants_evidence: bool,
}

/// How old the state may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Freshness {
    /// The time now.
    pub(crate) now_ms: u64,
    /// The age from which no good answer is given.
    pub(crate) stale_after_ms: u64,
}

impl Freshness {
    /// The age of a state that is too old.
    fn stale_age_ms(self, head: Head) -> Option<u64> {
        let age_ms = self.now_ms.saturating_sub(head.time.0);
        (age_ms > self.stale_after_ms).then_some(age_ms)
    }
}

/// Answers a question from the state of one height.
pub(crate) fn verify(
    view: &dyn LedgerView,
    freshness: Freshness,
    question: &Question,
) -> Result<VerifyAnswer, ReadError> {
    let Snapshot { head, state } = view.snapshot();
    let reading = Reading::of(&question.text, head.time.year());
    let mut notes = question.notes.clone();
    notes.extend(reading.notes.iter().cloned());
    let (code, finding) = match find_reading(state.as_ref(), head, &reading, &question.asker)? {
        Found::First(finding) => (reading.code, finding),
        Found::Alternative(code, finding) => {
            notes.push(SEPARATORS_LOST.to_owned());
            (Ok(*code), Some(finding))
        }
    };
    let inquiry = Inquiry {
        code,
        notes,
        asker: question.asker,
        head,
        stale_age_ms: freshness.stale_age_ms(head),
    };
    let asked = inquiry.code.as_ref().ok().and_then(proof::Question::of);
    let mut body = answer(inquiry, finding.as_ref());
    body.is_unconfirmed = finding.as_ref().is_some_and(Finding::is_guess);
    let subject = finding.as_ref().and_then(Finding::subject);
    if let Some(subject) = subject.filter(|_| question.asker.is_signed_in) {
        tell_disputes(&mut body, &*state, &subject)?;
    }
    if question.wants_evidence {
        show(&*state, &question.asker, asked, finding.as_ref(), &mut body)?;
    }
    Ok(body)
}

/// Adds the evidence for an answer, or why there is none.
fn show(
    state: &dyn ProvenState,
    asker: &Asker,
    asked: Option<proof::Question>,
    finding: Option<&Finding>,
    body: &mut VerifyAnswer,
) -> Result<(), ReadError> {
    let is_told = asker.is_signed_in || finding.is_some_and(Finding::is_on_record);
    let evidence = match asked {
        Some(asked) if is_told => state.evidence(&asked)?,
        _ => None,
    };
    body.evidence_note = evidence
        .is_none()
        .then(|| if is_told { NOTHING_TO_SHOW } else { NOT_TOLD }.to_owned());
    body.evidence = evidence.map(Box::new);
    Ok(())
}

/// Why there is no evidence: what a code must name for it.
const NOTHING_TO_SHOW: &str = "There is evidence for packs and batches that are on record, and for \
     the absence of a serial number from a batch; this code names neither a pack on record nor a batch.";
/// Why an anonymous caller gets no evidence for a code that is not confirmed.
const NOT_TOLD: &str =
    "Evidence would say which part of the code is not on record; sign in to get it.";

/// The answer to a picture in which no code could be read.
pub(crate) fn unreadable_picture(view: &dyn LedgerView, refusal: &PictureRefusal) -> VerifyAnswer {
    VerifyAnswer::unreadable(view.snapshot().head, refusal)
}

enum Found {
    /// The text as it stands; no finding when it could not be read.
    First(Option<Finding>),
    /// Another reading of it.
    Alternative(Box<ScannedCode>, Finding),
}

/// The reading that the ledger confirms: the first, else the only one among the others.
fn find_reading(
    state: &dyn State,
    head: Head,
    reading: &Reading,
    asker: &Asker,
) -> Result<Found, ReadError> {
    let first = match &reading.code {
        Ok(code) => Some(look_up(state, head, code, asker)?),
        Err(_) => None,
    };
    if first.as_ref().is_some_and(Finding::is_on_record) {
        return Ok(Found::First(first));
    }
    let mut confirmed = None;
    for code in &reading.alternatives {
        // Only a pack is confirmation: a batch number alone is too easily the start of another.
        if code.serial.is_none() {
            continue;
        }
        let finding = look_up(state, head, code, asker)?;
        if finding.is_on_record() && confirmed.replace((code, finding)).is_some() {
            return Ok(Found::First(first));
        }
    }
    Ok(match confirmed {
        Some((code, finding)) => Found::Alternative(Box::new(code.clone()), finding),
        None => Found::First(first),
    })
}
