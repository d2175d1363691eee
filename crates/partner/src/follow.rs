//! Follows the chain and folds every final block into the service's read model.

use std::sync::Arc;
use std::time::Duration;

use theriac_client::{
    Follower, FollowerSettings, FollowerStatus, NodeClient, Submitter, TrustedSets, VerifiedBlock,
};
use theriac_http::problem::chain;
use theriac_http::task::{Supervisor, TaskKind};
use theriac_ledger::block::Parent;
use theriac_ledger::genesis::{Anchor, GenesisRecords};
use theriac_ledger::identifier::{Height, Timestamp};
use theriac_records::fold::{BatchFold, FinalBlock, FinalTransaction, FoldError};
use theriac_records::genesis::{GenesisError, store_genesis};
use theriac_records::repository::chain::find_head;
use theriac_records::{Database, DatabaseSettings, StorageError, TenancyError};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

mod awaited;

pub(crate) use awaited::AwaitedGuard;

use awaited::Awaited;

/// Blocks that are read and checked before they are folded: the largest are some megabytes each.
const BLOCKS_AHEAD: usize = 32;
/// Transactions folded in one transaction of the database: more gain nothing.
const TRANSACTIONS_TOGETHER: usize = 4_096;
/// Blocks folded in one transaction of the database, where they are small or empty.
const BLOCKS_TOGETHER: usize = 1_024;
/// Rows that the fold remembers: some ten megabytes.
const ROWS_KEPT: usize = 20_000;
/// How long the fold waits before it tries a block again that the database did not take.
const FOLD_PAUSE: Duration = Duration::from_secs(2);

/// Why a read model does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another program uses the database, or it does not open.
    #[error("the database does not open")]
    Tenancy(#[from] TenancyError),
    /// It does not say where it stands.
    #[error("the database does not say how far it has come")]
    Storage(#[from] StorageError),
    /// It does not take the genesis.
    #[error("the database does not take the genesis")]
    Genesis(#[from] GenesisError),
}

/// Opens a database for this program alone, and stores the genesis in it, where it is new.
///
/// # Errors
///
/// [`OpenError`]; nothing is left behind.
pub async fn open_read_model(
    settings: &DatabaseSettings,
    anchor: &Anchor,
    records: &GenesisRecords,
) -> Result<Database, OpenError> {
    let db = Database::open_alone(settings).await?;
    store_genesis(&db, anchor, records).await?;
    Ok(db)
}

/// The last block in the read model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folded {
    /// Its height; 0 is the genesis.
    pub height: Height,
    /// Its time.
    pub time: Timestamp,
}

/// Where the read model stands. Clones share it.
#[derive(Clone, Debug)]
pub struct Following {
    awaited: Arc<Awaited>,
    folded: watch::Receiver<Folded>,
    status: watch::Receiver<FollowerStatus>,
}

impl Following {
    /// The last block in the read model.
    pub fn folded(&self) -> Folded {
        *self.folded.borrow()
    }

    /// Height of the last block in the read model.
    pub fn height(&self) -> Height {
        self.folded().height
    }

    /// Says, while it is held, that somebody waits for a block: it is folded as soon as it is there.
    pub(crate) fn awaited(&self) -> AwaitedGuard {
        AwaitedGuard::new(&self.awaited)
    }

    /// The last block in the read model, as it changes.
    pub fn watch(&self) -> watch::Receiver<Folded> {
        self.folded.clone()
    }

    /// What the follower says of itself, as it changes.
    pub(crate) fn watch_status(&self) -> watch::Receiver<FollowerStatus> {
        self.status.clone()
    }

    /// Blocks that the followed node has and the read model not yet.
    pub fn lag_blocks(&self) -> u64 {
        self.status.borrow().head.saturating_sub(self.height())
    }

    /// Whether the last call to a node succeeded.
    pub fn is_connected(&self) -> bool {
        self.status.borrow().is_connected
    }

    /// What last went wrong with a node, for people.
    pub fn last_error(&self) -> Option<String> {
        let status = self.status.borrow();
        status
            .last_error
            .as_ref()
            .map(|error| chain(error.as_ref()))
    }
}

/// What is followed, and into what.
#[derive(Debug)]
pub struct FollowSetup<'a> {
    /// The read model; see [`open_read_model`].
    pub db: Database,
    /// The anchor of the chain.
    pub anchor: &'a Anchor,
    /// Nodes, asked in turn.
    pub nodes: Vec<NodeClient>,
    /// How patient.
    pub settings: FollowerSettings,
    /// Is told the time of each block.
    pub submitter: Arc<Submitter>,
}

/// Starts the task that follows; the service cannot live without it.
///
/// # Errors
///
/// [`OpenError`] where the database does not say where it stands.
pub async fn start(
    setup: FollowSetup<'_>,
    supervisor: &Supervisor,
) -> Result<Following, OpenError> {
    let parent = find_head(&setup.db)
        .await?
        .unwrap_or_else(|| Parent::genesis(setup.anchor));
    let (sender, folded) = watch::channel(Folded {
        height: parent.height,
        time: parent.time,
    });
    let sets = Arc::new(TrustedSets::new(setup.anchor));
    let follower = Follower::new(setup.nodes, parent, sets, setup.settings);
    let awaited = Arc::new(Awaited::default());
    let following = Following {
        awaited: Arc::clone(&awaited),
        folded,
        status: follower.status(),
    };
    let task = FollowTask {
        follower,
        keeper: Keeper {
            db: setup.db,
            submitter: setup.submitter,
            fold: BatchFold::keeping(ROWS_KEPT),
            folded: sender,
            awaited,
            status: following.status.clone(),
            token: supervisor.token(),
        },
    };
    supervisor.spawn("follow", TaskKind::Critical, task.run());
    Ok(following)
}

struct FollowTask {
    follower: Follower,
    keeper: Keeper,
}

impl FollowTask {
    /// In one task: the database works in a thread of its own, and so do the checks of blocks.
    async fn run(self) -> Result<(), FoldError> {
        let (sender, receiver) = mpsc::channel(BLOCKS_AHEAD);
        let reading = read(self.follower, Height::MAX, sender);
        let ((), kept) = tokio::join!(reading, self.keeper.run(receiver));
        kept
    }
}

/// Reads and checks blocks up to a height, or until nobody takes them.
pub(crate) async fn read(
    mut follower: Follower,
    up_to: Height,
    sender: mpsc::Sender<VerifiedBlock>,
) {
    while follower.parent().height < up_to {
        let block = tokio::select! {
            () = sender.closed() => return,
            block = follower.next() => block,
        };
        if sender.send(block).await.is_err() {
            return;
        }
    }
}

/// A block with those that have come meanwhile, to be folded together.
pub(crate) fn together(
    first: VerifiedBlock,
    receiver: &mut mpsc::Receiver<VerifiedBlock>,
) -> Vec<VerifiedBlock> {
    let mut transactions = first.transactions.len();
    let mut blocks = vec![first];
    // Whatever is there already: where nodes are slower than the database, nothing waits.
    while blocks.len() < BLOCKS_TOGETHER
        && transactions < TRANSACTIONS_TOGETHER
        && let Ok(block) = receiver.try_recv()
    {
        transactions += block.transactions.len();
        blocks.push(block);
    }
    blocks
}

/// Keeps the read model.
struct Keeper {
    db: Database,
    submitter: Arc<Submitter>,
    /// Nobody else writes what the chain says: one program uses a database.
    fold: BatchFold,
    folded: watch::Sender<Folded>,
    awaited: Arc<Awaited>,
    status: watch::Receiver<FollowerStatus>,
    token: CancellationToken,
}

impl Keeper {
    async fn run(mut self, mut receiver: mpsc::Receiver<VerifiedBlock>) -> Result<(), FoldError> {
        loop {
            let first = tokio::select! {
                () = self.token.cancelled() => break,
                block = receiver.recv() => block,
            };
            let Some(first) = first else { break };
            // Behind the head there is enough to fold already.
            if first.header.height >= self.status.borrow().head {
                self.awaited.or_gathered().await;
            }
            let blocks = together(first, &mut receiver);
            if !self.fold(&blocks).await? {
                break;
            }
            for block in &blocks {
                self.submitter.observe_head(&block.header);
            }
            if let Some(last) = blocks.last() {
                self.folded.send_replace(Folded {
                    height: last.header.height,
                    time: last.header.time,
                });
            }
        }
        Ok(())
    }

    /// Folds blocks, again and again while the database refuses writes; `false` at the shutdown.
    async fn fold(&mut self, blocks: &[VerifiedBlock]) -> Result<bool, FoldError> {
        loop {
            match fold_together(&self.db, &mut self.fold, blocks).await {
                Ok(()) => return Ok(true),
                Err(FoldError::Storage(error)) if error.is_temporary() => {
                    let height = blocks.first().map_or(0, |block| block.header.height);
                    tracing::error!(
                        block.height = height,
                        error = %chain(&error),
                        hint = error.hint(),
                        "the read model does not take block {height}; trying again",
                    );
                }
                Err(error) => return Err(error),
            }
            tokio::select! {
                () = self.token.cancelled() => return Ok(false),
                () = tokio::time::sleep(FOLD_PAUSE) => {}
            }
        }
    }
}

/// Folds consecutive verified blocks into a read model, all or none.
pub(crate) async fn fold_together(
    db: &Database,
    fold: &mut BatchFold,
    blocks: &[VerifiedBlock],
) -> Result<(), FoldError> {
    let transactions: Vec<_> = blocks.iter().map(final_transactions).collect();
    let blocks: Vec<FinalBlock<'_>> = blocks
        .iter()
        .zip(&transactions)
        .map(|(block, transactions)| FinalBlock {
            header: &block.header,
            transactions,
        })
        .collect();
    fold.fold(db, &blocks).await.map(drop)
}

/// The transactions of a block as the fold takes them.
fn final_transactions(block: &VerifiedBlock) -> Vec<FinalTransaction<'_>> {
    block
        .transactions
        .iter()
        .map(|transaction| FinalTransaction {
            id: transaction.id,
            signed: &transaction.signed,
            body: &transaction.body,
        })
        .collect()
}
