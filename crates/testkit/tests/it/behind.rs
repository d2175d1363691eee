//! Power cuts while a node reads blocks that others have long decided.

use std::sync::Arc;

use theriac_ledger::action::ActionBody;
use theriac_ledger::identifier::Height;
use theriac_ledger::testing::{Actor, commission_run, gtin, product, run_id};
use theriac_node::chain::Chain;
use theriac_node::pool::{Pool, PoolLimits};
use theriac_node::store::Store;
use theriac_testkit::decided::DecidedChain;
use theriac_testkit::disk::MemoryDisk;

/// A chain of six blocks.
fn source() -> DecidedChain {
    let source = DecidedChain::found(1);
    let medicine = gtin("9506000", 1);
    source.advance([(Actor::Maker, product(medicine).into())]);
    for number in 0..5 {
        let run = run_id(medicine, &format!("LOT{number}"), 0);
        let body: ActionBody = commission_run(run, number * 10, 10).into();
        source.advance([(Actor::Maker, body)]);
    }
    source
}

fn open(source: &DecidedChain, disk: &MemoryDisk) -> Chain {
    let store = Store::initialise_on(Arc::new(disk.clone()), &source.genesis);
    let store = store.unwrap().unwrap();
    let pool = Arc::new(Pool::new(store.clone(), PoolLimits::default()));
    Chain::new(store, pool)
}

/// Takes a block of the source; the disk is waited for or not.
fn take(source: &DecidedChain, chain: &Chain, height: Height, is_waited_for: bool) {
    let store = source.chain.store();
    let block = store.block(height).unwrap().unwrap();
    let (_, certificate) = store.header(height).unwrap().unwrap();
    let digest = chain.execute(&block).unwrap();
    let committed = if is_waited_for {
        chain.commit(&digest, certificate)
    } else {
        chain.commit_behind(&digest, certificate)
    };
    committed.unwrap();
}

#[test]
fn a_power_cut_takes_the_blocks_that_were_not_waited_for_and_they_are_taken_again() {
    let (source, disk) = (source(), MemoryDisk::default());
    let mut durable = 0;
    for waited_for in [vec![1], vec![3], vec![], vec![4, 6]] {
        let chain = open(&source, &disk);
        assert_eq!(chain.parent().height, durable);
        for height in durable + 1..=6 {
            take(&source, &chain, height, waited_for.contains(&height));
        }
        assert_eq!(chain.parent().height, 6);
        durable = waited_for.last().copied().unwrap_or(durable);
        disk.restart();
    }
    let chain = open(&source, &disk);
    assert_eq!(chain.parent(), source.chain.parent());
}
