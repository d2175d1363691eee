//! What the handlers share.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::web;
use theriac_http::api_key::ApiUser;
use theriac_http::clock::SharedClock;
use theriac_http::problem::{Problem, ProblemCode};
use theriac_ledger::identifier::AccountId;
use theriac_ledger::state::StateUnavailable;
use tokio::sync::Semaphore;

use crate::answer::VerifyAnswer;
use crate::inquiry::{self, Freshness, Question};
use crate::lookup::Asker;
use crate::picture;
use crate::view::{ReadError, SharedView};

/// Pictures held in memory at once: 8 MiB each. More callers are asked to come back.
const PICTURES_HELD_MAX: usize = 8;
/// Pictures searched at once: each takes a core, and lookups need the other threads.
const PICTURES_SEARCHED_MAX: usize = 2;

/// What the handlers share; clones share one state.
#[derive(Clone, Debug)]
pub(crate) struct AppState {
    view: SharedView,
    clock: SharedClock,
    stale_after_ms: u64,
    accounts: Arc<BTreeMap<String, AccountId>>,
    pictures_held: Arc<Semaphore>,
    pictures_searched: Arc<Semaphore>,
}

impl AppState {
    /// State over a view of the ledger. `accounts` says for which account the user of a key works.
    pub(crate) fn new(
        view: SharedView,
        clock: SharedClock,
        stale_after_ms: u64,
        accounts: BTreeMap<String, AccountId>,
    ) -> Self {
        Self {
            view,
            clock,
            stale_after_ms,
            accounts: Arc::new(accounts),
            pictures_held: Arc::new(Semaphore::new(PICTURES_HELD_MAX)),
            pictures_searched: Arc::new(Semaphore::new(PICTURES_SEARCHED_MAX)),
        }
    }

    /// Who asks, as far as the API key says.
    pub(crate) fn asker(&self, user: Option<&ApiUser>) -> Asker {
        Asker {
            is_signed_in: user.is_some(),
            account: user.and_then(|user| self.accounts.get(&user.name).copied()),
        }
    }

    /// Answers a text.
    pub(crate) async fn verify(&self, question: Question) -> Result<VerifyAnswer, Problem> {
        let (view, freshness) = (Arc::clone(&self.view), self.freshness());
        let answer = web::block(move || inquiry::verify(&*view, freshness, &question)).await;
        answer
            .map_err(|error| Problem::internal(&error))?
            .map_err(|error| problem(&error))
    }

    /// A place in memory for a picture.
    ///
    /// # Errors
    ///
    /// A problem `busy` when all are taken.
    pub(crate) fn hold_picture(&self) -> Result<tokio::sync::OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.pictures_held)
            .try_acquire_owned()
            .map_err(|_| {
                let detail = "too many pictures are being searched at the moment";
                Problem::new(ProblemCode::Busy, detail).with_retry_after_s(2)
            })
    }

    /// Answers a picture.
    pub(crate) async fn verify_picture(
        &self,
        picture: web::Bytes,
        asker: Asker,
    ) -> Result<VerifyAnswer, Problem> {
        let turn = Arc::clone(&self.pictures_searched).acquire_owned().await;
        let found = web::block(move || {
            let _turn = turn;
            picture::find_code(&picture)
        });
        let found = found.await.map_err(|error| Problem::internal(&error))?;
        match found {
            Ok((text, note)) => {
                let notes = note.into_iter().collect();
                self.verify(Question { text, notes, asker }).await
            }
            Err(refusal) => Ok(inquiry::unreadable_picture(&*self.view, &refusal)),
        }
    }

    fn freshness(&self) -> Freshness {
        Freshness {
            now_ms: self.clock.now_ms(),
            stale_after_ms: self.stale_after_ms,
        }
    }
}

fn problem(error: &ReadError) -> Problem {
    match error {
        ReadError::State(StateUnavailable::Store(_)) => {
            Problem::hidden(ProblemCode::StorageUnavailable, error)
        }
        ReadError::State(_) | ReadError::Record { .. } | ReadError::Missing { .. } => {
            Problem::internal(error)
        }
    }
}
