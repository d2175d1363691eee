//! Reading what requests say of exceptions.

use theriac_crypto::Digest;
use theriac_gs1::{ScanOptions, ScannedCode};
use theriac_http::problem::{Problem, ProblemCode};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{AccountId, ShipmentId};
use theriac_records::repository::shipments::find_shipment;

use super::{ReportBody, ReportLineBody};
use crate::exception::message::{LINES_MAX, Line, Note};
use crate::exception::view::Case;
use crate::exception::{Kind, Resolution};
use crate::faults::Faults;
use crate::operation::shipment::find_addressee;
use crate::operation::{Desk, storage_problem};

pub(crate) fn read_resolution(faults: &mut Faults, word: &str) -> Option<Resolution> {
    faults.word("resolution", word, &Resolution::WORDS)
}

pub(crate) fn read_note(faults: &mut Faults, text: Option<&str>) -> Option<Note> {
    let text = text.unwrap_or_default().trim();
    faults.keep("note", "note_invalid", Note::parse(text))
}

pub(super) async fn find_deliverer(
    desk: &Desk,
    faults: &mut Faults,
    body: &ReportBody,
) -> Result<(Option<AccountId>, Option<ShipmentId>), Problem> {
    match (&body.to, &body.shipment) {
        (Some(_), Some(_)) => {
            let detail = "name either the shipment or who delivered, not both";
            faults.add("to", "contradiction", detail);
            Ok((None, None))
        }
        (None, None) => {
            faults.add(
                "to",
                "nothing_named",
                "say who delivered it, or with which shipment",
            );
            Ok((None, None))
        }
        (Some(text), None) => {
            let found = find_addressee(desk, faults, text).await?;
            let is_own = found.as_ref().is_some_and(|found| found.id == desk.account);
            if is_own {
                faults.add("to", "own_account", "a report goes to somebody else");
            }
            Ok((found.map(|found| found.id), None))
        }
        (None, Some(text)) => {
            let Some(id) = faults.shipment("shipment", text) else {
                return Ok((None, None));
            };
            let found = find_shipment(&desk.database, &id)
                .await
                .map_err(|error| storage_problem(&error))?;
            match found {
                Some(found) if found.to == desk.account => return Ok((Some(found.from), Some(id))),
                _ => {
                    let detail = format!("no shipment {id} to you is on record");
                    faults.add("shipment", "shipment_unknown", detail);
                }
            }
            Ok((None, None))
        }
    }
}

/// A shipment that a settlement names: one between the two parties.
pub(super) async fn read_named_shipment(
    desk: &Desk,
    faults: &mut Faults,
    case: &Case,
    text: &str,
) -> Result<Option<ShipmentId>, Problem> {
    let Some(id) = faults.shipment("shipment", text) else {
        return Ok(None);
    };
    let found = find_shipment(&desk.database, &id)
        .await
        .map_err(|error| storage_problem(&error))?;
    let parties = [case.reporter, case.respondent];
    let is_between =
        found.is_some_and(|found| parties.contains(&found.from) && parties.contains(&found.to));
    if !is_between {
        let detail = format!("no shipment {id} between the two parties is on record");
        faults.add("shipment", "shipment_unknown", detail);
    }
    Ok(is_between.then_some(id))
}

/// Reads the lines of a report.
pub(crate) fn read_lines(
    desk: &Desk,
    faults: &mut Faults,
    at: &str,
    bodies: &[ReportLineBody],
) -> Option<BoundedList<Line, LINES_MAX>> {
    let codes: usize = bodies.iter().map(|body| body.codes.len().max(1)).sum();
    if codes > LINES_MAX {
        let detail = format!("{codes} things are named, at most {LINES_MAX} fit one report");
        faults.add(at, "too_many", detail);
        return None;
    }
    let mut lines = Vec::new();
    for (index, body) in bodies.iter().enumerate() {
        read_line(desk, faults, &format!("{at}[{index}]"), body, &mut lines);
    }
    if lines.is_empty() && faults.is_empty() {
        faults.add(at, "nothing_named", "nothing is reported");
    }
    faults.keep(at, "too_many", BoundedList::new(lines))
}

fn read_line(
    desk: &Desk,
    faults: &mut Faults,
    at: &str,
    body: &ReportLineBody,
    lines: &mut Vec<Line>,
) {
    let Some(kind) = Kind::parse(&body.kind) else {
        let detail = format!("{:?} is none of {}", body.kind, Kind::WORDS.join(", "));
        faults.add(format!("{at}.kind"), "word_invalid", detail);
        return;
    };
    let empty = Line {
        kind,
        sscc: None,
        gtin: None,
        lot: None,
        serial: None,
        expiry: None,
        count: 1,
    };
    match (&body.gtin, body.codes.is_empty()) {
        (Some(gtin), true) => {
            let gtin = faults.gtin(&format!("{at}.gtin"), gtin);
            let lot = body.lot.as_ref();
            let lot = lot.and_then(|lot| faults.lot(&format!("{at}.lot"), lot));
            let count = body.count.unwrap_or(0);
            if count == 0 {
                faults.add(format!("{at}.count"), "missing", "say how many packs");
            }
            lines.push(Line {
                gtin,
                lot,
                count,
                ..empty
            });
        }
        (None, false) if body.lot.is_none() && body.count.is_none() => {
            let options = ScanOptions::new(desk.year());
            for (index, code) in body.codes.iter().enumerate() {
                let at = format!("{at}.codes[{index}]");
                let read = ScannedCode::parse_with(code, &options);
                let Some(code) = faults.keep(&at, "code_unreadable", read) else {
                    continue;
                };
                let line = Line {
                    sscc: code.sscc,
                    gtin: code.gtin.filter(|_| code.sscc.is_none()),
                    lot: code.lot.filter(|_| code.sscc.is_none()),
                    serial: code.serial.filter(|_| code.sscc.is_none()),
                    expiry: code.expiry.map(|expiry| expiry.date),
                    ..empty.clone()
                };
                if !line.is_sound() {
                    let detail = "the code names neither a product nor a unit";
                    faults.add(at, "no_pack", detail);
                }
                lines.push(line);
            }
        }
        _ => {
            let detail = "name either codes, or gtin and count, perhaps with lot";
            faults.add(at, "contradiction", detail);
        }
    }
}

/// The id of a case in a path.
///
/// # Errors
///
/// A problem `not_found`: nothing else has such a name.
pub fn read_case(text: &str) -> Result<Digest, Problem> {
    text.parse().map_err(|_| {
        Problem::new(ProblemCode::NotFound, "no case has this id")
            .with_hint("an id of a case has 64 hexadecimal digits")
    })
}
