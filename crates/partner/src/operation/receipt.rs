//! Taking custody of what was sent, whole or with exceptions, or refusing it.

use serde::{Deserialize, Serialize};
use theriac_gs1::ScanOptions;
use theriac_http::problem::Problem;
use theriac_ledger::action::{
    ActionBody, Receive, ReceiveException, ReceiveExceptionReason, Reject, RejectReason,
};
use theriac_ledger::constants::ACTION_EXCEPTIONS_MAX;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::ShipmentId;
use theriac_records::repository::shipments::{ShipmentOutcome, ShipmentRecord, find_shipment};
use theriac_records::repository::units::find_unit;
use utoipa::ToSchema;

use super::exception::{
    ReportLineBody, read_lines, read_note, read_resolution, say_of_rest, say_report,
};
use super::resolve::resolve;
use super::{After, Desk, Plan, Planned, storage_problem};
use crate::exception::Resolution;
use crate::exception::message::{Content, LINES_MAX, Line, Note};
use crate::faults::Faults;
use crate::selection::{PacksBody, SelectionBody, read_sscc};

/// What is received: a shipment by its id, or by the SSCC of a unit in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptBody {
    /// SSCC of a unit in the shipment: 18 digits, or what a scanner read.
    #[serde(default)]
    pub sscc: Option<String>,
    /// The shipment, in hexadecimal.
    #[serde(default)]
    pub shipment: Option<String>,
    /// What is not received: it goes to a rest shipment between the same parties.
    #[serde(default)]
    pub except: Vec<ExceptionBody>,
    /// What is to be done about what is not received: `send_new_data`, `send_product`, `return_product`,
    /// `send_back_product`, `credit_account` or `debit_account`. The sender is told.
    #[serde(default)]
    pub resolution: Option<String>,
    /// What came with it and is not in it, or differs from the record: reported to the sender with the same
    /// resolution and note, as a case of its own.
    #[serde(default)]
    pub report: Vec<ReportLineBody>,
    /// For the sender's people; at most 2,000 bytes.
    #[serde(default)]
    pub note: Option<String>,
}

/// A part of a shipment that is not received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExceptionBody {
    /// What a scanner read from packs or units, in any GS1 form.
    #[serde(default)]
    pub codes: Vec<String>,
    /// Packs by run and position.
    #[serde(default)]
    pub packs: Vec<PacksBody>,
    /// Units by SSCC.
    #[serde(default)]
    pub units: Vec<String>,
    /// `short` (also `data_without_product`), `damaged`, `wrong` or `suspect`.
    #[schema(example = "damaged")]
    pub reason: String,
}

/// What is refused, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectionBody {
    /// SSCC of a unit in the shipment: 18 digits, or what a scanner read.
    #[serde(default)]
    pub sscc: Option<String>,
    /// The shipment, in hexadecimal.
    #[serde(default)]
    pub shipment: Option<String>,
    /// `not_ordered`, `not_arrived`, `damaged`, `condition`, `suspect` or `other`.
    #[schema(example = "not_ordered")]
    pub reason: String,
}

/// Plans to receive a shipment.
///
/// # Errors
///
/// A problem that lists everything wrong.
pub async fn receive(desk: &Desk, body: &ReceiptBody) -> Result<Plan, Problem> {
    let mut faults = Faults::new();
    let shipment = find_incoming(
        desk,
        &mut faults,
        body.sscc.as_deref(),
        body.shipment.as_deref(),
    )
    .await?;
    let except = read_exceptions(desk, &mut faults, &body.except).await?;
    let told = read_told(desk, &mut faults, body);
    let ((shipment, except), told) = faults.finish(shipment.zip(except).zip(told))?;
    let from = shipment.from;
    let shipment = shipment.id;
    let is_whole = except.is_empty();
    let words = match except.len() {
        0 => format!("receive shipment {shipment} whole"),
        parts => format!("receive shipment {shipment} except {parts} parts"),
    };
    let action = ActionBody::Receive(Receive { shipment, except });
    let mut plan = Plan::of(Planned::new(action, words));
    // A report without a resolution was refused; of a rest, a note alone is worth telling, too.
    let is_told = told.resolution.is_some() || !told.note.as_str().is_empty();
    if !is_whole && is_told {
        let note = told.note.clone();
        plan.actions.push(Planned {
            after: Some(After::Planned(0)),
            ..say_of_rest(desk, from, shipment, told.resolution, note)
        });
    }
    if let (Some(lines), Some(resolution)) = (told.lines, told.resolution) {
        let content = Content::Report {
            shipment: Some(shipment),
            lines,
            resolution,
        };
        plan.actions.push(Planned {
            after: Some(After::Planned(0)),
            ..say_report(desk, from, content, told.note)
        });
    }
    Ok(plan)
}

/// What the sender is told with a receipt.
struct Told {
    resolution: Option<Resolution>,
    lines: Option<BoundedList<Line, LINES_MAX>>,
    note: Note,
}

fn read_told(desk: &Desk, faults: &mut Faults, body: &ReceiptBody) -> Option<Told> {
    let resolution = body
        .resolution
        .as_deref()
        .and_then(|word| read_resolution(faults, word));
    let lines = if body.report.is_empty() {
        None
    } else {
        if body.resolution.is_none() {
            let detail = "say what is to be done about what you report";
            faults.add("resolution", "missing", detail);
        }
        read_lines(desk, faults, "report", &body.report)
    };
    let is_told = body.resolution.is_some() || body.note.is_some();
    if is_told && body.except.is_empty() && body.report.is_empty() {
        let detail = "a receipt without exception and report has nothing to be told about";
        faults.add("resolution", "nothing_named", detail);
    }
    let note = read_note(faults, body.note.as_deref())?;
    Some(Told {
        resolution,
        lines,
        note,
    })
}

/// Plans to refuse a shipment.
///
/// # Errors
///
/// A problem that lists everything wrong.
pub async fn reject(desk: &Desk, body: &RejectionBody) -> Result<Plan, Problem> {
    let mut faults = Faults::new();
    let reasons = [
        "not_ordered",
        "not_arrived",
        "damaged",
        "condition",
        "suspect",
        "other",
    ];
    let reason: Option<RejectReason> = faults.word("reason", &body.reason, &reasons);
    let shipment = find_incoming(
        desk,
        &mut faults,
        body.sscc.as_deref(),
        body.shipment.as_deref(),
    )
    .await?;
    let (shipment, reason) = faults.finish(shipment.zip(reason))?;
    let shipment = shipment.id;
    let words = format!("refuse shipment {shipment} ({})", body.reason);
    let action = ActionBody::Reject(Reject { shipment, reason });
    Ok(Plan::of(Planned::new(action, words)))
}

/// The open shipment that a request means.
pub(crate) async fn find_incoming(
    desk: &Desk,
    faults: &mut Faults,
    sscc: Option<&str>,
    shipment: Option<&str>,
) -> Result<Option<ShipmentRecord>, Problem> {
    match (sscc, shipment) {
        (None, None) => {
            let detail = "name the shipment, or the SSCC of a unit in it";
            faults.add("sscc", "nothing_named", detail);
            Ok(None)
        }
        (Some(_), Some(_)) => {
            let detail = "name either the shipment or the SSCC of a unit in it, not both";
            faults.add("sscc", "contradiction", detail);
            Ok(None)
        }
        (None, Some(text)) => {
            let Some(id) = faults.shipment("shipment", text) else {
                return Ok(None);
            };
            check_addressed(desk, faults, "shipment", id).await
        }
        (Some(text), None) => {
            let options = ScanOptions::new(desk.year());
            let Some(sscc) = read_sscc(faults, "sscc", text, &options) else {
                return Ok(None);
            };
            let unit = find_unit(&desk.database, &sscc)
                .await
                .map_err(|error| storage_problem(&error))?;
            match unit.map(|unit| unit.holder.shipment) {
                Some(Some(id)) => check_addressed(desk, faults, "sscc", id).await,
                Some(None) => {
                    let detail = format!("unit {sscc} is not on its way to anybody");
                    faults.add("sscc", "unit_not_shipped", detail);
                    Ok(None)
                }
                None => {
                    let detail = format!("unit {sscc} is not on record");
                    faults.add("sscc", "unit_unknown", detail);
                    Ok(None)
                }
            }
        }
    }
}

async fn check_addressed(
    desk: &Desk,
    faults: &mut Faults,
    at: &str,
    id: ShipmentId,
) -> Result<Option<ShipmentRecord>, Problem> {
    let found = find_shipment(&desk.database, &id)
        .await
        .map_err(|error| storage_problem(&error))?;
    match found {
        None => faults.add(
            at,
            "shipment_unknown",
            format!("shipment {id} is not on record; if it was sent a moment ago, try again in a few seconds"),
        ),
        Some(found) if found.to != desk.account => {
            faults.add(
                at,
                "not_addressed_to_you",
                "the shipment goes to another account",
            );
        }
        Some(found) if found.outcome != ShipmentOutcome::Open => {
            let detail = format!("shipment {id} was received, refused or taken back before");
            faults.add(at, "shipment_not_open", detail);
        }
        Some(found) => return Ok(Some(found)),
    }
    Ok(None)
}

async fn read_exceptions(
    desk: &Desk,
    faults: &mut Faults,
    bodies: &[ExceptionBody],
) -> Result<Option<BoundedList<ReceiveException, ACTION_EXCEPTIONS_MAX>>, Problem> {
    if bodies.len() > ACTION_EXCEPTIONS_MAX {
        let detail = format!("at most {ACTION_EXCEPTIONS_MAX} exceptions fit one receipt");
        faults.add("except", "too_many", detail);
        return Ok(None);
    }
    let mut exceptions = Vec::new();
    for (index, body) in bodies.iter().enumerate() {
        let prefix = format!("except[{index}].");
        // The industry's words for what the ledger calls short.
        let word = match body.reason.as_str() {
            "data_without_product" => "short",
            word => word,
        };
        let reason: Option<ReceiveExceptionReason> = faults.word(
            &format!("{prefix}reason"),
            word,
            &["short", "damaged", "wrong", "suspect"],
        );
        let selection = SelectionBody {
            codes: body.codes.clone(),
            packs: body.packs.clone(),
            units: body.units.clone(),
        }
        .read_into(faults, &prefix, desk.year());
        let resolved = resolve(&desk.database, &selection, faults).await?;
        if let (Some(reason), Some(resolved)) = (reason, resolved) {
            exceptions.push(ReceiveException {
                packs: resolved.packs,
                units: resolved.units,
                reason,
            });
        }
    }
    Ok(faults.keep("except", "too_many", BoundedList::new(exceptions)))
}
