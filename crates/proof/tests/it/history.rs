//! Histories from outside: no bytes and no text panic.

use proptest::prelude::*;
use theriac_proof::history::{HISTORY_BYTES_MAX, HISTORY_JSON_BYTES_MAX, HistoryBundle};

proptest! {
    #[test]
    fn no_bytes_and_no_text_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        prop_assert!(HistoryBundle::decode(&bytes).is_err());
        prop_assert!(HistoryBundle::from_json(&bytes).is_err());
    }
}

#[test]
fn what_is_longer_than_any_history_is_refused_unread() {
    let bytes = vec![0; HISTORY_BYTES_MAX + 1];
    let refused = HistoryBundle::decode(&bytes).unwrap_err().to_string();
    assert!(refused.contains("more than"), "{refused}");
    let text = vec![b' '; HISTORY_JSON_BYTES_MAX + 1];
    let refused = HistoryBundle::from_json(&text).unwrap_err().to_string();
    assert!(refused.contains("more than"), "{refused}");
}
