//! `GET /api/v1/recalls/{gtin}/{lot}`: the recall of a batch.

use actix_web::web::{self, Json, ServiceConfig};
use theriac_http::call::ReadCall;
use theriac_http::description::ReadProblems;
use theriac_http::problem::{Problem, ProblemBody};

use crate::service::Service;
use crate::view::{RecallAnswer, read_lot_path, recall_of};

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/recalls/{gtin}/{lot}", web::get().to(show_recall));
}

/// The recall of a batch, with its notice where it was written here.
#[utoipa::path(
    get,
    path = "/api/v1/recalls/{gtin}/{lot}",
    operation_id = "show_recall",
    tag = "recalls",
    params(
        ("gtin" = String, Path, description = "The product"),
        ("lot" = String, Path, description = "The batch"),
    ),
    responses(
        (status = 200, description = "Found", body = RecallAnswer),
        (status = 404, description = "No such batch, or not recalled", body = ProblemBody),
        (status = 422, description = "The address names no such thing", body = ProblemBody),
        ReadProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn show_recall(
    service: web::Data<Service>,
    _call: ReadCall,
    path: web::Path<(String, String)>,
) -> Result<Json<RecallAnswer>, Problem> {
    let (gtin, lot) = read_lot_path(&path.0, &path.1)?;
    Ok(Json(recall_of(service.desk(), &gtin, &lot).await?))
}
