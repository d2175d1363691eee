//! The files of genesis: the public anchor and the members' records.

use theriac_crypto::Digest;
use theriac_ledger::encoding::{decode, encode};
use theriac_ledger::genesis::{Anchor, GenesisRecords};
use theriac_ledger::testing::Consortium;

/// Bytes as each file, in JSON and in canonical bytes.
pub(crate) fn genesis(bytes: &[u8]) {
    if let Ok(anchor) = serde_json::from_slice::<Anchor>(bytes) {
        judge_anchor(&anchor);
    }
    if let Ok(anchor) = decode::<Anchor>(bytes, bytes.len()) {
        judge_anchor(&anchor);
    }
    if let Ok(records) = serde_json::from_slice::<GenesisRecords>(bytes) {
        judge_records(&records);
    }
    if let Ok(records) = decode::<GenesisRecords>(bytes, bytes.len()) {
        judge_records(&records);
    }
}

fn judge_anchor(anchor: &Anchor) {
    let text = serde_json::to_vec(anchor).expect("an anchor is JSON");
    let again: Anchor = serde_json::from_slice(&text).expect("its JSON reads");
    assert_eq!(again, *anchor);
    assert_eq!(again.chain_id(), anchor.chain_id());
    let set = &anchor.validators;
    assert!(
        !set.is_quorum(set.total_power() / 3 * 2),
        "two thirds are no quorum"
    );
    let _ = Consortium::new(1).records.check(anchor);
}

/// Records that pass make a state, and every key in them may sign.
fn judge_records(records: &GenesisRecords) {
    let text = serde_json::to_vec(records).expect("records are JSON");
    let again: GenesisRecords = serde_json::from_slice(&text).expect("their JSON reads");
    assert_eq!(encode(&again), encode(records));
    let anchor = Consortium::new(1).anchor(Digest::ZERO);
    if records.check(&anchor).is_ok() {
        let state = records.state(&anchor.validators, &anchor.parameters);
        assert!(state.len() >= records.keys.len());
        assert!(records.keys.iter().all(|item| item.key.check().is_ok()));
    }
}
