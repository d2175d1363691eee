//! `GET /api/v1/bags/{bag}`: one bag.

use actix_web::web::{self, Json, ServiceConfig};
use theriac_http::call::ReadCall;
use theriac_http::description::ReadProblems;
use theriac_http::problem::{Problem, ProblemBody};
use theriac_partner::bag::{BagAnswer, show};
use theriac_partner::service::Service;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/bags/{bag}", web::get().to(show_bag));
}

/// One bag and the packs in it.
#[utoipa::path(
    get,
    path = "/api/v1/bags/{bag}",
    operation_id = "show_bag",
    tag = "bags",
    params(("bag" = String, Path, description = "The bag")),
    responses(
        (status = 200, description = "Found", body = BagAnswer),
        (status = 404, description = "No such bag", body = ProblemBody),
        ReadProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn show_bag(
    service: web::Data<Service>,
    _call: ReadCall,
    bag: web::Path<String>,
) -> Result<Json<BagAnswer>, Problem> {
    Ok(Json(show(service.desk(), &bag).await?))
}
