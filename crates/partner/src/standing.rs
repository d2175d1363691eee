//! For which organisation the service's key acts, as the read model knows it.
//!
//! A key, an account or an organisation may be younger than the genesis: a read model that does not know it
//! yet follows the chain until it does, or until it has everything that the nodes have.

use std::time::Duration;

use theriac_client::FollowerStatus;
use theriac_crypto::PublicKey;
use theriac_ledger::identifier::{AccountId, OrganisationId};
use theriac_records::repository::members::{find_account, find_account_of_key};
use theriac_records::{Database, StorageError};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::follow::Following;
use crate::service::ServiceError;

/// How long nodes may say that they do not know the key: one of them may be a block behind the others.
const UNKNOWN_LIMIT: Duration = Duration::from_secs(5);

/// How often the log says how far the read model is.
const SAY_EVERY: Duration = Duration::from_secs(5);

/// The organisation of the account for which the key acts.
///
/// # Errors
///
/// [`ServiceError::KeyNotRegistered`] once the read model has what the nodes have, or the nodes go on saying
/// that they do not know the key; [`ServiceError::Stopped`] at the shutdown.
pub(crate) async fn organisation_of(
    db: &Database,
    key: &PublicKey,
    account: AccountId,
    following: &Following,
    token: &CancellationToken,
) -> Result<OrganisationId, ServiceError> {
    let mut folded = following.watch();
    let mut status = following.watch_status();
    let mut clock = tokio::time::interval(SAY_EVERY);
    clock.tick().await;
    let mut unknown_since = None;
    loop {
        let height = folded.borrow_and_update().height;
        let is_complete = {
            let status = status.borrow_and_update();
            if status.is_connected {
                unknown_since = None;
            } else if status.is_unknown() {
                unknown_since.get_or_insert_with(Instant::now);
            }
            let is_unknown = unknown_since.is_some_and(|since| since.elapsed() >= UNKNOWN_LIMIT);
            is_unknown || (status.is_connected && status.head <= height)
        };
        if let Some(found) = find(db, key, account).await? {
            return Ok(found);
        }
        if is_complete {
            let key = key.to_string();
            return Err(ServiceError::KeyNotRegistered { key, account });
        }
        tokio::select! {
            () = token.cancelled() => return Err(ServiceError::Stopped),
            Ok(()) = folded.changed() => {}
            Ok(()) = status.changed() => {}
            _ = clock.tick() => say(following, &status),
        }
    }
}

async fn find(
    db: &Database,
    key: &PublicKey,
    account: AccountId,
) -> Result<Option<OrganisationId>, StorageError> {
    if find_account_of_key(db, key).await? != Some(account) {
        return Ok(None);
    }
    let found = find_account(db, &account).await?;
    Ok(found.map(|account| account.organisation))
}

fn say(following: &Following, status: &watch::Receiver<FollowerStatus>) {
    let (height, head) = (following.height(), status.borrow().head);
    match following.last_error() {
        Some(error) if !following.is_connected() => tracing::warn!(
            error,
            "the key of this service is younger than the blocks that it has, and no node answers; trying again"
        ),
        _ => tracing::info!(
            "the key of this service is younger than the blocks that it has; at block {height} of {head}"
        ),
    }
}
