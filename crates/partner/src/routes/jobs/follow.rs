//! `GET /api/v1/jobs/{id}/events`: the progress of a request as it changes (server-sent events).

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use theriac_http::call::ReadCall;
use theriac_http::description::ReadProblems;
use theriac_http::event_stream::respond;
use theriac_http::identity::ApiUser;
use theriac_http::problem::{Problem, ProblemBody};

use crate::job;
use crate::people::People;
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/jobs/{id}/events", web::get().to(follow_job));
}

/// The progress of a request as it changes, until it is over.
///
/// Events `progress`, then one `finished`, each with the whole state as JSON. A reader that lost the connection asks again.
#[utoipa::path(
    get,
    path = "/api/v1/jobs/{id}/events",
    operation_id = "follow_job",
    tag = "jobs",
    params(("id" = String, Path, description = "`intent` of the answer to a write (the first where there are several), or the id of a capture: the last part of its `Location`")),
    responses(
        (status = 200, description = "Events", content((String = "text/event-stream"))),
        (status = 404, description = "No such job", body = ProblemBody),
        ReadProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn follow_job(
    service: web::Data<Service>,
    people: web::Data<People>,
    _call: ReadCall,
    caller: ApiUser,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let seen = request.headers().get("Last-Event-ID");
    let seen = seen.and_then(|value| value.to_str().ok().map(str::to_owned));
    let service = service.get_ref().clone();
    let standing = people.standing(caller);
    let events = job::follow_job(service, standing, id.into_inner(), seen).await?;
    Ok(respond(events))
}
