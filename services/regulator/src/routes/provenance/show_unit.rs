//! `GET /api/v1/provenance/units/{sscc}`

use actix_web::web::{self, ServiceConfig};
use theriac_gs1::Sscc;
use theriac_http::call::ReadCall;
use theriac_http::description::ReadProblems;
use theriac_http::problem::{Problem, ProblemBody, ProblemCode};
use theriac_partner::operation::storage_problem;
use theriac_records::repository::contents::{Container, find_contents};
use theriac_records::repository::provenance::trace_unit;

use super::words;
use crate::body::{ContentsBody, UnitBody, UnitProvenanceBody};
use crate::state::ReadModel;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route(
        "/api/v1/provenance/units/{sscc}",
        web::get().to(show_unit_provenance),
    );
}

/// Where a case or pallet is, what is inside, and everything that happened to it.
#[utoipa::path(
    get,
    path = "/api/v1/provenance/units/{sscc}",
    operation_id = "show_unit_provenance",
    tag = "provenance",
    params(("sscc" = String, Path, description = "The unit's number, 18 digits")),
    responses(
        (status = 200, description = "The unit, its contents and its history", body = UnitProvenanceBody),
        (status = 400, description = "The SSCC is malformed", body = ProblemBody),
        (status = 404, description = "The unit is not on record", body = ProblemBody),
        ReadProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn show_unit_provenance(
    model: web::Data<ReadModel>,
    _call: ReadCall,
    path: web::Path<String>,
) -> Result<web::Json<UnitProvenanceBody>, Problem> {
    let head = model.head().await?;
    let sscc = Sscc::parse(&path)
        .map_err(|error| Problem::new(ProblemCode::InvalidPath, error.to_string()))?;
    let db = &model.database;
    let traced = trace_unit(db, &sscc)
        .await
        .map_err(|error| storage_problem(&error))?;
    let traced = traced.ok_or_else(|| {
        let detail = format!("no case or pallet with the number {sscc} is on record");
        Problem::new(ProblemCode::NotFound, detail)
    })?;
    let contents = find_contents(db, Container::Unit(sscc)).await;
    let contents = contents.map_err(|error| storage_problem(&error))?;
    let names = model.names().await?;
    Ok(web::Json(UnitProvenanceBody {
        unit: UnitBody {
            sscc: sscc.to_string(),
            state: words::value(&traced.unit.state),
            nesting: traced.unit.nesting,
            holder: words::holder(&names, &traced.unit.holder),
        },
        contents: ContentsBody {
            packs: contents.packs,
            lots: contents.lots.iter().map(words::value).collect(),
            units: contents.units.iter().map(words::value).collect(),
        },
        notes: words::dispute(&traced.history).into_iter().collect(),
        truncated: traced.history.is_truncated,
        events: words::events(traced.history),
        height: head.height,
    }))
}
