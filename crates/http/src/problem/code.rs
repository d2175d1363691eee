//! The one table of problem codes: code, status and title.

use actix_web::http::StatusCode;

/// What went wrong, as a stable code. A code never changes its meaning once released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemCode {
    /// The request is malformed in a way no other code names.
    BadRequest,
    /// The body is not JSON.
    InvalidJson,
    /// The body is JSON but not of the expected shape.
    InvalidBody,
    /// The query string has an unknown, missing or malformed parameter.
    InvalidQuery,
    /// A part of the path is malformed.
    InvalidPath,
    /// The request is well formed, but rows or fields in it are wrong: see `errors`.
    InvalidInput,
    /// No API key was given.
    CredentialsMissing,
    /// The API key is unknown.
    CredentialsInvalid,
    /// The session is over.
    SessionEnded,
    /// User name and password do not belong together.
    SignInRefused,
    /// The PIN was wrong too often.
    PinLocked,
    /// A browser sent the request for a page of another site.
    CrossSite,
    /// The request must be signed and has no signature headers, or malformed ones.
    SignatureMissing,
    /// The signature does not match the request.
    SignatureInvalid,
    /// The signed time is outside the window.
    SignatureExpired,
    /// The nonce was used before.
    RequestReplayed,
    /// The caller is known and may not do this.
    Forbidden,
    /// Nothing is at this address.
    NotFound,
    /// The address exists, but not with this method.
    MethodNotAllowed,
    /// None of the offered representations is acceptable.
    NotAcceptable,
    /// The request did not arrive in time.
    RequestTimeout,
    /// The request contradicts the present state.
    Conflict,
    /// What was here is gone for good.
    Gone,
    /// The request has no `Content-Length` and needs one.
    LengthRequired,
    /// The body is larger than allowed.
    PayloadTooLarge,
    /// The address is longer than allowed.
    UriTooLong,
    /// The body's content type is not accepted here.
    UnsupportedMediaType,
    /// A condition in the request's headers does not hold.
    PreconditionFailed,
    /// The range cannot be served.
    RangeNotSatisfiable,
    /// Too many requests from this caller.
    RateLimited,
    /// The request's headers are larger than allowed.
    HeadersTooLarge,
    /// A fault of the program; the details are in its log.
    Internal,
    /// The function exists in the interface but is not enabled.
    NotEnabled,
    /// The program is busy and refuses work so as to keep its bounds.
    Busy,
    /// The program is starting or catching up.
    NotReady,
    /// The node cannot be reached.
    NodeUnavailable,
    /// Storage refuses writes (full, read-only or failing).
    StorageUnavailable,
    /// Another program that is needed does not answer.
    Unavailable,
    /// The answer was not ready in time.
    Timeout,
    /// A write came without a usable `Idempotency-Key`.
    IdempotencyKeyMissing,
    /// The idempotency key was used for another request.
    IdempotencyKeyReused,
    /// Rows of a batch file are wrong: see `errors`.
    BatchRowsRefused,
    /// The ledger's rules refuse the action (422); the code is the rule's.
    Rejected(&'static str),
    /// The ledger's rules refuse the action because of the present state (409); the code is the
    /// rule's.
    Conflicting(&'static str),
}

impl ProblemCode {
    /// Every code with a fixed meaning, for documentation and tests; rule codes are the ledger's.
    pub const ALL: [Self; 42] = [
        Self::BadRequest,
        Self::InvalidJson,
        Self::InvalidBody,
        Self::InvalidQuery,
        Self::InvalidPath,
        Self::InvalidInput,
        Self::CredentialsMissing,
        Self::CredentialsInvalid,
        Self::SessionEnded,
        Self::SignInRefused,
        Self::PinLocked,
        Self::CrossSite,
        Self::SignatureMissing,
        Self::SignatureInvalid,
        Self::SignatureExpired,
        Self::RequestReplayed,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::NotAcceptable,
        Self::RequestTimeout,
        Self::Conflict,
        Self::Gone,
        Self::LengthRequired,
        Self::PayloadTooLarge,
        Self::UriTooLong,
        Self::UnsupportedMediaType,
        Self::PreconditionFailed,
        Self::RangeNotSatisfiable,
        Self::RateLimited,
        Self::HeadersTooLarge,
        Self::Internal,
        Self::NotEnabled,
        Self::Busy,
        Self::NotReady,
        Self::NodeUnavailable,
        Self::StorageUnavailable,
        Self::Unavailable,
        Self::Timeout,
        Self::IdempotencyKeyMissing,
        Self::IdempotencyKeyReused,
        Self::BatchRowsRefused,
    ];

    /// The stable code, in snake case.
    pub const fn as_str(self) -> &'static str {
        self.row().0
    }

    /// The HTTP status.
    pub const fn status(self) -> StatusCode {
        self.row().1
    }

    /// A short sentence that is the same for every problem of this code.
    pub const fn title(self) -> &'static str {
        self.row().2
    }

    /// What a caller can always try next, when the problem itself says nothing better.
    pub const fn default_hint(self) -> Option<&'static str> {
        Some(match self {
            Self::InvalidJson => "send one JSON document in UTF-8",
            Self::InvalidBody | Self::InvalidQuery | Self::InvalidPath => {
                "compare the request with the interface description"
            }
            Self::CredentialsMissing => {
                "send the header `Authorization: Bearer <API key>`, or sign in"
            }
            Self::CredentialsInvalid => "check the API key, or ask the operator for a new one",
            Self::SessionEnded => "sign in again",
            Self::SignInRefused => "check name and password; an administrator can set a new one",
            Self::PinLocked => "sign in with the password, which unlocks the PIN",
            Self::CrossSite => "use the service's own pages, or an API key",
            Self::SignatureMissing => {
                "send Theriac-Key, Theriac-Time, Theriac-Nonce and Theriac-Signature"
            }
            Self::SignatureInvalid => {
                "sign the exact method, path with query and body that are sent, for this chain"
            }
            Self::SignatureExpired => "set the machine's clock and sign the request again",
            Self::RequestReplayed => "sign each request with a fresh nonce",
            Self::Forbidden => "use a key that has this permission",
            Self::NotFound => "check the address against the interface description",
            Self::MethodNotAllowed => "use a method that the interface description lists",
            Self::PayloadTooLarge => "send less in one request",
            Self::UnsupportedMediaType => "set Content-Type to a type the interface lists",
            Self::RateLimited => "wait as long as Retry-After says, then try again",
            Self::Internal => "try again; if it persists, give the operator the request_id",
            Self::Busy
            | Self::NotReady
            | Self::NodeUnavailable
            | Self::Unavailable
            | Self::Timeout
            | Self::RequestTimeout => "try again in a few seconds",
            Self::IdempotencyKeyReused => {
                "send the first request again as it was, or choose a new key for this one"
            }
            Self::BatchRowsRefused => {
                "mend the rows listed and send the file again; nothing of it was kept"
            }
            Self::StorageUnavailable => "tell the operator: the data directory needs attention",
            _ => return None,
        })
    }

    /// The code for a status that something else produced.
    pub fn from_status(status: StatusCode) -> Self {
        let generic = if status.is_server_error() {
            Self::Internal
        } else {
            Self::BadRequest
        };
        // The first row of each status is its most general code, except where named here.
        match status {
            StatusCode::BAD_REQUEST => Self::BadRequest,
            StatusCode::UNAUTHORIZED => Self::CredentialsMissing,
            StatusCode::FORBIDDEN => Self::Forbidden,
            StatusCode::UNPROCESSABLE_ENTITY => Self::InvalidInput,
            StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable,
            other => Self::ALL
                .into_iter()
                .find(|code| code.status() == other)
                .unwrap_or(generic),
        }
    }

    const fn row(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::Rejected(code) => (
                code,
                StatusCode::UNPROCESSABLE_ENTITY,
                "The ledger's rules refuse this",
            ),
            Self::Conflicting(code) => {
                (code, StatusCode::CONFLICT, "The present state refuses this")
            }
            other => {
                if let Some(row) = other.request_row() {
                    row
                } else {
                    other.server_row()
                }
            }
        }
    }

    /// Codes of class 4xx: the request must change.
    const fn request_row(self) -> Option<(&'static str, StatusCode, &'static str)> {
        use StatusCode as S;
        Some(match self {
            Self::BadRequest => ("bad_request", S::BAD_REQUEST, "The request is malformed"),
            Self::InvalidJson => ("invalid_json", S::BAD_REQUEST, "The body is not JSON"),
            Self::InvalidBody => (
                "invalid_body",
                S::UNPROCESSABLE_ENTITY,
                "The body has the wrong shape",
            ),
            Self::InvalidQuery => ("invalid_query", S::BAD_REQUEST, "The query is malformed"),
            Self::InvalidPath => ("invalid_path", S::BAD_REQUEST, "The path is malformed"),
            Self::InvalidInput => (
                "invalid_input",
                S::UNPROCESSABLE_ENTITY,
                "Some of the input is wrong",
            ),
            Self::CredentialsMissing => (
                "credentials_missing",
                S::UNAUTHORIZED,
                "This needs an API key or a session",
            ),
            Self::CredentialsInvalid => (
                "credentials_invalid",
                S::UNAUTHORIZED,
                "The API key is not known",
            ),
            Self::SignatureMissing => (
                "signature_missing",
                S::UNAUTHORIZED,
                "This needs a signed request",
            ),
            Self::SignatureInvalid => (
                "signature_invalid",
                S::UNAUTHORIZED,
                "The signature does not match the request",
            ),
            Self::SignatureExpired => (
                "signature_expired",
                S::UNAUTHORIZED,
                "The signed time is outside the window",
            ),
            Self::RequestReplayed => (
                "request_replayed",
                S::UNAUTHORIZED,
                "This signed request was seen before",
            ),
            Self::SessionEnded => ("session_ended", S::UNAUTHORIZED, "The session has ended"),
            Self::SignInRefused => (
                "sign_in_refused",
                S::UNAUTHORIZED,
                "Name and password do not belong together",
            ),
            Self::PinLocked => ("pin_locked", S::FORBIDDEN, "The PIN is locked"),
            Self::CrossSite => ("cross_site", S::FORBIDDEN, "Sent for another site's page"),
            other => return other.plain_request_row(),
        })
    }

    const fn plain_request_row(self) -> Option<(&'static str, StatusCode, &'static str)> {
        use StatusCode as S;
        Some(match self {
            Self::Forbidden => ("forbidden", S::FORBIDDEN, "Not permitted"),
            Self::NotFound => ("not_found", S::NOT_FOUND, "Not found"),
            Self::MethodNotAllowed => (
                "method_not_allowed",
                S::METHOD_NOT_ALLOWED,
                "Not with this method",
            ),
            Self::NotAcceptable => (
                "not_acceptable",
                S::NOT_ACCEPTABLE,
                "No acceptable representation",
            ),
            Self::RequestTimeout => (
                "request_timeout",
                S::REQUEST_TIMEOUT,
                "The request took too long to arrive",
            ),
            Self::Conflict => ("conflict", S::CONFLICT, "Contradicts the present state"),
            Self::Gone => ("gone", S::GONE, "No longer here"),
            Self::LengthRequired => (
                "length_required",
                S::LENGTH_REQUIRED,
                "Content-Length is needed",
            ),
            Self::PayloadTooLarge => (
                "payload_too_large",
                S::PAYLOAD_TOO_LARGE,
                "The body is too large",
            ),
            Self::UriTooLong => ("uri_too_long", S::URI_TOO_LONG, "The address is too long"),
            Self::UnsupportedMediaType => (
                "unsupported_media_type",
                S::UNSUPPORTED_MEDIA_TYPE,
                "The content type is not accepted",
            ),
            Self::PreconditionFailed => (
                "precondition_failed",
                S::PRECONDITION_FAILED,
                "A condition does not hold",
            ),
            Self::RangeNotSatisfiable => (
                "range_not_satisfiable",
                S::RANGE_NOT_SATISFIABLE,
                "The range cannot be served",
            ),
            Self::RateLimited => ("rate_limited", S::TOO_MANY_REQUESTS, "Too many requests"),
            Self::HeadersTooLarge => (
                "headers_too_large",
                S::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "The headers are too large",
            ),
            Self::IdempotencyKeyMissing => (
                "idempotency_key_missing",
                S::BAD_REQUEST,
                "This needs an idempotency key",
            ),
            Self::IdempotencyKeyReused => (
                "idempotency_key_reused",
                S::CONFLICT,
                "The idempotency key was used for another request",
            ),
            Self::BatchRowsRefused => (
                "batch_rows_refused",
                S::UNPROCESSABLE_ENTITY,
                "Rows of the batch are wrong",
            ),
            _ => return None,
        })
    }

    /// Codes of class 5xx: the same request may succeed later.
    const fn server_row(self) -> (&'static str, StatusCode, &'static str) {
        use StatusCode as S;
        match self {
            Self::NotEnabled => ("not_enabled", S::NOT_IMPLEMENTED, "Not enabled"),
            Self::Busy => ("busy", S::SERVICE_UNAVAILABLE, "Too busy at the moment"),
            Self::NotReady => ("not_ready", S::SERVICE_UNAVAILABLE, "Not ready yet"),
            Self::NodeUnavailable => (
                "node_unavailable",
                S::SERVICE_UNAVAILABLE,
                "The node cannot be reached",
            ),
            Self::StorageUnavailable => (
                "storage_unavailable",
                S::SERVICE_UNAVAILABLE,
                "Storage does not accept writes",
            ),
            Self::Unavailable => (
                "unavailable",
                S::SERVICE_UNAVAILABLE,
                "A needed program does not answer",
            ),
            Self::Timeout => ("timeout", S::GATEWAY_TIMEOUT, "No answer in time"),
            _ => ("internal", S::INTERNAL_SERVER_ERROR, "Internal fault"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_is_unique_and_in_snake_case() {
        let codes: BTreeSet<_> = ProblemCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes.len(), ProblemCode::ALL.len());
        for code in codes {
            assert!(
                code.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
                "{code}"
            );
        }
    }

    #[test]
    fn every_status_of_the_table_maps_back_to_a_code_of_that_status() {
        for code in ProblemCode::ALL {
            assert_eq!(
                ProblemCode::from_status(code.status()).status(),
                code.status()
            );
        }
    }

    #[test]
    fn only_the_internal_code_is_titled_so() {
        let internal = ProblemCode::ALL
            .iter()
            .filter(|code| code.as_str() == "internal")
            .count();
        assert_eq!(internal, 1);
    }

    #[test]
    fn ledger_rules_bring_their_own_code() {
        let code = ProblemCode::Rejected("not_in_custody");
        assert_eq!(code.as_str(), "not_in_custody");
        assert_eq!(code.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let code = ProblemCode::Conflicting("already_dispensed");
        assert_eq!(code.status(), StatusCode::CONFLICT);
    }
}
