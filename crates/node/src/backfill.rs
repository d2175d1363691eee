//! Fetching the blocks before a snapshot, newest first: afterwards the node has all that any other has.
//!
//! Nothing is executed: each block has the digest that the one after it names, back from a block that
//! was certified, and its transactions have their root.
//!
//! Whoever served the snapshot may have left out changes of the validator set that lead back to the set
//! before them: without them the snapshot is consistent. A block between them shows it, and the nodes that
//! serve blocks are asked for the changes, which are checked from genesis on.

use std::collections::BTreeMap;
use std::time::Duration;

use theriac_client::head::{HeadRefusal, verify_head};
use theriac_client::wire::FinalBlock;
use theriac_client::{NodeClient, NodeError, TrustedSets};
use theriac_crypto::Digest;
use theriac_http::problem::chain;
use theriac_http::task::{Supervisor, TaskKind};
use theriac_ledger::block::{Block, BlockError, check_transactions};
use theriac_ledger::encoding::DecodeError;
use theriac_ledger::identifier::Height;
use theriac_proof::CommitCertificate;
use theriac_proof::bundle::ValidatorStep;

use crate::store::{Store, StoreError, block_roots};

/// Blocks fetched before any is stored: at most 64 MB.
const BLOCKS_MAX: u64 = 32;

/// How long a node that did not answer is left alone.
const PAUSE: Duration = Duration::from_secs(1);

/// Why older blocks were not taken from a node.
#[derive(Debug, thiserror::Error)]
pub enum BackfillError {
    /// The node did not give them.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// A block does not decode.
    #[error("a block does not decode")]
    Undecodable(#[from] DecodeError),
    /// It gave others, or none.
    #[error("block {height} is not the parent of the block after it")]
    Link {
        /// Height that was asked for.
        height: Height,
    },
    /// A header is not signed as those of the chain are.
    #[error("the header of block {height} is refused")]
    Head {
        /// Height of the block.
        height: Height,
        /// Why.
        source: HeadRefusal,
    },
    /// The set that signed a block is not known here.
    #[error("block {height} is signed by validators of which this node does not know")]
    UnknownValidators {
        /// Height of the block.
        height: Height,
    },
    /// The node shows changes of the validators that are not in order, or not all.
    #[error("the changes of the validators do not lead in order to those of block {height}")]
    StepOrder {
        /// Height of the change, or of the head.
        height: Height,
    },
    /// The transactions are not those of the header.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// The store failed: the process must stop.
    #[error(transparent)]
    Store(StoreError),
}

/// Starts fetching, where blocks are missing and there is a node to ask.
pub(crate) fn start(store: &Store, nodes: Vec<NodeClient>, supervisor: &Supervisor) {
    let oldest = store.view().oldest();
    if oldest <= 1 || nodes.is_empty() {
        return;
    }
    tracing::info!(oldest, "fetching the blocks before {oldest}");
    let (store, token) = (store.clone(), supervisor.token());
    supervisor.spawn("backfill", TaskKind::Critical, async move {
        tokio::select! {
            fetched = fetch_all(&store, &nodes) => fetched?,
            () = token.cancelled() => {}
        }
        // A critical task ends with the process.
        token.cancelled().await;
        Ok::<(), StoreError>(())
    });
}

/// Ends when all blocks are here, or the store fails.
async fn fetch_all(store: &Store, nodes: &[NodeClient]) -> Result<(), StoreError> {
    for node in nodes.iter().cycle() {
        loop {
            match fetch_some(store, node).await {
                Ok(1) => {
                    tracing::info!("all blocks since genesis are here");
                    return Ok(());
                }
                Ok(_) => {}
                Err(BackfillError::Store(error)) => return Err(error),
                Err(error) => {
                    tracing::warn!(node = %node.url(), error = %chain(&error), "older blocks did not come");
                    break;
                }
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// Fetches some blocks from a node; gives the oldest height afterwards.
///
/// # Errors
///
/// [`BackfillError`].
pub async fn fetch_some(store: &Store, node: &NodeClient) -> Result<Height, BackfillError> {
    let oldest = store.view().oldest();
    let first = oldest.saturating_sub(BLOCKS_MAX).max(1);
    let mut blocks: Vec<FinalBlock> = Vec::new();
    let mut height = first;
    while height < oldest {
        let missing = usize::try_from(oldest.saturating_sub(height)).unwrap_or(usize::MAX);
        let page = node.blocks(height, missing).await?;
        if page.blocks.is_empty() {
            return Err(BackfillError::Link { height });
        }
        for bytes in page.blocks.iter().take(missing) {
            blocks.push(FinalBlock::decode(bytes)?);
            height = height.saturating_add(1);
        }
    }
    let shared = store.clone();
    let stored = tokio::task::spawn_blocking(move || put(&shared, blocks))
        .await
        .expect("checking blocks does not panic");
    match stored {
        Err(error @ BackfillError::UnknownValidators { .. }) => {
            let steps = fetch_steps(store, node).await?;
            let shared = store.clone();
            let added = tokio::task::spawn_blocking(move || put_steps(&shared, &steps))
                .await
                .expect("checking changes of the validators does not panic");
            if added? == 0 {
                return Err(error);
            }
            Ok(oldest)
        }
        stored => stored,
    }
}

/// All changes of the validators that a node knows of, below the head here; unchecked but for their order.
async fn fetch_steps(
    store: &Store,
    node: &NodeClient,
) -> Result<Vec<ValidatorStep>, BackfillError> {
    let head = store.view().parent().height;
    let sets = TrustedSets::new(store.view().anchor());
    let mut steps: Vec<ValidatorStep> = Vec::new();
    let mut after = 0;
    loop {
        let page = node.validator_steps(after).await?.steps.into_inner();
        if page.is_empty() {
            return Ok(steps);
        }
        for step in page {
            let height = step.head.header.height;
            if height > head {
                return Ok(steps);
            }
            if height <= after {
                return Err(BackfillError::StepOrder { height });
            }
            // Each is signed by the set before it, so no more come than the chain has.
            take_step(&sets, &step)?;
            after = height;
            steps.push(step);
        }
    }
}

fn take_step(sets: &TrustedSets, step: &ValidatorStep) -> Result<(), BackfillError> {
    let height = step.head.header.height;
    let taken = sets.step(step);
    taken.map_err(|source| BackfillError::Head { height, source })
}

/// Puts changes of the validators among those here, where all together lead from genesis to the set of the
/// head; gives how many were not here before. Blocks until they are on disk.
///
/// # Errors
///
/// [`BackfillError`]; nothing is stored then.
pub fn put_steps(store: &Store, steps: &[ValidatorStep]) -> Result<usize, BackfillError> {
    let view = store.view();
    let known = view.validator_steps(0, usize::MAX);
    let known = known.map_err(BackfillError::Store)?;
    let by_height = |step: &ValidatorStep| (step.head.header.height, step.clone());
    let mut all: BTreeMap<Height, ValidatorStep> = steps.iter().map(by_height).collect();
    all.extend(known.iter().map(by_height));
    // One change of two that cancel each other would be signed well, and be worse than none.
    let sets = TrustedSets::new(view.anchor());
    for step in all.values() {
        take_step(&sets, step)?;
    }
    let head = view.parent().height;
    if *sets.at(head.saturating_add(1)) != **view.validators() {
        return Err(BackfillError::StepOrder { height: head });
    }
    for step in &known {
        all.remove(&step.head.header.height);
    }
    let missing: Vec<&ValidatorStep> = all.values().collect();
    store.put_steps(&missing).map_err(BackfillError::Store)?;
    Ok(missing.len())
}

/// Checks blocks, given oldest first up to the one before the oldest here, and stores them; gives the
/// oldest height afterwards. Blocks until they are on disk.
///
/// # Errors
///
/// [`BackfillError`]; where a block is refused nothing is stored.
pub fn put(store: &Store, blocks: Vec<FinalBlock>) -> Result<Height, BackfillError> {
    let view = store.view();
    let chain_id = view.parent().chain_id;
    let mut height = view.oldest();
    let head = view.header(height).map_err(BackfillError::Store)?;
    let mut wanted = match head {
        Some((header, _)) if height > 1 => header.parent,
        _ => return Ok(height),
    };
    let mut checked: Vec<(Block, CommitCertificate, Vec<Digest>)> = Vec::new();
    for FinalBlock { block, certificate } in blocks.into_iter().rev() {
        height = height.saturating_sub(1);
        if block.header.digest() != wanted {
            return Err(BackfillError::Link { height });
        }
        let validators = view.validators_at(height).map_err(BackfillError::Store)?;
        if validators.digest() != block.header.validators {
            return Err(BackfillError::UnknownValidators { height });
        }
        verify_head(&chain_id, &validators, &block.header, &certificate)
            .map_err(|source| BackfillError::Head { height, source })?;
        check_transactions(&block)?;
        wanted = block.header.parent;
        let roots = block_roots(&block).map_err(BackfillError::Store)?;
        checked.push((block, certificate, roots));
    }
    store.put_older(&checked).map_err(BackfillError::Store)?;
    Ok(height)
}
