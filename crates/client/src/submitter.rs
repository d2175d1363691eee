//! Signs what a member intends and sees it through to a final block.

mod head_tracker;
mod outcome;

use std::time::Duration;

use theriac_crypto::{Digest, PublicKey};
use theriac_http::clock::SharedClock;
use theriac_http::problem::chain;
use theriac_ledger::action::ActionBody;
use theriac_ledger::block::Header;
use theriac_ledger::constants::{TRANSACTION_BYTES_MAX, VALIDITY_MS_MAX};
use theriac_ledger::encoding::{TooManyItems, encode};
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::{ChainId, Timestamp, TransactionId};
use theriac_ledger::transaction::{SignedTransaction, Transaction};
use theriac_ledger::validator::ValidatorSet;
use theriac_signer::{SharedSigner, SignerError};
use tokio::time::Instant;

pub use head_tracker::NoHead;
pub use outcome::{Attempt, Outcome, Refusal};

use crate::generator::Generator;
use crate::head_watch::HeadWatch;
use crate::node_client::{NodeClient, NodeError};
use crate::wire::{TransactionAnswer, TransactionState};
use head_tracker::HeadTracker;

/// How long a submitter tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubmitterSettings {
    /// For how long after the chain's head a transaction stays valid, or from now on where the
    /// chain has stood still for half of that; below [`VALIDITY_MS_MAX`], which counts from the
    /// block that includes it.
    pub validity_ms: u64,
    /// How long [`Submitter::send`] waits for a final block.
    pub wait: Duration,
    /// How old the known head may be, by this machine's stopwatch, before it is asked for again.
    pub head_age: Duration,
}

impl Default for SubmitterSettings {
    fn default() -> Self {
        Self {
            validity_ms: VALIDITY_MS_MAX / 2,
            wait: Duration::from_secs(30),
            head_age: Duration::from_secs(20),
        }
    }
}

/// A signed transaction, ready to be sent again and again while it is valid. Keep it with the
/// intent until its outcome is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIntent {
    /// The transaction's id.
    pub id: TransactionId,
    /// Canonical bytes of the signed transaction.
    pub bytes: Vec<u8>,
    /// Block time after which it is never included.
    pub valid_until: Timestamp,
}

/// What a signature adds to a transaction.
const SIGNATURE_BYTES: usize = 64;

/// Why an intent was not signed. Nothing was sent: keep the intent and try again, except where it
/// is too long.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The action has more items than the ledger takes.
    #[error("the action is too large for one transaction")]
    TooManyItems(#[from] TooManyItems),
    /// The transaction is longer than the ledger takes.
    #[error("the transaction has {found} bytes, at most {TRANSACTION_BYTES_MAX} are allowed")]
    TooLong {
        /// Its length.
        found: usize,
    },
    /// No node says where the chain stands, so that no time of validity can be chosen.
    #[error(transparent)]
    NoHead(#[from] NoHead),
    /// Whoever holds the key is away, or refuses.
    #[error(transparent)]
    Signer(#[from] SignerError),
}

/// Signs and sends with one key. Share it behind an `Arc`.
#[derive(Debug)]
pub struct Submitter {
    nodes: Vec<NodeClient>,
    chain: ChainId,
    signer: SharedSigner,
    generator: Generator,
    settings: SubmitterSettings,
    heads: HeadTracker,
}

impl Submitter {
    /// A submitter for the chain of `anchor` that signs with a key of this process, or with one
    /// behind a signer, and sends to `nodes` in turn.
    pub fn new(
        nodes: Vec<NodeClient>,
        anchor: &Anchor,
        signer: impl Into<SharedSigner>,
        generator: Generator,
        clock: SharedClock,
    ) -> Self {
        Self {
            nodes,
            chain: anchor.chain_id(),
            signer: signer.into(),
            generator,
            settings: SubmitterSettings::default(),
            heads: HeadTracker::new(anchor, clock),
        }
    }

    /// With other settings.
    #[must_use]
    pub fn with_settings(mut self, settings: SubmitterSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Compares the heads of nodes by `watch`, which may be shared with a follower.
    #[must_use]
    pub fn watching(mut self, watch: HeadWatch) -> Self {
        self.heads.watch_with(watch);
        self
    }

    /// The key that signs.
    pub fn public_key(&self) -> PublicKey {
        self.signer.public_key()
    }

    /// Tells it of a verified block, which saves asking a node for the chain's time.
    pub fn observe_head(&self, header: &Header) {
        self.heads.observe(header);
    }

    /// Signs an intent: fresh salt, valid for [`SubmitterSettings::validity_ms`] of block time.
    ///
    /// # Errors
    ///
    /// [`SignError`]; nothing was sent.
    pub async fn sign(
        &self,
        body: &ActionBody,
        details: Option<Digest>,
    ) -> Result<SignedIntent, SignError> {
        let action = body.to_action()?;
        let head = self.heads.time(&self.nodes, self.settings.head_age).await?;
        let now = self.heads.now();
        let validity = self.settings.validity_ms;
        let stands_still = head.saturating_add(validity / 2) < now;
        let valid_until = if stands_still { now } else { head }.saturating_add(validity);
        let transaction = Transaction {
            signer: self.signer.public_key(),
            salt: self.generator.bytes(),
            valid_until,
            action,
            details,
        };
        let found = encode(&transaction).len() + SIGNATURE_BYTES;
        if found > TRANSACTION_BYTES_MAX {
            return Err(SignError::TooLong { found });
        }
        let id = transaction.id(&self.chain);
        let signature = self
            .signer
            .sign_transaction(&self.chain, &transaction)
            .await?;
        let bytes = SignedTransaction {
            transaction,
            signature,
        }
        .encode();
        Ok(SignedIntent {
            id,
            bytes,
            valid_until,
        })
    }

    /// Sends a signed intent and waits for its outcome, at most [`SubmitterSettings::wait`].
    ///
    /// One node's refusal settles nothing: it may be behind, or lie. The next is asked until
    /// [`refusals_needed`] refuse. `attempt` says whether a node may have taken these bytes before:
    /// then no refusal by the present state settles anything, because that node may include them.
    pub async fn send(&self, signed: &SignedIntent, attempt: Attempt) -> Outcome {
        let deadline = Instant::now() + self.settings.wait;
        let mut round = Round::new(attempt);
        let needed = refusals_needed(&self.heads.validators(), self.nodes.len());
        if attempt == Attempt::Again
            && let Some(outcome) = self.settle(signed).await
        {
            return outcome;
        }
        for (index, node) in self.nodes.iter().enumerate() {
            match node.submit(&signed.bytes).await {
                Ok(answer) => {
                    return match final_outcome(&answer) {
                        Some(outcome) => outcome,
                        None => self.wait(signed, index, deadline).await,
                    };
                }
                Err(error) => round.failed(error),
            }
            if let Some(settled) = round.settled(needed) {
                round.refusals = vec![settled];
                break;
            }
        }
        self.end(signed, round).await
    }

    /// Signs and sends. The signed bytes come back too, for keeping where the outcome is unknown.
    ///
    /// # Errors
    ///
    /// [`SignError`]; nothing was sent.
    pub async fn submit(
        &self,
        body: &ActionBody,
        details: Option<Digest>,
    ) -> Result<(SignedIntent, Outcome), SignError> {
        let signed = self.sign(body, details).await?;
        let outcome = self.send(&signed, Attempt::First).await;
        Ok((signed, outcome))
    }

    /// What became of a transaction whose time has passed: final, or proved expired by a head that
    /// is later and by a node at that head. `None` while the chain has not passed its time.
    ///
    /// That it was not included rests on the node's word; a caller that follows the chain knows
    /// better, and asks its own read model before it signs anew.
    pub async fn settle(&self, signed: &SignedIntent) -> Option<Outcome> {
        for node in &self.nodes {
            let Ok(Some(head)) = self.heads.of_node(node).await else {
                continue;
            };
            if head.time <= signed.valid_until {
                continue;
            }
            let Ok(answer) = node.transaction(&signed.id).await else {
                continue;
            };
            return Some(final_outcome(&answer).unwrap_or(Outcome::Expired {
                id: signed.id,
                seen_at: head.height,
            }));
        }
        None
    }

    async fn wait(&self, signed: &SignedIntent, first: usize, deadline: Instant) -> Outcome {
        let mut round = Round::new(Attempt::Again);
        let turns = self.nodes.iter().cycle().skip(first);
        for (turn, node) in turns.enumerate() {
            let call = tokio::time::timeout_at(deadline, node.submit_and_wait(&signed.bytes)).await;
            match call {
                Err(_) => break,
                Ok(Ok(answer)) => {
                    if let Some(outcome) = final_outcome(&answer) {
                        return outcome;
                    }
                }
                Ok(Err(error)) => {
                    round.failed(error);
                    if !round.refusals.is_empty() {
                        break;
                    }
                    if (turn + 1).is_multiple_of(self.nodes.len()) {
                        // Every node failed: they are asked again, but not in a tight circle.
                        tokio::time::sleep(Duration::from_millis(200)).await;
                    }
                }
            }
            if Instant::now() >= deadline {
                break;
            }
        }
        self.end(signed, round).await
    }

    async fn end(&self, signed: &SignedIntent, round: Round) -> Outcome {
        let Some(refusal) = round.refusals.into_iter().next() else {
            return Outcome::Unknown {
                id: signed.id,
                valid_until: signed.valid_until,
                may_be_known: round.may_be_known,
                reason: match round.last_error {
                    Some(error) => chain(&error),
                    None => "not final within the time given".to_owned(),
                },
            };
        };
        if !refusal.is_settled
            && let Some(outcome) = self.settle(signed).await
        {
            return outcome;
        }
        Outcome::Rejected {
            id: signed.id,
            refusal,
            valid_until: signed.valid_until,
            may_be_known: round.may_be_known,
        }
    }
}

/// How many of `nodes` must refuse a transaction before it counts as refused: one more than may
/// fail or lie, so that one of them is honest; every one where the caller knows fewer.
pub fn refusals_needed(validators: &ValidatorSet, nodes: usize) -> usize {
    let faulty_max = validators.members().len().saturating_sub(1) / 3;
    (faulty_max + 1).min(nodes)
}

/// One way through the nodes.
struct Round {
    may_be_known: bool,
    /// What nodes refused it for, in their order.
    refusals: Vec<Refusal>,
    last_error: Option<NodeError>,
}

impl Round {
    fn new(attempt: Attempt) -> Self {
        Self {
            may_be_known: attempt == Attempt::Again,
            refusals: Vec::new(),
            last_error: None,
        }
    }

    fn failed(&mut self, error: NodeError) {
        tracing::debug!(error = %chain(&error), "submission failed; trying the next node");
        if let Some(refusal) = Refusal::of(&error) {
            self.refusals.push(refusal);
        } else {
            self.may_be_known |= error.may_have_been_carried_out();
        }
        self.last_error = Some(error);
    }

    /// The refusal that `needed` nodes agree on, where the passing of time cannot lift it. A liar's
    /// refusal of the bytes and an honest one by a state that is behind are not two of a kind.
    fn settled(&self, needed: usize) -> Option<Refusal> {
        let is_enough = |refusal: &&Refusal| {
            let alike = self.refusals.iter().filter(|other| other.is_like(refusal));
            alike.count() >= needed && refusal.is_final(self.may_be_known)
        };
        let refusal = self.refusals.iter().find(is_enough)?.clone();
        Some(Refusal {
            is_settled: true,
            ..refusal
        })
    }
}

fn final_outcome(answer: &TransactionAnswer) -> Option<Outcome> {
    match (answer.status, answer.height, answer.index) {
        (TransactionState::Final, Some(height), Some(index)) => Some(Outcome::Final {
            id: answer.id,
            height,
            index,
        }),
        _ => None,
    }
}
