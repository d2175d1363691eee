//! The node of a key that has no vote: it follows the validators over their HTTP interfaces, and ends when
//! the set of the next height has its key.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use theriac_client::wire::FinalBlock;
use theriac_client::{Follower, FollowerSettings, FollowerStatus, NodeClient, TrustedSets};
use theriac_crypto::PublicKey;
use theriac_http::problem::chain as chain_of;
use tokio::sync::watch;
use tokio::time::Instant;

use super::EngineError;
use super::run::End;
use crate::chain::Chain;
use crate::neighbours::Neighbours;
use crate::replica::trusted_sets;

/// Follows.
#[derive(Debug)]
pub(super) struct Outside {
    pub(super) chain: Arc<Chain>,
    /// The key that waits for a vote.
    pub(super) key: PublicKey,
    pub(super) neighbours: watch::Receiver<Neighbours>,
    /// After how long without a block it ends, where the key has a vote.
    pub(super) unheard: Option<Duration>,
}

impl Outside {
    /// Runs until `stop`, or until the key has a vote.
    pub(super) async fn run(mut self, stop: impl Future<Output = ()>) -> Result<End, EngineError> {
        let sets = Arc::new(trusted_sets(&self.chain)?);
        let mut follower = self.follower(&sets);
        let mut is_refused = false;
        let mut heard = Instant::now();
        let mut stop = std::pin::pin!(stop);
        loop {
            let mut status = follower.status();
            let verified = tokio::select! {
                verified = follower.next() => verified,
                Ok(()) = self.neighbours.changed() => {
                    follower = self.follower(&sets);
                    continue;
                }
                reason = refused(&mut status), if !is_refused => {
                    is_refused = true;
                    tracing::error!(
                        validator = %self.key,
                        error = reason,
                        "the other nodes refuse what this node asks. Where they do not know the key that signs its requests: name an active key of an account in [request_key] of its configuration"
                    );
                    continue;
                }
                () = unheard(heard, self.unheard) => return Ok(End::Unheard),
                () = &mut stop => return Ok(End::Stopped),
            };
            is_refused = false;
            heard = Instant::now();
            let is_last = follower.status().borrow().lag_blocks() == 0;
            self.take(verified.into_final_block(), is_last).await?;
            // Whoever is behind knows an old set.
            if is_last && self.chain.validators().find(&self.key).is_some() {
                return Ok(End::Added);
            }
        }
    }

    /// Follows whoever is a neighbour now, from the last block on.
    fn follower(&mut self, sets: &Arc<TrustedSets>) -> Follower {
        let neighbours = Arc::clone(&self.neighbours.borrow_and_update());
        let nodes: Vec<NodeClient> = neighbours.iter().map(|one| one.client.clone()).collect();
        let settings = FollowerSettings::default();
        Follower::new(nodes, self.chain.parent(), Arc::clone(sets), settings)
    }

    /// Executes and commits a block that others have decided; the last one of many waits for the disk.
    async fn take(&self, decided: FinalBlock, is_last: bool) -> Result<(), EngineError> {
        let chain = Arc::clone(&self.chain);
        let taken = tokio::task::spawn_blocking(move || {
            let digest = chain.execute(&decided.block)?;
            if is_last {
                chain.commit(&digest, decided.certificate)?;
            } else {
                chain.commit_behind(&digest, decided.certificate)?;
            }
            Ok(())
        });
        taken.await.map_err(|_| EngineError::Panicked)?
    }
}

/// Waits until a node refuses to be followed because of who asks, or how; gives its words.
async fn refused(status: &mut watch::Receiver<FollowerStatus>) -> String {
    let words = match status.wait_for(FollowerStatus::is_refused).await {
        Ok(status) => status.last_error.as_deref().map(|error| chain_of(error)),
        Err(_) => None,
    };
    match words {
        Some(words) => words,
        None => std::future::pending().await,
    }
}

/// Waits until no block came for as long as that.
async fn unheard(since: Instant, limit: Option<Duration>) {
    match limit {
        Some(limit) => tokio::time::sleep_until(since + limit).await,
        None => std::future::pending().await,
    }
}
