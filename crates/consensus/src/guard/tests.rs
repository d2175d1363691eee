use theriac_crypto::{SigningKey, digest};

use super::*;

fn chain() -> ChainId {
    ChainId(digest("test", b"chain"))
}

fn key() -> PublicKey {
    SigningKey::from_seed(&[1; 32]).public_key()
}

fn subject(height: Height, round: u32, step: Step, word: &str) -> Subject {
    let digest = digest("test", word.as_bytes());
    Subject {
        height,
        round,
        step,
        block: Some(BlockDigest(digest)),
        digest,
    }
}

fn guard(folder: &tempfile::TempDir) -> (PathBuf, SigningGuard) {
    let path = folder.path().join("guard");
    let guard = SigningGuard::create(&path, chain(), key()).unwrap();
    (path, guard)
}

fn reopened(path: &Path) -> SigningGuard {
    SigningGuard::open(path, chain(), key()).unwrap()
}

#[test]
fn the_same_subject_is_admitted_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (path, mut guard) = guard(&folder);
    let vote = subject(5, 0, Step::Prevote, "a");
    guard.admit(&vote).unwrap();
    drop(guard);
    let mut guard = reopened(&path);
    assert_eq!(guard.last(), Some(vote));
    guard.admit(&vote).unwrap();
}

#[test]
fn another_subject_of_the_same_step_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (path, mut guard) = guard(&folder);
    for step in [Step::Proposal, Step::Prevote, Step::Precommit] {
        guard.admit(&subject(5, 0, step, "a")).unwrap();
        drop(guard);
        guard = reopened(&path);
        let refused = guard.admit(&subject(5, 0, step, "b"));
        assert!(matches!(refused, Err(GuardError::Conflict { .. })));
    }
}

#[test]
fn every_step_of_the_round_is_admitted_again_and_only_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (path, mut guard) = guard(&folder);
    for step in Step::ALL {
        guard.admit(&subject(5, 1, step, "a")).unwrap();
    }
    drop(guard);
    let mut guard = reopened(&path);
    for step in Step::ALL {
        guard.admit(&subject(5, 1, step, "a")).unwrap();
        let refused = guard.admit(&subject(5, 1, step, "b"));
        assert!(matches!(refused, Err(GuardError::Conflict { .. })));
    }
}

#[test]
fn going_back_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (_, mut guard) = guard(&folder);
    guard.admit(&subject(5, 2, Step::Prevote, "a")).unwrap();
    for (height, round, step) in [(5, 1, Step::Precommit), (4, 9, Step::Precommit)] {
        let refused = guard.admit(&subject(height, round, step, "b"));
        assert!(matches!(refused, Err(GuardError::Regress { .. })));
    }
    guard.admit(&subject(5, 2, Step::Precommit, "b")).unwrap();
    guard.admit(&subject(5, 3, Step::Proposal, "c")).unwrap();
    guard.admit(&subject(6, 0, Step::Prevote, "d")).unwrap();
}

#[test]
fn a_validator_waits_where_its_engine_cannot_come_back_to_what_it_signed() {
    let folder = tempfile::tempdir().unwrap();
    let (_, mut guard) = guard(&folder);
    let log = |height, entries| LogHead { height, entries };
    assert_eq!(guard.waits_for(1, log(0, 0)), None, "it has never signed");
    guard.admit(&subject(5, 0, Step::Prevote, "a")).unwrap();
    assert_eq!(guard.waits_for(6, log(5, 9)), None, "the height is over");
    assert_eq!(guard.waits_for(5, log(0, 0)), Some(5), "there is no log");
    assert_eq!(
        guard.waits_for(4, log(4, 9)),
        Some(5),
        "the store is behind"
    );
    guard.admit(&subject(5, 1, Step::Prevote, "b")).unwrap();
    assert_eq!(guard.waits_for(5, log(5, 9)), None, "the log leads there");
    assert_eq!(guard.waits_for(5, log(5, 0)), Some(5), "the log was lost");
    assert_eq!(guard.waits_for(5, log(4, 9)), Some(5), "the log is older");
}

#[test]
fn a_missing_guard_is_not_made_in_silence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("guard");
    let missing = SigningGuard::open(&path, chain(), key());
    assert!(matches!(missing, Err(GuardError::Missing { .. })));
    assert!(!path.exists());
}

#[test]
fn an_existing_guard_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _guard) = guard(&folder);
    let again = SigningGuard::create(&path, chain(), key());
    assert!(matches!(again, Err(GuardError::Exists { .. })));
}

#[test]
fn a_guard_serves_one_process_one_chain_and_one_key() {
    let folder = tempfile::tempdir().unwrap();
    let (path, guard) = guard(&folder);
    let second = SigningGuard::open(&path, chain(), key());
    assert!(matches!(second, Err(GuardError::InUse { .. })));
    drop(guard);
    let other_chain = ChainId(digest("test", b"other"));
    let foreign = SigningGuard::open(&path, other_chain, key());
    assert!(matches!(foreign, Err(GuardError::Foreign { .. })));
    let foreign = SigningGuard::open(&path, chain(), PublicKey([9; 32]));
    assert!(matches!(foreign, Err(GuardError::Foreign { .. })));
}

#[test]
fn a_write_cut_at_any_byte_leaves_the_last_subject_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let (path, mut guard) = guard(&folder);
    let mut last = None;
    for round in 0..3 {
        let before = std::fs::read(&path).unwrap();
        let new = subject(5, round, Step::Prevote, "a");
        guard.admit(&new).unwrap();
        let after = std::fs::read(&path).unwrap();
        let start = usize::try_from(guard.slot.index()).unwrap() * SLOT_BYTES;
        let torn_path = folder.path().join("torn");
        // Past the checksum the page holds zeros, so cuts there equal the whole write.
        for cut in 0..=256 {
            let mut torn = before.clone();
            torn[start..start + cut].copy_from_slice(&after[start..start + cut]);
            std::fs::write(&torn_path, &torn).unwrap();
            let torn = SigningGuard::open(&torn_path, chain(), key()).unwrap();
            let found = torn.last();
            assert!(
                found == last || found == Some(new),
                "round {round} cut {cut}"
            );
        }
        last = Some(new);
    }
}

#[test]
fn damage_to_both_slots_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let (path, mut guard) = guard(&folder);
    guard.admit(&subject(1, 0, Step::Prevote, "a")).unwrap();
    drop(guard);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[20] ^= 1;
    bytes[SLOT_BYTES + 20] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let damaged = SigningGuard::open(&path, chain(), key());
    assert!(matches!(damaged, Err(GuardError::Damaged { .. })));
}

/// Slots that cannot be written.
#[derive(Debug)]
struct ReadOnly(Box<dyn Slots>);

impl Slots for ReadOnly {
    fn read(&self, index: u64) -> io::Result<[u8; SLOT_BYTES]> {
        self.0.read(index)
    }

    fn write(&mut self, _: u64, _: &[u8; SLOT_BYTES]) -> io::Result<()> {
        Err(io::Error::other("read-only"))
    }
}

#[test]
fn nothing_is_admitted_after_a_failed_write() {
    let folder = tempfile::tempdir().unwrap();
    let (_, mut guard) = guard(&folder);
    guard.slots = Box::new(ReadOnly(guard.slots));
    let vote = subject(1, 0, Step::Prevote, "a");
    assert!(matches!(guard.admit(&vote), Err(GuardError::Io { .. })));
    assert!(matches!(guard.admit(&vote), Err(GuardError::Failed { .. })));
}
