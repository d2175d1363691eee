//! The audit trail's port: who wrote what, from where, and how it ended.
//!
//! The server tells a program's [`Witness`] of every request that writes before it is answered. A
//! handler that keeps its own row with what it writes, in one database transaction, says so in the
//! request's [`Note`].

use std::fmt::Debug;
use std::future::{Ready, ready};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::Method;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures::future::LocalBoxFuture;
use tracing_actix_web::RequestId;

use crate::client_address::address_of;
use crate::identity::Caller;
use crate::problem::Problem;

/// Whom the trail names where nobody is known.
pub const NOBODY: &str = "anonymous";

/// Keeps what the server has seen.
pub trait Witness: Debug + Send + Sync {
    /// Keeps one request. The request is answered only afterwards.
    ///
    /// # Errors
    ///
    /// A problem, which the caller gets instead of the answer: nothing is done unseen.
    fn record(&self, seen: Seen) -> LocalBoxFuture<'_, Result<(), Problem>>;
}

/// Where a request comes from, and what it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The caller's name, or [`NOBODY`].
    pub who: String,
    /// The address that the request counts for.
    pub address: IpAddr,
    /// The method.
    pub method: String,
    /// The pattern of the route: paths hold serial numbers.
    pub route: String,
    /// The request's id, as in its answer and in the log.
    pub request_id: String,
}

/// A request that writes, as it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Where it came from.
    pub origin: Origin,
    /// Whether its caller was known.
    pub is_known: bool,
    /// What it meant, where the handler said so.
    pub meaning: Option<String>,
    /// The HTTP status of the answer.
    pub status: u16,
    /// Whether a row was kept with what was written.
    pub is_kept: bool,
}

/// What a handler adds to what the server sees. As a handler's argument it is the request's own;
/// clones share it.
#[derive(Clone, Debug, Default)]
pub struct Note(Arc<Mutex<Noted>>);

#[derive(Debug, Default)]
struct Noted {
    who: Option<String>,
    meaning: Option<String>,
    is_kept: bool,
    is_nothing: bool,
}

impl PartialEq for Note {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Note {}

impl Note {
    /// Names who wrote, where the request itself does not: a sign-in.
    pub fn set_who(&self, who: impl Into<String>) {
        self.noted().who = Some(who.into());
    }

    /// Says in words what was written.
    pub fn set_meaning(&self, meaning: impl Into<String>) {
        self.noted().meaning = Some(meaning.into());
    }

    /// A row was kept, in one transaction with what was written.
    pub fn set_kept(&self) {
        self.noted().is_kept = true;
    }

    /// Nothing was to be written: a dry run, or a question that needs a body.
    pub fn set_nothing(&self) {
        self.noted().is_nothing = true;
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        // Every critical section leaves the note whole, so a poisoned lock is still good.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be kept of a request, if anything.
    pub(crate) fn seen(&self, mut origin: Origin, is_known: bool, status: u16) -> Option<Seen> {
        let noted = self.noted();
        let is_refused_caller = matches!(status, 401 | 403);
        if noted.is_nothing && !is_refused_caller {
            return None;
        }
        if let Some(who) = &noted.who {
            origin.who.clone_from(who);
        }
        Some(Seen {
            origin,
            is_known,
            meaning: noted.meaning.clone(),
            status,
            is_kept: noted.is_kept,
        })
    }
}

impl FromRequest for Note {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request.extensions().get::<Self>().cloned();
        ready(Ok(found.unwrap_or_default()))
    }
}

impl FromRequest for Origin {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let extensions = request.extensions();
        let who = match extensions.get::<Caller>() {
            Some(Caller::Known(user)) => user.name.clone(),
            _ => NOBODY.to_owned(),
        };
        let id = extensions.get::<RequestId>();
        ready(Ok(Self {
            who,
            address: address_of(request),
            method: request.method().to_string(),
            route: request.match_pattern().unwrap_or_default(),
            request_id: id.map(ToString::to_string).unwrap_or_default(),
        }))
    }
}

/// The origin of a request that writes, where a route matches; the caller is not known yet.
pub(crate) fn origin_of_write(request: &ServiceRequest, address: IpAddr) -> Option<Origin> {
    if [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method()) {
        return None;
    }
    let id = request.extensions().get::<RequestId>().copied();
    Some(Origin {
        who: NOBODY.to_owned(),
        address,
        method: request.method().to_string(),
        route: request.match_pattern()?,
        request_id: id.map(|id| id.to_string()).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        Origin {
            who: "line-1".to_owned(),
            address: IpAddr::from([192, 0, 2, 1]),
            method: "POST".to_owned(),
            route: "/api/v1/shipments".to_owned(),
            request_id: "1".to_owned(),
        }
    }

    #[test]
    fn note_names_who_and_what() {
        let note = Note::default();
        note.set_who("user:anna");
        note.set_meaning("sign in");
        let seen = note.seen(origin(), false, 201).unwrap();
        assert_eq!(seen.origin.who, "user:anna");
        assert_eq!(seen.meaning.as_deref(), Some("sign in"));
    }

    #[test]
    fn dry_run_is_seen_only_when_its_caller_is_refused() {
        let note = Note::default();
        note.set_nothing();
        assert_eq!(note.seen(origin(), true, 200), None);
        assert!(note.seen(origin(), true, 403).is_some());
    }
}
