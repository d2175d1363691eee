//! Somebody who signs, straight to the nodes.

use anyhow::{Context as _, bail};
use theriac_client::{
    Generator, NodeClient, NodeUrl, Outcome, RequestSigner, Submitter, TimeLimits,
};
use theriac_crypto::SigningKey;
use theriac_http::clock::SystemClock;
use theriac_ledger::action::{ActionBody, ApproveChange, EnactChange, ProposeChange};
use theriac_ledger::change::Change;
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::{AccountId, ChangeId, TransactionId};

use super::super::consortium::Member;
use super::super::stage::Stage;
use crate::command::keys;

/// What became of a transaction: final, or the code of the rule that refuses it.
#[derive(Debug, Clone)]
pub(super) struct Done {
    pub(super) id: TransactionId,
    pub(super) height: Option<u64>,
    pub(super) outcome: String,
}

pub(super) const FINAL: &str = "final";

/// A signer.
pub(super) struct Hand {
    pub(super) account: AccountId,
    pub(super) key: SigningKey,
    submitter: Submitter,
}

/// Clients of the authorities' nodes that sign with a key.
pub(super) fn clients(stage: &Stage, key: &SigningKey) -> anyhow::Result<Vec<NodeClient>> {
    let chain = stage.consortium.anchor.chain_id();
    let clock = SystemClock::shared();
    let signer = RequestSigner::new(key.clone(), chain, clock, Generator::system());
    let urls: Vec<NodeUrl> = stage
        .nodes
        .iter()
        .map(|node| NodeUrl::parse(&node.address).context("the address of a node"))
        .collect::<Result<_, _>>()?;
    Ok(NodeClient::for_nodes(
        &urls,
        TimeLimits::default(),
        Some(&signer),
    )?)
}

impl Hand {
    /// The hand of a member.
    pub(super) fn of(stage: &Stage, member: &Member) -> anyhow::Result<Self> {
        let key = keys::open(&member.signing_key, &member.passphrase())?;
        Self::with(stage, key, member.account)
    }

    /// A hand with any key.
    pub(super) fn with(stage: &Stage, key: SigningKey, account: AccountId) -> anyhow::Result<Self> {
        let anchor: &Anchor = &stage.consortium.anchor;
        let nodes = clients(stage, &key)?;
        let submitter = Submitter::new(
            nodes,
            anchor,
            key.clone(),
            Generator::system(),
            SystemClock::shared(),
        );
        Ok(Self {
            account,
            key,
            submitter,
        })
    }

    /// Signs, sends, waits.
    pub(super) async fn act(&self, body: impl Into<ActionBody>) -> anyhow::Result<Done> {
        let (signed, outcome) = self.submitter.submit(&body.into(), None).await?;
        let (height, outcome) = match outcome {
            Outcome::Final { height, .. } => (Some(height), FINAL.to_owned()),
            Outcome::Rejected { refusal, .. } => (None, refusal.code),
            Outcome::Expired { .. } => (None, "expired".to_owned()),
            Outcome::Unknown { reason, .. } => bail!("nobody answers: {reason}"),
        };
        Ok(Done {
            id: signed.id,
            height,
            outcome,
        })
    }
}

/// Proposes, approves until `needed` have, and enacts; gives what became of the step that failed, or of the
/// last.
pub(super) async fn decide(
    authorities: &[Hand],
    needed: usize,
    change: Change,
) -> anyhow::Result<Done> {
    let [first, others @ ..] = authorities else {
        bail!("there are no authorities");
    };
    let proposed = first
        .act(ProposeChange {
            change: change.clone(),
        })
        .await?;
    if proposed.height.is_none() {
        return Ok(proposed);
    }
    let id = ChangeId::of_proposal(&proposed.id);
    for other in others.iter().take(needed.saturating_sub(1)) {
        let approved = other.act(ApproveChange { id }).await?;
        if approved.height.is_none() {
            return Ok(approved);
        }
    }
    first.act(EnactChange { id, change }).await
}
