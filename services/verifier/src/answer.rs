//! What is answered: the table of `theriac_proof` applied to a finding, for whoever asks.

mod body;
mod codes;
mod dispute;
mod notes;

use theriac_gs1::{ScanError, ScannedCode};
use theriac_ledger::record::LotState;
use theriac_proof::answer::AnswerCode;
use theriac_proof::verdict::{Recorded, Verdict};

pub use body::{
    CodeBody, DisputeBody, DisputedEventBody, HolderBody, ProductBody, RecallBody, VerifyAnswer,
};
pub(crate) use dispute::tell as tell_disputes;

use crate::lookup::{Asker, Finding, ItemFinding, Party, UnitFinding};
use crate::view::Head;

/// What an answer is made of.
#[derive(Clone, Debug)]
pub(crate) struct Inquiry {
    /// What was read, or why nothing was.
    pub(crate) code: Result<ScannedCode, ScanError>,
    /// What to tell about the scanner or the picture.
    pub(crate) notes: Vec<String>,
    /// Who asks.
    pub(crate) asker: Asker,
    /// The block in whose state was looked.
    pub(crate) head: Head,
    /// The age of that block, where it is older than this verifier answers from.
    pub(crate) stale_age_ms: Option<u64>,
}

/// The answer to a code that was looked up; `finding` is none when nothing could be read.
pub(crate) fn answer(inquiry: Inquiry, finding: Option<&Finding>) -> VerifyAnswer {
    let mut codes = match finding {
        Some(Finding::Item(item)) => codes::of_item(item, &inquiry.asker),
        Some(Finding::Unit(unit)) => codes::of_unit(unit),
        Some(Finding::Nothing { .. }) | None => vec![AnswerCode::Unreadable],
    };
    if inquiry.stale_age_ms.is_some() && finding.is_some() {
        codes = codes::when_stale(codes);
    }
    let mut body = VerifyAnswer::new(&codes, inquiry.head);
    body.code = inquiry.code.as_ref().ok().map(CodeBody::from);
    body.notes = inquiry.notes;
    if let Some(Finding::Item(item)) = finding {
        body.verdict = verdict(item, &inquiry.asker, inquiry.stale_age_ms);
    }
    match (&inquiry.code, finding) {
        (Err(error), _) => body.notes.push(notes::unreadable(error)),
        (Ok(_), Some(Finding::Nothing { why })) => body.notes.push(why.clone()),
        (Ok(code), Some(Finding::Item(item))) => {
            body.notes
                .extend(notes::of_item(code, item, &inquiry.asker));
            tell_item(&mut body, item, &inquiry.asker);
        }
        (Ok(_), Some(Finding::Unit(unit))) => tell_unit(&mut body, unit, &inquiry.asker),
        (Ok(_), None) => {}
    }
    if inquiry.asker.is_signed_in && body.answer == AnswerCode::NotConfirmed.as_str() {
        // The table's action sends anonymous callers to sign in.
        if let Some(action) = finding.and_then(notes::action_of_unconfirmed) {
            action.clone_into(&mut body.action);
        }
    }
    body
}

/// The verdict, as whoever checks the evidence finds it; none where the caller must not learn it.
fn verdict(item: &ItemFinding, asker: &Asker, stale_age_ms: Option<u64>) -> Option<Verdict> {
    if !asker.is_signed_in && !item.is_on_record() {
        return None;
    }
    let verdict = item.verdict.clone()?;
    Some(match stale_age_ms {
        Some(age_ms) => Verdict::Stale { age_ms },
        None => verdict,
    })
}

/// Adds what is on record of a pack or lot. Anonymous callers learn nothing of a code that the
/// ledger does not confirm: not even whether its product exists.
fn tell_item(body: &mut VerifyAnswer, item: &ItemFinding, asker: &Asker) {
    if !asker.is_signed_in && !item.is_on_record() {
        return;
    }
    body.product = item.product.as_ref().map(|product| ProductBody {
        name: product.name.clone(),
        strength: product.strength.clone(),
        form: product.form.clone(),
        maker: product.maker.clone(),
    });
    if let Some((_, state)) = item.lot {
        let (name, recall) = lot_state(state);
        body.lot_state = Some(name.to_owned());
        body.recall = recall;
    }
    let Some(recorded) = recorded(item) else {
        return;
    };
    body.expiry = Some(recorded.expiry.to_string());
    body.status = recorded.status().map(|status| status.to_string());
    body.since = recorded.pack.map(|entry| entry.since.to_string());
    if asker.is_signed_in
        && let Some(pack) = &item.pack
    {
        let is_own = asker.account.map(|own| own == pack.custody.holder);
        body.holder = Some(holder(&pack.holder, is_own, pack.custody.is_in_unit()));
    }
}

fn tell_unit(body: &mut VerifyAnswer, unit: &UnitFinding, asker: &Asker) {
    body.notes.extend(notes::of_unit(unit, asker));
    let Some(record) = &unit.record else {
        return;
    };
    // The table speaks of packs and batches; a unit that is good needs words of its own.
    if body.answer == AnswerCode::LotActive.as_str() {
        let words = notes::words_of_unit(record.is_resolved);
        words.word.clone_into(&mut body.word);
        words.sentence.clone_into(&mut body.sentence);
        words.action.clone_into(&mut body.action);
    }
    if asker.is_signed_in {
        let is_own = asker.account.map(|own| own == record.custody.holder);
        let is_in_unit = record.custody.is_in_unit();
        body.holder = Some(holder(&record.holder, is_own, is_in_unit));
    }
}

fn holder(party: &Party, is_own: Option<bool>, is_in_unit: bool) -> HolderBody {
    HolderBody {
        account: party.account.to_string(),
        organisation: party.organisation.clone(),
        name: party.name.clone(),
        direct: !is_in_unit,
        own: is_own,
    }
}

fn lot_state(state: LotState) -> (&'static str, Option<RecallBody>) {
    match state {
        LotState::Open => ("open", None),
        LotState::Closed => ("closed", None),
        LotState::Recalled { class, since, .. } => {
            let class = class as u8;
            let since = since.to_string();
            ("recalled", Some(RecallBody { class, since }))
        }
    }
}

/// What is on record, also where the code says something else.
fn recorded(item: &ItemFinding) -> Option<&Recorded> {
    match item.verdict.as_ref()? {
        Verdict::Recorded(recorded) => Some(recorded),
        Verdict::Mismatch { recorded, .. } => recorded.as_ref(),
        Verdict::Unknown { .. } | Verdict::Stale { .. } | Verdict::Invalid { .. } => None,
    }
}
