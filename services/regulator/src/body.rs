//! The JSON of answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// An account, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PartyBody {
    /// The account, hexadecimal.
    pub account: String,
    /// Legal name of its organisation.
    pub organisation: String,
    /// Name of its premises.
    pub name: String,
}

/// Who has custody of something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HolderBody {
    /// The holder; of something on its way, its sender.
    #[serde(flatten)]
    pub party: PartyBody,
    /// In hand: in no unit and not on its way.
    pub direct: bool,
    /// Units around it, the innermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<String>,
    /// The open shipment it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment: Option<String>,
    /// To whom that shipment goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub addressee: Option<PartyBody>,
}

/// One event in a history: a transaction of a final block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventBody {
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
    /// The account that the key acts for.
    #[serde(flatten)]
    pub party: PartyBody,
    /// What it says: names and counts.
    #[schema(value_type = Object)]
    pub summary: Value,
    /// Whether others may have held the key by then: it was revoked, and this was signed since it is
    /// compromised. The event stands.
    pub disputed: bool,
    /// Why it belongs to this history: `product`, `lot`, `pack`, or the unit or shipment around it.
    #[schema(value_type = Vec<Object>)]
    pub via: Vec<Value>,
}

/// A pack as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PackBody {
    /// The product.
    pub gtin: String,
    /// The lot on record.
    pub lot: String,
    /// The serial number, as asked for.
    pub serial: String,
    /// Number of its run in the lot.
    pub run: u16,
    /// Position in the run.
    pub position: u32,
    /// Status.
    #[schema(example = "active")]
    pub status: String,
    /// Since when, RFC 3339.
    pub since: String,
    /// Who has custody.
    pub holder: HolderBody,
}

/// A pack and everything that happened to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PackProvenanceBody {
    /// The pack as it is now.
    pub pack: PackBody,
    /// Its lot as it is now.
    pub lot: LotBody,
    /// Every event, in the order of the chain.
    pub events: Vec<EventBody>,
    /// Whether later events were cut off.
    pub truncated: bool,
    /// Height up to which the chain was read.
    pub height: u64,
    /// Where the code says something else than the record, and whether events are disputed.
    pub notes: Vec<String>,
}

/// A lot as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LotBody {
    /// The product.
    pub gtin: String,
    /// The lot.
    pub lot: String,
    /// Who made it.
    pub manufacturer: String,
    /// Last day of use.
    pub expiry: String,
    /// Day of manufacture.
    pub manufactured: String,
    /// `open`, `closed` or `recalled`.
    #[schema(example = "open")]
    pub state: String,
    /// Class of the recall, 1 (gravest) to 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall_class: Option<u8>,
    /// When it was recalled, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recalled_at: Option<String>,
    /// Number of runs.
    pub runs: u16,
}

/// What one account holds of a lot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LotHolderBody {
    /// The holder; of packs on their way, their sender.
    #[serde(flatten)]
    pub party: PartyBody,
    /// How many packs.
    pub count: u64,
    /// How many in each status.
    pub by_status: BTreeMap<String, u64>,
    /// How many of them are on their way to each addressee.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on_the_way: Vec<OnTheWayBody>,
}

/// Packs on their way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OnTheWayBody {
    /// To whom.
    pub to: PartyBody,
    /// How many packs.
    pub count: u64,
}

/// A lot, who holds it, and everything that happened to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LotProvenanceBody {
    /// The lot as it is now.
    pub lot: LotBody,
    /// Who holds its packs.
    pub holders: Vec<LotHolderBody>,
    /// Every event, in the order of the chain.
    pub events: Vec<EventBody>,
    /// Whether later events were cut off.
    pub truncated: bool,
    /// Height up to which the chain was read.
    pub height: u64,
    /// Whether events are disputed, in words.
    pub notes: Vec<String>,
}

/// A unit as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnitBody {
    /// Its number.
    pub sscc: String,
    /// `held`, `inside`, `in_shipment` or `resolved`, with the account, unit or shipment.
    #[schema(value_type = Object)]
    pub state: Value,
    /// Depth of units in it, itself included.
    pub nesting: u8,
    /// Who has custody.
    pub holder: HolderBody,
}

/// What is inside a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContentsBody {
    /// How many packs.
    pub packs: u64,
    /// How many of each lot.
    #[schema(value_type = Vec<Object>)]
    pub lots: Vec<Value>,
    /// The units inside, parents before children.
    #[schema(value_type = Vec<Object>)]
    pub units: Vec<Value>,
}

/// A unit, what is inside, and everything that happened to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnitProvenanceBody {
    /// The unit as it is now.
    pub unit: UnitBody,
    /// What is inside; of a unit taken apart, what has not moved since.
    pub contents: ContentsBody,
    /// Every event, in the order of the chain.
    pub events: Vec<EventBody>,
    /// Whether later events were cut off.
    pub truncated: bool,
    /// Height up to which the chain was read.
    pub height: u64,
    /// Whether events are disputed, in words.
    pub notes: Vec<String>,
}
