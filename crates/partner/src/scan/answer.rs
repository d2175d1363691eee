//! What a scan is, what the record says of it, and what can be done with it.

use serde::{Deserialize, Serialize};
use theriac_gs1::ScannedCode;
use theriac_http::problem::{Problem, ProblemCode};
use theriac_proof::answer::AnswerCode;
use utoipa::ToSchema;

use super::counter::Counter;
use super::look_up;
use crate::service::Service;
use crate::view::PartyAnswer;

/// Codes in one request.
const SCANS_MAX: usize = 1_000;

/// What was scanned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScansBody {
    /// What a scanner read, a person typed, or a link says, in any GS1 form; or the code of a bag.
    pub codes: Vec<String>,
}

/// What a code says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReadAnswer {
    /// The product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gtin: Option<String>,
    /// The batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
    /// The serial number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// The expiry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry: Option<String>,
    /// The unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sscc: Option<String>,
}

/// Something that can or cannot be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ActAnswer {
    /// `dispense`, `undo`, `quarantine`, `end_quarantine`, `receive`.
    #[schema(example = "dispense")]
    pub act: String,
    /// Whether it can.
    pub can: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_not: Option<String>,
}

/// One scan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScanAnswer {
    /// Where in the request: `codes[3]`.
    pub at: String,
    /// `pack`, `item` (a product, or a batch of it), `unit`, `bag`, `nothing` or `unreadable`.
    #[schema(example = "pack")]
    pub kind: String,
    /// What the code says.
    pub read: ReadAnswer,
    /// The stable code of the answer, the gravest that applies.
    #[schema(example = "ACTIVE")]
    pub answer: String,
    /// Everything that applies, the gravest first.
    pub all: Vec<String>,
    /// `red`: stop; `amber`: cannot tell; `green`: may be dispensed; `blue`: information.
    #[schema(example = "green")]
    pub colour: String,
    /// One or two words.
    pub word: String,
    /// One sentence.
    pub sentence: String,
    /// What to do next.
    pub action: String,
    /// Status on the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Block time of the last change of status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Name of the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// The batch on record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
    /// Its last day of use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry: Option<String>,
    /// Who has custody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<PartyAnswer>,
    /// The open shipment it is in, where it goes to the caller's account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment: Option<String>,
    /// Packs in the unit or bag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packs: Option<u64>,
    /// What can be done with it here.
    pub acts: Vec<ActAnswer>,
    /// What to tell about the scanner, and what else is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Scans, and on what the answers rest: the read model, up to a height.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScansAnswer {
    /// Height of the last block that is taken into account.
    pub height: u64,
    /// Its time.
    pub as_of: String,
    /// Each code, in the order of the request.
    pub scans: Vec<ScanAnswer>,
}

/// Says what scans are.
///
/// # Errors
///
/// A problem when there are too many, or the database fails.
pub async fn scans(service: &Service, body: &ScansBody) -> Result<ScansAnswer, Problem> {
    if body.codes.is_empty() || body.codes.len() > SCANS_MAX {
        let detail = format!("1 to {SCANS_MAX} codes fit one request");
        return Err(Problem::new(ProblemCode::InvalidInput, detail));
    }
    let head = service.folded();
    let texts: Vec<&str> = body.codes.iter().map(String::as_str).collect();
    let desk = service.desk();
    let mut counter = Counter::new(desk, head);
    let mut scans = Vec::with_capacity(texts.len());
    for (index, scanned) in look_up(desk, &texts).await?.into_iter().enumerate() {
        let at = format!("codes[{index}]");
        let text = texts.get(index).copied().unwrap_or_default();
        scans.push(counter.tell(at, text, scanned).await?);
    }
    Ok(ScansAnswer {
        height: head.height,
        as_of: head.time.to_string(),
        scans,
    })
}

/// An answer with the words of the gravest code.
pub(super) fn blank(kind: &str, codes: &[AnswerCode]) -> ScanAnswer {
    let worst = codes.first().copied().unwrap_or(AnswerCode::Unreadable);
    let row = worst.row();
    ScanAnswer {
        at: String::new(),
        kind: kind.to_owned(),
        read: ReadAnswer::default(),
        answer: worst.as_str().to_owned(),
        all: codes.iter().map(|code| code.as_str().to_owned()).collect(),
        colour: word(&row.colour),
        word: row.word.to_owned(),
        sentence: row.sentence.to_owned(),
        action: row.action.to_owned(),
        status: None,
        since: None,
        product: None,
        lot: None,
        expiry: None,
        holder: None,
        shipment: None,
        packs: None,
        acts: Vec::new(),
        notes: Vec::new(),
    }
}

pub(super) fn read_of(code: &ScannedCode) -> ReadAnswer {
    ReadAnswer {
        gtin: code.gtin.map(|gtin| gtin.to_string()),
        lot: code.lot.map(|lot| lot.to_string()),
        serial: code.serial.map(|serial| serial.to_string()),
        expiry: code.expiry.map(|expiry| expiry.date.to_string()),
        sscc: code.sscc.map(|sscc| sscc.to_string()),
    }
}

pub(super) fn can(act: &str) -> ActAnswer {
    ActAnswer {
        act: act.to_owned(),
        can: true,
        why_not: None,
    }
}

pub(super) fn cannot(act: &str, why_not: String) -> ActAnswer {
    ActAnswer {
        act: act.to_owned(),
        can: false,
        why_not: Some(why_not),
    }
}

pub(super) fn receive(answer: &ScanAnswer) -> ActAnswer {
    if answer.shipment.is_some() {
        can("receive")
    } else {
        cannot("receive", "it is not on its way to you".to_owned())
    }
}

/// A clause as a sentence.
pub(super) fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// A value that is written as one word.
pub(super) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
