//! Work that goes on while the consortium changes.

use std::time::Duration;

use serde::Serialize;
use theriac_crypto::digest;
use theriac_http::clock::Stopwatch;
use theriac_ledger::action::{AnchorDigest, AnchorKind};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::super::stage::Stage;
use super::hand::{FINAL, Hand};

/// What went on.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Summary {
    /// Transactions that became final.
    pub(super) finals: u64,
    /// Transactions that did not.
    pub(super) failed: u64,
    /// The longest time between two that did, in milliseconds.
    pub(super) longest_pause_ms: u64,
}

/// A member that signs one transaction after the other.
pub(super) struct Load {
    stop: watch::Sender<bool>,
    task: JoinSet<Summary>,
}

impl Load {
    pub(super) fn start(stage: &Stage) -> anyhow::Result<Self> {
        let hand = Hand::of(stage, stage.consortium.member("distributor"))?;
        let (stop, stopped) = watch::channel(false);
        let mut task = JoinSet::new();
        task.spawn(run(hand, stopped));
        Ok(Self { stop, task })
    }

    /// Ends it.
    pub(super) async fn stop(mut self) -> Summary {
        self.stop.send_replace(true);
        match self.task.join_next().await {
            Some(Ok(summary)) => summary,
            _ => Summary {
                failed: 1,
                ..Summary::default()
            },
        }
    }
}

async fn run(hand: Hand, stopped: watch::Receiver<bool>) -> Summary {
    let mut summary = Summary::default();
    let mut last = Stopwatch::start();
    while !*stopped.borrow() {
        let number = summary.finals.saturating_add(summary.failed);
        let action = AnchorDigest {
            kind: AnchorKind::Document,
            digest: digest("demo-load", &number.to_le_bytes()),
        };
        match hand.act(action).await {
            Ok(done) if done.outcome == FINAL => {
                summary.finals = summary.finals.saturating_add(1);
                let pause = u64::try_from(last.elapsed().as_millis()).unwrap_or(u64::MAX);
                summary.longest_pause_ms = summary.longest_pause_ms.max(pause);
                last = Stopwatch::start();
            }
            Ok(_) | Err(_) => {
                summary.failed = summary.failed.saturating_add(1);
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    summary
}
