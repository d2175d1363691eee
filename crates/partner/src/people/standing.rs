//! Whether somebody who was let in still is: what is long open ends with its session or key.

use std::time::Duration;

use theriac_http::identity::{ApiUser, Means};
use theriac_http::problem::Problem;
use theriac_records::repository::api_keys::find_key_by_id;
use theriac_records::repository::sessions::find_session_by_id;
use theriac_records::repository::users::find_user;
use tokio::sync::watch;
use tokio::time::Instant;

use super::People;

/// How often is looked where nothing is heard: `theriac user` ends sessions too, and time does.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// A caller who was let in.
#[derive(Debug)]
pub struct Standing {
    people: People,
    caller: ApiUser,
    ended: watch::Receiver<u64>,
    looked_at: Instant,
}

impl People {
    /// Remembers a caller who was let in.
    pub fn standing(&self, caller: ApiUser) -> Standing {
        Standing {
            people: self.clone(),
            caller,
            ended: self.shared.ended.subscribe(),
            looked_at: Instant::now(),
        }
    }

    /// Tells those who stand that a session or key may have ended.
    pub(super) fn ended(&self) {
        self.shared
            .ended
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Whether a session or key goes on, for the same user.
    async fn goes_on(&self, caller: &ApiUser) -> Result<bool, Problem> {
        let db = &self.shared.db;
        match &caller.means {
            Means::ConfiguredKey => Ok(true),
            Means::StoredKey { id } => Ok(Self::storage(find_key_by_id(db, id).await)?.is_some()),
            Means::Session { id, user, .. } => {
                let session = Self::storage(find_session_by_id(db, id).await)?;
                let is_open =
                    session.is_some_and(|session| session.user == *user && !self.is_over(&session));
                let user = Self::storage(find_user(db, user).await)?;
                Ok(is_open && user.is_some_and(|user| !user.disabled))
            }
        }
    }
}

impl Standing {
    /// Whether the caller is still let in. It is looked up where something was heard, and now and then;
    /// where the database does not answer, nobody is.
    pub async fn holds(&mut self) -> bool {
        let is_heard = self.ended.has_changed().unwrap_or(true);
        if !is_heard && self.looked_at.elapsed() < LOOK_EVERY {
            return true;
        }
        self.ended.borrow_and_update();
        self.looked_at = Instant::now();
        self.people.goes_on(&self.caller).await.unwrap_or(false)
    }

    /// Waits until something is heard of sessions and keys, or it is time to look.
    pub async fn changed(&mut self) {
        let look_at = self.looked_at + LOOK_EVERY;
        tokio::select! {
            // The sender lives as long as the people, whom we hold.
            _ = self.ended.changed() => self.ended.mark_changed(),
            () = tokio::time::sleep_until(look_at) => {}
        }
    }
}
