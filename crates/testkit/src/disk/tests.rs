use theriac_crypto::digest;
use theriac_ledger::identifier::BlockDigest;
use theriac_ledger::testing::Consortium;
use theriac_node::store::Store;

use super::*;
use crate::genesis::genesis;

fn put(disk: &MemoryDisk, key: &[u8], value: &[u8]) -> Result<(), DiskError> {
    let mut batch = Batch::default();
    batch.insert(Space::Meta, key, value);
    disk.write(batch)
}

fn get(snapshot: &dyn Snapshot, key: &[u8]) -> Option<Vec<u8>> {
    snapshot
        .get(Space::Meta, key)
        .unwrap()
        .map(|value| value.to_vec())
}

#[test]
fn a_snapshot_shows_what_was_written_before_it_was_taken() {
    let disk = MemoryDisk::default();
    put(&disk, b"key", b"old").unwrap();
    let before = disk.snapshot();
    put(&disk, b"key", b"new").unwrap();
    assert_eq!(get(&*before, b"key").unwrap(), b"old");
    assert_eq!(get(&*disk.snapshot(), b"key").unwrap(), b"new");
}

#[test]
fn a_power_cut_takes_what_was_not_durable_and_nothing_else() {
    let disk = MemoryDisk::default();
    put(&disk, b"key", b"durable").unwrap();
    disk.be_careless();
    put(&disk, b"key", b"settled").unwrap();
    disk.settle();
    put(&disk, b"key", b"lost").unwrap();
    put(&disk, b"other", b"lost").unwrap();
    assert_eq!(get(&*disk.snapshot(), b"key").unwrap(), b"lost");
    disk.restart();
    assert_eq!(get(&*disk.snapshot(), b"key").unwrap(), b"settled");
    assert_eq!(get(&*disk.snapshot(), b"other"), None);
}

#[test]
fn a_machine_that_died_writes_nothing_more() {
    let disk = MemoryDisk::default();
    disk.foretell([Fate::DiesAfter]);
    put(&disk, b"first", b"1").unwrap_err();
    put(&disk, b"second", b"2").unwrap_err();
    disk.restart();
    disk.foretell([Fate::DiesBefore]);
    put(&disk, b"third", b"3").unwrap_err();
    disk.restart();
    let snapshot = disk.snapshot();
    assert!(get(&*snapshot, b"first").is_some());
    assert!(get(&*snapshot, b"second").is_none());
    assert!(get(&*snapshot, b"third").is_none());
}

#[test]
fn entries_come_in_order_and_without_what_was_deleted() {
    let disk = MemoryDisk::default();
    for key in [b"b1", b"a1", b"a3", b"a2"] {
        put(&disk, key, b"value").unwrap();
    }
    let mut batch = Batch::default();
    batch.remove(Space::Meta, b"a3".as_slice());
    disk.write(batch).unwrap();
    let found: Vec<Vec<u8>> = disk
        .snapshot()
        .prefix(Space::Meta, b"a")
        .map(|entry| entry.unwrap().0.to_vec())
        .collect();
    assert_eq!(found, [b"a1", b"a2"]);
}

fn store(disk: &MemoryDisk) -> Store {
    let genesis = genesis(&Consortium::new(1));
    Store::initialise_on(Arc::new(disk.clone()), &genesis)
        .unwrap()
        .unwrap()
}

#[test]
fn a_store_whose_disk_failed_once_says_so_and_writes_nothing_more() {
    let disk = MemoryDisk::default();
    let store = store(&disk);
    let body = |word: &[u8]| (BlockDigest(digest("test", word)), word.to_vec());
    disk.foretell([Fate::DiesBefore]);
    let (first, bytes) = body(b"first");
    store.put_body(1, 0, &first, &bytes).unwrap_err();
    assert!(*store.failure().borrow());
    // The disk is well again, and the store does not trust it.
    disk.restart();
    let (second, bytes) = body(b"second");
    let error = store.put_body(1, 0, &second, &bytes).unwrap_err();
    assert!(error.is_fatal());
    assert!(self::store(&disk).bodies(1).unwrap().is_empty());
}
