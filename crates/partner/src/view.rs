//! What a service shows of its read model.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use theriac_gs1::{Gtin, Lot, ScanOptions};
use theriac_http::paging::{Page, PageQuery};
use theriac_http::problem::{Problem, ProblemCode};
use theriac_ledger::identifier::{AccountId, ShipmentId};
use theriac_ledger::record::{LotState, PackStatus, UnitState};
use theriac_records::repository::contents::{Container, Contents, LotCount, find_contents};
use theriac_records::repository::lots::find_lot;
use theriac_records::repository::members::find_account;
use theriac_records::repository::notices::find_notice;
use theriac_records::repository::shipments::{
    ShipmentFilter, ShipmentOutcome, ShipmentRecord, page_shipments,
};
use theriac_records::repository::stock::{StockLine, StockPlace, page_stock};
use theriac_records::repository::units::find_unit;
use theriac_records::{Sequence, StorageError};
use utoipa::{IntoParams, ToSchema};

use crate::faults::Faults;
use crate::operation::{Desk, storage_problem};
use crate::selection::read_sscc;

/// Packs of one lot in one status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StockLineAnswer {
    /// The product.
    pub gtin: String,
    /// The batch.
    pub lot: String,
    /// Last day of use.
    pub expiry: String,
    /// State of the batch: `open`, `closed` or `recalled`.
    pub lot_state: String,
    /// Status of the packs.
    #[schema(example = "active")]
    pub status: String,
    /// Whether they are in an open shipment to somebody else.
    pub in_transit: bool,
    /// Whether they came back and wait to be verified: not saleable.
    pub returned: bool,
    /// How many.
    pub packs: u64,
}

/// What an account holds, first what expires first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StockAnswer {
    /// By expiry, product, batch and status.
    pub stock: Vec<StockLineAnswer>,
    /// The cursor of the next page; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// The recall of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecallAnswer {
    /// The product.
    pub gtin: String,
    /// The batch.
    pub lot: String,
    /// 1: danger to life or serious harm; 2: illness or mistreatment; 3: no significant hazard.
    pub class: u8,
    /// Block time of the recall.
    pub since: String,
    /// What the ledger holds of the notice: its digest with the tag `recall-notice`.
    pub notice_digest: String,
    /// The notice; absent where somebody else wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
}

/// Packs of one batch inside something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LotCountAnswer {
    /// The product.
    pub gtin: String,
    /// The batch.
    pub lot: String,
    /// Last day of use.
    pub expiry: String,
    /// State of the batch: `open`, `closed` or `recalled`.
    pub lot_state: String,
    /// How many packs.
    pub packs: u64,
    /// How many of them are not active.
    pub not_active: u64,
}

/// Who sends or receives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PartyAnswer {
    /// The account.
    pub account: String,
    /// Name of its premises.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// GLN of its premises.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gln: Option<String>,
}

/// A shipment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShipmentAnswer {
    /// Its id.
    pub shipment: String,
    /// `in`: to the caller's account; `out`: from it.
    #[schema(example = "in")]
    pub direction: String,
    /// The sender.
    pub from: PartyAnswer,
    /// The addressee.
    pub to: PartyAnswer,
    /// `supply`, `return` or `destruction`.
    pub purpose: String,
    /// `open`, `received`, `rejected` or `cancelled`.
    pub state: String,
    /// The shipment of which it is the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest_of: Option<String>,
    /// Block time at which it was sent.
    pub opened_at: String,
    /// Block time at which it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<String>,
    /// Packs in it, at any depth; of one that ended, those not moved since.
    pub packs: u64,
    /// The same by batch.
    pub lots: Vec<LotCountAnswer>,
    /// SSCCs of the units directly in it.
    pub units: Vec<String>,
}

/// Shipments, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShipmentsAnswer {
    /// This page of them.
    pub shipments: Vec<ShipmentAnswer>,
    /// The cursor of the next page; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Which shipments to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct ShipmentsQuery {
    /// `in` or `out`; both where absent.
    #[param(required = false)]
    pub direction: Option<String>,
    /// `open`, `received`, `rejected` or `cancelled`; all where absent.
    #[param(required = false)]
    pub state: Option<String>,
    /// What the page before gave as `next`; absent for the first page.
    #[param(required = false)]
    pub cursor: Option<String>,
    /// How many shipments, 1 to 1,000.
    #[param(required = false, minimum = 1, maximum = 1_000, default = 100)]
    pub limit: Option<u64>,
}

/// A unit inside a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContainedUnitAnswer {
    /// Its number.
    pub sscc: String,
    /// The unit that it is directly in.
    pub inside: String,
}

/// A unit and what is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnitAnswer {
    /// Its number.
    pub sscc: String,
    /// `held`, `inside` another unit, `in_shipment`, or `unpacked`: everything was taken out, and it is never used again.
    #[schema(example = "held")]
    pub state: String,
    /// Who has custody; of one that is unpacked, who unpacked it.
    pub holder: PartyAnswer,
    /// The open shipment it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment: Option<String>,
    /// Units around it, the innermost first.
    pub inside: Vec<String>,
    /// Packs in it, at any depth.
    pub packs: u64,
    /// The same by batch.
    pub lots: Vec<LotCountAnswer>,
    /// Units in it, parents before children.
    pub units: Vec<ContainedUnitAnswer>,
}

/// What the account holds.
///
/// # Errors
///
/// A problem when the database fails.
pub async fn stock(desk: &Desk, query: &PageQuery) -> Result<StockAnswer, Problem> {
    let limit = query.limit()?;
    let after: Option<StockPlace> = query.after()?;
    let lines = page_stock(&desk.database, &desk.account, after.as_ref(), limit + 1)
        .await
        .map_err(storage)?;
    let page = Page::of(lines, limit, StockLine::place);
    let stock = page
        .items
        .into_iter()
        .map(|line| StockLineAnswer {
            gtin: line.gtin.to_string(),
            lot: line.lot.to_string(),
            expiry: line.expiry.to_string(),
            lot_state: lot_state(&line.state).to_owned(),
            status: status_word(line.status),
            in_transit: line.in_transit,
            returned: line.returned,
            packs: line.packs,
        })
        .collect();
    let next = page.next;
    Ok(StockAnswer { stock, next })
}

/// Shipments from and to the account.
///
/// # Errors
///
/// A problem for unknown words, and when the database fails.
pub async fn shipments(desk: &Desk, query: &ShipmentsQuery) -> Result<ShipmentsAnswer, Problem> {
    let mut faults = Faults::new();
    let outcome: Option<ShipmentOutcome> = query.state.as_deref().and_then(|state| {
        faults.word(
            "state",
            state,
            &["open", "received", "rejected", "cancelled"],
        )
    });
    let direction = query.direction.as_deref();
    if direction.is_some_and(|word| !["in", "out"].contains(&word)) {
        faults.add("direction", "word_invalid", "the direction is in or out");
    }
    faults.check()?;
    let page = PageQuery {
        cursor: query.cursor.clone(),
        limit: query.limit,
    };
    let limit = page.limit()?;
    let after: Option<(Sequence, ShipmentId)> = page.after()?;
    let own = desk.account;
    let filter = |from, to| ShipmentFilter {
        from,
        to,
        outcome,
        before: None,
        limit: limit + 1,
    };
    let mut found = Vec::new();
    if direction != Some("in") {
        let out = page_shipments(&desk.database, &filter(Some(own), None), after).await;
        found.extend(out.map_err(storage)?);
    }
    if direction != Some("out") {
        let incoming = page_shipments(&desk.database, &filter(None, Some(own)), after).await;
        found.extend(incoming.map_err(storage)?);
    }
    found.sort_by_key(|shipment| (std::cmp::Reverse(shipment.opened), shipment.id));
    let page = Page::of(found, limit, |shipment| (shipment.opened, shipment.id));
    let mut parties = Parties::default();
    let mut shipments = Vec::with_capacity(page.items.len());
    for record in page.items {
        shipments.push(shipment_answer(desk, &mut parties, record).await?);
    }
    let next = page.next;
    Ok(ShipmentsAnswer { shipments, next })
}

/// A unit and what is in it.
///
/// # Errors
///
/// A problem `not_found` where it is not on record.
pub async fn unit(desk: &Desk, text: &str) -> Result<UnitAnswer, Problem> {
    let mut faults = Faults::new();
    let sscc = read_sscc(&mut faults, "sscc", text, &ScanOptions::new(desk.year()));
    let sscc = faults.finish(sscc)?;
    let found = find_unit(&desk.database, &sscc).await.map_err(storage)?;
    let Some(unit) = found else {
        let detail = format!("unit {sscc} is not on record");
        return Err(Problem::new(ProblemCode::NotFound, detail)
            .with_hint("if it was packed a moment ago, try again in a few seconds"));
    };
    // A unit names where it was put last; what came of that place is its holder's.
    let state = match (unit.state, unit.holder.units.is_empty()) {
        (UnitState::Resolved(_), _) => "unpacked",
        _ if unit.holder.shipment.is_some() => "in_shipment",
        (_, false) => "inside",
        (_, true) => "held",
    };
    // What was in a unit names it until it is moved.
    let contents = match unit.state {
        UnitState::Resolved(_) => Contents::default(),
        _ => find_contents(&desk.database, Container::Unit(sscc))
            .await
            .map_err(storage)?,
    };
    Ok(UnitAnswer {
        sscc: sscc.to_string(),
        state: state.to_owned(),
        holder: Parties::default().find(desk, unit.holder.account).await?,
        shipment: unit.holder.shipment.map(|id| id.to_string()),
        inside: unit.holder.units.iter().map(ToString::to_string).collect(),
        packs: contents.packs,
        lots: lots(&contents.lots),
        units: contents
            .units
            .iter()
            .map(|inner| ContainedUnitAnswer {
                sscc: inner.sscc.to_string(),
                inside: container_name(inner.inside),
            })
            .collect(),
    })
}

async fn shipment_answer(
    desk: &Desk,
    parties: &mut Parties,
    record: ShipmentRecord,
) -> Result<ShipmentAnswer, Problem> {
    let root = Container::Shipment(record.id);
    let Contents {
        packs,
        lots: counts,
        units,
        ..
    } = find_contents(&desk.database, root).await.map_err(storage)?;
    Ok(ShipmentAnswer {
        shipment: record.id.to_string(),
        direction: if record.to == desk.account {
            "in"
        } else {
            "out"
        }
        .to_owned(),
        from: parties.find(desk, record.from).await?,
        to: parties.find(desk, record.to).await?,
        purpose: word(&record.purpose),
        state: word(&record.outcome),
        rest_of: record.rest_of.map(|id| id.to_string()),
        opened_at: record.opened_at.to_string(),
        resolved_at: record.resolved_at.map(|time| time.to_string()),
        packs,
        lots: lots(&counts),
        units: units
            .iter()
            .filter(|unit| unit.inside == root)
            .map(|unit| unit.sscc.to_string())
            .collect(),
    })
}

/// Accounts already looked up.
#[derive(Default)]
pub(crate) struct Parties {
    known: BTreeMap<AccountId, PartyAnswer>,
}

impl Parties {
    pub(crate) async fn find(
        &mut self,
        desk: &Desk,
        account: AccountId,
    ) -> Result<PartyAnswer, Problem> {
        if let Some(party) = self.known.get(&account) {
            return Ok(party.clone());
        }
        let found = find_account(&desk.database, &account)
            .await
            .map_err(storage)?;
        let party = PartyAnswer {
            account: account.to_string(),
            gln: found.as_ref().map(|record| record.gln.to_string()),
            name: found.map(|record| record.name),
        };
        self.known.insert(account, party.clone());
        Ok(party)
    }
}

fn lots(counts: &[LotCount]) -> Vec<LotCountAnswer> {
    counts
        .iter()
        .map(|count| LotCountAnswer {
            gtin: count.gtin.to_string(),
            lot: count.lot.to_string(),
            expiry: count.expiry.to_string(),
            lot_state: lot_state(&count.state).to_owned(),
            packs: count.packs,
            not_active: count.not_active,
        })
        .collect()
}

fn container_name(container: Container) -> String {
    match container {
        Container::Unit(sscc) => sscc.to_string(),
        Container::Shipment(id) => id.to_string(),
    }
}

/// The state of a batch, in one word.
pub fn lot_state(state: &LotState) -> &'static str {
    match state {
        LotState::Open => "open",
        LotState::Closed => "closed",
        LotState::Recalled { .. } => "recalled",
    }
}

/// The status of a pack, in one word.
pub fn status_word(status: PackStatus) -> String {
    word(&status)
}

/// The name of a batch in a path.
///
/// # Errors
///
/// A problem that says what is wrong with it.
pub fn read_lot_path(gtin: &str, lot: &str) -> Result<(Gtin, Lot), Problem> {
    let mut faults = Faults::new();
    let gtin = faults.gtin("gtin", gtin);
    let lot = faults.lot("lot", lot);
    faults.finish(gtin.zip(lot))
}

/// The recall of a batch.
///
/// # Errors
///
/// A problem `not_found` where there is none.
pub async fn recall_of(desk: &Desk, gtin: &Gtin, lot: &Lot) -> Result<RecallAnswer, Problem> {
    let found = find_lot(&desk.database, gtin, lot).await.map_err(storage)?;
    let Some(LotState::Recalled {
        class,
        since,
        notice,
    }) = found.map(|record| record.state)
    else {
        let detail = format!("no recall of batch {lot} of product {gtin} is on record");
        return Err(Problem::new(ProblemCode::NotFound, detail)
            .with_hint("if it was recalled a moment ago, try again in a few seconds"));
    };
    let text = find_notice(&desk.database, &notice)
        .await
        .map_err(storage)?;
    Ok(RecallAnswer {
        gtin: gtin.to_string(),
        lot: lot.to_string(),
        class: class as u8,
        since: since.to_string(),
        notice_digest: notice.to_string(),
        notice: text,
    })
}

/// A value that is written as one word.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands in map_err, which gives the error away"
)]
fn storage(error: StorageError) -> Problem {
    storage_problem(&error)
}

#[cfg(test)]
mod tests;
