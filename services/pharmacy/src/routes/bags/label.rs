//! `GET /api/v1/bags/{bag}/label`: the label of a bag.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::call::ReadCall;
use theriac_http::description::ReadProblems;
use theriac_http::problem::{Problem, ProblemBody};
use theriac_partner::bag::label;
use theriac_partner::service::Service;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/bags/{bag}/label", web::get().to(show_bag_label));
}

/// The label of a bag, as a DataMatrix. Its code was read back before it is sent.
#[utoipa::path(
    get,
    path = "/api/v1/bags/{bag}/label",
    operation_id = "show_bag_label",
    tag = "bags",
    params(("bag" = String, Path, description = "The bag")),
    responses(
        (status = 200, description = "The label", content((Vec<u8> = "image/png"))),
        (status = 404, description = "No such bag", body = ProblemBody),
        (status = 422, description = "Its name cannot be printed", body = ProblemBody),
        ReadProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn show_bag_label(
    service: web::Data<Service>,
    _call: ReadCall,
    bag: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let rendered = label(service.desk(), &bag).await?;
    Ok(HttpResponse::Ok()
        .content_type("image/png")
        .body(rendered.png))
}
