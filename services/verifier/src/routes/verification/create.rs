//! `POST /verify`: the answer to a code, or to a picture of one.

use actix_web::http::header;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use theriac_http::api_key::ApiUser;
use theriac_http::body;
use theriac_http::description::OpenProblems;
use theriac_http::problem::{Problem, ProblemBody, ProblemCode};
use theriac_label::MAX_IMAGE_BYTES;
use utoipa::{IntoParams, ToSchema};

use crate::answer::VerifyAnswer;
use crate::inquiry::Question;
use crate::state::AppState;

/// Bytes of a JSON body: the longest code a carrier holds has 7,089 characters, escaped six-fold.
const JSON_BYTES_MAX: usize = 48 * 1024;

/// A code to verify.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerifyRequest {
    /// What a scanner read or a person typed: element string, bracketed, Digital Link, EPC URN, or
    /// the digits of a GTIN or an SSCC.
    #[schema(example = "(01)09506000134352(17)271231(10)ABC1(21)12345")]
    pub(crate) code: String,
}

/// What to give beside the answer.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerifyQuery {
    /// Whether to give the evidence, with which anyone can check the answer without this server.
    #[serde(default)]
    pub(crate) evidence: bool,
}

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route("/verify", web::post().to(create_verification));
}

/// A picture, for the description alone.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
struct Picture(#[expect(dead_code, reason = "it is only described")] Vec<u8>);

/// Verifies a code. The answer is 200 whatever it says: a bad pack is a result, not an error.
#[utoipa::path(
    post,
    path = "/verify",
    operation_id = "create_verification",
    tag = "verification",
    params(VerifyQuery),
    request_body(
        description = "A code as JSON, or a picture of the label (PNG or JPEG, at most 8 MiB)",
        content(
            (VerifyRequest = "application/json"),
            (Picture = "image/png"),
            (Picture = "image/jpeg"),
        ),
    ),
    responses(
        (status = 200, description = "The answer", body = VerifyAnswer),
        (status = 400, description = "Malformed JSON", body = ProblemBody),
        (status = 413, description = "The body is too large", body = ProblemBody),
        (status = 415, description = "Neither JSON nor a picture", body = ProblemBody),
        (status = 422, description = "The JSON has the wrong shape", body = ProblemBody),
        OpenProblems,
    ),
    security((), ("api_key" = [])),
)]
pub(crate) async fn create_verification(
    state: web::Data<AppState>,
    user: Option<ApiUser>,
    query: web::Query<VerifyQuery>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let asker = state.asker(user.as_ref(), &request);
    let wants_evidence = query.evidence;
    let answer = match content(&request)? {
        Content::Json => {
            let body = read_body(payload, JSON_BYTES_MAX).await?;
            let text = body::parse::<VerifyRequest>(&body)?.code;
            let notes = Vec::new();
            let question = Question {
                text,
                notes,
                asker,
                wants_evidence,
            };
            state.verify(question).await?
        }
        Content::Picture => {
            let _held = state.hold_picture()?;
            let picture = read_body(payload, MAX_IMAGE_BYTES).await?;
            state.verify_picture(picture, asker, wants_evidence).await?
        }
    };
    Ok(HttpResponse::Ok().json(answer))
}

enum Content {
    Json,
    Picture,
}

fn content(request: &HttpRequest) -> Result<Content, Problem> {
    let value = request.headers().get(header::CONTENT_TYPE);
    let media_type = value
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match media_type.as_str() {
        "application/json" => Ok(Content::Json),
        "image/png" | "image/jpeg" => Ok(Content::Picture),
        _ => Err(Problem::new(
            ProblemCode::UnsupportedMediaType,
            "send a code as application/json, or a picture as image/png or image/jpeg",
        )),
    }
}

async fn read_body(payload: web::Payload, limit_bytes: usize) -> Result<web::Bytes, Problem> {
    match payload.to_bytes_limited(limit_bytes).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(error)) => Err(Problem::foreign(error.as_response_error())),
        Err(_) => Err(Problem::new(
            ProblemCode::PayloadTooLarge,
            format!("the body is larger than the limit of {limit_bytes} bytes"),
        )),
    }
}
