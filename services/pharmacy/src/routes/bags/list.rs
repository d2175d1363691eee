//! `GET /api/v1/bags`: the bags that there are.

use actix_web::web::{self, Json, ServiceConfig};
use theriac_http::call::ReadCall;
use theriac_http::description::ReadProblems;
use theriac_http::problem::Problem;
use theriac_partner::bag::{BagsAnswer, list};
use theriac_partner::service::Service;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/bags", web::get().to(list_bags));
}

/// The bags that there are, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/bags",
    operation_id = "list_bags",
    tag = "bags",
    responses(
        (status = 200, description = "Found", body = BagsAnswer),
        ReadProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn list_bags(
    service: web::Data<Service>,
    _call: ReadCall,
) -> Result<Json<BagsAnswer>, Problem> {
    Ok(Json(list(service.desk()).await?))
}
