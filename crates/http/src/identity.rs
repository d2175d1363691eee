//! Who calls: the port behind which a program knows the callers it admits.

use std::fmt::Debug;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::HeaderMap;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures::future::LocalBoxFuture;

use crate::api_key::ApiKeys;
use crate::problem::{Problem, ProblemCode};

/// What a request brings to say who calls.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'r> {
    /// The method: a browser's cookie is worth less where something is written.
    pub method: &'r Method,
    /// The headers.
    pub headers: &'r HeaderMap,
}

/// Says who calls. Configured API keys alone are [`ApiKeys`]; a program with users of its own asks
/// its database.
pub trait Identify: Debug + Send + Sync {
    /// Who calls.
    ///
    /// # Errors
    ///
    /// A problem where it cannot be said, or where what was presented must not be used so.
    fn identify<'r>(
        &'r self,
        request: Presented<'r>,
    ) -> LocalBoxFuture<'r, Result<Caller, Problem>>;
}

impl Identify for ApiKeys {
    fn identify<'r>(
        &'r self,
        request: Presented<'r>,
    ) -> LocalBoxFuture<'r, Result<Caller, Problem>> {
        Box::pin(ready(Ok(self.identify_headers(request.headers))))
    }
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Nothing was presented.
    Anonymous,
    /// A key was given, and it is not one of ours.
    Refused,
    /// A session was presented that is over, or never was: a browser sends it unasked, so that it
    /// counts as nothing where no caller is needed.
    Ended,
    /// The user of a known key or session.
    Known(ApiUser),
}

/// With what a caller is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Means {
    /// A key of the configuration.
    ConfiguredKey,
    /// A key that the program made and stored.
    StoredKey {
        /// Its id.
        id: String,
    },
    /// A session, opened with a password.
    Session {
        /// Its id.
        id: String,
        /// The user's name.
        user: String,
        /// What the user may do and the session may not, because a PIN handed it over.
        withheld: Vec<String>,
    },
}

/// A known caller. As a handler's argument it makes one mandatory; `Option<ApiUser>` makes it
/// optional.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiUser {
    /// Whom logs, idempotency keys and the audit trail name: unique among all callers of a program.
    pub name: String,
    /// With what it is known.
    pub means: Means,
    scopes: Vec<String>,
    persons: Vec<String>,
}

impl ApiUser {
    /// A caller with what it may do, behind whom nobody else stands.
    pub fn new(name: impl Into<String>, means: Means, scopes: Vec<String>) -> Self {
        let name = name.into();
        Self {
            persons: vec![name.clone()],
            name,
            means,
            scopes,
        }
    }

    /// The same caller, with who stands behind it.
    #[must_use]
    pub fn with_persons(mut self, behind: impl IntoIterator<Item = String>) -> Self {
        for person in behind {
            if !self.persons.contains(&person) {
                self.persons.push(person);
            }
        }
        self
    }

    /// The people and keys that count as this caller where a second person is asked for: itself, whoever
    /// opened its session or made its key, and whoever stood behind them.
    pub fn persons(&self) -> &[String] {
        &self.persons
    }

    /// What it may do.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// Whether the caller has the scope.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|own| own == scope)
    }

    /// Refuses callers without the scope.
    ///
    /// # Errors
    ///
    /// A problem `forbidden` that names the scope.
    pub fn check_scope(&self, scope: &str) -> Result<(), Problem> {
        if self.has_scope(scope) {
            return Ok(());
        }
        Err(match &self.means {
            Means::Session { user, withheld, .. } if withheld.iter().any(|own| own == scope) => {
                let detail = format!(
                    "this session of user {user:?} was handed over by PIN, and does not have the scope {scope:?}"
                );
                Problem::new(ProblemCode::Forbidden, detail).with_hint(
                    "sign in with the password: with a PIN nobody is more than an operator",
                )
            }
            Means::Session { user, .. } => {
                let detail = format!("the role of user {user:?} does not have the scope {scope:?}");
                Problem::new(ProblemCode::Forbidden, detail).with_hint(
                    "sign in as somebody whose role has it, or ask an administrator for that role",
                )
            }
            Means::ConfiguredKey | Means::StoredKey { .. } => {
                let name = &self.name;
                let detail = format!("API key {name:?} does not have the scope {scope:?}");
                Problem::new(ProblemCode::Forbidden, detail)
            }
        })
    }
}

impl FromRequest for ApiUser {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match request.extensions().get::<Caller>() {
            Some(Caller::Known(user)) => Ok(user.clone()),
            Some(Caller::Refused) => Err(refused()),
            Some(Caller::Ended) => Err(Problem::new(
                ProblemCode::SessionEnded,
                "the session has ended, or was ended",
            )),
            Some(Caller::Anonymous) | None => Err(Problem::new(
                ProblemCode::CredentialsMissing,
                "this address needs an API key or a session",
            )),
        })
    }
}

/// The refusal of a key that is not known.
pub(crate) fn refused() -> Problem {
    Problem::new(
        ProblemCode::CredentialsInvalid,
        "the API key in the Authorization header is not known here",
    )
}
