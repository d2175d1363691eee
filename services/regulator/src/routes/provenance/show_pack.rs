//! `GET /api/v1/provenance/packs?code=…`

use actix_web::web::{self, ServiceConfig};
use serde::Deserialize;
use theriac_gs1::{Gtin, ScannedCode, SerialNumber};
use theriac_http::call::ReadCall;
use theriac_http::description::ReadProblems;
use theriac_http::problem::{Problem, ProblemBody, ProblemCode};
use theriac_ledger::identifier::PackKey;
use theriac_partner::operation::storage_problem;
use theriac_records::repository::lots::find_lot;
use theriac_records::repository::packs::find_location;
use theriac_records::repository::provenance::trace_pack;
use utoipa::IntoParams;

use super::words;
use crate::body::{PackBody, PackProvenanceBody};
use crate::state::ReadModel;

/// Which pack.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct PackQuery {
    /// What a scanner read, with the serial number: any form that the verifier takes.
    code: String,
}

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route(
        "/api/v1/provenance/packs",
        web::get().to(show_pack_provenance),
    );
}

/// Where a pack is, and everything that happened to it.
#[utoipa::path(
    get,
    path = "/api/v1/provenance/packs",
    operation_id = "show_pack_provenance",
    tag = "provenance",
    params(PackQuery),
    responses(
        (status = 200, description = "The pack and its history", body = PackProvenanceBody),
        (status = 400, description = "The code cannot be read, or names no pack", body = ProblemBody),
        (status = 404, description = "The pack is not on record", body = ProblemBody),
        ReadProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn show_pack_provenance(
    model: web::Data<ReadModel>,
    _call: ReadCall,
    query: web::Query<PackQuery>,
) -> Result<web::Json<PackProvenanceBody>, Problem> {
    let head = model.head().await?;
    let (code, gtin, serial) = parse(&query.code, head.year)?;
    let db = &model.database;
    let key = PackKey::new(&gtin, &serial);
    let location = find_location(db, &key)
        .await
        .map_err(|error| storage_problem(&error))?;
    let location = location.ok_or_else(|| not_on_record(&gtin))?;
    let traced = trace_pack(db, &location)
        .await
        .map_err(|error| storage_problem(&error))?;
    let traced = traced.ok_or_else(|| not_on_record(&gtin))?;
    let lot = find_lot(db, &gtin, &location.run.lot)
        .await
        .map_err(|error| storage_problem(&error))?;
    let lot = lot.ok_or_else(|| not_on_record(&gtin))?;
    let names = model.names().await?;
    let mut notes = Vec::new();
    if let Some(read) = code.lot.filter(|read| *read != lot.lot) {
        notes.push(format!(
            "the code names batch {read}, on record the pack is of batch {}",
            lot.lot
        ));
    }
    if let Some(read) = code
        .expiry
        .filter(|read| read.day_given && read.date != lot.expiry)
    {
        notes.push(format!(
            "the code names expiry {read}, on record it is {}",
            lot.expiry
        ));
    }
    notes.extend(words::dispute(&traced.history));
    Ok(web::Json(PackProvenanceBody {
        pack: PackBody {
            gtin: gtin.to_string(),
            lot: lot.lot.to_string(),
            serial: serial.to_string(),
            run: location.run.number,
            position: location.position,
            status: traced.pack.status.to_string(),
            since: traced.pack.since.to_string(),
            holder: words::holder(&names, &traced.pack.holder),
        },
        lot: words::lot(&names, &lot),
        truncated: traced.history.is_truncated,
        events: words::events(traced.history),
        height: head.height,
        notes,
    }))
}

fn parse(text: &str, year: u16) -> Result<(ScannedCode, Gtin, SerialNumber), Problem> {
    let refused = |detail: String| {
        Problem::new(ProblemCode::InvalidQuery, detail)
            .with_hint("give the code of one pack, percent-encoded, such as (01)…(21)…")
    };
    let code = ScannedCode::parse(text, year)
        .map_err(|error| refused(format!("the code cannot be read: {error}")))?;
    match (code.gtin, code.serial) {
        (Some(gtin), Some(serial)) => Ok((code, gtin, serial)),
        _ => Err(refused(
            "the code names no pack: GTIN (01) and serial number (21) are needed".to_owned(),
        )),
    }
}

fn not_on_record(gtin: &Gtin) -> Problem {
    let detail = format!("no pack of product {gtin} with this serial number is on record");
    Problem::new(ProblemCode::NotFound, detail)
        .with_hint("compare the serial number with the pack; letters are told apart by case")
}
