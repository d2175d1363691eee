//! `GET /api/v1/batches`: the organisation's batches.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use theriac_gs1::{Gtin, Lot};
use theriac_http::call::ReadCall;
use theriac_http::description::ListProblems;
use theriac_http::paging::{self, Page, PageQuery};
use theriac_http::problem::Problem;
use theriac_partner::answer::RunAnswer;
use theriac_partner::operation::{Desk, storage_problem};
use theriac_partner::service::Service;
use theriac_partner::view::lot_state;
use theriac_records::repository::lots::{LotRecord, list_runs, page_lots};
use utoipa::ToSchema;

/// A batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct BatchAnswer {
    /// The product.
    pub(crate) gtin: String,
    /// The batch.
    pub(crate) lot: String,
    /// Last day of use.
    pub(crate) expiry: String,
    /// Day of manufacture.
    pub(crate) manufactured: String,
    /// `open`, `closed` or `recalled`.
    pub(crate) state: String,
    /// Packs brought into being.
    pub(crate) count: u64,
    /// By run.
    pub(crate) runs: Vec<RunAnswer>,
}

/// Batches, by product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct BatchesAnswer {
    /// The organisation's own.
    pub(crate) batches: Vec<BatchAnswer>,
    /// The cursor of the next page; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/batches", web::get().to(list_batches));
}

/// The organisation's batches, by product.
#[utoipa::path(
    get,
    path = "/api/v1/batches",
    operation_id = "list_batches",
    tag = "batches",
    params(PageQuery),
    responses(
        (status = 200, description = "Found", body = BatchesAnswer),
        ListProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn list_batches(
    service: web::Data<Service>,
    _call: ReadCall,
    request: HttpRequest,
    query: web::Query<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let desk = service.desk();
    let limit = query.limit()?;
    let after: Option<(Gtin, Lot)> = query.after()?;
    let owner = &desk.organisation;
    let found = page_lots(&desk.database, owner, after.as_ref(), limit + 1)
        .await
        .map_err(|error| storage_problem(&error))?;
    let page = Page::of(found, limit, |lot| (lot.gtin, lot.lot));
    let mut batches = Vec::with_capacity(page.items.len());
    for lot in page.items {
        batches.push(answer(desk, lot).await?);
    }
    let next = page.next;
    let body = BatchesAnswer { batches, next };
    Ok(paging::answer(&request, &body, body.next.as_deref()))
}

async fn answer(desk: &Desk, lot: LotRecord) -> Result<BatchAnswer, Problem> {
    let runs = list_runs(&desk.database, &lot.gtin, &lot.lot)
        .await
        .map_err(|error| storage_problem(&error))?;
    Ok(BatchAnswer {
        gtin: lot.gtin.to_string(),
        lot: lot.lot.to_string(),
        expiry: lot.expiry.to_string(),
        manufactured: lot.manufactured.to_string(),
        state: lot_state(&lot.state).to_owned(),
        count: runs.iter().map(|run| u64::from(run.count)).sum(),
        runs: runs
            .iter()
            .map(|record| RunAnswer {
                number: record.run.number,
                count: record.count,
            })
            .collect(),
    })
}
