//! Extractors' errors, unknown addresses and foreign errors, turned into problems.

use actix_web::body::{BodySize, MessageBody};
use actix_web::error::{PathError, PayloadError, QueryPayloadError};
use actix_web::http::{StatusCode, Uri};
use actix_web::{HttpRequest, HttpResponse, ResponseError, Route, web};

use super::{Problem, ProblemCode, chain};
use crate::documentation::Documentation;

/// Query strings; every error of theirs is a problem.
pub fn query_config() -> web::QueryConfig {
    web::QueryConfig::default().error_handler(|error, _| Problem::from(&error).into())
}

/// Path parameters; every error of theirs is a problem.
pub fn path_config() -> web::PathConfig {
    web::PathConfig::default().error_handler(|error, _| Problem::from(&error).into())
}

/// Refuses U+0000 in an address: PostgreSQL cannot store it, nor look for it.
///
/// # Errors
///
/// A problem that says whether the path or the query holds it.
pub(crate) fn check_address(uri: &Uri) -> Result<(), Problem> {
    let parts = [
        (ProblemCode::InvalidPath, "path", uri.path()),
        (
            ProblemCode::InvalidQuery,
            "query",
            uri.query().unwrap_or_default(),
        ),
    ];
    match parts.into_iter().find(|(.., text)| text.contains("%00")) {
        None => Ok(()),
        Some((code, part, _)) => {
            let detail = format!("the {part} holds the character U+0000 (%00)");
            Err(Problem::new(code, detail).with_hint("leave the character out"))
        }
    }
}

/// The answer to a request that no route matches: nothing is there, or it takes other methods.
pub fn default_service() -> Route {
    web::to(|request: HttpRequest| async move { Err::<HttpResponse, Problem>(unmatched(&request)) })
}

fn unmatched(request: &HttpRequest) -> Problem {
    let documentation = request.app_data::<web::Data<Documentation>>();
    let methods = documentation.and_then(|known| known.methods_at(request.path()));
    match methods {
        None => Problem::new(ProblemCode::NotFound, "nothing is at this address"),
        Some(methods) => {
            let detail = format!("this address takes {methods}");
            Problem::new(ProblemCode::MethodNotAllowed, detail).with_allow(methods)
        }
    }
}

impl From<&QueryPayloadError> for Problem {
    fn from(error: &QueryPayloadError) -> Self {
        match error {
            QueryPayloadError::Deserialize(cause) => {
                Self::new(ProblemCode::InvalidQuery, cause.to_string())
            }
            other => Self::new(ProblemCode::InvalidQuery, other.to_string()),
        }
    }
}

impl From<&PathError> for Problem {
    fn from(error: &PathError) -> Self {
        match error {
            PathError::Deserialize(cause) => Self::new(ProblemCode::InvalidPath, cause.to_string()),
            other => Self::new(ProblemCode::InvalidPath, other.to_string()),
        }
    }
}

impl From<&PayloadError> for Problem {
    fn from(error: &PayloadError) -> Self {
        match error {
            PayloadError::Overflow => Self::new(
                ProblemCode::PayloadTooLarge,
                "the body is larger than this address accepts",
            ),
            PayloadError::Incomplete(_) => Self::new(
                ProblemCode::BadRequest,
                "the body ended before its announced length",
            ),
            PayloadError::EncodingCorrupted => Self::new(
                ProblemCode::BadRequest,
                "the body's content encoding is corrupt",
            ),
            other => Self::new(ProblemCode::BadRequest, chain(other)),
        }
    }
}

impl Problem {
    /// A problem from any other error that knows its status: its words reach the caller only when
    /// the request is at fault.
    pub fn foreign(error: &dyn ResponseError) -> Self {
        let status = error.status_code();
        let code = ProblemCode::from_status(status);
        if status.is_client_error() {
            Self::new(code, error.to_string())
        } else {
            tracing::error!(code = code.as_str(), error = %error, "request failed");
            Self::new(code, code.title())
        }
    }

    /// The problem that a finished response stands for: `None` when it is not an error, or when it
    /// carries a body of its own.
    pub(crate) fn of_response<B: MessageBody>(response: &HttpResponse<B>) -> Option<Self> {
        let status = response.status();
        if !is_error(status) {
            return None;
        }
        if let Some(error) = response.error() {
            return Some(Self::of_error(error));
        }
        let has_no_body = matches!(response.body().size(), BodySize::None | BodySize::Sized(0));
        let code = ProblemCode::from_status(status);
        has_no_body.then(|| Self::new(code, code.title()))
    }

    /// The problem inside an error, or one made from its status.
    pub(crate) fn of_error(error: &actix_web::Error) -> Self {
        if let Some(problem) = error.as_error::<Self>() {
            problem.clone()
        } else if let Some(payload) = error.as_error::<PayloadError>() {
            Self::from(payload)
        } else {
            Self::foreign(error.as_response_error())
        }
    }
}

fn is_error(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}
