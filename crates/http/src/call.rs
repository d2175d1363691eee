//! What the requests to a service have in common: who calls, and for writes under which key and
//! how patient.

use std::borrow::Cow;
use std::future::{Ready, ready};
use std::str::FromStr;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use theriac_crypto::{Digest, Digester};
use utoipa::IntoParams;

use crate::idempotency::IdempotencyKey;
use crate::identity::ApiUser;
use crate::problem::{Problem, ProblemCode};
use crate::witness::{Note, Origin};

/// The scope that reading needs.
pub const READ_SCOPE: &str = "read";
/// The scope that writing needs.
pub const WRITE_SCOPE: &str = "write";
/// The scope that approving what others drafted needs.
pub const APPROVE_SCOPE: &str = "approve";
/// The scope that administering needs: users, keys, webhooks, the audit trail.
pub const ADMIN_SCOPE: &str = "admin";
/// Every scope.
pub const SCOPES: [&str; 4] = [READ_SCOPE, WRITE_SCOPE, APPROVE_SCOPE, ADMIN_SCOPE];
/// How long a write waits for its outcome when the caller does not say.
pub const WAIT_MS_DEFAULT: u64 = 10_000;
/// The longest wait: below the time in which a server must answer.
pub const WAIT_MS_MAX: u64 = 25_000;

/// Parameters of every request that writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct WriteQuery {
    /// How long to wait for the outcome, in milliseconds, 0 to 25,000.
    #[param(required = false, default = 10_000, maximum = 25_000)]
    #[serde(deserialize_with = "wait_ms")]
    pub wait_ms: u64,
    /// Check everything and say what would be done, but store and send nothing.
    #[param(required = false, default = false)]
    #[serde(deserialize_with = "dry_run")]
    pub dry_run: bool,
}

fn wait_ms<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    parsed(
        deserializer,
        "wait_ms is a number of milliseconds, 0 to 25,000",
    )
}

fn dry_run<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    parsed(deserializer, "dry_run is true or false")
}

/// A parameter, refused in words that name it: the parser of queries says only what it met.
fn parsed<'de, T: FromStr, D: Deserializer<'de>>(
    deserializer: D,
    must: &str,
) -> Result<T, D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    text.parse().map_err(|_| D::Error::custom(must))
}

impl Default for WriteQuery {
    fn default() -> Self {
        Self {
            wait_ms: WAIT_MS_DEFAULT,
            dry_run: false,
        }
    }
}

/// A request that writes. As a handler's argument it makes an API key with the scope `write`
/// mandatory, and an idempotency key unless it is a dry run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteCall {
    /// Who calls.
    pub user: String,
    /// The people and keys that count as the caller where a second person is asked for.
    pub persons: Vec<String>,
    /// The idempotency key, unique to the caller; empty in a dry run.
    pub key: String,
    /// How long to wait for the outcome.
    pub wait: Duration,
    /// Whether nothing may be stored or sent.
    pub dry_run: bool,
    /// The path, part of what makes a request the same.
    pub path: String,
    /// Where it comes from, for the audit trail.
    pub origin: Origin,
    /// What the audit trail is told of it.
    pub note: Note,
}

impl WriteCall {
    /// The digest of what is asked for: two requests with it are the same request.
    pub fn digest(&self, content: &[u8]) -> Digest {
        let length = u64::try_from(self.path.len()).unwrap_or(u64::MAX);
        Digester::new("service-request")
            .chain(&length.to_le_bytes())
            .chain(self.path.as_bytes())
            .chain(content)
            .finish()
    }

    fn read(request: &HttpRequest) -> Result<Self, Problem> {
        let note = Note::from_request(request, &mut Payload::None).into_inner()?;
        let user = ApiUser::from_request(request, &mut Payload::None).into_inner()?;
        user.check_scope(WRITE_SCOPE)?;
        let query = web::Query::<WriteQuery>::from_query(request.query_string())
            .map_err(|error| Problem::from(&error))?;
        if query.dry_run {
            note.set_nothing();
        }
        if query.wait_ms > WAIT_MS_MAX {
            let detail = format!("wait_ms is {}, at most {WAIT_MS_MAX}", query.wait_ms);
            return Err(Problem::new(ProblemCode::InvalidQuery, detail)
                .with_hint("wait less, then ask for the intent"));
        }
        let key = if query.dry_run {
            String::new()
        } else {
            let key = IdempotencyKey::from_request(request, &mut Payload::None).into_inner()?;
            format!("{}/{key}", user.name)
        };
        Ok(Self {
            persons: user.persons().to_vec(),
            user: user.name,
            key,
            wait: Duration::from_millis(query.wait_ms),
            dry_run: query.dry_run,
            path: request.path().to_owned(),
            origin: Origin::from_request(request, &mut Payload::None).into_inner()?,
            note,
        })
    }
}

impl FromRequest for WriteCall {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::read(request))
    }
}

/// A request that reads. As a handler's argument it makes a caller with the scope `read` mandatory, and
/// tells the audit trail that nothing is written, whatever the method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadCall {
    /// Who calls.
    pub user: String,
}

impl FromRequest for ReadCall {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::read(request))
    }
}

impl ReadCall {
    fn read(request: &HttpRequest) -> Result<Self, Problem> {
        let note = Note::from_request(request, &mut Payload::None).into_inner()?;
        note.set_nothing();
        let user = caller_with(request, READ_SCOPE)?;
        Ok(Self { user: user.name })
    }
}

/// A request that approves or refuses what another drafted. As a handler's argument it makes a caller
/// with the scope `approve` mandatory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApproveCall {
    /// Who calls.
    pub user: String,
}

impl FromRequest for ApproveCall {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(caller_with(request, APPROVE_SCOPE).map(|user| Self { user: user.name }))
    }
}

/// A request that administers the program. As a handler's argument it makes a caller with the scope
/// `admin` mandatory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminCall {
    /// Who calls.
    pub user: ApiUser,
    /// What the audit trail is told of it.
    pub note: Note,
}

impl FromRequest for AdminCall {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let note = Note::from_request(request, payload).into_inner();
        let user = caller_with(request, ADMIN_SCOPE);
        ready(user.and_then(|user| Ok(Self { user, note: note? })))
    }
}

fn caller_with(request: &HttpRequest, scope: &str) -> Result<ApiUser, Problem> {
    let user = ApiUser::from_request(request, &mut Payload::None).into_inner()?;
    user.check_scope(scope)?;
    Ok(user)
}

/// A JSON answer with a status.
///
/// # Panics
///
/// For a status outside 100 to 999: it is the program's own.
pub fn respond(status: u16, body: &impl Serialize) -> HttpResponse {
    let status = StatusCode::from_u16(status).expect("a status of this program has three digits");
    HttpResponse::build(status).json(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<WriteQuery, Problem> {
        let query = web::Query::<WriteQuery>::from_query(query);
        query
            .map(web::Query::into_inner)
            .map_err(|error| Problem::from(&error))
    }

    #[test]
    fn parameter_of_a_write_that_cannot_be_read_is_named() {
        for (query, must) in [
            ("dry_run=yes", "dry_run is true or false"),
            ("wait_ms=soon", "wait_ms is a number of milliseconds"),
            ("wait_ms=", "wait_ms is a number of milliseconds"),
        ] {
            let problem = read(query).unwrap_err();
            assert_eq!(problem.code(), ProblemCode::InvalidQuery);
            assert!(problem.detail().contains(must), "{}", problem.detail());
        }
        let query = read("wait_ms=5&dry_run=true&other=1").unwrap();
        assert_eq!((query.wait_ms, query.dry_run), (5, true));
        assert_eq!(read("").unwrap(), WriteQuery::default());
    }
}
