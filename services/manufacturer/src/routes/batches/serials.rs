//! `GET /api/v1/batches/{gtin}/{lot}/serials`: the serial numbers of a batch.

use actix_web::web::{self, Json, ServiceConfig};
use serde::{Deserialize, Serialize};
use theriac_http::call::ReadCall;
use theriac_http::description::ReadProblems;
use theriac_http::problem::{Problem, ProblemBody, ProblemCode};
use theriac_partner::operation::storage_problem;
use theriac_partner::service::Service;
use theriac_partner::view::read_lot_path;
use theriac_records::repository::lots::list_runs;
use theriac_records::repository::serials::find_serials;
use utoipa::{IntoParams, ToSchema};

/// Serial numbers in one answer.
const SERIALS_MAX: u64 = 10_000;
/// Serial numbers in one answer where the caller does not say.
const SERIALS_DEFAULT: u64 = 1_000;

/// Which part of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SerialsQuery {
    /// How many packs of the batch to skip.
    #[param(required = false, default = 0)]
    pub(crate) from: u64,
    /// How many to list, 1 to 10,000.
    #[param(required = false, default = 1_000)]
    pub(crate) limit: u64,
}

impl Default for SerialsQuery {
    fn default() -> Self {
        Self {
            from: 0,
            limit: SERIALS_DEFAULT,
        }
    }
}

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
    /// What to give as `from` for the next part; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<u64>,
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
        SerialsQuery,
        ("gtin" = String, Path, description = "The product"),
        ("lot" = String, Path, description = "The batch"),
    ),
    responses(
        (status = 200, description = "Found", body = SerialsAnswer),
        (status = 404, description = "No such batch", body = ProblemBody),
        (status = 422, description = "The address names no such thing", body = ProblemBody),
        ReadProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn list_serials(
    service: web::Data<Service>,
    _call: ReadCall,
    path: web::Path<(String, String)>,
    query: web::Query<SerialsQuery>,
) -> Result<Json<SerialsAnswer>, Problem> {
    if !(1..=SERIALS_MAX).contains(&query.limit) {
        let detail = format!("limit is {}, it must be 1 to {SERIALS_MAX}", query.limit);
        return Err(Problem::new(ProblemCode::InvalidQuery, detail));
    }
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
    let end = query.from.saturating_add(query.limit);
    let mut serials = Vec::new();
    let mut place = 0_u64;
    for record in runs {
        let first = place;
        place += u64::from(record.count);
        if place <= query.from || first >= end {
            continue;
        }
        let known = find_serials(database, &record.run)
            .await
            .map_err(|error| storage_problem(&error))?;
        let listed = (first..).zip(0_u32..).zip(known.unwrap_or_default());
        serials.extend(
            listed
                .filter(|((at, _), _)| (query.from..end).contains(at))
                .map(|((_, position), serial)| SerialAnswer {
                    serial: serial.to_string(),
                    run: record.run.number,
                    position,
                }),
        );
    }
    let next = (end < place).then_some(end);
    Ok(Json(SerialsAnswer { serials, next }))
}
