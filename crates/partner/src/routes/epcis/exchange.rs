//! What the addresses of EPCIS have in common: their headers, and the standard's names for refusals.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde::{Deserialize, Serialize};
use theriac_epcis::read::EVENTS_MAX;
use theriac_http::problem::{Problem, ProblemCode};
use theriac_records::repository::captures::{
    CaptureFault, CaptureRecord, CaptureState, ErrorBehaviour,
};
use utoipa::ToSchema;

use crate::capture::DOCUMENT_BYTES_MAX;

/// Where a client says what to do about refused events.
pub(super) const BEHAVIOUR: &str = "gs1-capture-error-behaviour";

const HEADERS: [(&str, &str); 7] = [
    ("gs1-epcis-version", "2.0"),
    ("gs1-epcis-min", "2.0"),
    ("gs1-epcis-max", "2.0"),
    ("gs1-cbv-version", "2.0"),
    ("gs1-cbv-min", "2.0"),
    ("gs1-cbv-max", "2.0"),
    (
        "gs1-vendor-version",
        concat!("theriac-", env!("CARGO_PKG_VERSION")),
    ),
];

/// One thing that is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CaptureProblem {
    /// The standard's name of it.
    #[serde(rename = "type")]
    #[schema(example = "epcisException:ValidationException")]
    pub kind: String,
    /// In short.
    pub title: String,
    /// The HTTP status that goes with it.
    pub status: u16,
    /// What is wrong.
    pub detail: String,
    /// Where in the document.
    pub at: String,
    /// A stable code.
    pub code: String,
}

/// Where the capture of a document stands (`CaptureJob`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaptureJob {
    /// Its id, which is also that of its job.
    #[serde(rename = "captureID")]
    pub capture_id: String,
    /// When the document came, in UTC.
    pub created_at: String,
    /// When the ledger had decided, in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
    /// Whether it goes on.
    pub running: bool,
    /// Whether nothing went wrong so far.
    pub success: bool,
    /// `rollback` or `proceed`.
    pub capture_error_behaviour: String,
    /// What went wrong.
    pub errors: Vec<CaptureProblem>,
}

impl From<CaptureRecord> for CaptureJob {
    fn from(record: CaptureRecord) -> Self {
        Self {
            capture_id: record.id,
            created_at: record.created_at.to_string(),
            finished_at: record.finished_at.map(|time| time.to_string()),
            running: record.state != CaptureState::Finished,
            success: record.errors.is_empty(),
            capture_error_behaviour: match record.behaviour {
                ErrorBehaviour::Rollback => "rollback",
                ErrorBehaviour::Proceed => "proceed",
            }
            .to_owned(),
            errors: record
                .errors
                .into_iter()
                .map(CaptureProblem::from)
                .collect(),
        }
    }
}

impl From<CaptureFault> for CaptureProblem {
    fn from(fault: CaptureFault) -> Self {
        Self {
            kind: "epcisException:ValidationException".to_owned(),
            title: "An event is refused".to_owned(),
            status: 400,
            detail: fault.detail,
            at: fault.at,
            code: fault.code,
        }
    }
}

/// What a client wants done about refused events.
pub(super) fn behaviour(headers: &HeaderMap) -> Result<ErrorBehaviour, Problem> {
    let Some(value) = headers.get(BEHAVIOUR) else {
        return Ok(ErrorBehaviour::default());
    };
    match value.as_bytes() {
        b"rollback" => Ok(ErrorBehaviour::Rollback),
        b"proceed" => Ok(ErrorBehaviour::Proceed),
        _ => {
            let detail = "the header GS1-Capture-Error-Behaviour is rollback or proceed";
            Err(Problem::new(ProblemCode::BadRequest, detail))
        }
    }
}

/// Puts the headers of the standard on an answer.
pub(super) fn with_headers(mut builder: HttpResponseBuilder) -> HttpResponseBuilder {
    for (name, value) in HEADERS {
        let name = HeaderName::from_static(name);
        builder.insert_header((name, HeaderValue::from_static(value)));
    }
    builder.insert_header(("gs1-epcis-capture-limit", EVENTS_MAX));
    builder.insert_header(("gs1-epcis-capture-file-size-limit", DOCUMENT_BYTES_MAX));
    builder
}

/// A refusal under the name that the standard has for it.
pub(super) fn named(problem: Problem) -> Problem {
    let kind = match problem.code().status().as_u16() {
        401 | 403 => "epcisException:SecurityException",
        404 => "epcisException:NoSuchResourceException",
        406 => "epcisException:NotAcceptableException",
        409 => "epcisException:ResourceAlreadyExistsException",
        413 => "epcisException:CaptureLimitExceededException",
        414 => "epcisException:URITooLongException",
        415 => "epcisException:UnsupportedMediaTypeException",
        400..500 => "epcisException:ValidationException",
        _ => "epcisException:ImplementationException",
    };
    problem.with_kind(kind)
}

/// The answer to `OPTIONS`.
pub(super) fn discovered(allow: &'static str) -> HttpResponse {
    with_headers(HttpResponse::NoContent())
        .insert_header(("allow", allow))
        .finish()
}
