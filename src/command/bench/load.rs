//! Dispensing packs one by one, at a fixed rate or with a fixed number in flight.
//!
//! At a fixed rate every transaction has its moment in a schedule that does not wait for answers, and
//! its time counts from that moment: a ledger that stands still for a second makes everything late
//! that was due in it, and all of that is counted ("coordinated omission" is the mistake of leaving
//! it out). A transaction is final when the block that holds it comes in a node's stream of blocks.
//!
//! How many are final a second is counted from block to block: from the first after a warm-up to the
//! first after the sending ended. What is on its way at both ends counts nothing then, and a ledger
//! that stops makes the time longer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use theriac_client::NodeClient;
use theriac_client::node_client::StreamItem;
use theriac_http::clock::Stopwatch;
use theriac_ledger::identifier::{ChainId, Height, TransactionId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use super::drawer::Drawer;
use super::measure::Latencies;

/// Connections to each node: as many as a client keeps open between requests.
const CONNECTIONS: usize = 8;

/// Transactions that wait to be final; a ledger that leaves so many waiting does not keep up. Well
/// below what the pool of a node takes from one account.
const WAITING_MAX: usize = 16_384;

/// How long what was sent may still become final after the last was sent.
const PATIENCE: Duration = Duration::from_secs(30);

/// Share of the sending before which nothing is counted, and the longest that it lasts.
const WARM_UP_SHARE: u32 = 5;
const WARM_UP_MAX: Duration = Duration::from_secs(2);

/// How transactions follow each other.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pace {
    /// The next is sent when one becomes final.
    InFlight(usize),
    /// So many a second, whatever becomes of them.
    PerSecond(f64),
}

/// What became of a load.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    /// From the first counted block to the last.
    pub(super) seconds: f64,
    /// Transactions sent.
    pub(super) sent: u64,
    /// Of those, refused, most often because a pool was full.
    pub(super) refused: u64,
    /// Of those, neither refused nor final after all patience.
    pub(super) lost: u64,
    /// Final in that time.
    pub(super) counted: u64,
    /// From the moment of the schedule, or of sending, to final.
    pub(super) latencies: Latencies,
}

impl Outcome {
    /// Final transactions a second; zero where no two blocks were counted.
    pub(super) fn per_s(&self) -> f64 {
        if self.seconds <= 0.0 {
            return 0.0;
        }
        f64::from(u32::try_from(self.counted).unwrap_or(u32::MAX)) / self.seconds
    }
}

/// Whom to load, and who watches.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// Nodes that take transactions, in turns.
    pub(super) nodes: Vec<NodeClient>,
    /// A node whose blocks may be read.
    pub(super) watched: NodeClient,
    /// The chain.
    pub(super) chain: ChainId,
}

/// Sends for `duration`, and waits for what was sent.
pub(super) async fn run(
    target: &Target,
    drawer: &Drawer,
    pace: Pace,
    duration: Duration,
) -> anyhow::Result<Outcome> {
    let board = Arc::new(Board::new(duration)?);
    let head = target.watched.status().await?.height;
    let watching = follow(target, head.saturating_add(1), &board);
    let sending = async {
        send_all(target, drawer, pace, &board).await?;
        board.empty(PATIENCE).await;
        board.outcome()
    };
    tokio::select! {
        outcome = sending => outcome,
        broken = watching => broken,
    }
}

/// Settles what the blocks from a height on hold.
async fn follow(target: &Target, from: Height, board: &Board) -> anyhow::Result<Outcome> {
    let mut next = from;
    loop {
        let mut stream = target.watched.stream(next).await?;
        // A node ends its streams after some minutes; the next one goes on where the last ended.
        while let Some(item) = stream.next().await? {
            let StreamItem::Block(block) = item else {
                continue;
            };
            next = block.block.header.height.saturating_add(1);
            let transactions = block.block.transactions.iter();
            board.settle(transactions.map(|tx| tx.transaction.id(&target.chain)));
        }
    }
}

async fn send_all(
    target: &Target,
    drawer: &Drawer,
    pace: Pace,
    board: &Arc<Board>,
) -> anyhow::Result<()> {
    let places = match pace {
        Pace::InFlight(count) => Arc::new(Semaphore::new(count)),
        Pace::PerSecond(_) => Arc::new(Semaphore::new(WAITING_MAX)),
    };
    let doors: Vec<_> = target
        .nodes
        .iter()
        .map(|node| (node.clone(), Arc::new(Semaphore::new(CONNECTIONS))))
        .collect();
    let mut sending = JoinSet::new();
    for number in 0u32.. {
        let due = match pace {
            Pace::InFlight(_) => Duration::ZERO,
            Pace::PerSecond(rate) => Duration::from_secs_f64(f64::from(number) / rate),
        };
        if due >= board.duration {
            break;
        }
        if let Some(early) = due.checked_sub(board.watch.elapsed()) {
            tokio::time::sleep(early).await;
        }
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place?,
            () = tokio::time::sleep(board.left()) => break,
        };
        if board.left().is_zero() {
            break;
        }
        let index = usize::try_from(number)? % doors.len();
        let (node, door) = doors[index].clone();
        let pack = drawer.take()?;
        let (signer, board) = (drawer.pharmacy.clone(), Arc::clone(board));
        let due = match pace {
            Pace::InFlight(_) => board.watch.elapsed(),
            Pace::PerSecond(_) => due,
        };
        sending.spawn(async move {
            let signed = signer.sign(pack)?;
            board.put(signed.id, due, place);
            let _open = door.acquire_owned().await?;
            if let Err(error) = node.submit(&signed.bytes).await {
                board.refuse(&signed.id, error.into());
            }
            Ok::<(), anyhow::Error>(())
        });
        while let Some(done) = sending.try_join_next() {
            done??;
        }
    }
    while let Some(done) = sending.join_next().await {
        done??;
    }
    Ok(())
}

/// What is under way.
#[derive(Debug)]
struct Board {
    watch: Stopwatch,
    duration: Duration,
    inner: Mutex<Inner>,
    waiting: watch::Sender<usize>,
}

#[derive(Debug)]
struct Inner {
    waiting: HashMap<TransactionId, Waiting>,
    latencies: Latencies,
    sent: u64,
    refused: u64,
    tally: Tally,
    first_refusal: Option<anyhow::Error>,
}

/// What became final from block to block.
#[derive(Debug)]
struct Tally {
    /// Times between which blocks are counted, and one after the later one.
    from: Duration,
    to: Duration,
    first: Option<Duration>,
    last: Duration,
    count: u64,
}

impl Tally {
    fn new(duration: Duration) -> Self {
        Self {
            from: WARM_UP_MAX.min(duration / WARM_UP_SHARE),
            to: duration,
            first: None,
            last: Duration::ZERO,
            count: 0,
        }
    }

    /// Takes a block of `count` transactions of this load.
    fn block(&mut self, now: Duration, count: u64) {
        if count == 0 || now < self.from || self.last >= self.to {
            return;
        }
        if self.first.is_some() {
            self.count += count;
        }
        self.first.get_or_insert(now);
        self.last = now;
    }

    /// From the first counted block to the last; to now where the last came before the end, though
    /// something waited.
    fn seconds(&self, now: Duration, is_all_final: bool) -> f64 {
        let last = if self.last < self.to && !is_all_final {
            now
        } else {
            self.last
        };
        let first = self.first.unwrap_or(last);
        last.saturating_sub(first).as_secs_f64()
    }
}

#[derive(Debug)]
struct Waiting {
    due: Duration,
    /// Given back when it is final.
    _place: OwnedSemaphorePermit,
}

impl Board {
    fn new(duration: Duration) -> anyhow::Result<Self> {
        Ok(Self {
            watch: Stopwatch::start(),
            duration,
            inner: Mutex::new(Inner {
                waiting: HashMap::new(),
                latencies: Latencies::new()?,
                sent: 0,
                refused: 0,
                tally: Tally::new(duration),
                first_refusal: None,
            }),
            waiting: watch::Sender::new(0),
        })
    }

    /// Time left for sending.
    fn left(&self) -> Duration {
        self.duration.saturating_sub(self.watch.elapsed())
    }

    fn put(&self, id: TransactionId, due: Duration, place: OwnedSemaphorePermit) {
        let mut inner = self.lock();
        inner.sent += 1;
        inner.waiting.insert(id, Waiting { due, _place: place });
        self.waiting.send_replace(inner.waiting.len());
    }

    fn refuse(&self, id: &TransactionId, error: anyhow::Error) {
        let mut inner = self.lock();
        // It may be final all the same: then the answer was lost, not the transaction.
        if inner.waiting.remove(id).is_some() {
            inner.refused += 1;
            inner.first_refusal.get_or_insert(error);
        }
        self.waiting.send_replace(inner.waiting.len());
    }

    fn settle(&self, ids: impl Iterator<Item = TransactionId>) {
        let now = self.watch.elapsed();
        let mut inner = self.lock();
        let mut count = 0;
        for id in ids {
            if let Some(waiting) = inner.waiting.remove(&id) {
                inner.latencies.record(now.saturating_sub(waiting.due));
                count += 1;
            }
        }
        inner.tally.block(now, count);
        self.waiting.send_replace(inner.waiting.len());
    }

    /// Waits until nothing waits.
    async fn empty(&self, limit: Duration) {
        let mut waiting = self.waiting.subscribe();
        let empty = waiting.wait_for(|waiting| *waiting == 0);
        // What waits after that is lost, and counted.
        let _ = tokio::time::timeout(limit, empty).await;
    }

    fn outcome(&self) -> anyhow::Result<Outcome> {
        let mut inner = self.lock();
        if inner.latencies.count() == 0 {
            let refusal = inner.first_refusal.take();
            let error = refusal.unwrap_or_else(|| anyhow::anyhow!("nothing became final"));
            return Err(error).context("the load was not served at all");
        }
        Ok(Outcome {
            seconds: inner
                .tally
                .seconds(self.watch.elapsed(), inner.waiting.is_empty()),
            sent: inner.sent,
            refused: inner.refused,
            lost: u64::try_from(inner.waiting.len())?,
            counted: inner.tally.count,
            latencies: inner.latencies.clone(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use theriac_crypto::digest;

    use super::*;

    fn id(number: u8) -> TransactionId {
        TransactionId(digest("test", &[number]))
    }

    #[tokio::test]
    async fn a_time_counts_from_the_moment_of_the_schedule() {
        let board = Board::new(Duration::from_mins(1)).unwrap();
        let places = Arc::new(Semaphore::new(1));
        let place = Arc::clone(&places).acquire_owned().await.unwrap();
        board.put(id(1), Duration::ZERO, place);
        assert_eq!(places.available_permits(), 0);
        board.settle([id(1), id(2)].into_iter());
        assert_eq!(places.available_permits(), 1);
        board.empty(Duration::ZERO).await;
        let outcome = board.outcome().unwrap();
        assert_eq!((outcome.sent, outcome.lost), (1, 0));
        assert_eq!(outcome.latencies.count(), 1);
    }

    #[tokio::test]
    async fn what_is_refused_or_never_final_is_no_success() {
        let board = Board::new(Duration::from_mins(1)).unwrap();
        let places = Arc::new(Semaphore::new(3));
        for number in 1..=3 {
            let place = Arc::clone(&places).acquire_owned().await.unwrap();
            board.put(id(number), Duration::ZERO, place);
        }
        board.refuse(&id(1), anyhow::anyhow!("full"));
        board.settle([id(2)].into_iter());
        // The answer to what is final already was lost.
        board.refuse(&id(2), anyhow::anyhow!("late"));
        let outcome = board.outcome().unwrap();
        assert_eq!((outcome.sent, outcome.refused, outcome.lost), (3, 1, 1));
    }

    #[test]
    fn what_is_final_is_counted_from_the_first_block_after_the_warm_up_to_the_first_after_the_end()
    {
        let mut tally = Tally::new(Duration::from_secs(10));
        for (ms, count) in [
            (1_999, 50),
            (2_500, 7),
            (3_000, 10),
            (6_000, 0),
            (10_500, 30),
        ] {
            tally.block(Duration::from_millis(ms), count);
        }
        tally.block(Duration::from_millis(10_600), 99);
        assert_eq!(tally.count, 40);
        let now = Duration::from_secs(40);
        assert!((tally.seconds(now, true) - 8.0).abs() < 1e-9);
        assert!((tally.seconds(now, false) - 8.0).abs() < 1e-9);
    }

    #[test]
    fn a_ledger_that_stops_takes_all_the_time_that_was_waited_for_it() {
        let mut tally = Tally::new(Duration::from_secs(10));
        for (ms, count) in [(2_500, 7), (3_000, 10)] {
            tally.block(Duration::from_millis(ms), count);
        }
        let now = Duration::from_millis(42_500);
        assert!((tally.seconds(now, false) - 40.0).abs() < 1e-9);
        // Where nothing waited, there was nothing to make final.
        assert!((tally.seconds(now, true) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn a_load_of_which_nothing_became_final_is_an_error() {
        let board = Board::new(Duration::from_secs(1)).unwrap();
        assert!(board.outcome().is_err());
    }
}
