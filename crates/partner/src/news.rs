//! News of a service: gathered after each block and each settled intent, for live lists and webhooks.

use std::sync::Arc;
use std::time::Duration;

use theriac_client::Generator;
use theriac_http::clock::SharedClock;
use theriac_http::problem::chain;
use theriac_http::task::{Supervisor, TaskKind};
use theriac_ledger::identifier::{AccountId, Timestamp};
use theriac_records::repository::news::{gather, sweep};
use theriac_records::{Database, StorageError};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::follow::Following;
use crate::id::new_id;
use crate::outbox::Outbox;
use crate::pace::changed;

/// How often is looked whatever is heard: nothing is told of a job of another process.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How often what is old is forgotten.
const SWEEP_EVERY: Duration = Duration::from_hours(1);

/// The news of a service. Clones share them.
#[derive(Clone, Debug)]
pub struct News {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    db: Database,
    clock: SharedClock,
    generator: Generator,
    /// Counts gatherings that found something.
    told: watch::Sender<u64>,
    token: CancellationToken,
}

/// What news are gathered from.
#[derive(Debug)]
pub(crate) struct NewsSetup<'s> {
    pub(crate) db: Database,
    pub(crate) account: AccountId,
    pub(crate) following: &'s Following,
    pub(crate) outbox: &'s Outbox,
    pub(crate) clock: SharedClock,
    pub(crate) generator: Generator,
}

impl News {
    /// News that are gathered when somebody calls [`News::gather`].
    pub fn new(
        db: Database,
        clock: SharedClock,
        generator: Generator,
        token: CancellationToken,
    ) -> Self {
        let (told, _) = watch::channel(0);
        Self {
            shared: Arc::new(Shared {
                db,
                clock,
                generator,
                told,
                token,
            }),
        }
    }

    /// Starts the task that gathers.
    pub(crate) fn start(setup: NewsSetup<'_>, supervisor: &Supervisor) -> Self {
        let token = supervisor.token();
        let news = Self::new(setup.db, setup.clock, setup.generator, token);
        let mut folded = setup.following.watch();
        let mut settled = setup.outbox.watch();
        let account = setup.account;
        let task = news.clone();
        supervisor.spawn("news", TaskKind::Auxiliary, async move {
            let token = task.shared.token.clone();
            let mut sweep_at = Instant::now();
            loop {
                if Instant::now() >= sweep_at {
                    sweep_at = Instant::now() + SWEEP_EVERY;
                    task.sweep().await;
                }
                folded.borrow_and_update();
                settled.borrow_and_update();
                task.gather(&account).await;
                tokio::select! {
                    () = token.cancelled() => return Ok::<_, StorageError>(()),
                    () = changed(&mut folded) => {}
                    () = changed(&mut settled) => {}
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                }
            }
        });
        news
    }

    /// Changes whenever there are news.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.shared.told.subscribe()
    }

    /// Cancelled at the shutdown.
    pub(crate) fn token(&self) -> CancellationToken {
        self.shared.token.clone()
    }

    /// Gathers what happened to an account since the last time, and tells of it.
    pub async fn gather(&self, account: &AccountId) {
        let mut ids = self.ids();
        match gather(&self.shared.db, account, self.now(), &mut ids).await {
            Ok(0) => {}
            Ok(_) => self.tell(),
            // They are gathered the next time: nothing is lost.
            Err(error) => tracing::warn!(error = %chain(&error), "news could not be gathered"),
        }
    }

    async fn sweep(&self) {
        if let Err(error) = sweep(&self.shared.db, self.now()).await {
            tracing::warn!(error = %chain(&error), "old news could not be forgotten");
        }
    }

    fn tell(&self) {
        self.shared
            .told
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    fn ids(&self) -> impl FnMut() -> String + Send + use<> {
        let generator = self.shared.generator.clone();
        move || new_id(&generator)
    }

    fn now(&self) -> Timestamp {
        Timestamp(self.shared.clock.now_ms())
    }
}
