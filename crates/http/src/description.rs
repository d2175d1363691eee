//! What the descriptions of all interfaces (OpenAPI) have in common.

use serde::Deserialize;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{IntoParams, IntoResponses, Modify};

use crate::problem::ProblemBody;

/// Sign-in by API key: `Authorization: Bearer …`.
#[derive(Clone, Copy, Debug)]
pub struct ApiKeyScheme;

impl Modify for ApiKeyScheme {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("api_key", SecurityScheme::Http(scheme));
    }
}

/// The header of every request that writes.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IdempotencyHeader {
    /// 1 to 64 visible characters; the same key again repeats the answer. A dry run needs none.
    #[serde(rename = "Idempotency-Key")]
    pub key: String,
}

/// How a request that reads is refused.
#[derive(Clone, Debug, IntoResponses)]
pub enum ReadProblems {
    /// No API key, or an unknown one
    #[response(status = 401, content_type = "application/problem+json")]
    NotSignedIn(ProblemBody),
    /// The API key may not read
    #[response(status = 403, content_type = "application/problem+json")]
    NotAllowed(ProblemBody),
    /// Too many requests
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(ProblemBody),
    /// The database does not answer
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(ProblemBody),
}

/// How a request that writes is refused.
#[derive(Clone, Debug, IntoResponses)]
pub enum WriteProblems {
    /// No idempotency key, or malformed
    #[response(status = 400, content_type = "application/problem+json")]
    Malformed(ProblemBody),
    /// No API key, or an unknown one
    #[response(status = 401, content_type = "application/problem+json")]
    NotSignedIn(ProblemBody),
    /// The API key may not write
    #[response(status = 403, content_type = "application/problem+json")]
    NotAllowed(ProblemBody),
    /// The present state refuses it
    #[response(status = 409, content_type = "application/problem+json")]
    Refused(ProblemBody),
    /// The body is larger than the limit
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(ProblemBody),
    /// Something in the request is wrong
    #[response(status = 422, content_type = "application/problem+json")]
    Wrong(ProblemBody),
    /// Too many requests
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(ProblemBody),
    /// The database does not take it
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(ProblemBody),
}
