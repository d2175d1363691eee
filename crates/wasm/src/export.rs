//! The functions that a browser calls. All of them return JSON, and no input makes one panic.

use serde::Serialize;
use theriac_ledger::identifier::ChainId;
use theriac_proof::light::Trust;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::answer;
use crate::evidence::{self, Terms};
use crate::unreadable::{ErrorReport, Unreadable};

/// Checks the JSON form of a bundle against a trust file, at `now_ms` since 1970. The result is an
/// [`evidence::Report`], or an [`ErrorReport`] for what cannot be read.
#[wasm_bindgen]
pub fn check_evidence(bundle_json: &str, trust_json: &str, now_ms: f64, age_ms_max: f64) -> String {
    let terms = Terms {
        trust_json,
        now_ms,
        age_ms_max,
    };
    report(evidence::check(bundle_json, terms))
}

/// Checks a verifier's whole answer, as it was received: its evidence, and that it answers `code`
/// and says what the evidence shows. `code` is the text that was scanned; it is empty for a picture,
/// whose reading is then the verifier's. The result is as that of [`check_evidence`].
#[wasm_bindgen]
pub fn check_answer(
    answer_json: &str,
    code: &str,
    trust_json: &str,
    now_ms: f64,
    age_ms_max: f64,
) -> String {
    let terms = Terms {
        trust_json,
        now_ms,
        age_ms_max,
    };
    report(answer::check(answer_json, code, terms))
}

/// The evidence in a verifier's answer, as it was received: what [`check_answer`] checks, to be kept.
/// Empty where there is none.
#[wasm_bindgen]
pub fn evidence_of(answer_json: &str) -> String {
    answer::evidence_of(answer_json)
        .unwrap_or_default()
        .to_owned()
}

/// Says which chain a trust file names: a [`TrustReport`], or an [`ErrorReport`].
#[wasm_bindgen]
pub fn read_trust(trust_json: &str) -> String {
    let trust = Trust::from_json(trust_json.as_bytes()).map(|trust| TrustReport {
        chain_id: *trust.chain(),
        validators: trust.validators().members().len(),
    });
    report(trust.map_err(Unreadable::from))
}

/// What a trust file names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrustReport {
    /// The chain.
    pub chain_id: ChainId,
    /// How many validators it trusts.
    pub validators: usize,
}

fn report<T: Serialize>(outcome: Result<T, Unreadable>) -> String {
    match outcome {
        Ok(report) => serde_json::to_string(&report),
        Err(error) => serde_json::to_string(&ErrorReport::from(&error)),
    }
    // None of these types holds a map with keys that are not text: this is never reached.
    .unwrap_or_else(|_| r#"{"input":"evidence","error":"the result has no JSON form"}"#.to_owned())
}
