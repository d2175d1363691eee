//! Which units and packs to send, first what expires first. Nothing is written: the answer is the body of a
//! shipment, and of what must be unpacked before it.

mod tree;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use theriac_gs1::{Gtin, Lot, Sscc};
use theriac_http::problem::{Problem, ProblemCode};
use theriac_ledger::constants::{ACTION_RANGES_MAX, ACTION_UNITS_MAX};
use theriac_ledger::identifier::{RunId, Timestamp};
use theriac_ledger::pack_set::PackRange;
use theriac_ledger::record::{LotState, PackStatus};
use theriac_records::pack_range::subtract;
use theriac_records::repository::contents::{Container, find_contents};
use theriac_records::repository::lots::{LotRecord, list_lots};
use theriac_records::repository::returns::{ReturnedPacks, among, list_unverified};
use theriac_records::repository::stock::{HeldSpan, list_held_of_lot};
use utoipa::ToSchema;

use crate::faults::Faults;
use crate::operation::shipment::ShipmentBody;
use crate::operation::unpacking::UnpackingBody;
use crate::operation::{Desk, storage_problem};
use crate::selection::PacksBody;

use tree::{Node, Picked, take};

/// Lines of one pick.
const LINES_MAX: usize = 100;
/// Packs of one line.
const COUNT_MAX: u64 = 1_000_000;

/// How much of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PickLineBody {
    /// The product.
    #[schema(example = "09506000134352")]
    pub gtin: String,
    /// How many packs.
    pub count: u64,
    /// Days that must be left before the last day of use, today not counted.
    #[serde(default)]
    pub minimum_days: u32,
}

/// What is to be picked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PickBody {
    /// What is ordered.
    pub lines: Vec<PickLineBody>,
    /// For whom: goes into the body of the shipment as it is.
    #[serde(default)]
    pub to: Option<String>,
}

/// What was found of one batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PickLotAnswer {
    /// The batch.
    pub lot: String,
    /// Its last day of use.
    pub expiry: String,
    /// Packs to take.
    pub packs: u64,
}

/// What is passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PassedOverAnswer {
    /// The batch.
    pub lot: String,
    /// `recalled`, `expired`, `expires_too_soon`, `returned` (not verified), or the status of the packs.
    #[schema(example = "locked")]
    pub reason: String,
    /// How many.
    pub packs: u64,
}

/// What was found of one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PickLineAnswer {
    /// The product.
    pub gtin: String,
    /// Packs ordered.
    pub ordered: u64,
    /// Packs found.
    pub found: u64,
    /// From which batches, in the order of expiry.
    pub lots: Vec<PickLotAnswer>,
    /// What of earlier batches is not to be sold, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<PassedOverAnswer>,
}

/// A pick. Nothing was written or reserved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PickAnswer {
    /// Whether everything that is ordered was found.
    pub is_complete: bool,
    /// Line by line.
    pub lines: Vec<PickLineAnswer>,
    /// What must be unpacked first, in this order: bodies for `POST /api/v1/unpackings`.
    pub unpackings: Vec<UnpackingBody>,
    /// The body for `POST /api/v1/shipments`; `to` is empty where nobody was named.
    pub shipment: ShipmentBody,
}

/// Plans a pick.
///
/// # Errors
///
/// A problem that lists everything wrong with the order.
pub async fn pick(desk: &Desk, body: &PickBody) -> Result<PickAnswer, Problem> {
    let lines = read_lines(body)?;
    let unverified = list_unverified(&desk.database, &desk.account)
        .await
        .map_err(|error| storage_problem(&error))?;
    let mut picker = Picker {
        desk,
        unverified,
        picked: Picked::default(),
        lots: BTreeMap::new(),
        today: Timestamp(desk.clock.now_ms()).days_since_epoch(),
    };
    let mut answers = Vec::with_capacity(lines.len());
    for (gtin, line) in lines {
        answers.push(picker.line(gtin, line).await?);
    }
    let picked = picker.picked;
    check_size(&picked)?;
    Ok(PickAnswer {
        is_complete: answers.iter().all(|line| line.found == line.ordered),
        lines: answers,
        unpackings: picked.unpackings.iter().map(unpacking_body).collect(),
        shipment: ShipmentBody {
            to: body.to.clone().unwrap_or_default(),
            purpose: "supply".to_owned(),
            codes: Vec::new(),
            packs: picked.packs.iter().map(packs_body).collect(),
            units: picked.units.iter().map(ToString::to_string).collect(),
        },
    })
}

fn read_lines(body: &PickBody) -> Result<Vec<(Gtin, &PickLineBody)>, Problem> {
    let mut faults = Faults::new();
    if body.lines.is_empty() {
        faults.add("lines", "nothing_named", "nothing is ordered");
    }
    if body.lines.len() > LINES_MAX {
        let detail = format!("at most {LINES_MAX} lines fit one pick");
        faults.add("lines", "too_many", detail);
        faults.check()?;
        return Ok(Vec::new());
    }
    let mut lines = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, line) in body.lines.iter().enumerate() {
        if line.count == 0 || line.count > COUNT_MAX {
            let detail = format!("a line orders 1 to {COUNT_MAX} packs");
            faults.add(format!("lines[{index}].count"), "count_invalid", detail);
        }
        let at = format!("lines[{index}].gtin");
        let gtin = faults.gtin(&at, &line.gtin);
        if gtin.is_some_and(|gtin| !seen.insert(gtin)) {
            faults.add(at, "named_twice", "another line orders the same product");
        }
        lines.extend(gtin.map(|gtin| (gtin, line)));
    }
    faults.check()?;
    Ok(lines)
}

struct Picker<'d> {
    desk: &'d Desk,
    unverified: Vec<ReturnedPacks>,
    picked: Picked,
    lots: BTreeMap<Gtin, Vec<LotRecord>>,
    today: i64,
}

impl Picker<'_> {
    async fn line(&mut self, gtin: Gtin, line: &PickLineBody) -> Result<PickLineAnswer, Problem> {
        let mut lots = list_lots(&self.desk.database, &gtin)
            .await
            .map_err(|error| storage_problem(&error))?;
        lots.sort_by_key(|lot| lot.expiry);
        self.lots.insert(gtin, lots.clone());
        let mut answer = PickLineAnswer {
            gtin: gtin.to_string(),
            ordered: line.count,
            found: 0,
            lots: Vec::new(),
            passed_over: Vec::new(),
        };
        for lot in &lots {
            let wanted = line.count.saturating_sub(answer.found);
            if wanted == 0 {
                break;
            }
            self.lot(lot, line, wanted, &mut answer).await?;
        }
        Ok(answer)
    }

    async fn lot(
        &mut self,
        lot: &LotRecord,
        line: &PickLineBody,
        wanted: u64,
        answer: &mut PickLineAnswer,
    ) -> Result<(), Problem> {
        let desk = self.desk;
        let held = list_held_of_lot(&desk.database, &desk.account, &lot.gtin, &lot.lot)
            .await
            .map_err(|error| storage_problem(&error))?;
        let held: Vec<HeldSpan> = held.into_iter().filter(|one| !one.in_transit).collect();
        let mut pass = |reason: &str, packs: u64| {
            if packs > 0 {
                answer.passed_over.push(PassedOverAnswer {
                    lot: lot.lot.to_string(),
                    reason: reason.to_owned(),
                    packs,
                });
            }
        };
        if let Some(reason) = self.block(lot, line.minimum_days) {
            pass(
                reason,
                held.iter().map(|one| u64::from(one.span.count)).sum(),
            );
            return Ok(());
        }
        for (status, packs) in by_status(&held) {
            pass(&status.to_string(), packs);
        }
        let returned: u64 = held.iter().map(|one| self.unverified_in(one)).sum();
        pass("returned", returned);
        let tree = self.tree(&held, line.minimum_days).await?;
        let taken = take(&tree, wanted, &(lot.gtin, lot.lot), &mut self.picked);
        if taken > 0 {
            answer.found += taken;
            answer.lots.push(PickLotAnswer {
                lot: lot.lot.to_string(),
                expiry: lot.expiry.to_string(),
                packs: taken,
            });
        }
        Ok(())
    }

    fn unverified_in(&self, held: &HeldSpan) -> u64 {
        if held.span.status != PackStatus::Active {
            return 0;
        }
        let range = PackRange {
            first: held.span.first,
            count: held.span.count,
        };
        let found = among(&held.span.run, range, &self.unverified);
        found.iter().map(|one| u64::from(one.range.count)).sum()
    }

    /// Why a batch is not to be sold.
    fn block(&self, lot: &LotRecord, minimum_days: u32) -> Option<&'static str> {
        let left = lot.expiry.days_since_epoch() - self.today;
        if matches!(lot.state, LotState::Recalled { .. }) {
            Some("recalled")
        } else if left < 0 {
            Some("expired")
        } else if left < i64::from(minimum_days) {
            Some("expires_too_soon")
        } else {
            None
        }
    }

    /// What the account holds of a batch, with everything that stands in the same units.
    async fn tree(&mut self, held: &[HeldSpan], minimum_days: u32) -> Result<Node, Problem> {
        let mut root = Node::default();
        let mut tops: BTreeSet<Sscc> = BTreeSet::new();
        for one in held {
            match one.units.last() {
                Some(top) => {
                    tops.insert(*top);
                }
                None => root.add_loose(self.saleable(&one.span.run, one, minimum_days)),
            }
        }
        for top in tops {
            let inside = find_contents(&self.desk.database, Container::Unit(top))
                .await
                .map_err(|error| storage_problem(&error))?;
            let mut parts = Vec::with_capacity(inside.spans.len());
            for span in &inside.spans {
                let held = HeldSpan {
                    span: *span,
                    units: Vec::new(),
                    in_transit: false,
                };
                self.learn(&span.run.gtin).await?;
                let saleable = self.saleable(&span.run, &held, minimum_days);
                parts.push((*span, saleable));
            }
            root.children
                .push(Node::of_unit(top, &inside.units, &parts));
        }
        Ok(root)
    }

    async fn learn(&mut self, gtin: &Gtin) -> Result<(), Problem> {
        if !self.lots.contains_key(gtin) {
            let lots = list_lots(&self.desk.database, gtin)
                .await
                .map_err(|error| storage_problem(&error))?;
            self.lots.insert(*gtin, lots);
        }
        Ok(())
    }

    /// The packs of a span that may be sold.
    fn saleable(&self, run: &RunId, held: &HeldSpan, minimum_days: u32) -> Vec<(RunId, PackRange)> {
        let span = &held.span;
        let lots = self.lots.get(&run.gtin);
        let lot = lots.and_then(|lots| lots.iter().find(|lot| lot.lot == run.lot));
        let is_blocked = lot.is_none_or(|lot| self.block(lot, minimum_days).is_some());
        if span.status != PackStatus::Active || is_blocked {
            return Vec::new();
        }
        let range = span.range();
        let returned: Vec<PackRange> = among(run, range, &self.unverified)
            .into_iter()
            .map(|one| one.range)
            .collect();
        let left = subtract(range, &returned).into_iter();
        left.map(|range| (*run, range)).collect()
    }
}

fn by_status(held: &[HeldSpan]) -> BTreeMap<PackStatus, u64> {
    let mut counts = BTreeMap::new();
    for one in held {
        if one.span.status != PackStatus::Active {
            *counts.entry(one.span.status).or_default() += u64::from(one.span.count);
        }
    }
    counts
}

fn check_size(picked: &Picked) -> Result<(), Problem> {
    let is_long = picked.packs.len() > ACTION_RANGES_MAX || picked.units.len() > ACTION_UNITS_MAX;
    if !is_long {
        return Ok(());
    }
    let detail = format!(
        "the pick is {} units and {} ranges of packs; one shipment holds {ACTION_UNITS_MAX} and {ACTION_RANGES_MAX}",
        picked.units.len(),
        picked.packs.len()
    );
    Err(Problem::new(ProblemCode::InvalidInput, detail).with_hint("order less at once"))
}

fn unpacking_body(unpacking: &tree::Unpacking) -> UnpackingBody {
    UnpackingBody {
        sscc: unpacking.sscc.to_string(),
        all: false,
        codes: Vec::new(),
        packs: unpacking.packs.iter().map(packs_body).collect(),
        units: unpacking.units.iter().map(ToString::to_string).collect(),
    }
}

fn packs_body((run, range): &(RunId, PackRange)) -> PacksBody {
    PacksBody {
        gtin: run.gtin.to_string(),
        lot: run.lot.to_string(),
        run: run.number,
        first: range.first,
        count: range.count,
    }
}

/// A batch by its name.
type LotName = (Gtin, Lot);
