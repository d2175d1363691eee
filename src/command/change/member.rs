//! Who reads changes and who signs them.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use theriac_client::submitter::Refusal;
use theriac_client::wire::ChangeAnswer;
use theriac_client::{
    Generator, NodeClient, NodeUrl, Outcome, RecordName, Submitter, TimeLimits, TrustedSets, trust,
    verify_record,
};
use theriac_crypto::PublicKey;
use theriac_http::clock::SystemClock;
use theriac_ledger::action::ActionBody;
use theriac_ledger::encoding::decode;
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::{ChainId, ChangeId, TransactionId};
use theriac_ledger::record::{ChangePublic, HALF_BYTES_MAX};
use theriac_signer::SharedSigner;

use crate::arguments::{KeyChoice, node_url};
use crate::command::keys;

/// How often, and after which pauses, a node is asked for what another one has.
const LOOKS_MAX: usize = 20;
const LOOK_EVERY: Duration = Duration::from_millis(250);

#[derive(Debug, Args)]
pub(crate) struct ReaderOptions {
    /// The public anchor of the chain.
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: PathBuf,
    /// A node to ask; may be repeated.
    #[arg(long = "node", required = true, value_parser = node_url)]
    pub(crate) nodes: Vec<NodeUrl>,
}

#[derive(Debug, Args)]
pub(crate) struct SignerOptions {
    #[command(flatten)]
    pub(crate) reader: ReaderOptions,
    #[command(flatten)]
    pub(crate) key: KeyChoice,
    /// Say in words what would be signed, and sign nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Reads from nodes, and believes what is proved.
pub(crate) struct Reader {
    pub(crate) anchor: Anchor,
    pub(crate) nodes: Vec<NodeClient>,
    sets: TrustedSets,
}

impl Reader {
    pub(crate) fn open(options: &ReaderOptions) -> anyhow::Result<Self> {
        let anchor = trust::load_anchor(&options.trust)?;
        let nodes = NodeClient::for_nodes(&options.nodes, TimeLimits::default(), None)?;
        Ok(Self {
            sets: TrustedSets::new(&anchor),
            anchor,
            nodes,
        })
    }

    pub(crate) fn chain(&self) -> ChainId {
        self.anchor.chain_id()
    }

    /// The first node that answers.
    pub(crate) async fn node(&self) -> anyhow::Result<&NodeClient> {
        let chain = self.chain();
        let mut last = anyhow!("no node is named");
        for node in &self.nodes {
            match node.status().await {
                Ok(status) if status.chain_id == chain => return Ok(node),
                Ok(_) => last = anyhow!("{} is a node of another chain", node.url()),
                Err(error) => last = error.into(),
            }
        }
        Err(last.context("no node answers"))
    }

    /// The public half of a record, proved under a header that the validators signed; none where it is
    /// proved that there is none.
    pub(crate) async fn public(&self, name: &RecordName) -> anyhow::Result<Option<Vec<u8>>> {
        let node = self.node().await?;
        let answer = node.record(name).await?;
        if let Some(head) = &answer.head {
            let header = &head.header;
            let learned = self.sets.learn(node, header.height, &header.validators);
            learned.await.context("who signs the chain now")?;
        }
        let verified = verify_record(&self.sets, name, &answer);
        Ok(verified.context("the node's answer is not proved")?.public)
    }

    /// A change and what it needs, as a node sees it: also what was just proposed, or approved with a key,
    /// which another node may have had a moment before.
    pub(crate) async fn answer_soon(
        &self,
        id: &ChangeId,
        approved_with: Option<PublicKey>,
    ) -> anyhow::Result<ChangeAnswer> {
        let node = self.node().await?;
        let is_new = |answer: &ChangeAnswer| {
            let mut approvals = answer.record.approvals.iter();
            approved_with.is_none_or(|key| approvals.any(|approval| approval.key == key))
        };
        for _ in 0..LOOKS_MAX {
            match node.change(id).await {
                Ok(answer) if is_new(&answer) => return Ok(answer),
                Err(error) if error.problem().is_none_or(|one| one.status != 404) => {
                    return Err(error.into());
                }
                _ => tokio::time::sleep(LOOK_EVERY).await,
            }
        }
        Ok(node.change(id).await?)
    }

    /// A change, proved.
    pub(crate) async fn record(&self, id: &ChangeId) -> anyhow::Result<ChangePublic> {
        let Some(public) = self.public(&RecordName::Change(*id)).await? else {
            bail!("there is no change {id}; `theriac change list` shows all");
        };
        Ok(decode(&public, HALF_BYTES_MAX)?)
    }
}

/// Signs and sends.
pub(crate) struct Member {
    pub(crate) reader: Reader,
    pub(crate) key: SharedSigner,
    submitter: Submitter,
}

impl Member {
    pub(crate) async fn open(options: &SignerOptions) -> anyhow::Result<Self> {
        let reader = Reader::open(&options.reader)?;
        let key = keys::meet(&options.key, reader.chain()).await?;
        let submitter = Submitter::new(
            reader.nodes.clone(),
            &reader.anchor,
            key.clone(),
            Generator::system(),
            SystemClock::shared(),
        );
        Ok(Self {
            reader,
            key,
            submitter,
        })
    }

    /// Sends an action, and waits until it is final.
    pub(crate) async fn submit(&self, body: &ActionBody) -> anyhow::Result<TransactionId> {
        self.attempt(body).await?.map_err(refused)
    }

    /// The same, for whom a refusal is no failure.
    pub(crate) async fn attempt(
        &self,
        body: &ActionBody,
    ) -> anyhow::Result<Result<TransactionId, Refusal>> {
        let (_, outcome) = self.submitter.submit(body, None).await?;
        match outcome {
            Outcome::Final { id, .. } => Ok(Ok(id)),
            Outcome::Rejected { refusal, .. } => Ok(Err(refusal)),
            Outcome::Expired { .. } => {
                bail!("the transaction came too late into a block; run the command again")
            }
            Outcome::Unknown { reason, .. } => bail!(
                "nobody knows yet whether it is on record ({reason}); look with `theriac change list` before you run the command again"
            ),
        }
    }
}

/// A refusal by the ledger's rules, in words.
pub(crate) fn refused(refusal: Refusal) -> anyhow::Error {
    let hint = refusal.hint.unwrap_or_default();
    anyhow!("{} ({}): {hint}", refusal.detail, refusal.code)
}
