//! Waiting for anything that a service knows to change.

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::follow::Folded;

/// What may have changed since it was last looked at.
#[derive(Debug)]
pub struct Changes {
    pub(super) folded: watch::Receiver<Folded>,
    pub(super) intents: watch::Receiver<u64>,
    pub(super) token: CancellationToken,
}

impl Changes {
    /// From here on only what comes later is a change.
    pub fn mark_seen(&mut self) {
        self.folded.borrow_and_update();
        self.intents.borrow_and_update();
    }

    /// Waits for a change; `false` when the service ends.
    pub async fn changed(&mut self) -> bool {
        tokio::select! {
            () = self.token.cancelled() => false,
            Ok(()) = self.folded.changed() => true,
            Ok(()) = self.intents.changed() => true,
            else => false,
        }
    }
}
