//! `POST /api/v1/bags`: makes a bag of packs that are supplied by one scan.

use actix_web::web::{self, Json, ServiceConfig};
use theriac_http::body::Body;
use theriac_http::call::{WriteCall, WriteQuery};
use theriac_http::description::{IdempotencyHeader, WriteProblems};
use theriac_http::problem::Problem;
use theriac_partner::bag::{BagAnswer, BagBody, make};
use theriac_partner::service::Service;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/bags", web::post().to(create_bag));
}

/// Makes a bag of packs. Nothing of it is on the ledger; its code, scanned, stands for every pack in it.
#[utoipa::path(
    post,
    path = "/api/v1/bags",
    operation_id = "create_bag",
    tag = "bags",
    params(
        WriteQuery,
        IdempotencyHeader,
    ),
    request_body = BagBody,
    responses(
        (status = 200, description = "Made; in a dry run, as it would be", body = BagAnswer),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn create_bag(
    service: web::Data<Service>,
    call: WriteCall,
    body: Body<BagBody>,
) -> Result<Json<BagAnswer>, Problem> {
    Ok(Json(make(service.desk(), &call, &body).await?))
}
