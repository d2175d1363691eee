//! Snapshots of a node: nothing is taken but the state and the blocks that validators signed.

use std::sync::{Arc, LazyLock};

use theriac_ledger::action::{ActionBody, Purpose, Ship};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::testing::{Actor, commission_run, gtin, packs, product, run_id};
use theriac_node::snapshot::{Extent, restore, write};
use theriac_node::store::Store;
use theriac_testkit::decided::DecidedChain;
use theriac_testkit::disk::MemoryDisk;

/// A short chain, and a snapshot of it.
static SCENE: LazyLock<(DecidedChain, Vec<u8>)> = LazyLock::new(|| {
    let scene = DecidedChain::found(1);
    let medicine = gtin("9506000", 1);
    let run = run_id(medicine, "LOT1", 0);
    let to = scene.consortium.account(Actor::Pharmacy);
    let ship = Ship {
        to,
        purpose: Purpose::Supply,
        packs: packs(run, &[(3, 2)]),
        units: BoundedList::empty(),
    };
    let steps: [ActionBody; 3] = [
        product(medicine).into(),
        commission_run(run, 0, 40).into(),
        ship.into(),
    ];
    for step in steps {
        scene.advance([(Actor::Maker, step)]);
    }
    let bytes = taken(scene.chain.store());
    (scene, bytes)
});

/// A snapshot that is right.
pub(crate) fn golden() -> Vec<u8> {
    SCENE.1.clone()
}

fn taken(store: &Store) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&store.view(), Extent::All, &mut |piece| {
        bytes.extend(piece);
        Ok(())
    })
    .expect("a store in memory is read");
    bytes
}

/// Bytes as a snapshot of the chain.
pub(crate) fn snapshot(bytes: &[u8]) {
    let (scene, golden) = &*SCENE;
    let disk = Arc::new(MemoryDisk::default());
    let restored = restore(&scene.genesis, disk.clone(), bytes, &mut |_| {});
    let store = Store::open_on(disk).expect("what is left is a store or none");
    assert_eq!(
        restored.is_ok(),
        store.is_some(),
        "there is a store exactly where the snapshot was taken: {restored:?}"
    );
    if let (Ok(restored), Some(store)) = (restored, store) {
        assert_eq!(store.committed().digest, restored.head.digest());
        assert_eq!(store.committed(), scene.chain.parent());
        assert_eq!(
            taken(&store),
            *golden,
            "a snapshot that is taken is another's"
        );
    }
}
