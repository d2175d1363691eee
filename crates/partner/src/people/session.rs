//! Opening, switching and ending sessions.

use std::net::IpAddr;

use data_encoding::BASE32_NOPAD;
use theriac_crypto::{Digest, digest};
use theriac_http::identity::{ApiUser, Means};
use theriac_http::problem::{Problem, ProblemCode};
use theriac_records::repository::sessions::{
    self, HandOver, HandedOver, SessionRecord, find_session_by_id,
};
use theriac_records::repository::users::{UserRecord, begin_pin};
use zeroize::Zeroizing;

use super::identify::user_name;
use super::{PIN_FAILURES_MAX, People, not_known};
use crate::id::new_id;

/// Characters of a token: 256 bits in base 32.
const TOKEN_CHARS: usize = 52;

/// A session that was opened or switched.
#[derive(Debug)]
pub struct Opened {
    /// Who acts in it now.
    pub user: UserRecord,
    /// How the audit trail names the user.
    pub who: String,
    /// The header that sets its cookie.
    pub set_cookie: String,
}

/// Why a till was not switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SwitchError {
    /// Name and PIN do not belong together.
    Wrong,
    /// The PIN was wrong too often.
    Locked,
}

impl People {
    /// Opens a session for whoever knows the password. The PIN counts anew.
    ///
    /// # Errors
    ///
    /// A problem, the same whether the name, the password or both are wrong.
    pub async fn sign_in(
        &self,
        name: &str,
        password: &str,
        network: IpAddr,
    ) -> Result<Opened, Problem> {
        let user = self.check_user(name, password, network).await?;
        self.open(user).await
    }

    /// Opens a session for somebody who has just been checked.
    ///
    /// # Errors
    ///
    /// A problem when the password was changed meanwhile, the user is kept out, or the database fails.
    pub async fn open(&self, user: UserRecord) -> Result<Opened, Problem> {
        let now = self.now();
        let settings = &self.shared.settings;
        let token = self.token();
        let session = SessionRecord {
            id: self.id(),
            token: token_digest(&token),
            user: user.name.clone(),
            opened_by: user.name.clone(),
            by_pin: false,
            created_at: now,
            last_seen_at: now,
            expires_at: now.saturating_add(settings.session_ms()),
        };
        let idle_since =
            theriac_ledger::identifier::Timestamp(now.0.saturating_sub(settings.idle_ms()));
        let db = &self.shared.db;
        let is_open = sessions::open_session(db, &session, &user.password, idle_since).await;
        if !Self::storage(is_open)? {
            return Err(not_known());
        }
        Ok(self.opened(user, &token, settings.session_ms()))
    }

    /// Hands the caller's session to another user, who gives a PIN instead of a password. The session
    /// then carries at most the role of an operator, until somebody signs in with a password.
    ///
    /// # Errors
    ///
    /// A problem: no session, a wrong PIN, or one that was wrong too often.
    pub async fn switch(
        &self,
        caller: &ApiUser,
        name: &str,
        pin: &str,
        network: IpAddr,
    ) -> Result<Opened, Problem> {
        let id = session_of(caller)?;
        let now = self.now();
        let turn = self.shared.throttle.begin(name, network, now.0)?;
        let session = Self::storage(find_session_by_id(&self.shared.db, id).await)?;
        let session = session.ok_or_else(ended)?;
        let found = self.find(name).await?.filter(|user| !user.disabled);
        let is_locked = found
            .as_ref()
            .is_some_and(|user| user.pin_failures >= PIN_FAILURES_MAX);
        let stored = found.as_ref().and_then(|user| user.pin.clone());
        let may_try = Self::storage(begin_pin(&self.shared.db, name, PIN_FAILURES_MAX).await)?;
        let is_right = self.verify(stored.clone(), pin).await?;
        let (Some(user), Some(stored)) = (found, stored) else {
            return Err(refused(SwitchError::Wrong));
        };
        if is_locked {
            return Err(refused(SwitchError::Locked));
        }
        if !may_try || !is_right {
            return Err(refused(SwitchError::Wrong));
        }
        let token = self.token();
        let to = HandOver {
            session: id,
            user: name,
            pin: &stored,
            token: &token_digest(&token),
        };
        match Self::storage(sessions::switch_session(&self.shared.db, to).await)? {
            HandedOver::Refused => return Err(refused(SwitchError::Wrong)),
            HandedOver::Ended => return Err(ended()),
            HandedOver::Done => turn.give_back(),
        }
        self.ended();
        let left_ms = session.expires_at.0.saturating_sub(now.0);
        Ok(self.opened(user, &token, left_ms))
    }

    /// Ends the caller's session; gives the header that takes its cookie away.
    ///
    /// # Errors
    ///
    /// A problem where the caller has no session.
    pub async fn sign_out(&self, caller: &ApiUser) -> Result<String, Problem> {
        let id = session_of(caller)?;
        Self::storage(sessions::end_session(&self.shared.db, id).await)?;
        self.ended();
        Ok(self.shared.cookie.clear())
    }

    /// The caller's session.
    ///
    /// # Errors
    ///
    /// A problem when the database fails.
    pub async fn session(&self, caller: &ApiUser) -> Result<Option<SessionRecord>, Problem> {
        match &caller.means {
            Means::Session { id, .. } => {
                Self::storage(find_session_by_id(&self.shared.db, id).await)
            }
            Means::ConfiguredKey | Means::StoredKey { .. } => Ok(None),
        }
    }

    fn opened(&self, user: UserRecord, token: &str, lives_ms: u64) -> Opened {
        Opened {
            who: user_name(&user.name),
            set_cookie: self.shared.cookie.set(token, lives_ms / 1_000),
            user,
        }
    }

    fn token(&self) -> Zeroizing<String> {
        let bytes = Zeroizing::new(self.shared.generator.bytes::<32>());
        Zeroizing::new(BASE32_NOPAD.encode(&*bytes).to_ascii_lowercase())
    }

    pub(super) fn id(&self) -> String {
        new_id(&self.shared.generator)
    }
}

/// The name of the user in whose session a caller is.
///
/// # Errors
///
/// A problem where the caller has no session.
pub fn user_of(caller: &ApiUser) -> Result<&str, Problem> {
    match &caller.means {
        Means::Session { user, .. } => Ok(user),
        Means::ConfiguredKey | Means::StoredKey { .. } => Err(no_session()),
    }
}

fn session_of(caller: &ApiUser) -> Result<&str, Problem> {
    match &caller.means {
        Means::Session { id, .. } => Ok(id),
        Means::ConfiguredKey | Means::StoredKey { .. } => Err(no_session()),
    }
}

fn no_session() -> Problem {
    Problem::new(ProblemCode::Forbidden, "an API key has no session")
        .with_hint("sign in with a user's name and password")
}

fn refused(error: SwitchError) -> Problem {
    match error {
        SwitchError::Wrong => Problem::new(
            ProblemCode::SignInRefused,
            "no user has this name and this PIN",
        )
        .with_hint("check name and PIN; who has no PIN signs in with the password and sets one"),
        SwitchError::Locked => Problem::new(
            ProblemCode::PinLocked,
            format!("the PIN was wrong {PIN_FAILURES_MAX} times"),
        ),
    }
}

/// Whether a text has the form of a token: what has not need not be looked for.
pub(super) fn is_token(text: &str) -> bool {
    text.len() == TOKEN_CHARS && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// What is stored of a token.
pub(super) fn token_digest(token: &str) -> Digest {
    digest("session-token", token.as_bytes())
}

fn ended() -> Problem {
    Problem::new(
        ProblemCode::SessionEnded,
        "the session has ended, or was ended",
    )
}
