//! `POST /api/v1/dispensings`: supplies packs to patients.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::body::Body;
use theriac_http::call::{WriteCall, WriteQuery, respond};
use theriac_http::description::{IdempotencyHeader, WriteProblems};
use theriac_http::problem::Problem;
use theriac_partner::answer::{DoneAnswer, WriteAnswer};
use theriac_partner::operation::status::{CodesBody, dispense};
use theriac_partner::service::Service;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/dispensings", web::post().to(create_dispensing));
}

/// Supplies packs to patients, one or many, or a bag by its code: all or nothing.
///
/// No pack is supplied twice; a second scan within two minutes is told apart (`already_scanned`) from packs that were
/// supplied before, here (`already_dispensed_here`) or by somebody else (`already_dispensed_elsewhere`).
#[utoipa::path(
    post,
    path = "/api/v1/dispensings",
    operation_id = "create_dispensing",
    tag = "dispensings",
    params(
        WriteQuery,
        IdempotencyHeader,
    ),
    request_body = CodesBody,
    responses(
        (status = 200, description = "On the ledger; or what a dry run would do", body = DoneAnswer),
        (status = 202, description = "Kept, and sent when a node answers", body = WriteAnswer),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn create_dispensing(
    service: web::Data<Service>,
    call: WriteCall,
    body: Body<CodesBody>,
) -> Result<HttpResponse, Problem> {
    let plan = || dispense(service.desk(), &body);
    let reply = match service.write_beside(&call, &*body, plan).await {
        // The ledger may know of a dispensing that the read model has met meanwhile.
        Err(refused) if refused.body(None).code == "already_dispensed" => {
            dispense(service.desk(), &body).await?;
            return Err(refused);
        }
        answered => answered?,
    };
    Ok(respond(reply.status(), &reply))
}
