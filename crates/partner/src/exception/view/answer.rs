//! Cases as they are shown.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::view::PartyAnswer;

/// Which cases to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct CasesQuery {
    /// `open`, `answered` or `settled`; all where absent.
    #[param(required = false)]
    pub state: Option<String>,
    /// What the page before gave as `next`; absent for the first page.
    #[param(required = false)]
    pub cursor: Option<String>,
    /// How many cases, 1 to 1,000.
    #[param(required = false, minimum = 1, maximum = 1_000, default = 100)]
    pub limit: Option<u64>,
}

/// Cases, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CasesAnswer {
    /// The cases.
    pub exceptions: Vec<CaseAnswer>,
    /// By which to ask for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What is wrong with how many of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CaseLineAnswer {
    /// What is wrong.
    #[schema(example = "damaged")]
    pub kind: String,
    /// The unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sscc: Option<String>,
    /// The product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gtin: Option<String>,
    /// The batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
    /// The serial number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// The expiry, as it stands on the pack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry: Option<String>,
    /// Number of the run, where the ledger names packs by position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<u16>,
    /// Position of the first pack in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<u32>,
    /// How many packs or units.
    pub count: u32,
}

/// A message of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CaseMessageAnswer {
    /// `reporter` or `respondent`.
    pub side: String,
    /// `report`, `answer` or `settlement`.
    pub kind: String,
    /// What its author stands for with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<String>,
    /// The shipment it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment: Option<String>,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Digest on the ledger.
    pub digest: String,
    /// Block time at which it was put on record; absent until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Of our own: whether the other side's service has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered: Option<bool>,
    /// Of our own: why it does not, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// What settled a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SettlementAnswer {
    /// `received`, `rejected`, `cancelled` or `emptied`: what became of the rest; or `agreed`.
    #[schema(example = "cancelled")]
    pub by: String,
    /// What was done, where a party said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<String>,
    /// Block time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// A case: the same on both sides, once both have its messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CaseAnswer {
    /// Its id: that of the shipment of which not all was received, or the digest of the report.
    pub exception: String,
    /// `open`, `answered` or `settled`.
    pub state: String,
    /// Whether the caller's account is the `reporter` or the `respondent`.
    pub own_side: String,
    /// Who says that something is wrong.
    pub reporter: PartyAnswer,
    /// Who delivered it.
    pub respondent: PartyAnswer,
    /// Block time at which it began; absent until the report is on record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<String>,
    /// By when it is to be settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<String>,
    /// Whether that time is over and it is not settled.
    pub is_overdue: bool,
    /// The shipment it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment: Option<String>,
    /// The shipment that holds what was not received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<String>,
    /// What is wrong.
    pub lines: Vec<CaseLineAnswer>,
    /// What the reporter stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reporter_wants: Option<String>,
    /// What the respondent stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub respondent_wants: Option<String>,
    /// What both sides said, in the order of the chain.
    pub messages: Vec<CaseMessageAnswer>,
    /// What settled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settlement: Option<SettlementAnswer>,
}
