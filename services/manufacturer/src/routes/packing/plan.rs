//! `POST /api/v1/packing/plan`: packs a whole batch.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::body::Body;
use theriac_http::call::{WriteCall, WriteQuery, respond};
use theriac_http::description::{IdempotencyHeader, WriteProblems};
use theriac_http::problem::Problem;
use theriac_partner::answer::{DoneAnswer, WriteAnswer};
use theriac_partner::operation::packing::{PackingPlanBody, pack_batch};
use theriac_partner::service::Service;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/packing/plan", web::post().to(plan_packing));
}

/// Puts every free pack of a batch into cases, and the cases onto pallets.
#[utoipa::path(
    post,
    path = "/api/v1/packing/plan",
    operation_id = "plan_packing",
    tag = "packing",
    params(
        WriteQuery,
        IdempotencyHeader,
    ),
    request_body = PackingPlanBody,
    responses(
        (status = 200, description = "On the ledger; or what a dry run would do", body = DoneAnswer),
        (status = 202, description = "Kept, and sent when a node answers", body = WriteAnswer),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn plan_packing(
    service: web::Data<Service>,
    call: WriteCall,
    body: Body<PackingPlanBody>,
) -> Result<HttpResponse, Problem> {
    let plan = pack_batch(service.desk(), &body);
    let reply = service.write_json(&call, &*body, plan).await?;
    Ok(respond(reply.status(), &reply))
}
