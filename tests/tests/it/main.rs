//! The whole system, process by process. Networks run one at a time.

mod altered;
mod answers;
mod bench;
mod ceremony;
mod command_line;
mod crash;
mod demo;
mod deploy;
mod evidence;
mod follower;
mod interrupted;
mod joining;
mod membership;
mod partners;
mod quorum;
mod services;
mod signer;
mod validators;

use tokio::sync::{Mutex, MutexGuard};

static NETWORK: Mutex<()> = Mutex::const_new(());

/// The right to start a network: two cores carry one at a time.
async fn alone() -> MutexGuard<'static, ()> {
    NETWORK.lock().await
}
