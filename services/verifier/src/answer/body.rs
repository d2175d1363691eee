//! The JSON of an answer.

use serde::{Deserialize, Serialize};
use theriac_gs1::{CodeForm, ScannedCode};
use theriac_proof::EvidenceBundle;
use theriac_proof::answer::{AnswerCode, Colour};
use theriac_proof::verdict::Verdict;
use utoipa::ToSchema;

use super::notes;
use crate::picture::PictureRefusal;
use crate::view::Head;

/// The answer to a code. A bad pack, or a code that cannot be read, is a result and not an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VerifyAnswer {
    /// Stable code, such as `ACTIVE`.
    #[schema(example = "ACTIVE")]
    pub answer: String,
    /// Exit code of the command line: 0 good, 3 stop, 4 cannot tell.
    #[schema(example = 0)]
    pub exit: u8,
    /// `red`, `amber`, `green` or `blue`; never to be shown without the word.
    #[schema(example = "green")]
    pub colour: String,
    /// One or two words.
    #[schema(example = "May be dispensed")]
    pub word: String,
    /// One sentence for staff.
    pub sentence: String,
    /// What staff do next.
    pub action: String,
    /// One sentence for patients.
    pub patient: String,
    /// Further codes that apply, in order of precedence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// What was read; none when nothing could be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<CodeBody>,
    /// The product on record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductBody>,
    /// Last day of use on record, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry: Option<String>,
    /// Status of the pack on record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "active")]
    pub status: Option<String>,
    /// Since when it has that status, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// State of the batch on record: `open`, `closed` or `recalled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "open")]
    pub lot_state: Option<String>,
    /// The recall of the batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall: Option<RecallBody>,
    /// Who holds it; told to signed-in callers only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<HolderBody>,
    /// What is disputed about it; told to signed-in callers only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disputed: Option<DisputeBody>,
    /// Height of the block in whose state this stands.
    pub height: u64,
    /// Time of that block, RFC 3339.
    #[schema(example = "2026-11-22T10:00:00.000Z")]
    pub as_of: String,
    /// What the record says, in the form in which whoever checks the evidence finds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub verdict: Option<Verdict>,
    /// The evidence, where it was asked for: see docs/ledger-format.md, section 13.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub evidence: Option<Box<EvidenceBundle>>,
    /// Why there is no evidence, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence_note: Option<String>,
    /// What else is worth knowing, a sentence each.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Whether it names something that is not on record: a guess, perhaps.
    #[serde(skip)]
    #[schema(ignore)]
    pub(crate) is_unconfirmed: bool,
    /// Every code that applies, in order of precedence.
    #[serde(skip)]
    #[schema(ignore)]
    pub(crate) codes: Vec<AnswerCode>,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CodeBody {
    /// `element_string`, `bracketed`, `digital_link`, `epc_urn` or `plain_digits`.
    #[schema(example = "element_string")]
    pub form: String,
    /// AI (01), 14 digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gtin: Option<String>,
    /// AI (10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
    /// AI (21).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// AI (17), `YYYY-MM-DD`, or `YYYY-MM` when only the month was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry: Option<String>,
    /// AI (00), 18 digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sscc: Option<String>,
}

/// A product on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProductBody {
    /// Name on the pack.
    pub name: String,
    /// Strength.
    pub strength: String,
    /// Dosage form.
    pub form: String,
    /// Who issued it.
    pub maker: String,
}

/// A recall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecallBody {
    /// 1 (gravest) to 3.
    pub class: u8,
    /// Since when, RFC 3339.
    pub since: String,
}

/// Who holds a pack or a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HolderBody {
    /// The account, hexadecimal.
    pub account: String,
    /// Legal name of its organisation.
    pub organisation: String,
    /// Name of its premises.
    pub name: String,
    /// In hand, not inside a unit.
    pub direct: bool,
    /// Whether it is the caller's own account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<bool>,
}

/// What others may have signed with a stolen key. Answer, colour and verdict are as without it: the
/// transactions stand, and people find out who made them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DisputeBody {
    /// What it means.
    pub sentence: String,
    /// What staff do next.
    pub action: String,
    /// The transactions, in the order of the chain.
    pub events: Vec<DisputedEventBody>,
}

/// A transaction that others may have signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DisputedEventBody {
    /// Height of its block.
    pub height: u64,
    /// Index in the block.
    pub index: u32,
    /// Block time, RFC 3339.
    pub time: String,
    /// Kind of action.
    #[schema(example = "ship")]
    pub kind: String,
    /// Id of the transaction.
    pub transaction: String,
    /// The key that signed it.
    pub signer: String,
    /// The account that the key acted for, hexadecimal.
    pub account: String,
    /// Legal name of its organisation.
    pub organisation: String,
    /// Name of its premises.
    pub name: String,
}

impl VerifyAnswer {
    /// The bare answer: the first of `codes`, which is never empty, in the words of the table.
    pub(super) fn new(codes: &[AnswerCode], head: Head) -> Self {
        let first = codes.first().copied().unwrap_or(AnswerCode::Unreadable);
        let row = first.row();
        let also = codes.iter().skip(1).map(|code| code.as_str().to_owned());
        Self {
            answer: first.as_str().to_owned(),
            exit: row.exit,
            colour: colour_name(row.colour).to_owned(),
            word: row.word.to_owned(),
            sentence: row.sentence.to_owned(),
            action: row.action.to_owned(),
            patient: row.patient.to_owned(),
            also: also.collect(),
            code: None,
            product: None,
            expiry: None,
            status: None,
            since: None,
            lot_state: None,
            recall: None,
            holder: None,
            disputed: None,
            height: head.height,
            as_of: head.time.to_string(),
            verdict: None,
            evidence: None,
            evidence_note: None,
            notes: Vec::new(),
            is_unconfirmed: false,
            codes: codes.to_vec(),
        }
    }
}

impl VerifyAnswer {
    /// The answer to something in which no code could be found, with the reason.
    pub(crate) fn unreadable(head: Head, refusal: &PictureRefusal) -> Self {
        Self {
            notes: vec![notes::unreadable_picture(refusal)],
            ..Self::new(&[AnswerCode::Unreadable], head)
        }
    }
}

fn colour_name(colour: Colour) -> &'static str {
    match colour {
        Colour::Red => "red",
        Colour::Amber => "amber",
        Colour::Green => "green",
        Colour::Blue => "blue",
    }
}

impl From<&ScannedCode> for CodeBody {
    fn from(code: &ScannedCode) -> Self {
        let form = match code.form {
            CodeForm::ElementString => "element_string",
            CodeForm::Bracketed => "bracketed",
            CodeForm::DigitalLink => "digital_link",
            CodeForm::EpcUrn => "epc_urn",
            CodeForm::PlainDigits => "plain_digits",
        };
        Self {
            form: form.to_owned(),
            gtin: code.gtin.map(|gtin| gtin.to_string()),
            lot: code.lot.map(|lot| lot.to_string()),
            serial: code.serial.map(|serial| serial.to_string()),
            expiry: code.expiry.map(|expiry| expiry.to_string()),
            sscc: code.sscc.map(|sscc| sscc.to_string()),
        }
    }
}
