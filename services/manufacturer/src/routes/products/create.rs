//! `POST /api/v1/products`: registers a product.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::body::Body;
use theriac_http::call::{WriteCall, WriteQuery, respond};
use theriac_http::description::{IdempotencyHeader, WriteProblems};
use theriac_http::problem::Problem;
use theriac_partner::answer::{DoneAnswer, WriteAnswer};
use theriac_partner::operation::product::{ProductBody, register};
use theriac_partner::service::Service;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/products", web::post().to(create_product));
}

/// Registers a product; the organisation of the service becomes its owner.
#[utoipa::path(
    post,
    path = "/api/v1/products",
    operation_id = "create_product",
    tag = "products",
    params(
        WriteQuery,
        IdempotencyHeader,
    ),
    request_body = ProductBody,
    responses(
        (status = 200, description = "On the ledger; or what a dry run would do", body = DoneAnswer),
        (status = 202, description = "Kept, and sent when a node answers", body = WriteAnswer),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn create_product(
    service: web::Data<Service>,
    call: WriteCall,
    body: Body<ProductBody>,
) -> Result<HttpResponse, Problem> {
    let plan = register(service.desk(), &body);
    let reply = service.write_json(&call, &*body, plan).await?;
    Ok(respond(reply.status(), &reply))
}
