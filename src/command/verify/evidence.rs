//! Evidence in files: written, read, and checked without a server.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use theriac_gs1::{ScanOptions, ScannedCode};
use theriac_http::clock::{Clock as _, SystemClock};
use theriac_ledger::identifier::Timestamp;
use theriac_proof::answer::{AnswerCode, answers};
use theriac_proof::bundle::EVIDENCE_JSON_BYTES_MAX;
use theriac_proof::check::{Checked, Freshness, check, check_for};
use theriac_proof::light::{TRUST_JSON_BYTES_MAX, Trust};
use theriac_proof::{EvidenceBundle, Question};

use crate::command::time::Instant;
use crate::output;

/// The time at which evidence is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    /// This machine's clock.
    Now,
    /// The evidence's own time.
    Bundle,
    /// Another time.
    Time(Timestamp),
}

impl FromStr for At {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "now" => return Ok(Self::Now),
            "bundle" => return Ok(Self::Bundle),
            _ => {}
        }
        let time: Instant = text
            .parse()
            .map_err(|error| format!("{error}; or `now`, or `bundle`"))?;
        Ok(Self::Time(time.0))
    }
}

/// Who judges evidence: by what, and when.
pub(super) struct Judge {
    pub(super) trust: Trust,
    pub(super) at: At,
    pub(super) age_ms_max: u64,
}

impl Judge {
    /// The answer that evidence in a file gives, to `code` where one is given.
    pub(super) fn offline(&self, file: &Path, code: Option<&str>) -> anyhow::Result<Value> {
        let bundle = read_bundle(file)?;
        let asked = code.map(readings).transpose()?;
        let checked = self.check(&bundle, asked.as_deref());
        Ok(answer_of(&bundle, &checked))
    }

    /// What may be believed of a verifier's answer: what its evidence proves, and what the verifier
    /// adds where that makes nobody less careful.
    pub(super) fn online(&self, code: Option<&str>, mut answer: Value) -> anyhow::Result<Value> {
        let stated: AnswerCode = serde_json::from_value(answer["answer"].clone())?;
        let evidence = answer["evidence"].take();
        if let Some(fields) = answer.as_object_mut() {
            fields.remove("evidence");
        }
        if evidence.is_null() {
            return without_evidence(stated, answer);
        }
        let bundle = EvidenceBundle::from_json(evidence.to_string().as_bytes())
            .context("the verifier's evidence does not read")?;
        let asked = code.map(readings).transpose()?;
        let checked = self.check(&bundle, asked.as_deref());
        Ok(believable(stated, &answer, &bundle, &checked))
    }

    /// Checks a bundle that must be about one of the readings of what was asked.
    fn check(&self, bundle: &EvidenceBundle, asked: Option<&[Question]>) -> Checked {
        let now = match self.at {
            At::Now => Timestamp(SystemClock.now_ms()),
            At::Bundle => bundle.head.header.time,
            At::Time(time) => time,
        };
        let freshness = Freshness {
            now,
            age_ms_max: self.age_ms_max,
        };
        let answered = asked.map(|asked| asked.iter().find(|asked| **asked == bundle.question));
        match (answered, asked.and_then(<[_]>::first)) {
            (Some(Some(asked)), _) | (Some(None), Some(asked)) => {
                check_for(asked, bundle, &self.trust, freshness)
            }
            _ => check(bundle, &self.trust, freshness),
        }
    }
}

/// An answer that nothing proves: nobody who brings a trust file is told that all is well.
fn without_evidence(stated: AnswerCode, answer: Value) -> anyhow::Result<Value> {
    if stated.row().exit == 0 {
        let why = answer["evidence_note"]
            .as_str()
            .unwrap_or("it says no reason");
        bail!(
            "the verifier answers {} and gives no evidence for it: {}; without --trust the answer is shown unchecked",
            stated.as_str(),
            super::printable(why)
        );
    }
    Ok(answer)
}

/// The proved answer. The verifier knows more of its caller, so it may say that the pack is not in
/// the caller's custody, or stop it; it may not say anything better than what is proved.
fn believable(
    stated: AnswerCode,
    answer: &Value,
    bundle: &EvidenceBundle,
    checked: &Checked,
) -> Value {
    let mut told = answer_of(bundle, checked);
    let proved = answers(&checked.verdict, None).first().copied();
    let proved = proved.unwrap_or(AnswerCode::EvidenceInvalid);
    let (stated_exit, proved_exit) = (stated.row().exit, proved.row().exit);
    let is_stop = stated_exit == 3;
    if checked.failed.is_some() {
        return told;
    }
    if proved == AnswerCode::Stale {
        if is_stop {
            put_row(&mut told, stated);
        }
        return told;
    }
    let is_as_careful = stated == proved || is_stop || (stated_exit == 4 && proved_exit == 0);
    let is_same_verdict =
        stated == AnswerCode::Stale || answer["verdict"] == json!(checked.verdict);
    if !is_as_careful || !is_same_verdict {
        put_row(&mut told, AnswerCode::EvidenceInvalid);
        told["notes"] = json!([format!(
            "the verifier says {}, and its evidence shows {}",
            stated.as_str(),
            proved.as_str()
        )]);
        return told;
    }
    put_row(&mut told, stated);
    for name in ["also", "notes", "holder", "recall", "disputed"] {
        if !answer[name].is_null() {
            told[name] = answer[name].clone();
        }
    }
    if stated.row().exit == 0 && answer["disputed"]["action"].is_string() {
        told["action"] = answer["disputed"]["action"].clone();
    }
    told
}

/// What a code asks, read here: its reading, and where the scanner drops separators the others.
fn readings(code: &str) -> anyhow::Result<Vec<Question>> {
    let options = ScanOptions::new(Timestamp(SystemClock.now_ms()).year());
    let others = ScannedCode::readings_without_separators(code, &options);
    let codes = match ScannedCode::parse_with(code, &options) {
        Ok(first) => [vec![first], others].concat(),
        Err(error) if others.is_empty() => {
            return Err(error).context(
                "the code cannot be read here, so that no evidence can be compared with it",
            );
        }
        Err(_) => others,
    };
    let questions: Vec<Question> = codes.iter().filter_map(Question::of).collect();
    ensure!(
        !questions.is_empty(),
        "the code names no product, and evidence is about one"
    );
    Ok(questions)
}

/// The answer to what a bundle asks, in the form of a verifier's.
fn answer_of(bundle: &EvidenceBundle, checked: &Checked) -> Value {
    let codes = answers(&checked.verdict, None);
    let (first, also) = codes
        .split_first()
        .map_or((AnswerCode::EvidenceInvalid, &[][..]), |(first, also)| {
            (*first, also)
        });
    let question = &bundle.question;
    let mut answer = json!({
        "also": also,
        "verdict": checked.verdict,
        "failed": checked.failed,
        "checks": checked.checks,
        "code": question,
        "chain_id": checked.chain_id,
        "height": checked.height,
        "as_of": checked.as_of.to_string(),
    });
    put_row(&mut answer, first);
    if let Some(product) = &checked.about.product {
        answer["product"] = json!({
            "name": product.name,
            "strength": product.strength,
            "form": product.form,
            "maker": checked.about.maker.as_ref().map(|maker| &maker.legal_name),
        });
    }
    if let theriac_proof::verdict::Verdict::Invalid { why } = &checked.verdict {
        answer["notes"] = json!([why]);
    }
    answer
}

fn put_row(answer: &mut Value, code: AnswerCode) {
    let row = code.row();
    answer["answer"] = json!(code);
    answer["exit"] = json!(row.exit);
    answer["colour"] = json!(row.colour);
    answer["word"] = json!(row.word);
    answer["sentence"] = json!(row.sentence);
    answer["action"] = json!(row.action);
    answer["patient"] = json!(row.patient);
}

/// Reads the trust file.
pub(super) fn read_trust(file: &Path) -> anyhow::Result<Trust> {
    let text = read(file, TRUST_JSON_BYTES_MAX)?;
    Trust::from_json(&text)
        .with_context(|| format!("reading what to trust from {}", file.display()))
}

/// Reads evidence: JSON, or canonical bytes.
fn read_bundle(file: &Path) -> anyhow::Result<EvidenceBundle> {
    let bytes = read(file, EVIDENCE_JSON_BYTES_MAX)?;
    let is_json = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    let context = || format!("reading evidence from {}", file.display());
    if is_json {
        EvidenceBundle::from_json(&bytes).with_context(context)
    } else {
        EvidenceBundle::decode(&bytes).with_context(context)
    }
}

fn read(file: &Path, max: usize) -> anyhow::Result<Vec<u8>> {
    let opened = File::open(file).with_context(|| format!("opening {}", file.display()))?;
    let mut bytes = Vec::new();
    opened
        .take(u64::try_from(max)?.saturating_add(1))
        .read_to_end(&mut bytes)
        .with_context(|| format!("reading {}", file.display()))?;
    ensure!(
        bytes.len() <= max,
        "{} is longer than {max} bytes: it is no file of this kind",
        file.display()
    );
    Ok(bytes)
}

/// Writes the evidence of an answer; an answer without any says why, and no file is written.
pub(super) fn write(file: &Path, answer: &Value) -> anyhow::Result<()> {
    let evidence = &answer["evidence"];
    if evidence.is_null() {
        let why = answer["evidence_note"].as_str();
        let why =
            why.unwrap_or("this verifier gives none; bring it to the version of this program");
        output::note(&format!(
            "no evidence was written: {}",
            super::printable(why)
        ));
        // What is in the file from before is no evidence for this answer.
        return match std::fs::remove_file(file) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| format!("removing {}", file.display()))
            }
            _ => Ok(()),
        };
    }
    if EvidenceBundle::from_json(evidence.to_string().as_bytes()).is_err() {
        bail!("the verifier's evidence does not read; do not rely on its answer");
    }
    let mut text = serde_json::to_string_pretty(evidence)?;
    text.push('\n');
    std::fs::write(file, text).with_context(|| format!("writing {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_now_that_of_the_evidence_or_given() {
        assert_eq!("now".parse(), Ok(At::Now));
        assert_eq!("bundle".parse(), Ok(At::Bundle));
        let time = At::Time(Timestamp(1_767_225_600_000));
        assert_eq!("1767225600000".parse(), Ok(time));
        assert_eq!("2026-01-01T00:00:00Z".parse(), Ok(time));
        for wrong in ["", "yesterday", "-1", "1969-01-01T00:00:00Z"] {
            assert!(wrong.parse::<At>().is_err(), "{wrong}");
        }
    }

    const BUNDLE: &[u8] = include_bytes!("../../../tests/vectors/bundle-active.json");
    const DISPENSED: &[u8] = include_bytes!("../../../tests/vectors/bundle-dispensed.json");
    const GENESIS: &[u8] = include_bytes!("../../../tests/vectors/genesis.json");

    fn judge() -> Judge {
        Judge {
            trust: Trust::from_json(GENESIS).unwrap(),
            at: At::Bundle,
            age_ms_max: 60_000,
        }
    }

    /// What a verifier says about a pack with this evidence.
    fn said(bundle: &[u8], answer: AnswerCode) -> Value {
        let evidence = EvidenceBundle::from_json(bundle).unwrap();
        let checked = judge().check(&evidence, None);
        let mut said = json!({ "verdict": checked.verdict, "evidence": evidence });
        put_row(&mut said, answer);
        said
    }

    fn code(bundle: &[u8]) -> String {
        EvidenceBundle::from_json(bundle)
            .unwrap()
            .question
            .to_string()
    }

    fn believed(bundle: &[u8], answer: AnswerCode) -> Value {
        let told = judge()
            .online(Some(&code(bundle)), said(bundle, answer))
            .unwrap();
        told["answer"].clone()
    }

    #[test]
    fn a_verifier_is_believed_what_it_proves_and_what_makes_nobody_less_careful() {
        for stated in [
            AnswerCode::Active,
            AnswerCode::NotInYourCustody,
            AnswerCode::Recalled,
        ] {
            assert_eq!(believed(BUNDLE, stated), json!(stated));
        }
        for stated in [
            AnswerCode::AlreadyDispensed,
            AnswerCode::AlreadyDispensedHere,
        ] {
            assert_eq!(believed(DISPENSED, stated), json!(stated));
        }
    }

    #[test]
    fn a_verifier_that_says_better_than_it_proves_is_not_believed() {
        for stated in [
            AnswerCode::Active,
            AnswerCode::ExpiresSoon,
            AnswerCode::NotInYourCustody,
        ] {
            assert_eq!(believed(DISPENSED, stated), "EVIDENCE_INVALID");
        }
    }

    #[test]
    fn what_a_verifier_says_is_disputed_is_told_and_a_good_answer_says_to_hold_the_pack() {
        let disputed = json!({ "sentence": "One event is disputed.", "action": "Hold the pack." });
        for (bundle, stated, is_held) in [
            (BUNDLE, AnswerCode::Active, true),
            (DISPENSED, AnswerCode::AlreadyDispensed, false),
        ] {
            let mut answer = said(bundle, stated);
            answer["disputed"] = disputed.clone();
            let told = judge().online(Some(&code(bundle)), answer).unwrap();
            assert_eq!(told["answer"], json!(stated));
            assert_eq!(told["disputed"], disputed);
            assert_eq!(told["action"] == "Hold the pack.", is_held, "{told}");
        }
    }

    #[test]
    fn a_good_answer_without_evidence_is_none() {
        let mut answer = said(BUNDLE, AnswerCode::Active);
        answer["evidence"] = Value::Null;
        let error = judge().online(Some(&code(BUNDLE)), answer).unwrap_err();
        assert!(error.to_string().contains("no evidence"), "{error}");
        let mut answer = said(BUNDLE, AnswerCode::NotConfirmed);
        answer["evidence"] = Value::Null;
        let told = judge().online(Some(&code(BUNDLE)), answer).unwrap();
        assert_eq!(told["answer"], "NOT_CONFIRMED");
    }

    #[test]
    fn evidence_about_another_pack_or_another_verdict_is_not_believed() {
        let other = code(DISPENSED);
        let told = judge().online(Some(&other), said(BUNDLE, AnswerCode::Active));
        assert_eq!(told.unwrap()["answer"], "EVIDENCE_INVALID");
        let mut answer = said(BUNDLE, AnswerCode::Active);
        answer["verdict"] = json!({ "verdict": "unknown", "proven_absent_from": "lot" });
        let told = judge().online(Some(&code(BUNDLE)), answer).unwrap();
        assert_eq!(told["answer"], "EVIDENCE_INVALID");
    }
}
