//! Rebuilding a read model from the chain: what came from it is dropped and folded again, the rest is kept.
//!
//! It may be cut off at any point: what was folded is kept, and the next call, or the service, goes on from there.

use std::sync::Arc;
use std::time::Duration;

use theriac_client::node_client::ClientSetupError;
use theriac_client::{
    Follower, FollowerSettings, FollowerStatus, Generator, NodeClient, RequestSigner, TimeLimits,
    TrustedSets, VerifiedBlock,
};
use theriac_http::clock::{SharedClock, Stopwatch};
use theriac_ledger::identifier::Height;
use theriac_records::fold::{BatchFold, FoldError};
use theriac_records::rebuild::{self, Begun, RebuildError};
use theriac_records::{Database, DatabaseSettings, TenancyError};
use theriac_signer::SharedSigner;
use tokio::sync::{mpsc, watch};

use crate::follow::{fold_together, read, together};
use crate::settings::Ledger;

/// Blocks that are read and checked before they are folded.
const BLOCKS_AHEAD: usize = 2_048;
/// How often progress is reported while nothing comes.
const REPORT_EVERY: Duration = Duration::from_secs(5);

/// Why a read model is not rebuilt.
#[derive(Debug, thiserror::Error)]
pub enum RebuildFailure {
    /// A service, or another rebuilding, uses the database.
    #[error(transparent)]
    Tenancy(#[from] TenancyError),
    /// The database refuses.
    #[error(transparent)]
    Rebuild(#[from] RebuildError),
    /// The system gives no HTTP client.
    #[error("no HTTP client can be made")]
    Client(#[from] ClientSetupError),
    /// A block was not folded.
    #[error("the rebuilding stopped; what was folded is kept, and the command goes on from there")]
    Fold(#[from] FoldError),
}

/// What is rebuilt, and from where.
#[derive(Debug)]
pub struct RebuildSetup {
    /// Which chain, and who serves it.
    pub ledger: Ledger,
    /// Signs requests to nodes.
    pub key: SharedSigner,
    /// The read model.
    pub database: DatabaseSettings,
    /// The time.
    pub clock: SharedClock,
}

/// How far a rebuilding is.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Height of the last block folded.
    pub height: Height,
    /// Height at which it ends.
    pub target: Height,
    /// Blocks that an earlier call had folded.
    pub from: Height,
    /// Transactions folded by this call.
    pub transactions: u64,
    /// For how long this call has read and folded.
    pub elapsed: Duration,
    /// What last went wrong with a node, while none serves.
    pub trouble: Option<String>,
}

/// Rebuilds the read model up to the block that it had, and says now and then how far it is.
///
/// # Errors
///
/// [`RebuildFailure`]; what was folded is kept.
pub async fn rebuild_read_model(
    setup: RebuildSetup,
    report: impl FnMut(&Progress),
) -> Result<Progress, RebuildFailure> {
    let RebuildSetup {
        ledger,
        key,
        database,
        clock,
    } = setup;
    let db = Database::open_alone(&database).await?;
    let chain = ledger.anchor.chain_id();
    let signer = RequestSigner::new(key, chain, clock, Generator::system());
    let nodes = NodeClient::for_nodes(&ledger.nodes, TimeLimits::default(), Some(&signer))?;
    let begun = rebuild::begin(&db, &ledger.anchor, &ledger.records).await?;
    let sets = Arc::new(TrustedSets::new(&ledger.anchor));
    let settings = FollowerSettings::default();
    let follower = Follower::new(nodes, begun.head.clone(), sets, settings);
    let progress = fold_until(&db, follower, &begun, report).await?;
    rebuild::finish(&db, &begun).await?;
    Ok(progress)
}

async fn fold_until(
    db: &Database,
    follower: Follower,
    begun: &Begun,
    report: impl FnMut(&Progress),
) -> Result<Progress, FoldError> {
    let (sender, receiver) = mpsc::channel(BLOCKS_AHEAD);
    let status = follower.status();
    let progress = Progress {
        height: begun.head.height,
        target: begun.target.height,
        from: begun.head.height,
        transactions: 0,
        elapsed: Duration::ZERO,
        trouble: None,
    };
    // In one task: the database works in a thread of its own, and so do the checks of blocks.
    let reading = read(follower, begun.target.height, sender);
    let folding = fold(db, receiver, status, progress, report);
    let ((), folded) = tokio::join!(reading, folding);
    folded
}

async fn fold(
    db: &Database,
    mut receiver: mpsc::Receiver<VerifiedBlock>,
    status: watch::Receiver<FollowerStatus>,
    mut progress: Progress,
    mut report: impl FnMut(&Progress),
) -> Result<Progress, FoldError> {
    let watch = Stopwatch::start();
    let mut fold = BatchFold::default();
    let mut clock = tokio::time::interval(REPORT_EVERY);
    clock.tick().await;
    loop {
        let received = tokio::select! {
            block = receiver.recv() => block,
            _ = clock.tick() => {
                progress.trouble = trouble(&status);
                progress.elapsed = watch.elapsed();
                report(&progress);
                continue;
            }
        };
        let Some(block) = received else {
            progress.elapsed = watch.elapsed();
            return Ok(progress);
        };
        let blocks = together(block, &mut receiver);
        let transactions: usize = blocks.iter().map(|block| block.transactions.len()).sum();
        fold_together(db, &mut fold, &blocks).await?;
        if let Some(last) = blocks.last() {
            progress.height = last.header.height;
        }
        progress.transactions += u64::try_from(transactions).unwrap_or_default();
        progress.elapsed = watch.elapsed();
        progress.trouble = None;
        report(&progress);
    }
}

fn trouble(status: &watch::Receiver<FollowerStatus>) -> Option<String> {
    let status = status.borrow();
    let error = status.last_error.as_ref().filter(|_| !status.is_connected);
    error.map(|error| theriac_http::problem::chain(error.as_ref()))
}
