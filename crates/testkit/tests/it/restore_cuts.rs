//! Power cuts at every write of a restore, and while older blocks are put beneath a snapshot.

use std::iter::repeat_n;
use std::sync::Arc;

use theriac_client::wire::FinalBlock;
use theriac_ledger::action::ActionBody;
use theriac_ledger::constants::VALIDITY_MS_MAX;
use theriac_ledger::testing::{Actor, commission_run, gtin, product, run_id};
use theriac_node::backfill::put;
use theriac_node::snapshot::{Extent, restore, write};
use theriac_node::store::Store;
use theriac_testkit::decided::DecidedChain;
use theriac_testkit::disk::{Fate, MemoryDisk};

const DEATHS: [Fate; 2] = [Fate::DiesBefore, Fate::DiesAfter];

/// A chain with more packs than one write takes, and blocks long after them.
fn chain() -> DecidedChain {
    let chain = DecidedChain::found(1);
    let medicine = gtin("9506000", 1);
    let runs = (0..3u32).map(|number| {
        let lot = run_id(medicine, &format!("LOT{number}"), 0);
        commission_run(lot, number * 8_192, 8_192).into()
    });
    let steps: Vec<ActionBody> = [product(medicine).into()].into_iter().chain(runs).collect();
    for step in steps {
        chain.advance([(Actor::Maker, step)]);
    }
    for _ in 0..3 {
        chain.advance_after(VALIDITY_MS_MAX, []);
    }
    chain
}

fn snapshot(chain: &DecidedChain, extent: Extent) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&chain.chain.store().view(), extent, &mut |piece| {
        bytes.extend(piece);
        Ok(())
    })
    .unwrap();
    bytes
}

/// A disk on which the machine dies at the write after some others.
fn dying(before: usize, fate: Fate) -> Arc<MemoryDisk> {
    let disk = MemoryDisk::default();
    disk.foretell(repeat_n(Fate::Durable, before).chain([fate]));
    Arc::new(disk)
}

#[test]
fn a_power_cut_at_any_write_of_a_restore_leaves_the_whole_chain_or_none() {
    let chain = chain();
    let bytes = snapshot(&chain, Extent::All);
    for fate in DEATHS {
        let mut writes = 0;
        loop {
            let disk = dying(writes, fate);
            let restored = restore(&chain.genesis, disk.clone(), &bytes[..], &mut |_| {});
            if restored.is_ok() {
                assert!(!disk.is_dead());
                break;
            }
            assert!(disk.is_dead(), "{restored:?}");
            disk.restart();
            if let Some(store) = Store::open_on(disk).unwrap() {
                // The last write was durable, and nobody learned of it.
                assert_eq!(fate, Fate::DiesAfter);
                assert_eq!(store.committed(), chain.chain.parent());
                assert_eq!(store.view().oldest(), 1);
            }
            writes += 1;
        }
        assert!(writes > 2, "{writes} writes");
    }
}

#[test]
fn a_power_cut_while_older_blocks_are_put_leaves_a_chain_without_a_gap_that_goes_on() {
    let chain = chain();
    let bytes = snapshot(&chain, Extent::Window);
    for fate in DEATHS {
        let disk = Arc::new(MemoryDisk::default());
        restore(&chain.genesis, disk.clone(), &bytes[..], &mut |_| {}).unwrap();
        let store = Store::open_on(disk.clone()).unwrap().unwrap();
        let oldest = store.view().oldest();
        assert!(oldest > 3, "there are older blocks");
        let older = |below: u64| -> Vec<FinalBlock> {
            let block = |height| {
                let store = chain.chain.store();
                let (_, certificate) = store.header(height).unwrap().unwrap();
                let block = store.block(height).unwrap().unwrap();
                FinalBlock { block, certificate }
            };
            (1..below).map(block).collect()
        };
        disk.foretell([fate]);
        put(&store, older(oldest)).unwrap_err();
        disk.restart();
        let store = Store::open_on(disk).unwrap().unwrap();
        let left = store.view().oldest();
        let expected = if fate == Fate::DiesAfter { 1 } else { oldest };
        assert_eq!(left, expected);
        if left > 1 {
            assert_eq!(put(&store, older(left)).unwrap(), 1);
        }
        for height in 1..=chain.chain.parent().height {
            let found = store.block(height).unwrap();
            assert_eq!(
                found,
                chain.chain.store().block(height).unwrap(),
                "{height}"
            );
        }
    }
}
