//! What the descriptions of all interfaces (OpenAPI) have in common.

use serde::Deserialize;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Content, PathItem, Ref, RefOr, Response, ResponseBuilder};
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

/// Sign-in by API key or by a session's cookie, for services that have users: whatever takes a key
/// takes a session as well.
#[derive(Clone, Copy, Debug)]
pub struct CallerSchemes {
    /// The cookie's name.
    pub cookie: &'static str,
}

impl Modify for CallerSchemes {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        ApiKeyScheme.modify(openapi);
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(self.cookie)));
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("session", cookie);
        let key = SecurityRequirement::new("api_key", Vec::<String>::new());
        let session = SecurityRequirement::new("session", Vec::<String>::new());
        for item in openapi.paths.paths.values_mut() {
            for operation in operations_mut(item) {
                if operation.security.as_ref() == Some(&vec![key.clone()]) {
                    operation.security = Some(vec![session.clone(), key.clone()]);
                }
            }
        }
    }
}

/// The media type of problems (RFC 9457).
const PROBLEM: &str = "application/problem+json";

/// What every operation may be refused with, wherever it is: a query or a body that is malformed, a body that is too
/// large or of another kind; and problems under their own media type.
#[derive(Clone, Copy, Debug)]
pub struct Refusals;

impl Modify for Refusals {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        for item in openapi.paths.paths.values_mut() {
            for operation in operations_mut(item) {
                let parameters = operation.parameters.iter().flatten();
                let has_query = parameters.into_iter().any(|one| match one {
                    RefOr::T(one) => {
                        matches!(one.parameter_in, ParameterIn::Query | ParameterIn::Header)
                    }
                    RefOr::Ref(_) => true,
                });
                let has_body = operation.request_body.is_some();
                let mut missing = Vec::new();
                if has_query || has_body {
                    missing.push(("400", "The query, a header or the body is malformed"));
                }
                if has_body {
                    missing.push(("413", "The body is larger than the limit"));
                    missing.push(("415", "The body is of another kind"));
                }
                let responses = &mut operation.responses.responses;
                for (status, description) in missing {
                    responses
                        .entry(status.to_owned())
                        .or_insert_with(|| problem(description).into());
                }
                for (status, response) in responses {
                    if let RefOr::T(response) = response
                        && status.as_str() >= "400"
                        && let Some(content) = response.content.shift_remove("application/json")
                    {
                        response.content.insert(PROBLEM.to_owned(), content);
                    }
                }
            }
        }
    }
}

fn problem(description: &str) -> Response {
    let body = Ref::from_schema_name("ProblemBody");
    let content = Content::builder().schema(Some(body)).build();
    ResponseBuilder::new()
        .description(description)
        .content(PROBLEM, content)
        .build()
}

fn operations_mut(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let methods = [
        &mut item.get,
        &mut item.post,
        &mut item.put,
        &mut item.patch,
        &mut item.delete,
        &mut item.options,
    ];
    methods.into_iter().flatten()
}

/// Every operation of an interface that reads or writes: method, path and description.
pub fn operations(
    openapi: &utoipa::openapi::OpenApi,
) -> impl Iterator<Item = (&'static str, &str, &Operation)> {
    openapi.paths.paths.iter().flat_map(|(path, item)| {
        let methods = [
            ("GET", &item.get),
            ("POST", &item.post),
            ("PUT", &item.put),
            ("PATCH", &item.patch),
            ("DELETE", &item.delete),
        ];
        methods.into_iter().filter_map(move |(method, operation)| {
            Some((method, path.as_str(), operation.as_ref()?))
        })
    })
}

/// The header of every request that writes.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IdempotencyHeader {
    /// 1 to 64 visible characters; the same key again repeats the answer. Every request needs one but a dry run.
    #[serde(rename = "Idempotency-Key")]
    #[param(required = false)]
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

/// How a request is refused that anyone may make. A wrong API key is refused even there, so that its user learns of it.
#[derive(Clone, Debug, IntoResponses)]
pub enum OpenProblems {
    /// An unknown API key
    #[response(status = 401, content_type = "application/problem+json")]
    NotSignedIn(ProblemBody),
    /// Too many requests
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(ProblemBody),
    /// Busy, or the copy of the ledger cannot be read
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

/// How a request for a page of a list is refused.
#[derive(Clone, Debug, IntoResponses)]
pub enum ListProblems {
    /// The cursor or the limit is malformed
    #[response(status = 400, content_type = "application/problem+json")]
    Malformed(ProblemBody),
    /// No API key and no session, or one that is not known
    #[response(status = 401, content_type = "application/problem+json")]
    NotSignedIn(ProblemBody),
    /// The caller may not do this
    #[response(status = 403, content_type = "application/problem+json")]
    NotAllowed(ProblemBody),
    /// Too many requests
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(ProblemBody),
    /// The database does not answer
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(ProblemBody),
}

/// How a request of a known caller without a body is refused.
#[derive(Clone, Debug, IntoResponses)]
pub enum SignedInProblems {
    /// No API key and no session, or one that is not known
    #[response(status = 401, content_type = "application/problem+json")]
    NotSignedIn(ProblemBody),
    /// The caller may not do this
    #[response(status = 403, content_type = "application/problem+json")]
    NotAllowed(ProblemBody),
    /// Too many requests
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(ProblemBody),
    /// The database does not answer
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(ProblemBody),
}

/// How a sign-in is refused, and what else asks for a password or a PIN.
#[derive(Clone, Debug, IntoResponses)]
pub enum SignInProblems {
    /// The body is no JSON
    #[response(status = 400, content_type = "application/problem+json")]
    Malformed(ProblemBody),
    /// The password or the PIN is wrong, or there is no session
    #[response(status = 401, content_type = "application/problem+json")]
    NotSignedIn(ProblemBody),
    /// The caller may not do this
    #[response(status = 403, content_type = "application/problem+json")]
    NotAllowed(ProblemBody),
    /// The present state refuses it
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(ProblemBody),
    /// The body is larger than the limit
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(ProblemBody),
    /// The body is of another type
    #[response(status = 415, content_type = "application/problem+json")]
    NoJson(ProblemBody),
    /// Something in the body is wrong
    #[response(status = 422, content_type = "application/problem+json")]
    Wrong(ProblemBody),
    /// Too many requests, or too many that failed
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(ProblemBody),
    /// The database does not answer
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(ProblemBody),
}

/// How a request that administers is refused.
#[derive(Clone, Debug, IntoResponses)]
pub enum AdminProblems {
    /// The body is no JSON
    #[response(status = 400, content_type = "application/problem+json")]
    Malformed(ProblemBody),
    /// No API key and no session, or one that is not known
    #[response(status = 401, content_type = "application/problem+json")]
    NotSignedIn(ProblemBody),
    /// The caller may not do this
    #[response(status = 403, content_type = "application/problem+json")]
    NotAllowed(ProblemBody),
    /// The present state refuses it
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(ProblemBody),
    /// The body is larger than the limit
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(ProblemBody),
    /// The body is of another type
    #[response(status = 415, content_type = "application/problem+json")]
    NoJson(ProblemBody),
    /// Something in the body is wrong
    #[response(status = 422, content_type = "application/problem+json")]
    Wrong(ProblemBody),
    /// Too many requests
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(ProblemBody),
    /// The database does not answer
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(ProblemBody),
}
