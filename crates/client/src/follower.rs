//! Follows the chain: final blocks in order, each checked before it is handed on.
//!
//! Behind, it reads pages; caught up, it reads the stream. A node that is down, silent, behind or
//! lying is left for the next one. Where its block is final all the same, so that the chain has two
//! heads, a [`HeadWatch`] has the evidence.

mod sources;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use theriac_http::problem::chain;
use theriac_ledger::block::{BlockError, Parent};
use theriac_ledger::encoding::DecodeError;
use theriac_ledger::identifier::{Height, Timestamp};
use theriac_proof::bundle::{CertifiedHeader, ValidatorStep};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::head::HeadRefusal;
use crate::head_watch::HeadWatch;
use crate::node_client::{BlockStream, NodeClient, NodeError, StreamItem};
use crate::node_url::NodeUrl;
use crate::trusted::{LearnError, TrustedSets};
use crate::verified_block::{BlockRefusal, VerifiedBlock, verify_block};
use crate::wire::{BLOCK_PAGE_MAX, FinalBlock};

use sources::Sources;

/// How long a node that has to be left is given to show its header of a height: a liar shall not
/// hold up the follower.
const INSPECTION_LIMIT: Duration = Duration::from_secs(2);

/// How patient a follower is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowerSettings {
    /// After this time without a block another node is asked. The chain makes one every 5 s.
    pub stall: Duration,
    /// The first pause after all nodes failed; it doubles up to `pause_max`.
    pub pause_min: Duration,
    /// The longest pause.
    pub pause_max: Duration,
    /// For how long a node is left alone after it served a block that was refused.
    pub refused_for: Duration,
}

impl Default for FollowerSettings {
    fn default() -> Self {
        Self {
            stall: Duration::from_secs(30),
            pause_min: Duration::from_millis(100),
            pause_max: Duration::from_secs(5),
            refused_for: Duration::from_mins(1),
        }
    }
}

/// Why a node was left for another.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The call failed.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// It served a block that is not believed.
    #[error("node {node} served a block that is refused")]
    Refused {
        /// The node.
        node: NodeUrl,
        /// Why.
        source: Box<BlockRefusal>,
    },
    /// It served bytes that are no block.
    #[error("node {node} served bytes that are no block")]
    Undecodable {
        /// The node.
        node: NodeUrl,
        /// Why.
        source: DecodeError,
    },
    /// Its chain ends below what is already verified.
    #[error("node {node} is at height {head}, behind {height}")]
    Behind {
        /// The node.
        node: NodeUrl,
        /// Its height.
        head: Height,
        /// Our height.
        height: Height,
    },
    /// It does not show who signs the next block.
    #[error("node {node} does not show who signs the next block")]
    Validators {
        /// The node.
        node: NodeUrl,
        /// Why.
        source: LearnError,
    },
    /// It sends no blocks.
    #[error("node {node} sent no block for {after_ms} ms")]
    Stalled {
        /// The node.
        node: NodeUrl,
        /// How long it was given.
        after_ms: u128,
    },
    /// It ended the stream: by its own rule, or because it stops.
    #[error("node {node} ended the stream")]
    Ended {
        /// The node.
        node: NodeUrl,
    },
}

/// Where a follower stands.
#[derive(Debug, Clone)]
pub struct FollowerStatus {
    /// Height of the last verified block.
    pub height: Height,
    /// Its time.
    pub time: Timestamp,
    /// Height at which the followed node says its chain ends; unchecked.
    pub head: Height,
    /// Whether the last call to a node succeeded.
    pub is_connected: bool,
    /// Blocks refused since the start.
    pub refused: u64,
    /// What last went wrong.
    pub last_error: Option<Arc<FollowError>>,
}

impl FollowerStatus {
    /// Blocks that the followed node has and this follower not yet.
    pub fn lag_blocks(&self) -> u64 {
        self.head.saturating_sub(self.height)
    }

    /// Whether the last node refuses to be followed because of who asks, or how the request is signed.
    pub fn is_refused(&self) -> bool {
        matches!(self.refusal(), Some(401 | 403))
    }

    /// Whether the last node refuses to be followed because it does not know the key that signs.
    pub fn is_unknown(&self) -> bool {
        self.refusal() == Some(403)
    }

    /// HTTP status of the last node's refusal, where that is why nothing comes.
    fn refusal(&self) -> Option<u16> {
        match self.last_error.as_deref() {
            Some(FollowError::Node(NodeError::Refused { problem, .. })) if !self.is_connected => {
                Some(problem.status)
            }
            _ => None,
        }
    }
}

/// Yields verified blocks, one after the other, for as long as it is asked.
#[derive(Debug)]
pub struct Follower {
    sources: Sources,
    parent: Parent,
    sets: Arc<TrustedSets>,
    settings: FollowerSettings,
    watch: HeadWatch,
    page: VecDeque<Vec<u8>>,
    stream: Option<BlockStream>,
    last_block: Instant,
    /// A block was taken and its check not finished: the future was dropped, and it is fetched again.
    is_checking: bool,
    status: watch::Sender<FollowerStatus>,
}

impl Follower {
    /// Follows from the block after `parent`; where `sets` lacks the set that signs it, nodes are asked.
    ///
    /// Without nodes it waits for ever: configurations must refuse that.
    pub fn new(
        nodes: Vec<NodeClient>,
        parent: Parent,
        sets: Arc<TrustedSets>,
        settings: FollowerSettings,
    ) -> Self {
        let (status, _) = watch::channel(FollowerStatus {
            height: parent.height,
            time: parent.time,
            head: parent.height,
            is_connected: false,
            refused: 0,
            last_error: None,
        });
        Self {
            sources: Sources::new(nodes, &settings),
            watch: HeadWatch::new(Arc::clone(&sets)),
            parent,
            sets,
            settings,
            page: VecDeque::new(),
            stream: None,
            last_block: Instant::now(),
            is_checking: false,
            status,
        }
    }

    /// Hands what nodes serve to `watch`, which may know headers already and report to somebody.
    #[must_use]
    pub fn watching(mut self, watch: HeadWatch) -> Self {
        self.watch = watch;
        self
    }

    /// The last verified block.
    pub fn parent(&self) -> &Parent {
        &self.parent
    }

    /// Where it stands, as it changes.
    pub fn status(&self) -> watch::Receiver<FollowerStatus> {
        self.status.subscribe()
    }

    /// The next block. It waits as long as it takes; what goes wrong meanwhile is in the status and
    /// the log. Nothing is lost when the future is dropped before it is ready.
    pub async fn next(&mut self) -> VerifiedBlock {
        loop {
            match self.step().await {
                Ok(Some(block)) => return self.accept(block),
                Ok(None) => {}
                Err(error) => self.leave(error).await,
            }
        }
    }

    async fn step(&mut self) -> Result<Option<VerifiedBlock>, FollowError> {
        if std::mem::take(&mut self.is_checking) {
            self.page.clear();
            self.stream = None;
        }
        let Some(node) = self.sources.current().cloned() else {
            std::future::pending::<()>().await;
            return Ok(None);
        };
        self.learn(&node).await?;
        if let Some(bytes) = self.page.pop_front() {
            self.is_checking = true;
            let block = FinalBlock::decode(&bytes).map_err(|source| FollowError::Undecodable {
                node: node.url().clone(),
                source,
            })?;
            return self.check(&node, block).await.map(Some);
        }
        match self.stream.as_mut() {
            None => self.read_page(&node).await.map(|()| None),
            Some(stream) => {
                let deadline = self.last_block + self.settings.stall;
                match tokio::time::timeout_at(deadline, stream.next()).await {
                    Err(_) => Err(FollowError::Stalled {
                        node: node.url().clone(),
                        after_ms: self.settings.stall.as_millis(),
                    }),
                    Ok(item) => self.take_item(&node, item?).await,
                }
            }
        }
    }

    /// Learns who signs the next block, where that is not known: after a start, when the set has changed
    /// since genesis.
    async fn learn(&self, node: &NodeClient) -> Result<(), FollowError> {
        let next = self.parent.height.saturating_add(1);
        let wanted = &self.parent.next_validators;
        if self.sets.at(next).digest() == *wanted {
            return Ok(());
        }
        let learned = self.sets.learn(node, next, wanted).await;
        learned.map(drop).map_err(|source| FollowError::Validators {
            node: node.url().clone(),
            source,
        })
    }

    async fn read_page(&mut self, node: &NodeClient) -> Result<(), FollowError> {
        let next = self.parent.height.saturating_add(1);
        let page = node.blocks(next, BLOCK_PAGE_MAX).await?;
        self.check_head(node, page.head)?;
        if page.blocks.is_empty() {
            self.stream = Some(node.stream(next).await?);
            self.last_block = Instant::now();
        } else {
            let blocks = page.blocks.into_inner();
            self.page = blocks.into_iter().map(|bytes| bytes.to_vec()).collect();
        }
        Ok(())
    }

    async fn take_item(
        &mut self,
        node: &NodeClient,
        item: Option<StreamItem>,
    ) -> Result<Option<VerifiedBlock>, FollowError> {
        match item {
            Some(StreamItem::Block(block)) => {
                self.is_checking = true;
                self.check(node, *block).await.map(Some)
            }
            Some(StreamItem::Head(head)) => self.check_head(node, head.height).map(|()| None),
            None => Err(FollowError::Ended {
                node: node.url().clone(),
            }),
        }
    }

    fn check_head(&mut self, node: &NodeClient, head: Height) -> Result<(), FollowError> {
        let height = self.parent.height;
        self.status.send_modify(|status| {
            status.is_connected = true;
            status.head = head.max(height);
        });
        if head < height {
            return Err(FollowError::Behind {
                node: node.url().clone(),
                head,
                height,
            });
        }
        Ok(())
    }

    async fn check(
        &mut self,
        node: &NodeClient,
        block: FinalBlock,
    ) -> Result<VerifiedBlock, FollowError> {
        let parent = self.parent.clone();
        let validators = self.sets.at(parent.height.saturating_add(1));
        // Hashing two megabytes would hold up whatever else runs on this thread.
        let watch = self.watch.clone();
        let checked = tokio::task::spawn_blocking(move || {
            let (header, certificate) = (block.block.header.clone(), block.certificate.clone());
            let checked = verify_block(&parent, &validators, block);
            // The header may be final all the same: then the chain has, or will have, two heads.
            let _ = match &checked {
                Ok(_) => watch.verified(&header, &certificate),
                Err(_) => watch.served(&header, &certificate),
            };
            checked
        });
        let checked = checked.await;
        let checked = checked.expect("verifying a block does not panic and is not cancelled");
        checked.map_err(|source| FollowError::Refused {
            node: node.url().clone(),
            source: Box::new(source),
        })
    }

    fn accept(&mut self, block: VerifiedBlock) -> VerifiedBlock {
        self.is_checking = false;
        if let Err(error) = self.note_step(&block) {
            // What was verified with the set before is signed by it: this cannot be.
            tracing::error!(%error, "a change of the validators is refused after its block was verified");
        }
        self.parent = block.as_parent();
        self.last_block = Instant::now();
        self.sources.succeeded();
        let (height, time) = (self.parent.height, self.parent.time);
        self.status.send_modify(|status| {
            status.height = height;
            status.time = time;
            status.head = status.head.max(height);
            status.is_connected = true;
        });
        block
    }

    fn note_step(&self, block: &VerifiedBlock) -> Result<(), HeadRefusal> {
        let Some(next) = &block.next_validators else {
            return Ok(());
        };
        self.sets.step(&ValidatorStep {
            head: CertifiedHeader {
                header: block.header.clone(),
                certificate: block.certificate.clone(),
                signers: None,
            },
            next: next.clone(),
        })
    }

    async fn leave(&mut self, error: FollowError) {
        self.is_checking = false;
        self.page.clear();
        self.stream = None;
        let is_refusal = matches!(
            error,
            FollowError::Refused { .. } | FollowError::Undecodable { .. }
        );
        if is_refusal {
            tracing::error!(error = %chain(&error), "block refused; turning to another node");
        } else {
            tracing::debug!(error = %chain(&error), "turning to another node");
        }
        let suspect = self.suspect(&error);
        let has_ended_well = matches!(error, FollowError::Ended { .. });
        let error = Arc::new(error);
        self.status.send_modify(|status| {
            status.is_connected = has_ended_well;
            status.refused += u64::from(is_refusal);
            status.last_error = Some(error);
        });
        let pause = self.sources.failed(is_refusal, Instant::now());
        if let Some((node, height)) = suspect {
            self.inspect(&node, height).await;
        }
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }

    /// The node, and a verified height of which it may have another block: the last one, where its
    /// next block has another parent; its own last one, where it is behind.
    fn suspect(&self, error: &FollowError) -> Option<(NodeClient, Height)> {
        let height = match error {
            FollowError::Refused { source, .. }
                if **source == BlockRefusal::Block(BlockError::Parent) =>
            {
                self.parent.height
            }
            FollowError::Behind { head, .. } => *head,
            _ => return None,
        };
        let node = self.sources.current()?.clone();
        self.watch.knows(height).then_some((node, height))
    }

    /// Lets a node show its header of a verified height. Where it does not, nothing is known.
    async fn inspect(&self, node: &NodeClient, height: Height) {
        let asked = tokio::time::timeout(INSPECTION_LIMIT, node.header(Some(height))).await;
        if let Ok(Ok(answer)) = asked {
            let _ = self.watch.served(&answer.header, &answer.certificate);
        }
    }
}
