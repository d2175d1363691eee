//! The slots of the signing guard after a crash, or after somebody wrote into them.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use theriac_consensus::guard::{CHECKED_BYTES, SLOT_BYTES, SigningGuard, Slots, Subject};
use theriac_crypto::{PublicKey, SigningKey, digest};
use theriac_ledger::identifier::ChainId;

/// The chain of the vectors in `crates/consensus/tests/vectors/guard.json`.
const CHAIN: &str = "93827648198320d06b3ed03a658819340e03b77dafa57c9f87241fab8d7f2f69";

/// Slots in memory, shared so that they can be opened again.
#[derive(Debug, Clone)]
struct Memory(Arc<Mutex<[[u8; SLOT_BYTES]; 2]>>);

impl Memory {
    fn slot(index: u64) -> usize {
        usize::from(index % 2 == 1)
    }
}

impl Slots for Memory {
    fn read(&self, index: u64) -> io::Result<[u8; SLOT_BYTES]> {
        let slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(slots[Self::slot(index)])
    }

    fn write(&mut self, index: u64, bytes: &[u8; SLOT_BYTES]) -> io::Result<()> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slots[Self::slot(index)] = *bytes;
        Ok(())
    }
}

/// Byte 0: whose checksums are put right (bits 0 and 1). Then both slots, each without the zeros at
/// its end: `length u16 LE ‖ bytes`. An opened guard refuses to go back, and tells the same again.
pub(crate) fn signing_guard(bytes: &[u8]) {
    let Some((repair, mut bytes)) = bytes.split_first() else {
        return;
    };
    let mut slots = [[0; SLOT_BYTES]; 2];
    for (index, slot) in slots.iter_mut().enumerate() {
        let (length, rest) = bytes.split_first_chunk().unwrap_or((&[0; 2], bytes));
        let length = usize::from(u16::from_le_bytes(*length));
        let (given, rest) = rest.split_at(length.min(rest.len()).min(SLOT_BYTES));
        bytes = rest;
        slot[..given.len()].copy_from_slice(given);
        if repair & (1 << index) != 0 {
            let checksum = digest("signing-guard", &slot[..CHECKED_BYTES]);
            slot[CHECKED_BYTES..CHECKED_BYTES + 32].copy_from_slice(checksum.as_bytes());
        }
    }
    let memory = Memory(Arc::new(Mutex::new(slots)));
    if let Some(mut guard) = open(&memory) {
        judge(&memory, &mut guard);
    }
}

fn open(memory: &Memory) -> Option<SigningGuard> {
    let chain = ChainId(CHAIN.parse().expect("the chain of the vectors"));
    let key: PublicKey = SigningKey::from_seed(&[1; 32]).public_key();
    SigningGuard::over(Box::new(memory.clone()), Path::new("memory"), chain, key).ok()
}

fn judge(memory: &Memory, guard: &mut SigningGuard) {
    let Some(last) = guard.last() else {
        return;
    };
    assert!(guard.admit(&last).is_ok(), "the same subject again");
    let other = Subject {
        digest: digest("another", last.digest.as_bytes()),
        ..last
    };
    assert!(guard.admit(&other).is_err(), "two subjects of one step");
    if let Some(height) = last.height.checked_sub(1) {
        let earlier = Subject { height, ..other };
        assert!(guard.admit(&earlier).is_err(), "an earlier height");
    }
    let again = open(memory).expect("it opened before");
    assert_eq!(again.last(), Some(last));
    if let Some(height) = last.height.checked_add(1) {
        let later = Subject { height, ..other };
        // A counter at its end writes the slot that it came from: then it may refuse, not forget.
        if guard.admit(&later).is_ok() {
            let again = open(memory).expect("it opened before");
            assert_eq!(again.last(), Some(later), "what was admitted is forgotten");
        }
    }
}
