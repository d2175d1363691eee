//! Verifying what came back: each pack by its code, or a sealed unit of one batch by its label.

use theriac_gs1::{ScannedCode, Sscc};
use theriac_http::call::WriteCall;
use theriac_http::problem::{Problem, ProblemCode};
use theriac_ledger::action::Purpose;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{AccountId, PackLocation, RunId, ShipmentId, Timestamp};
use theriac_ledger::pack_set::PackRange;
use theriac_ledger::record::{LotState, PackStatus};
use theriac_records::repository::contents::{Container, find_contents};
use theriac_records::repository::lots::find_lot;
use theriac_records::repository::packs::find_pack;
use theriac_records::repository::returns::{
    ReturnCheck, ReturnedPacks, among, list_returned, list_unverified, store_checks,
};
use theriac_records::repository::shipments::{ShipmentOutcome, find_shipment};

use super::checked::{CheckedAnswer, Reason, VerificationAnswer, VerificationBody};
use crate::answer::Reply;
use crate::exception::Resolution;
use crate::exception::message::{Content, LINES_MAX, Line, Note};
use crate::faults::Faults;
use crate::operation::exception::say_report;
use crate::operation::{Desk, Plan, storage_problem};
use crate::scan::{Scanned, What, look_up};
use crate::selection::CODES_MAX;
use crate::service::Service;

/// A code, judged.
struct Judged {
    verified: Vec<(RunId, PackRange)>,
    refused: Option<(Reason, String)>,
    /// What the code names, for a report.
    code: Option<ScannedCode>,
    location: Option<PackLocation>,
    notes: Vec<String>,
}

/// A return that can be verified.
struct Return {
    id: ShipmentId,
    from: AccountId,
    /// What of it is held still.
    packs: Vec<ReturnedPacks>,
}

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
    let lines = lines_of(&judged);
    if !call.dry_run {
        if !lines.is_empty() {
            exceptions = report(service, call, &found, body, lines).await?;
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
    Ok(Return {
        id,
        from: found.from,
        packs,
    })
}

async fn judge_all(
    desk: &Desk,
    found: &Return,
    body: &VerificationBody,
) -> Result<Vec<(String, Judged)>, Problem> {
    let all = body.codes.iter().chain(&body.sealed_units);
    let texts: Vec<&str> = all.map(String::as_str).collect();
    let scanned = look_up(desk, &texts).await?;
    let mut judged = Vec::with_capacity(scanned.len());
    for (index, one) in scanned.into_iter().enumerate() {
        let (at, is_unit) = match index.checked_sub(body.codes.len()) {
            None => (format!("codes[{index}]"), false),
            Some(index) => (format!("sealed_units[{index}]"), true),
        };
        judged.push((at, judge(desk, found, one, is_unit).await?));
    }
    Ok(judged)
}

async fn judge(
    desk: &Desk,
    found: &Return,
    scanned: Scanned,
    is_unit: bool,
) -> Result<Judged, Problem> {
    let Scanned {
        what,
        notes,
        is_scanner_fault,
    } = scanned;
    let mut judged = Judged {
        verified: Vec::new(),
        refused: None,
        code: None,
        location: None,
        notes,
    };
    let result = match what {
        What::Pack {
            code,
            gtin,
            serial,
            location,
        } if !is_unit => {
            judged.code = Some(*code.clone());
            judged.location = location;
            match location {
                Some(location) => judge_pack(desk, found, &code, &location).await?,
                None if is_scanner_fault => {
                    Err((Reason::Scanner, "the scanner is set wrong".to_owned()))
                }
                None => Err((
                    Reason::NotKnown,
                    format!("no pack of product {gtin} with serial number {serial} is on record"),
                )),
            }
        }
        What::Unit(sscc) if is_unit => judge_unit(desk, found, &sscc).await?,
        What::Unreadable(error) => Err((Reason::Unreadable, error.to_string())),
        _ => {
            let needed = if is_unit { "a unit" } else { "a pack" };
            Err((
                Reason::Unreadable,
                format!("the code does not name {needed}"),
            ))
        }
    };
    match result {
        Ok(verified) => judged.verified = verified,
        Err(refused) => judged.refused = Some(refused),
    }
    Ok(judged)
}

type Verified = Result<Vec<(RunId, PackRange)>, (Reason, String)>;

async fn judge_pack(
    desk: &Desk,
    found: &Return,
    code: &ScannedCode,
    location: &PackLocation,
) -> Result<Verified, Problem> {
    let storage = |error| storage_problem(&error);
    let run = location.run;
    if code.lot.is_some_and(|lot| lot != run.lot) {
        let detail = "the code says another batch than the record";
        return Ok(Err((Reason::LotDiffers, detail.to_owned())));
    }
    let lot = find_lot(&desk.database, &run.gtin, &run.lot)
        .await
        .map_err(storage)?;
    if let (Some(read), Some(lot)) = (code.expiry, &lot) {
        let same = (read.date.year(), read.date.month()) == (lot.expiry.year(), lot.expiry.month());
        if !same {
            let detail = "the code says another expiry than the record";
            return Ok(Err((Reason::ExpiryDiffers, detail.to_owned())));
        }
    }
    let range = PackRange {
        first: location.position,
        count: 1,
    };
    if among(&run, range, &found.packs).is_empty() {
        let detail = format!("the pack did not come back with shipment {}", found.id);
        return Ok(Err((Reason::NotInReturn, detail)));
    }
    let pack = find_pack(&desk.database, location).await.map_err(storage)?;
    let is_held = pack
        .as_ref()
        .is_some_and(|pack| pack.holder.account == desk.account && pack.holder.shipment.is_none());
    if !is_held {
        let detail = "the pack is not held by you, or on its way to somebody else";
        return Ok(Err((Reason::NotHeld, detail.to_owned())));
    }
    let status = pack.map(|pack| pack.status);
    Ok(
        judge_lot(desk, lot.map(|lot| (lot.expiry, lot.state)), status)
            .map(|()| vec![(run, range)]),
    )
}

/// Whether packs of a batch in a status may be sold at all.
fn judge_lot(
    desk: &Desk,
    lot: Option<(theriac_gs1::CalendarDate, LotState)>,
    status: Option<PackStatus>,
) -> Result<(), (Reason, String)> {
    if status != Some(PackStatus::Active) {
        let detail = status.map_or_else(String::new, |status| format!("the pack is {status}"));
        return Err((Reason::NotActive, detail));
    }
    let Some((expiry, state)) = lot else {
        return Err((Reason::NotKnown, "the batch is not on record".to_owned()));
    };
    if matches!(state, LotState::Recalled { .. }) {
        return Err((Reason::Recalled, "the batch is recalled".to_owned()));
    }
    let today = Timestamp(desk.clock.now_ms()).days_since_epoch();
    if today > expiry.days_since_epoch() {
        return Err((Reason::Expired, format!("its last day of use was {expiry}")));
    }
    Ok(())
}

/// A sealed unit stands for all packs in it, if they are of one batch, all active and all of this return.
async fn judge_unit(desk: &Desk, found: &Return, sscc: &Sscc) -> Result<Verified, Problem> {
    let inside = find_contents(&desk.database, Container::Unit(*sscc))
        .await
        .map_err(|error| storage_problem(&error))?;
    let [lot] = inside.lots.as_slice() else {
        let detail = format!("unit {sscc} holds {} batches", inside.lots.len());
        return Ok(Err((Reason::NotHomogeneous, detail)));
    };
    let status = match lot.not_active {
        0 => Some(PackStatus::Active),
        count => {
            let detail = format!("{count} packs in unit {sscc} are not active");
            return Ok(Err((Reason::NotActive, detail)));
        }
    };
    if let Err(refused) = judge_lot(desk, Some((lot.expiry, lot.state)), status) {
        return Ok(Err(refused));
    }
    let mut verified = Vec::new();
    for span in &inside.spans {
        let range = PackRange {
            first: span.first,
            count: span.count,
        };
        let parts = among(&span.run, range, &found.packs);
        let count: u32 = parts.iter().map(|part| part.range.count).sum();
        if count != range.count {
            let detail = format!("not all packs in unit {sscc} came back with this shipment");
            return Ok(Err((Reason::NotInReturn, detail)));
        }
        verified.push((span.run, range));
    }
    let holder = theriac_records::repository::units::find_unit(&desk.database, sscc)
        .await
        .map_err(|error| storage_problem(&error))?
        .map(|unit| unit.holder);
    let is_held =
        holder.is_some_and(|holder| holder.account == desk.account && holder.shipment.is_none());
    if !is_held {
        let detail = format!("unit {sscc} is not held by you, or on its way to somebody else");
        return Ok(Err((Reason::NotHeld, detail)));
    }
    Ok(Ok(verified))
}

/// What whoever sent it back is told.
fn lines_of(judged: &[(String, Judged)]) -> Vec<Line> {
    let lines = judged.iter().filter_map(|(_, one)| {
        let kind = one.refused.as_ref()?.0.exception()?;
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

async fn report(
    service: &Service,
    call: &WriteCall,
    found: &Return,
    body: &VerificationBody,
    lines: Vec<Line>,
) -> Result<Vec<String>, Problem> {
    let desk = service.desk();
    let plan = async {
        let content = Content::Report {
            shipment: Some(found.id),
            lines: BoundedList::new(lines).map_err(|error| Problem::internal(&error))?,
            resolution: Resolution::ReturnProduct,
        };
        let note = Note::parse("Found when the return was verified.")
            .map_err(|error| Problem::internal(&error))?;
        Ok(Plan::of(say_report(desk, found.from, content, note)))
    };
    match service.write_json(call, body, plan).await? {
        Reply::Final(answer) | Reply::Pending(answer) => Ok(answer.exceptions),
        Reply::DryRun(_) | Reply::Draft(_) | Reply::Captured(_) => Ok(Vec::new()),
    }
}

/// Keeps what was found. What is verified already is not kept twice.
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
        if let (Some((reason, _)), Some(location)) = (&one.refused, one.location) {
            checks.push(ReturnCheck {
                run: location.run,
                range: PackRange {
                    first: location.position,
                    count: 1,
                },
                reason: Some(reason.word().to_owned()),
            });
        }
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
