//! Who calls: a key of the configuration, a stored key, or a session.

use futures::future::LocalBoxFuture;
use theriac_http::api_key::{self, hash, is_key, presented_key};
use theriac_http::identity::{ApiUser, Caller, Identify, Means, Presented};
use theriac_http::problem::Problem;
use theriac_ledger::identifier::Timestamp;
use theriac_records::repository::api_keys::{find_key, touch_key};
use theriac_records::repository::sessions::{SessionRecord, find_session, touch_session};
use theriac_records::repository::users::{Role, find_user};

use super::session::{is_token, token_digest};
use super::{People, check_same_site, scopes_of};

/// Milliseconds after which a use is written down again: a write for each would be a disk's work.
const TOUCH_EVERY_MS: u64 = 60_000;

impl Identify for People {
    fn identify<'r>(
        &'r self,
        request: Presented<'r>,
    ) -> LocalBoxFuture<'r, Result<Caller, Problem>> {
        Box::pin(async move {
            if let Some(plain) = presented_key(request.headers) {
                return self.of_key(plain).await;
            }
            let Some(token) = self.shared.cookie.read(request.headers) else {
                return Ok(Caller::Anonymous);
            };
            let caller = self.of_session(token).await?;
            if matches!(caller, Caller::Known(_)) {
                check_same_site(request.method, request.headers)?;
            }
            Ok(caller)
        })
    }
}

impl People {
    async fn of_key(&self, plain: &str) -> Result<Caller, Problem> {
        if let Some(user) = self.shared.keys.find(plain) {
            return Ok(Caller::Known(user));
        }
        if !is_key(plain) {
            return Ok(Caller::Refused);
        }
        let db = &self.shared.db;
        let Some(key) = Self::storage(find_key(db, &hash(plain)).await)? else {
            return Ok(Caller::Refused);
        };
        let now = self.now();
        if key.last_used_at.is_none_or(|last| is_old(last, now)) {
            note_use(touch_key(db, &key.id, now).await);
        }
        let name = format!("{}{}", api_key::RESERVED_NAMES[1], key.name);
        let means = Means::StoredKey { id: key.id };
        let user = ApiUser::new(name, means, key.scopes);
        Ok(Caller::Known(user.with_persons(key.persons)))
    }

    async fn of_session(&self, token: &str) -> Result<Caller, Problem> {
        if !is_token(token) {
            return Ok(Caller::Ended);
        }
        let db = &self.shared.db;
        let Some(session) = Self::storage(find_session(db, &token_digest(token)).await)? else {
            return Ok(Caller::Ended);
        };
        let now = self.now();
        if self.is_over(&session) {
            return Ok(Caller::Ended);
        }
        let user = Self::storage(find_user(db, &session.user).await)?;
        let Some(user) = user.filter(|user| !user.disabled) else {
            return Ok(Caller::Ended);
        };
        if is_old(session.last_seen_at, now) {
            note_use(touch_session(db, &session.id, now).await);
        }
        let role = if session.by_pin {
            user.role.min(Role::Operator)
        } else {
            user.role
        };
        let (carried, owned) = (scopes_of(role), scopes_of(user.role));
        let withheld = owned.iter().filter(|scope| !carried.contains(*scope));
        let scopes = carried.iter().map(|&scope| scope.to_owned());
        let name = user_name(&user.name);
        let means = Means::Session {
            id: session.id,
            user: user.name,
            withheld: withheld.map(|&scope| scope.to_owned()).collect(),
        };
        let opener = user_name(&session.opened_by);
        let user = ApiUser::new(name, means, scopes.collect());
        Ok(Caller::Known(user.with_persons([opener])))
    }

    /// Whether a session is over, by its own end or because nobody used it.
    pub(super) fn is_over(&self, session: &SessionRecord) -> bool {
        let now = self.now();
        let idle_until = session
            .last_seen_at
            .saturating_add(self.shared.settings.idle_ms());
        now >= session.expires_at || now > idle_until
    }
}

/// How logs, idempotency keys and the audit trail name a user.
pub(super) fn user_name(user: &str) -> String {
    format!("{}{user}", api_key::RESERVED_NAMES[0])
}

fn is_old(last: Timestamp, now: Timestamp) -> bool {
    now.0.saturating_sub(last.0) >= TOUCH_EVERY_MS
}

/// A use that cannot be written down is no reason to refuse it.
fn note_use(written: Result<(), theriac_records::StorageError>) {
    if let Err(error) = written {
        let error = theriac_http::problem::chain(&error);
        tracing::warn!(
            error,
            "the use of a session or key could not be written down"
        );
    }
}
