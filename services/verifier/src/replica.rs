//! The view of the ledger in production: a replica that follows the chain and executes each block.

use std::sync::Arc;

use theriac_client::wire::MisbehaviourPage;
use theriac_crypto::Digest;
use theriac_ledger::identifier::{ChainId, PackKey, PackLocation, TransactionId};
use theriac_ledger::record::StoredRecord;
use theriac_ledger::state::{State, StateUnavailable};
use theriac_ledger::state_key::StateKey;
use theriac_node::disputes::{DisputeFinder, Disputes, Subject};
use theriac_node::evidence::EvidenceMaker;
use theriac_node::store::{Store, View};
use theriac_proof::{EvidenceBundle, Question};

use crate::view::{Head, LedgerView, ProvenState, Snapshot};

/// The store of a replica, read one height at a time.
#[derive(Clone, Debug)]
pub struct ReplicaView {
    store: Store,
    maker: EvidenceMaker,
    finder: DisputeFinder,
}

impl ReplicaView {
    /// A view of whatever is committed to the store.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            maker: EvidenceMaker::default(),
            finder: DisputeFinder::default(),
        }
    }
}

impl LedgerView for ReplicaView {
    fn snapshot(&self) -> Snapshot {
        let view = self.store.view();
        let parent = view.parent();
        let head = Head {
            height: parent.height,
            time: parent.time,
        };
        Snapshot {
            head,
            state: Arc::new(Committed {
                view,
                maker: self.maker.clone(),
                finder: self.finder.clone(),
            }),
        }
    }

    fn misbehaviour(
        &self,
        after: Option<&Digest>,
        limit: usize,
    ) -> Result<MisbehaviourPage, StateUnavailable> {
        Ok(self.store.misbehaviour_page(after, limit)?)
    }
}

/// One height of a replica.
struct Committed {
    view: Arc<View>,
    maker: EvidenceMaker,
    finder: DisputeFinder,
}

impl ProvenState for Committed {
    fn evidence(&self, question: &Question) -> Result<Option<EvidenceBundle>, StateUnavailable> {
        Ok(self.maker.make(&self.view, question)?)
    }

    fn disputes(&self, subject: &Subject) -> Result<Disputes, StateUnavailable> {
        Ok(self.finder.find(&self.view, subject)?)
    }
}

impl State for Committed {
    fn record(&self, key: &StateKey) -> Result<Option<StoredRecord>, StateUnavailable> {
        self.view.record(key)
    }

    fn find_pack(&self, key: &PackKey) -> Result<Option<PackLocation>, StateUnavailable> {
        self.view.find_pack(key)
    }

    fn is_included(&self, id: &TransactionId) -> Result<bool, StateUnavailable> {
        self.view.is_included(id)
    }

    fn chain_id(&self) -> ChainId {
        self.view.chain_id()
    }

    fn salt(&self) -> Digest {
        self.view.salt()
    }
}
