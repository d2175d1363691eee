//! Pictures in which codes are looked for.

use theriac_label::{MAX_CODES, read_codes};

/// Looks for codes.
pub(crate) fn picture(bytes: &[u8]) {
    if let Ok(codes) = read_codes(bytes) {
        assert!(codes.len() <= MAX_CODES);
        assert!(codes.iter().all(|code| !code.symbology.is_empty()));
    }
}
