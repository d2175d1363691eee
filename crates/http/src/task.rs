//! Supervised tasks: none dies unseen, and the death of one the process cannot live without stops
//! the process.

use std::any::Any;
use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::future::Future;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::{AbortHandle, JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::problem::chain;

/// What the end of a task means for the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskKind {
    /// The process cannot do its work without it: if it ends, fails or panics before the shutdown,
    /// the process shuts down with that error.
    Critical,
    /// It may end; a failure or panic is logged.
    Auxiliary,
}

/// Why the process has to stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaskFailure {
    /// A critical task ended although nobody asked for the shutdown.
    #[error("task {name} ended before the shutdown")]
    Ended {
        /// The task.
        name: &'static str,
    },
    /// A critical task returned an error.
    #[error("task {name} failed: {reason}")]
    Failed {
        /// The task.
        name: &'static str,
        /// The error with its sources.
        reason: String,
    },
    /// A critical task panicked.
    #[error("task {name} panicked: {reason}")]
    Panicked {
        /// The task.
        name: &'static str,
        /// The panic's message.
        reason: String,
    },
    /// Tasks were still running at the deadline of the shutdown and were aborted.
    #[error("tasks still running after {after_ms} ms: {}", names.join(", "))]
    Unfinished {
        /// The tasks.
        names: Vec<&'static str>,
        /// The deadline that passed.
        after_ms: u64,
    },
}

/// Starts tasks, watches them, and brings all of them down together. Clones share one state.
#[derive(Clone, Debug)]
pub struct Supervisor {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    runtime: Handle,
    shutdown: CancellationToken,
    tracker: TaskTracker,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next_id: u64,
    running: BTreeMap<u64, (&'static str, AbortHandle)>,
    failure: Option<TaskFailure>,
}

impl Supervisor {
    /// A supervisor whose tasks run on the current tokio runtime.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    #[expect(
        clippy::new_without_default,
        reason = "it needs a running tokio runtime"
    )]
    pub fn new() -> Self {
        Self {
            shared: Arc::new(Shared {
                runtime: Handle::current(),
                shutdown: CancellationToken::new(),
                tracker: TaskTracker::new(),
                state: Mutex::default(),
            }),
        }
    }

    /// Starts a task. It should watch [`Supervisor::token`] and return when that is cancelled.
    pub fn spawn<F, E>(&self, name: &'static str, kind: TaskKind, future: F)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: StdError + Send + 'static,
    {
        self.watch(name, kind, self.shared.runtime.spawn(future));
    }

    /// Starts a task on a thread of its own, for work that blocks.
    pub fn spawn_blocking<F, E>(&self, name: &'static str, kind: TaskKind, work: F)
    where
        F: FnOnce(CancellationToken) -> Result<(), E> + Send + 'static,
        E: StdError + Send + 'static,
    {
        let token = self.token();
        let handle = self.shared.runtime.spawn_blocking(move || work(token));
        self.watch(name, kind, handle);
    }

    /// Carries work to its end, also where whoever asked for it is gone meanwhile; the shutdown waits for it.
    ///
    /// # Panics
    ///
    /// Where the work does, and somebody still waits for it.
    pub async fn carry_out<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> T {
        let shared = &self.shared;
        match shared.tracker.spawn_on(work, &shared.runtime).await {
            Ok(done) => done,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                // The runtime itself ends, and with it whoever waits.
                Err(_) => std::future::pending().await,
            },
        }
    }

    /// Cancelled when the shutdown begins.
    pub fn token(&self) -> CancellationToken {
        self.shared.shutdown.clone()
    }

    /// Begins the shutdown. Calling it again changes nothing.
    pub fn shutdown(&self) {
        self.shared.shutdown.cancel();
    }

    /// Whether the shutdown has begun.
    pub fn is_shutting_down(&self) -> bool {
        self.shared.shutdown.is_cancelled()
    }

    /// Waits until the shutdown begins, by request or by failure.
    pub async fn wait_for_shutdown(&self) {
        self.shared.shutdown.cancelled().await;
    }

    /// The first failure of a critical task.
    pub fn failure(&self) -> Option<TaskFailure> {
        self.state().failure.clone()
    }

    /// Begins the shutdown when the process gets SIGINT or SIGTERM.
    pub fn shutdown_on_signals(&self) {
        let supervisor = self.clone();
        self.spawn("signals", TaskKind::Auxiliary, async move {
            tokio::select! {
                signal = next_signal() => {
                    let name = signal?;
                    tracing::info!(signal = name, "shutting down on {name}");
                    supervisor.shutdown();
                }
                () = supervisor.wait_for_shutdown() => {}
            }
            Ok::<(), std::io::Error>(())
        });
    }

    /// Waits for the shutdown to begin, then at most `deadline` for the tasks to end; those that
    /// have not are aborted.
    ///
    /// # Errors
    ///
    /// The failure that brought the process down, else the tasks that did not end in time.
    pub async fn run_until_stopped(&self, deadline: Duration) -> Result<(), TaskFailure> {
        self.wait_for_shutdown().await;
        self.stop(deadline).await
    }

    /// Begins the shutdown and waits as [`Supervisor::run_until_stopped`] does.
    ///
    /// # Errors
    ///
    /// As [`Supervisor::run_until_stopped`].
    pub async fn stop(&self, deadline: Duration) -> Result<(), TaskFailure> {
        self.shutdown();
        self.shared.tracker.close();
        let ended = tokio::time::timeout(deadline, self.shared.tracker.wait()).await;
        let mut state = self.state();
        if ended.is_err() {
            let mut names = Vec::new();
            for (name, task) in state.running.values() {
                task.abort();
                names.push(*name);
            }
            if names.is_empty() {
                names.push("work that was asked for");
            }
            if state.failure.is_none() {
                let after_ms = u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX);
                state.failure = Some(TaskFailure::Unfinished { names, after_ms });
            }
        }
        state.failure.clone().map_or(Ok(()), Err)
    }

    fn watch<E>(&self, name: &'static str, kind: TaskKind, task: JoinHandle<Result<(), E>>)
    where
        E: StdError + Send + 'static,
    {
        let id = {
            let mut state = self.state();
            let id = state.next_id;
            state.next_id = id.wrapping_add(1);
            state.running.insert(id, (name, task.abort_handle()));
            id
        };
        let supervisor = self.clone();
        let watcher = async move {
            let outcome = task.await;
            supervisor.state().running.remove(&id);
            supervisor.judge(name, kind, outcome);
        };
        let tracker = &self.shared.tracker;
        drop(tracker.spawn_on(watcher, &self.shared.runtime));
    }

    fn judge<E: StdError>(
        &self,
        name: &'static str,
        kind: TaskKind,
        outcome: Result<Result<(), E>, JoinError>,
    ) {
        let failure = match outcome {
            Ok(Ok(())) if kind == TaskKind::Auxiliary || self.is_shutting_down() => {
                tracing::debug!(task = name, "task {name} ended");
                return;
            }
            Ok(Ok(())) => TaskFailure::Ended { name },
            Ok(Err(error)) => TaskFailure::Failed {
                name,
                reason: chain(&error),
            },
            Err(error) if error.is_cancelled() => return,
            Err(error) => TaskFailure::Panicked {
                name,
                reason: panic_message(&*error.into_panic()).to_owned(),
            },
        };
        tracing::error!(task = name, "{failure}");
        if kind == TaskKind::Critical {
            self.state().failure.get_or_insert(failure);
            self.shutdown();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every critical section leaves the state whole, so a poisoned lock is still good.
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The message of a panic, when it has one.
pub(crate) fn panic_message(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

async fn next_signal() -> std::io::Result<&'static str> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(tokio::select! {
        _ = interrupt.recv() => "SIGINT",
        _ = terminate.recv() => "SIGTERM",
    })
}

#[cfg(test)]
mod tests;
