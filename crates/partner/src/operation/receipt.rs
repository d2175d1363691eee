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
use theriac_records::repository::shipments::{ShipmentOutcome, find_shipment};
use theriac_records::repository::units::find_unit;
use utoipa::ToSchema;

use super::resolve::resolve;
use super::{Desk, Plan, Planned, storage_problem};
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
    /// `short`, `damaged`, `wrong` or `suspect`.
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
    let (shipment, except) = faults.finish(shipment.zip(except))?;
    let words = match except.len() {
        0 => format!("receive shipment {shipment} whole"),
        parts => format!("receive shipment {shipment} except {parts} parts"),
    };
    let action = ActionBody::Receive(Receive { shipment, except });
    Ok(Plan::of(Planned::new(action, words)))
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
    let words = format!("refuse shipment {shipment} ({})", body.reason);
    let action = ActionBody::Reject(Reject { shipment, reason });
    Ok(Plan::of(Planned::new(action, words)))
}

/// The open shipment that a request means.
async fn find_incoming(
    desk: &Desk,
    faults: &mut Faults,
    sscc: Option<&str>,
    shipment: Option<&str>,
) -> Result<Option<ShipmentId>, Problem> {
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
) -> Result<Option<ShipmentId>, Problem> {
    let found = find_shipment(&desk.database, &id)
        .await
        .map_err(|error| storage_problem(&error))?;
    match found {
        None => faults.add(
            at,
            "shipment_unknown",
            format!("shipment {id} is not on record"),
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
        Some(_) => return Ok(Some(id)),
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
        let reason: Option<ReceiveExceptionReason> = faults.word(
            &format!("{prefix}reason"),
            &body.reason,
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
