//! `POST /api/v1/bags/{bag}/removal`: takes a bag apart.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::call::{WriteCall, WriteQuery};
use theriac_http::description::{IdempotencyHeader, WriteProblems};
use theriac_http::problem::{Problem, ProblemBody};
use theriac_partner::bag::{remove, show};
use theriac_partner::service::Service;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/bags/{bag}/removal", web::post().to(remove_bag));
}

/// Takes a bag apart: its code stands for nothing any more, and its packs may go into others.
#[utoipa::path(
    post,
    path = "/api/v1/bags/{bag}/removal",
    operation_id = "remove_bag",
    tag = "bags",
    params(
        ("bag" = String, Path, description = "The bag"),
        WriteQuery,
        IdempotencyHeader,
    ),
    responses(
        (status = 204, description = "Taken apart"),
        (status = 404, description = "No such bag", body = ProblemBody),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn remove_bag(
    service: web::Data<Service>,
    call: WriteCall,
    bag: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    if call.dry_run {
        show(service.desk(), &bag).await?;
    } else {
        remove(service.desk(), &bag).await?;
    }
    Ok(HttpResponse::NoContent().finish())
}
