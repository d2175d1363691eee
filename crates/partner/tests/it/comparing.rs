//! A read model beside the state of the ledger.

use std::convert::Infallible;

use theriac_client::RecordName;
use theriac_ledger::identifier::Height;
use theriac_ledger::record::StoredRecord;
use theriac_ledger::state::State as _;
use theriac_ledger::testing::packs;
use theriac_partner::comparison::{Comparison, Ledger, compare};

use crate::node_of_one::{Chain, Node, SharedChain};
use crate::outbox::Maker;

/// Reads the state of a chain in memory; `height` is the one that it says it is of.
struct Memory<'a> {
    chain: &'a SharedChain,
    height: Height,
}

impl Ledger for Memory<'_> {
    type Error = Infallible;

    async fn record(
        &self,
        name: &RecordName,
    ) -> Result<(Option<StoredRecord>, Height), Infallible> {
        let chain = self.chain.lock().unwrap();
        let stored = chain.state.record(&name.state_key()).unwrap();
        Ok((stored, self.height))
    }
}

async fn compared(maker: &Maker, chain: &SharedChain, height: Height) -> Comparison {
    compare(&maker.db, &Memory { chain, height }, 50)
        .await
        .unwrap()
}

#[actix_web::test]
async fn a_read_model_that_agrees_has_no_difference_and_one_that_does_not_names_it() {
    let chain = Chain::new(41);
    let node = Node::start(&chain, "127.0.0.1:0".parse().unwrap());
    let maker = Maker::start(&chain, node.address).await;
    let (_, runs) = maker.make().await;
    let height = u64::try_from(chain.lock().unwrap().blocks.len()).unwrap();
    let found = compared(&maker, &chain, height).await;
    // Two runs of three packs, and their lot.
    assert_eq!((found.packs, found.records), (6, 1));
    assert_eq!((found.differences.len(), found.unsettled), (0, 0));

    // The ledger goes on without the read model: it claims to be of the same height.
    let packs = packs(runs[0], &[(1, 1)]);
    chain.lock().unwrap().decommission(packs);
    let found = compared(&maker, &chain, height).await;
    let [difference] = &found.differences[..] else {
        panic!("{found:?}");
    };
    assert!(difference.what.starts_with("pack 1 of run 0 of lot LOT-A"));
    assert!(difference.ledger.starts_with("Destroyed"));
    assert!(difference.read_model.starts_with("Active"));
    // Where the read model is known to be behind, nothing can be said yet.
    let found = compared(&maker, &chain, height + 1).await;
    assert_eq!((found.differences.len(), found.unsettled), (0, 1));
    maker.stop().await;
    node.stop().await;
}
