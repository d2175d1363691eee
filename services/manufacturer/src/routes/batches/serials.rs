//! `GET /api/v1/batches/{gtin}/{lot}/serials`: the serial numbers of a batch.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use theriac_http::call::ReadCall;
use theriac_http::description::ListProblems;
use theriac_http::paging::{self, PageQuery};
use theriac_http::problem::{Problem, ProblemBody, ProblemCode};
use theriac_partner::operation::storage_problem;
use theriac_partner::service::Service;
use theriac_partner::view::read_lot_path;
use theriac_records::repository::lots::list_runs;
use theriac_records::repository::serials::find_serials;
use utoipa::ToSchema;

/// A pack of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct SerialAnswer {
    /// Its serial number.
    pub(crate) serial: String,
    /// Number of its run in the batch, from 0.
    pub(crate) run: u16,
    /// Its position in the run, from 0.
    pub(crate) position: u32,
}

/// Serial numbers of a batch, in production order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct SerialsAnswer {
    /// This part of them.
    pub(crate) serials: Vec<SerialAnswer>,
    /// By which to ask for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route(
        "/api/v1/batches/{gtin}/{lot}/serials",
        web::get().to(list_serials),
    );
}

/// The serial numbers of a batch, in production order. Only their maker has them.
#[utoipa::path(
    get,
    path = "/api/v1/batches/{gtin}/{lot}/serials",
    operation_id = "list_serials",
    tag = "batches",
    params(
        PageQuery,
        ("gtin" = String, Path, description = "The product"),
        ("lot" = String, Path, description = "The batch"),
    ),
    responses(
        (status = 200, description = "Found", body = SerialsAnswer),
        (status = 404, description = "No such batch", body = ProblemBody),
        (status = 422, description = "The address names no such thing", body = ProblemBody),
        ListProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn list_serials(
    service: web::Data<Service>,
    _call: ReadCall,
    path: web::Path<(String, String)>,
    request: HttpRequest,
    query: web::Query<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let limit = query.limit()?;
    // Packs of the batch that come before the page.
    let from: u64 = query.after()?.unwrap_or_default();
    let (gtin, lot) = read_lot_path(&path.0, &path.1)?;
    let database = &service.desk().database;
    let runs = list_runs(database, &gtin, &lot)
        .await
        .map_err(|error| storage_problem(&error))?;
    if runs.is_empty() {
        let detail = format!("batch {lot} of product {gtin} is not on record");
        return Err(Problem::new(ProblemCode::NotFound, detail)
            .with_hint("if it was made a moment ago, try again in a few seconds"));
    }
    let end = from.saturating_add(limit);
    let mut serials = Vec::new();
    let mut place = 0_u64;
    for record in runs {
        let first = place;
        place += u64::from(record.count);
        if place <= from || first >= end {
            continue;
        }
        let known = find_serials(database, &record.run)
            .await
            .map_err(|error| storage_problem(&error))?;
        let listed = (first..).zip(0_u32..).zip(known.unwrap_or_default());
        serials.extend(listed.filter(|((at, _), _)| (from..end).contains(at)).map(
            |((_, position), serial)| SerialAnswer {
                serial: serial.to_string(),
                run: record.run.number,
                position,
            },
        ));
    }
    let next = (end < place).then(|| paging::cursor(&end));
    let body = SerialsAnswer { serials, next };
    Ok(paging::answer(&request, &body, body.next.as_deref()))
}
