//! Verifying what came back: each pack by its code, or a sealed unit of one batch by its label.

use std::sync::atomic::{AtomicBool, Ordering};

use theriac_http::call::WriteCall;
use theriac_http::problem::{Problem, ProblemCode};
use theriac_ledger::action::Purpose;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{ShipmentId, Timestamp};
use theriac_records::repository::returns::{
    ReturnCheck, among, list_checks, list_returned, list_unverified, store_checks,
};
use theriac_records::repository::shipments::{ShipmentOutcome, find_shipment};

use super::checked::{CheckedAnswer, VerificationAnswer, VerificationBody};
use super::judge::{Judged, Return, judge_all};
use crate::answer::Reply;
use crate::exception::Resolution;
use crate::exception::message::{Content, LINES_MAX, Line, Note};
use crate::faults::Faults;
use crate::operation::exception::say_report;
use crate::operation::{Desk, Plan, storage_problem};
use crate::selection::CODES_MAX;
use crate::service::Service;

/// Verifies packs of a return, and begins a case for those that do not agree with the record.
///
/// # Errors
///
/// A problem that says why nothing was verified.
pub async fn verify(
    service: &Service,
    call: &WriteCall,
    shipment: &str,
    body: &VerificationBody,
) -> Result<VerificationAnswer, Problem> {
    let desk = service.desk();
    check_bounds(body)?;
    let found = find_return(desk, shipment).await?;
    let judged = judge_all(desk, &found, body).await?;
    let mut exceptions = Vec::new();
    if !call.dry_run {
        if judged.iter().any(|(_, one)| one.kind().is_some()) {
            exceptions = report(service, call, &found, body, lines_of(&found, &judged)).await?;
        }
        keep(desk, call, &found, &judged).await?;
    }
    let waiting = list_unverified(&desk.database, &desk.account)
        .await
        .map_err(|error| storage_problem(&error))?
        .iter()
        .filter(|one| one.shipment == found.id)
        .map(|one| u64::from(one.range.count))
        .sum();
    Ok(VerificationAnswer {
        shipment: found.id.to_string(),
        waiting,
        checked: judged.into_iter().map(|(at, one)| tell(at, one)).collect(),
        exceptions,
    })
}

fn check_bounds(body: &VerificationBody) -> Result<(), Problem> {
    let mut faults = Faults::new();
    let count = body.codes.len() + body.sealed_units.len();
    if count == 0 {
        faults.add("codes", "nothing_named", "no pack and no unit was scanned");
    }
    if count > CODES_MAX {
        let detail = format!("{count} codes are named, at most {CODES_MAX} fit one request");
        faults.add("codes", "too_many", detail);
    }
    faults.check()
}

async fn find_return(desk: &Desk, text: &str) -> Result<Return, Problem> {
    let unknown = || {
        Problem::new(
            ProblemCode::NotFound,
            "no return with this id was received here",
        )
        .with_hint("GET /api/v1/returns lists those that wait; receive a return first")
    };
    let id: ShipmentId = text.parse().map_err(|_| unknown())?;
    let found = find_shipment(&desk.database, &id)
        .await
        .map_err(|error| storage_problem(&error))?
        .filter(|found| {
            found.to == desk.account
                && found.purpose == Purpose::Return
                && found.outcome == ShipmentOutcome::Received
        })
        .ok_or_else(unknown)?;
    let packs = list_returned(&desk.database, &desk.account)
        .await
        .map_err(|error| storage_problem(&error))?
        .into_iter()
        .filter(|one| one.shipment == id)
        .collect();
    let checks = list_checks(&desk.database, &id)
        .await
        .map_err(|error| storage_problem(&error))?
        .into_iter()
        .map(|made| made.check)
        .collect();
    Ok(Return {
        id,
        from: found.from,
        packs,
        checks,
    })
}

/// What whoever sent it back is told. Of a pack that they were told of, nothing more.
fn lines_of(found: &Return, judged: &[(String, Judged)]) -> Vec<Line> {
    let lines = judged.iter().filter_map(|(_, one)| {
        let kind = one.kind()?;
        if one
            .refusal()
            .is_some_and(|check| found.checks.contains(&check))
        {
            return None;
        }
        let code = one.code.as_ref()?;
        Some(Line {
            kind,
            sscc: None,
            gtin: code.gtin,
            lot: code.lot,
            serial: code.serial,
            expiry: code.expiry.map(|expiry| expiry.date),
            count: 1,
        })
    });
    lines.take(LINES_MAX).collect()
}

/// Begins a case. The same request again names the case that it began; one that has nothing new to say begins none.
async fn report(
    service: &Service,
    call: &WriteCall,
    found: &Return,
    body: &VerificationBody,
    lines: Vec<Line>,
) -> Result<Vec<String>, Problem> {
    let desk = service.desk();
    let has_nothing_new = AtomicBool::new(false);
    let plan = async {
        if lines.is_empty() {
            has_nothing_new.store(true, Ordering::Relaxed);
            let detail = "everything that is wrong was reported before";
            return Err(Problem::new(ProblemCode::Conflict, detail));
        }
        let content = Content::Report {
            shipment: Some(found.id),
            lines: BoundedList::new(lines).map_err(|error| Problem::internal(&error))?,
            resolution: Resolution::ReturnProduct,
        };
        let note = Note::parse("Found when the return was verified.")
            .map_err(|error| Problem::internal(&error))?;
        Ok(Plan::of(say_report(desk, found.from, content, note)))
    };
    let written = service.write_json(call, body, plan).await;
    if has_nothing_new.load(Ordering::Relaxed) {
        return Ok(Vec::new());
    }
    match written? {
        Reply::Final(answer) | Reply::Pending(answer) => Ok(answer.exceptions),
        Reply::DryRun(_) | Reply::Draft(_) | Reply::Captured(_) => Ok(Vec::new()),
    }
}

/// Keeps what was found. What is known already is not kept twice.
async fn keep(
    desk: &Desk,
    call: &WriteCall,
    found: &Return,
    judged: &[(String, Judged)],
) -> Result<(), Problem> {
    let storage = |error| storage_problem(&error);
    let waiting = list_unverified(&desk.database, &desk.account)
        .await
        .map_err(storage)?;
    let mut checks = Vec::new();
    for (_, one) in judged {
        for (run, range) in &one.verified {
            checks.extend(
                among(run, *range, &waiting)
                    .into_iter()
                    .map(|part| ReturnCheck {
                        run: *run,
                        range: part.range,
                        reason: None,
                    }),
            );
        }
        let refusal = one.refusal();
        checks.extend(refusal.filter(|check| !found.checks.contains(check)));
    }
    let now = Timestamp(desk.clock.now_ms());
    store_checks(&desk.database, now, &call.user, &found.id, &checks)
        .await
        .map_err(storage)
}

fn tell(at: String, judged: Judged) -> CheckedAnswer {
    let packs = judged
        .verified
        .iter()
        .map(|(_, range)| u64::from(range.count))
        .sum();
    let result = if judged.refused.is_some() {
        "refused"
    } else {
        "verified"
    };
    let (reason, detail) = judged.refused.unzip();
    CheckedAnswer {
        at,
        result: result.to_owned(),
        packs,
        reason: reason.map(|reason| reason.word().to_owned()),
        detail: detail.filter(|detail| !detail.is_empty()),
        hint: reason.map(|reason| reason.hint().to_owned()),
        notes: judged.notes,
    }
}
