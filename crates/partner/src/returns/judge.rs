//! What scanned codes say of a return: which packs are saleable again, and why others are not.

use theriac_gs1::{ScannedCode, Sscc};
use theriac_http::problem::Problem;
use theriac_ledger::identifier::{AccountId, PackLocation, RunId, ShipmentId, Timestamp};
use theriac_ledger::pack_set::PackRange;
use theriac_ledger::record::{LotState, PackStatus};
use theriac_records::pack_range::intersect;
use theriac_records::repository::contents::{Container, find_contents};
use theriac_records::repository::lots::find_lot;
use theriac_records::repository::packs::find_pack;
use theriac_records::repository::returns::{BLOCKING_REASONS, ReturnCheck, ReturnedPacks, among};

use super::checked::{Reason, VerificationBody};
use crate::exception::Kind;
use crate::operation::{Desk, storage_problem};
use crate::scan::{Scanned, What, look_up};

/// A code, judged.
pub(super) struct Judged {
    pub(super) verified: Vec<(RunId, PackRange)>,
    pub(super) refused: Option<(Reason, String)>,
    /// What the code names, for a report.
    pub(super) code: Option<ScannedCode>,
    pub(super) location: Option<PackLocation>,
    pub(super) notes: Vec<String>,
}

/// A return that can be verified.
pub(super) struct Return {
    pub(super) id: ShipmentId,
    pub(super) from: AccountId,
    /// What of it is held still.
    pub(super) packs: Vec<ReturnedPacks>,
    /// What was found of it before.
    pub(super) checks: Vec<ReturnCheck>,
}

impl Return {
    /// Whether a scan of some of these packs did not agree with the record.
    fn is_blocked(&self, run: &RunId, range: PackRange) -> bool {
        self.checks.iter().any(|check| {
            let reason = check.reason.as_deref();
            reason.is_some_and(|reason| BLOCKING_REASONS.contains(&reason))
                && check.run == *run
                && intersect(check.range, range).is_some()
        })
    }
}

impl Judged {
    /// What of it whoever sent it back must hear.
    pub(super) fn kind(&self) -> Option<Kind> {
        self.refused.as_ref()?.0.exception()
    }

    /// The check to be kept of a pack that is refused.
    pub(super) fn refusal(&self) -> Option<ReturnCheck> {
        let (reason, _) = self.refused.as_ref()?;
        let location = self.location?;
        Some(ReturnCheck {
            run: location.run,
            range: PackRange {
                first: location.position,
                count: 1,
            },
            reason: Some(reason.word().to_owned()),
        })
    }
}

/// Judges every code of a request.
pub(super) async fn judge_all(
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
    block_each_other(&mut judged);
    Ok(judged)
}

/// A code that does not agree with the record blocks its pack, whatever else in the request names it.
fn block_each_other(judged: &mut [(String, Judged)]) {
    let blocked: Vec<PackLocation> = judged
        .iter()
        .filter(|(_, one)| one.kind() == Some(Kind::Mismatch))
        .filter_map(|(_, one)| one.location)
        .collect();
    for (_, one) in judged {
        let is_blocked = one.verified.iter().any(|(run, range)| {
            blocked.iter().any(|pack| {
                pack.run == *run && range.first <= pack.position && pack.position < range.end()
            })
        });
        if is_blocked {
            one.verified.clear();
            let detail = "another code of this request names it and does not agree with the record";
            one.refused = Some((Reason::Blocked, detail.to_owned()));
        }
    }
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
    if found.is_blocked(&run, range) {
        let detail = "an earlier scan of this pack did not agree with the record: one of the two may be a copy";
        return Ok(Err((Reason::Blocked, detail.to_owned())));
    }
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
        let range = span.range();
        let parts = among(&span.run, range, &found.packs);
        let count: u32 = parts.iter().map(|part| part.range.count).sum();
        if count != range.count {
            let detail = format!("not all packs in unit {sscc} came back with this shipment");
            return Ok(Err((Reason::NotInReturn, detail)));
        }
        if found.is_blocked(&span.run, range) {
            let detail = format!(
                "a scan of a pack that is on record in unit {sscc} did not agree with the record"
            );
            return Ok(Err((Reason::Blocked, detail)));
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
