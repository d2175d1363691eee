//! The view of the ledger in production: a replica that follows the chain and executes each block.

use std::sync::Arc;

use theriac_node::replica::Replica;

use crate::view::{Head, LedgerView, Snapshot};

/// A replica, read one height at a time.
#[derive(Clone, Debug)]
pub(crate) struct ReplicaView(pub(crate) Replica);

impl LedgerView for ReplicaView {
    fn snapshot(&self) -> Snapshot {
        let view = self.0.store().view();
        let parent = view.parent();
        Snapshot {
            head: Head {
                height: parent.height,
                time: parent.time,
            },
            state: Arc::clone(&view) as Arc<_>,
        }
    }
}
