//! What the handlers share.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpMessage as _, HttpRequest, web};
use theriac_client::wire::{MISBEHAVIOUR_PAGE_MAX, MisbehaviourPage, MisbehaviourQuery};
use theriac_http::api_key::ApiUser;
use theriac_http::client_address::ClientAddress;
use theriac_http::clock::SharedClock;
use theriac_http::problem::{Problem, ProblemCode};
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::AccountId;
use theriac_ledger::state::StateUnavailable;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::answer::VerifyAnswer;
use crate::guessing::Guessing;
use crate::inquiry::{self, Freshness, Question};
use crate::lookup::Asker;
use crate::picture;
use crate::view::{ReadError, SharedView};

/// Pictures held in memory at once: 8 MiB each. More callers are asked to come back.
const PICTURES_HELD_MAX: usize = 8;
/// Pictures searched at once: each takes a core, and lookups need the other threads.
const PICTURES_SEARCHED_MAX: usize = 2;
/// Anonymous answers that confirm nothing leave at full steps of this time: far more than looking
/// anything up takes, far less than a person notices.
const EVEN_STEP: Duration = Duration::from_millis(25);
/// The address of a caller whom no server has looked at.
const UNKNOWN_ADDRESS: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

/// What the handlers share; clones share one state.
#[derive(Clone, Debug)]
pub(crate) struct AppState {
    view: SharedView,
    clock: SharedClock,
    stale_after_ms: u64,
    accounts: Arc<BTreeMap<String, AccountId>>,
    anchor: Arc<Anchor>,
    guessing: Arc<Guessing>,
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
        anchor: Arc<Anchor>,
    ) -> Self {
        Self {
            view,
            clock,
            stale_after_ms,
            accounts: Arc::new(accounts),
            anchor,
            guessing: Arc::new(Guessing::new()),
            pictures_held: Arc::new(Semaphore::new(PICTURES_HELD_MAX)),
            pictures_searched: Arc::new(Semaphore::new(PICTURES_SEARCHED_MAX)),
        }
    }

    /// Who asks, as far as the API key and the network say.
    pub(crate) fn asker(&self, user: Option<&ApiUser>, request: &HttpRequest) -> Asker {
        Asker {
            is_signed_in: user.is_some(),
            address: address_of(request),
            account: user.and_then(|user| self.accounts.get(&user.name).copied()),
        }
    }

    /// The public half of genesis.
    pub(crate) fn anchor(&self) -> &Anchor {
        &self.anchor
    }

    /// A page of evidence against validators.
    pub(crate) async fn misbehaviour(
        &self,
        query: MisbehaviourQuery,
    ) -> Result<MisbehaviourPage, Problem> {
        let limit = query.limit.unwrap_or(MISBEHAVIOUR_PAGE_MAX);
        if limit == 0 {
            let detail = "limit must be at least 1";
            return Err(Problem::new(ProblemCode::InvalidQuery, detail));
        }
        let view = Arc::clone(&self.view);
        let page = web::block(move || view.misbehaviour(query.after.as_ref(), limit)).await;
        page.map_err(|error| Problem::internal(&error))?
            .map_err(|error| problem(&ReadError::State(error)))
    }

    /// Answers a text. What is unknown or mismatched takes anonymous callers the same time, whatever
    /// the reason, and they may try only so many.
    pub(crate) async fn verify(&self, question: Question) -> Result<VerifyAnswer, Problem> {
        let Asker {
            is_signed_in,
            address,
            ..
        } = question.asker;
        if is_signed_in {
            return self.answer(question).await;
        }
        let asked_at = Instant::now();
        self.guessing.check(address, self.clock.now_ms())?;
        let answer = self.answer(question).await?;
        if answer.is_unconfirmed {
            self.guessing.count(address, self.clock.now_ms());
            tokio::time::sleep_until(even(asked_at, Instant::now())).await;
        }
        Ok(answer)
    }

    async fn answer(&self, question: Question) -> Result<VerifyAnswer, Problem> {
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
        wants_evidence: bool,
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
                let question = Question {
                    text,
                    notes,
                    asker,
                    wants_evidence,
                };
                self.verify(question).await
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

/// The address that a request counts for; the server finds it out.
fn address_of(request: &HttpRequest) -> IpAddr {
    let found = request.extensions().get::<ClientAddress>().copied();
    found.map_or(UNKNOWN_ADDRESS, |found| found.0)
}

/// When an answer to a question of `asked_at` leaves that is ready at `ready_at`: at the next full
/// step of [`EVEN_STEP`].
fn even(asked_at: Instant, ready_at: Instant) -> Instant {
    let mut leaves_at = asked_at + EVEN_STEP;
    while leaves_at < ready_at {
        leaves_at += EVEN_STEP;
    }
    leaves_at
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
