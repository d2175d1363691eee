//! Evidence in files: written, read, and checked without a server.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use theriac_gs1::ScannedCode;
use theriac_http::clock::{Clock as _, SystemClock};
use theriac_ledger::identifier::Timestamp;
use theriac_proof::answer::{AnswerCode, answers};
use theriac_proof::bundle::EVIDENCE_JSON_BYTES_MAX;
use theriac_proof::check::{Checked, Freshness, check, check_for};
use theriac_proof::light::{TRUST_JSON_BYTES_MAX, Trust};
use theriac_proof::{EvidenceBundle, Question};

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
        if let Ok(ms) = text.parse::<u64>() {
            return Ok(Self::Time(Timestamp(ms)));
        }
        let time: jiff::Timestamp = text.parse().map_err(|_| {
            "a time is `now`, `bundle`, such as 2026-11-25T12:00:00Z, or milliseconds since 1970"
                .to_owned()
        })?;
        let ms = u64::try_from(time.as_millisecond());
        ms.map(|ms| Self::Time(Timestamp(ms)))
            .map_err(|_| "a time is not before 1970".to_owned())
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
        let asked = code.map(asked).transpose()?;
        let checked = self.check(&bundle, asked.as_ref());
        Ok(answer_of(&bundle, &checked))
    }

    /// A verifier's answer, held against its evidence. Where the two disagree, or the evidence does
    /// not hold, the answer is that it does not.
    pub(super) fn online(&self, code: Option<&str>, mut answer: Value) -> anyhow::Result<Value> {
        let evidence = answer["evidence"].take();
        if let Some(fields) = answer.as_object_mut() {
            fields.remove("evidence");
        }
        if evidence.is_null() {
            return Ok(answer);
        }
        let bundle = EvidenceBundle::from_json(evidence.to_string().as_bytes())
            .context("the verifier's evidence does not read")?;
        let asked = code.and_then(|code| asked(code).ok());
        let checked = self.check(&bundle, asked.as_ref());
        let stated = &answer["verdict"];
        let found = json!(checked.verdict);
        if checked.failed.is_some() || *stated != found {
            let mut refused = answer_of(&bundle, &checked);
            if checked.failed.is_none() {
                put_row(&mut refused, AnswerCode::EvidenceInvalid);
                refused["stated"] = stated.clone();
            }
            return Ok(refused);
        }
        answer["checks"] = json!(checked.checks);
        Ok(answer)
    }

    fn check(&self, bundle: &EvidenceBundle, asked: Option<&Question>) -> Checked {
        let now = match self.at {
            At::Now => Timestamp(SystemClock.now_ms()),
            At::Bundle => bundle.head.header.time,
            At::Time(time) => time,
        };
        let freshness = Freshness {
            now,
            age_ms_max: self.age_ms_max,
        };
        match asked {
            Some(asked) => check_for(asked, bundle, &self.trust, freshness),
            None => check(bundle, &self.trust, freshness),
        }
    }
}

/// What a code asks, read here.
fn asked(code: &str) -> anyhow::Result<Question> {
    let year = Timestamp(SystemClock.now_ms()).year();
    let code = ScannedCode::parse(code, year).context("the code cannot be read")?;
    Question::of(&code).context("the code names no product, and evidence is about one")
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
        return Ok(());
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
}
