//! Problems: the one shape in which every refusal and fault leaves a program (RFC 9457).

mod body;
mod code;
mod explained;
mod extractor;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};

pub use body::{ProblemBody, RowError};
pub use code::ProblemCode;
pub use explained::{ProblemText, RowText};
pub(crate) use extractor::check_address;
pub use extractor::{default_service, path_config, query_config};

use crate::security_headers;

/// Rows named in one problem: enough to mend a file with, small enough to read and to send.
pub const ROW_ERRORS_MAX: usize = 1_000;

/// Characters of `detail` and of each row's detail: what a parser quotes from a request stays short.
pub const DETAIL_CHARS_MAX: usize = 1_000;

/// Characters of a rule's code that is passed on.
pub const RULE_CODE_CHARS_MAX: usize = 64;

/// The media type of every problem body.
pub const PROBLEM_MEDIA_TYPE: &str = "application/problem+json";

/// A refusal or a fault: what is wrong, where, and what to do next.
///
/// Handlers return it as their error; the server adds the request's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    code: ProblemCode,
    rule: Option<Box<str>>,
    kind: Option<&'static str>,
    detail: Box<str>,
    hint: Option<Cow<'static, str>>,
    errors: Vec<RowError>,
    errors_omitted: u64,
    retry_after_s: Option<u32>,
    allow: Option<Box<str>>,
}

impl Problem {
    /// A problem whose `detail` says what is wrong with this request in particular.
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            rule: None,
            kind: None,
            detail: shortened(detail.into()).into(),
            hint: code.default_hint().map(Cow::Borrowed),
            errors: Vec::new(),
            errors_omitted: 0,
            retry_after_s: None,
            allow: None,
        }
    }

    /// A fault of ours: the whole chain of `error` goes to the log, nothing of it to the caller.
    pub fn internal(error: &dyn StdError) -> Self {
        Self::hidden(ProblemCode::Internal, error)
    }

    /// Like [`Problem::internal`] with another code of class 5xx: the chain is logged, not sent.
    pub fn hidden(code: ProblemCode, error: &dyn StdError) -> Self {
        tracing::error!(code = code.as_str(), error = %chain(error), "request failed");
        Self::new(code, code.title())
    }

    /// Says what to do next, instead of the code's usual hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Passes on the code of a rule that another program named; anything but 1 to
    /// [`RULE_CODE_CHARS_MAX`] characters of snake case is left out.
    #[must_use]
    pub fn with_rule(mut self, code: &str) -> Self {
        let is_code = (1..=RULE_CODE_CHARS_MAX).contains(&code.len())
            && code
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        self.rule = is_code.then(|| code.into());
        self
    }

    /// Gives it the type that another standard has for it, instead of the address of its code.
    #[must_use]
    pub fn with_kind(mut self, kind: &'static str) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Adds one wrong row or field. Past [`ROW_ERRORS_MAX`] only the number is kept.
    #[must_use]
    pub fn with_error(mut self, error: RowError) -> Self {
        if self.errors.len() < ROW_ERRORS_MAX {
            self.errors.push(RowError {
                detail: shortened(error.detail),
                ..error
            });
        } else {
            self.errors_omitted = self.errors_omitted.saturating_add(1);
        }
        self
    }

    /// Adds every wrong row or field of `errors`, as [`Problem::with_error`] does.
    #[must_use]
    pub fn with_errors(self, errors: impl IntoIterator<Item = RowError>) -> Self {
        errors.into_iter().fold(self, Self::with_error)
    }

    /// Counts further wrong rows or fields that are not named.
    #[must_use]
    pub fn with_errors_omitted(mut self, count: usize) -> Self {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.errors_omitted = self.errors_omitted.saturating_add(count);
        self
    }

    /// Asks the caller to wait this many seconds (`Retry-After`).
    #[must_use]
    pub fn with_retry_after_s(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(u32::try_from(seconds).unwrap_or(u32::MAX));
        self
    }

    /// Names the methods that the address takes (`Allow`), such as `GET, POST`.
    #[must_use]
    pub fn with_allow(mut self, methods: &str) -> Self {
        self.allow = Some(methods.into());
        self
    }

    /// The stable code.
    pub fn code(&self) -> ProblemCode {
        self.code
    }

    /// What is wrong with this request.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The JSON body, as sent.
    pub fn body(&self, request_id: Option<String>) -> ProblemBody {
        let code = self.rule.as_deref().unwrap_or(self.code.as_str());
        ProblemBody {
            kind: match self.kind {
                Some(kind) => kind.to_owned(),
                None => format!("/problems/{code}"),
            },
            title: self.code.title().to_owned(),
            status: self.code.status().as_u16(),
            code: code.to_owned(),
            detail: self.detail.clone().into(),
            hint: self.hint.as_deref().map(str::to_owned),
            request_id,
            errors: self.errors.clone(),
            errors_omitted: self.errors_omitted,
        }
    }

    /// The whole response: body, `Retry-After`, `Allow`, `WWW-Authenticate` and the security headers.
    pub fn response(&self, request_id: Option<String>) -> HttpResponse {
        let body = serde_json::to_vec(&self.body(request_id))
            .expect("a problem body holds only strings and numbers");
        let mut response = HttpResponse::build(self.code.status())
            .insert_header((header::CONTENT_TYPE, PROBLEM_MEDIA_TYPE))
            .body(body);
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        let allow = self.allow.as_deref().map(HeaderValue::from_str);
        if let Some(Ok(methods)) = allow {
            headers.insert(header::ALLOW, methods);
        }
        if let Some((name, value)) = self.challenge() {
            headers.insert(name, value);
        }
        security_headers::apply(headers);
        response
    }

    fn challenge(&self) -> Option<(HeaderName, HeaderValue)> {
        let scheme = match self.code {
            ProblemCode::CredentialsMissing
            | ProblemCode::CredentialsInvalid
            | ProblemCode::SessionEnded
            | ProblemCode::SignInRefused => "Bearer",
            ProblemCode::SignatureMissing
            | ProblemCode::SignatureInvalid
            | ProblemCode::SignatureExpired
            | ProblemCode::RequestReplayed => "Theriac-Signature",
            _ => return None,
        };
        Some((header::WWW_AUTHENTICATE, HeaderValue::from_static(scheme)))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.detail)
    }
}

impl StdError for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        self.response(None)
    }
}

/// An error with all its sources, as one line for the log.
pub fn chain(error: &dyn StdError) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        line.push_str(": ");
        line.push_str(&cause.to_string());
        source = cause.source();
    }
    line
}

fn shortened(detail: String) -> String {
    match detail.char_indices().nth(DETAIL_CHARS_MAX) {
        None => detail,
        Some((end, _)) => {
            let mut short = detail[..end].to_owned();
            short.push('…');
            short
        }
    }
}

#[cfg(test)]
mod tests;
