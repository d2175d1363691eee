//! `GET /epcis/capture`: captures, the newest first.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use serde::{Deserialize, Serialize};
use theriac_http::call::ReadCall;
use theriac_http::description::ReadProblems;
use theriac_http::paging::{Page, PageQuery};
use theriac_http::problem::{Problem, ProblemBody, ProblemCode};
use theriac_ledger::identifier::Timestamp;
use theriac_records::repository::captures::list_captures;
use utoipa::IntoParams;

use super::exchange::{CaptureJob, named, with_headers};
use crate::operation::storage_problem;
use crate::service::Service;

/// The largest page.
const PAGE_MAX: u64 = 100;
/// The page where none is asked for.
const PAGE: u64 = 30;

/// Which page.
#[derive(Clone, Debug, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CaptureListQuery {
    /// How many, 1 to 100; 30 where absent.
    #[serde(rename = "perPage")]
    pub per_page: Option<u64>,
    /// From the header `Link` of the page before.
    #[serde(rename = "nextPageToken")]
    pub next_page_token: Option<String>,
}

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/epcis/capture", web::get().to(list_capture_jobs));
}

/// Captures, the newest first. The next page is in the header `Link`; without it, this is the last.
#[utoipa::path(
    get,
    path = "/epcis/capture",
    operation_id = "list_capture_jobs",
    tag = "epcis",
    params(CaptureListQuery),
    responses(
        (status = 200, description = "A page", body = Vec<CaptureJob>),
        (status = 400, description = "The query is malformed", body = ProblemBody),
        ReadProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn list_capture_jobs(
    service: web::Data<Service>,
    call: Result<ReadCall, Problem>,
    query: Result<web::Query<CaptureListQuery>, actix_web::Error>,
) -> Result<HttpResponse, Problem> {
    call.map_err(named)?;
    let query = query.map_err(|error| named(Problem::foreign(error.as_response_error())))?;
    let per_page = query.per_page.unwrap_or(PAGE);
    if !(1..=PAGE_MAX).contains(&per_page) {
        let detail = format!("perPage is 1 to {PAGE_MAX}");
        return Err(named(Problem::new(ProblemCode::InvalidQuery, detail)));
    }
    let page = PageQuery {
        cursor: query.next_page_token.clone(),
        limit: Some(per_page),
    };
    let after: Option<(Timestamp, String)> = page.after().map_err(named)?;
    let place = after.as_ref().map(|(time, id)| (*time, id.as_str()));
    let found = list_captures(&service.desk().database, place, per_page + 1)
        .await
        .map_err(|error| named(storage_problem(&error)))?;
    let page = Page::of(found, per_page, |found| {
        (found.created_at, found.id.clone())
    });
    let mut response = with_headers(HttpResponse::Ok());
    if let Some(token) = page.next {
        let link =
            format!("</epcis/capture?perPage={per_page}&nextPageToken={token}>; rel=\"next\"");
        response.insert_header(("link", link));
    }
    let jobs: Vec<CaptureJob> = page.items.into_iter().map(CaptureJob::from).collect();
    Ok(response.json(jobs))
}
