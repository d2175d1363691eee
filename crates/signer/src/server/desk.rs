//! Judges what is asked, and signs.

use std::sync::{Arc, Mutex, PoisonError};

use theriac_consensus::guard::{GuardError, SigningGuard};
use theriac_consensus::signing::SignRequest;
use theriac_crypto::{Signature, SigningKey, prove_possession};
use theriac_http::clock::SharedClock;
use theriac_http::problem::chain;
use theriac_http::signed_request::WINDOW_MS;
use theriac_ledger::action::{ActionError, ActionKind};
use theriac_ledger::constants::VALIDITY_MS_MAX;
use theriac_ledger::identifier::{ChainId, Height};
use theriac_ledger::transaction::Transaction;
use tokio::sync::watch;

use super::policy::{Policy, admit};
use crate::wire::{Answer, Ask, Identity, Refusal, RefusalCode, Request, What};

/// How far the chain's time may be ahead of the signer's clock.
const CLOCKS_APART_MS: u64 = 60_000;

/// Everything that an answer depends on.
#[derive(Debug)]
pub(super) struct Desk {
    chain: ChainId,
    key: SigningKey,
    policy: Policy,
    guard: Option<Arc<Mutex<SigningGuard>>>,
    clock: SharedClock,
    broken: watch::Sender<bool>,
}

impl Desk {
    pub(super) fn new(
        chain: ChainId,
        key: SigningKey,
        policy: Policy,
        guard: Option<SigningGuard>,
        clock: SharedClock,
    ) -> Self {
        Self {
            chain,
            key,
            policy,
            guard: guard.map(|guard| Arc::new(Mutex::new(guard))),
            clock,
            broken: watch::Sender::new(false),
        }
    }

    /// Waits until the guard has failed: the signer must stop then.
    pub(super) async fn broken(&self) {
        let mut broken = self.broken.subscribe();
        // The sender lives as long as this does, so there is an answer.
        let _ = broken.wait_for(|broken| *broken).await;
    }

    pub(super) async fn answer(&self, ask: Ask) -> Answer {
        match self.judge(ask).await {
            Ok(answer) => answer,
            Err(refusal) => {
                tracing::warn!(code = %refusal.code, "refused: {}", refusal.sentence);
                Answer::Refused(refusal)
            }
        }
    }

    async fn judge(&self, ask: Ask) -> Result<Answer, Refusal> {
        if ask.chain != self.chain {
            let sentence = format!("this signer signs for chain {} only", self.chain);
            return Err(Refusal::new(RefusalCode::Chain, &sentence));
        }
        let public = self.key.public_key();
        let signature = match ask.what {
            What::Identity => return Ok(Answer::Identity(self.identity())),
            What::Vote(vote) => self.vote(vote.of(public)).await?,
            What::Proposal(proposal) => self.vote(proposal.of(public)).await?,
            What::ValidatorProof { peer_id } => {
                let peer_id = peer_id.to_vec();
                self.vote(SignRequest::ValidatorProof { peer_id }).await?
            }
            What::Transaction(transaction) => self.transaction(&transaction)?,
            What::Request(request) => self.request(&request)?,
            What::Possession { nonce } => {
                admit(self.policy.possession.as_ref(), "possession")?;
                prove_possession(&nonce, &self.key)
            }
        };
        Ok(Answer::Signature(signature))
    }

    fn identity(&self) -> Identity {
        Identity {
            key: self.key.public_key(),
            signs_votes: self.guard.is_some(),
            last_signed: self.last_signed(),
        }
    }

    fn last_signed(&self) -> Option<Height> {
        let guard = self.guard.as_ref()?;
        let guard = guard.lock().unwrap_or_else(PoisonError::into_inner);
        guard.last().map(|last| last.height)
    }

    /// Signs for a validator, once the guard has made it durable.
    async fn vote(&self, request: SignRequest) -> Result<Signature, Refusal> {
        admit(self.policy.votes.as_ref(), "votes")?;
        if let (Some(subject), Some(guard)) = (request.subject(&self.chain), &self.guard) {
            let guard = Arc::clone(guard);
            // The guard waits for the disk, which must not hold up the reactor.
            let admitted = tokio::task::spawn_blocking(move || {
                let mut guard = guard.lock().unwrap_or_else(PoisonError::into_inner);
                guard.admit(&subject)
            });
            match admitted.await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return Err(self.guarded(&error)),
                Err(error) => return Err(self.fail(&chain(&error))),
            }
        }
        let digest = request.digest(&self.chain, &self.key.public_key());
        Ok(self.key.sign(&digest))
    }

    /// What the guard's refusal means for whoever asked.
    fn guarded(&self, error: &GuardError) -> Refusal {
        match error {
            GuardError::Regress { last, .. } => Refusal::signed(last.height, &error.to_string()),
            GuardError::Conflict { signed, .. } => {
                Refusal::signed(signed.height, &error.to_string())
            }
            _ => self.fail(&chain(error)),
        }
    }

    fn fail(&self, reason: &str) -> Refusal {
        tracing::error!("nothing more is signed: {reason}");
        self.broken.send_replace(true);
        Refusal::new(RefusalCode::Broken, reason)
    }

    fn transaction(&self, transaction: &Transaction) -> Result<Signature, Refusal> {
        if transaction.signer != self.key.public_key() {
            let sentence = format!(
                "the transaction names {} as its signer; the key here is {}",
                transaction.signer,
                self.key.public_key()
            );
            return Err(Refusal::new(RefusalCode::Key, &sentence));
        }
        if self.policy.transactions.is_some() {
            self.policy.check_action(kind_of(transaction)?)?;
        }
        let latest = self
            .clock
            .now_ms()
            .saturating_add(VALIDITY_MS_MAX + CLOCKS_APART_MS);
        if transaction.valid_until.0 > latest {
            // It could be kept, and put on the ledger long after the key was taken back.
            let sentence = "the transaction stays valid for longer than any that is submitted now";
            return Err(Refusal::new(RefusalCode::Time, sentence));
        }
        admit(self.policy.transactions.as_ref(), "transactions")?;
        Ok(self.key.sign(&transaction.id(&self.chain).0))
    }

    fn request(&self, request: &Request) -> Result<Signature, Refusal> {
        let now = self.clock.now_ms();
        if request.time_ms.abs_diff(now) > WINDOW_MS {
            let sentence = format!(
                "the request's time {} is more than {WINDOW_MS} ms away from {now}",
                request.time_ms
            );
            return Err(Refusal::new(RefusalCode::Time, &sentence));
        }
        admit(self.policy.requests.as_ref(), "requests")?;
        let digest = request
            .fields()
            .digest(&self.key.public_key(), &self.chain.0);
        Ok(self.key.sign(&digest))
    }
}

/// The kind of a transaction whose action can be read: what a node would refuse is not signed.
fn kind_of(transaction: &Transaction) -> Result<ActionKind, Refusal> {
    match transaction.action.decode() {
        Ok(body) => Ok(body.kind()),
        Err(error @ ActionError::NotEnabled { .. }) => {
            Err(Refusal::new(RefusalCode::NotAllowed, &chain(&error)))
        }
        Err(error) => Err(Refusal::new(RefusalCode::Malformed, &chain(&error))),
    }
}
