//! `POST /epcis/capture`: puts a document of events on the ledger.

use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest as _, HttpRequest, HttpResponse};
use theriac_http::api_key::ApiUser;
use theriac_http::body::check_json_text;
use theriac_http::call::{WRITE_SCOPE, WriteCall, WriteQuery, respond};
use theriac_http::description::WriteProblems;
use theriac_http::idempotency::IdempotencyKey;
use theriac_http::problem::{Problem, ProblemCode};
use theriac_http::witness::{Note, Origin};
use theriac_records::repository::captures::ErrorBehaviour;

use super::exchange::{behaviour, named, with_headers};
use crate::answer::{DryRunAnswer, dry_run};
use crate::capture::{CaptureRequest, DOCUMENT_BYTES_MAX};
use crate::draft::{DraftKind, DraftedRequest};
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/epcis/capture", web::post().to(capture_events));
}

/// Takes a document of events in (EPCIS 2.0 section 12.6.1).
///
/// Answers with the place of its capture, which ends when the ledger has decided: the last part of `Location` is the id of
/// the capture, and of its job (`GET /api/v1/jobs/{id}`). A document that waits for a second person has no `Location`: the
/// answer is then the draft, and approving it gives the capture. Packs come into being first; the other events follow in
/// their order. What the ledger has no action for is kept, and its hash anchored. The same event again changes nothing.
/// Which events mean what, and what is refused, is in docs/epcis-capture.md.
#[utoipa::path(
    post,
    path = "/epcis/capture",
    operation_id = "capture_events",
    tag = "epcis",
    params(
        ("dry_run" = Option<bool>, Query, description = "Check everything and say what would be done, but keep nothing"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 64 visible characters; the same key again gives the same capture"),
        ("GS1-Capture-Error-Behaviour" = Option<String>, Header, description = "`rollback` (nothing of a document with a wrong event is put on the ledger) or `proceed` (the other events go on); without it, `rollback`"),
    ),
    request_body(
        content = String,
        content_type = "application/json",
        description = "An EPCISDocument or EPCISQueryDocument of EPCIS 2.0; at most 16 MiB and 20,000 events",
    ),
    responses(
        (status = 200, description = "What a dry run would do", body = DryRunAnswer),
        (status = 202, description = "Taken in: the capture is at the address in `Location`, and the body is empty; or kept for a second person: the body is the draft, without `Location`"),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn capture_events(
    service: web::Data<Service>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let answer = Box::pin(take_in(&service, &request, payload)).await;
    answer.map_err(named)
}

async fn take_in(
    service: &Service,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let user = ApiUser::extract(request).await?;
    user.check_scope(WRITE_SCOPE)?;
    let query = web::Query::<WriteQuery>::from_query(request.query_string())
        .map_err(|error| Problem::from(&error))?;
    let behaviour = behaviour(request.headers())?;
    // Clients of the standard have no such header: an event that comes again changes nothing anyway.
    let key = if request.headers().contains_key("idempotency-key") {
        let key = IdempotencyKey::extract(request).await?;
        Some(format!("{}/{key}", user.name))
    } else {
        None
    };
    let document = read_document(payload).await?;
    let note = Note::extract(request).await?;
    if query.dry_run {
        note.set_nothing();
        let plan = service.captures().dry_run(document, behaviour).await?;
        return Ok(respond(200, &dry_run(plan)));
    }
    if service.drafts().is_needed(DraftKind::Captures) {
        let asked = (Origin::extract(request).await?, note);
        return draft(service, &user, asked, key, document, behaviour).await;
    }
    let accepted = service
        .captures()
        .accept(CaptureRequest {
            caller: user.name,
            key,
            document,
            behaviour,
        })
        .await?;
    Ok(with_headers(HttpResponse::Accepted())
        .insert_header(("location", format!("/epcis/capture/{}", accepted.id)))
        .finish())
}

/// Keeps a document for a second person. Without a key of its own, it is known by its content.
async fn draft(
    service: &Service,
    caller: &ApiUser,
    (origin, note): (Origin, Note),
    key: Option<String>,
    document: String,
    behaviour: ErrorBehaviour,
) -> Result<HttpResponse, Problem> {
    let own = theriac_crypto::digest("capture", document.as_bytes());
    let user = origin.who.clone();
    let call = WriteCall {
        key: key.unwrap_or_else(|| format!("{user}/{own}")),
        wait: std::time::Duration::ZERO,
        dry_run: false,
        path: "/epcis/capture".to_owned(),
        origin,
        note,
        persons: caller.persons().to_vec(),
        user,
    };
    let request = DraftedRequest::Capture(behaviour);
    let content = Some(document.into_bytes().into());
    let drafts = service.drafts();
    let reply = Box::pin(drafts.write(service, &call, &request, content)).await?;
    Ok(respond(reply.status(), &reply))
}

async fn read_document(payload: web::Payload) -> Result<String, Problem> {
    let bytes = match payload.to_bytes_limited(DOCUMENT_BYTES_MAX).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) => return Err(Problem::foreign(error.as_response_error())),
        Err(_) => {
            let detail = format!("the document is larger than {DOCUMENT_BYTES_MAX} bytes");
            return Err(Problem::new(ProblemCode::PayloadTooLarge, detail)
                .with_hint("split the document into several"));
        }
    };
    check_json_text(&bytes)?;
    String::from_utf8(bytes.into())
        .map_err(|_| Problem::new(ProblemCode::InvalidJson, "the document is not UTF-8"))
}
