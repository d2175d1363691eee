//! Who did not propose when it was in turn, and was not seen since.
//!
//! A dead validator would hold up every height that it is to propose by a whole timeout. So whoever let
//! its turn pass is waited for less the next time, until one of its signatures or blocks is seen. What is
//! kept here decides how long this node waits, never what it signs.

use std::collections::BTreeSet;

use theriac_crypto::PublicKey;

/// Validators that let their last turn pass.
#[derive(Debug, Default)]
pub(super) struct Attendance(BTreeSet<PublicKey>);

impl Attendance {
    /// A height was decided: `passed` let their turns in its earlier rounds pass, `seen` proposed or
    /// signed it.
    pub(super) fn decided(
        &mut self,
        passed: impl IntoIterator<Item = PublicKey>,
        seen: impl IntoIterator<Item = PublicKey>,
    ) {
        self.0.extend(passed);
        for key in seen {
            self.0.remove(&key);
        }
    }

    /// A block of this validator came, in time or not.
    pub(super) fn seen(&mut self, key: &PublicKey) {
        self.0.remove(key);
    }

    /// Whether a validator is waited for less.
    pub(super) fn is_absent(&self, key: &PublicKey) -> bool {
        self.0.contains(key)
    }
}

#[cfg(test)]
mod tests {
    use theriac_crypto::SigningKey;

    use super::*;

    fn key(seed: u8) -> PublicKey {
        SigningKey::from_seed(&[seed; 32]).public_key()
    }

    #[test]
    fn whoever_let_its_turn_pass_is_absent_until_it_is_seen() {
        let mut attendance = Attendance::default();
        assert!(!attendance.is_absent(&key(1)));
        attendance.decided([key(1)], [key(2), key(3), key(4)]);
        assert!(attendance.is_absent(&key(1)));
        attendance.decided([], [key(2), key(3), key(4)]);
        assert!(attendance.is_absent(&key(1)));
        attendance.decided([], [key(1), key(2), key(3)]);
        assert!(!attendance.is_absent(&key(1)));
        attendance.decided([key(1)], [key(2), key(3), key(4)]);
        attendance.seen(&key(1));
        assert!(!attendance.is_absent(&key(1)));
    }

    #[test]
    fn whoever_is_late_with_its_block_and_signs_the_next_one_is_not_absent() {
        let mut attendance = Attendance::default();
        attendance.decided([key(1)], [key(1), key(2), key(3)]);
        assert!(!attendance.is_absent(&key(1)));
    }
}
