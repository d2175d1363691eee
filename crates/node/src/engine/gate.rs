//! Which proposals are listened to: of the validator whose turn it is, published by its own node, for a
//! height and a round that can come next. So a validator that lies can neither speak in the name of
//! another nor fill what is kept for others.

use std::collections::BTreeMap;

use theriac_consensus::engine::{PeerId, Round};
use theriac_consensus::peer::peer_id;
use theriac_crypto::PublicKey;
use theriac_ledger::identifier::Height;

/// Heights above the committed one whose bodies are kept: as far as the engine looks ahead.
pub(super) const AHEAD_MAX: u64 = 16;
/// Rounds above this node's own whose bodies are kept: others are a few rounds ahead at most, and
/// a node that is further behind gets the block once it is decided.
const ROUNDS_AHEAD_MAX: u32 = 8;

/// The round that this node is in, and who publishes for whom.
#[derive(Debug, Default)]
pub(super) struct Gate {
    /// By the key that votes; whoever is missing publishes with that key.
    publishers: BTreeMap<PublicKey, PeerId>,
    height: Height,
    round: u32,
}

/// What a proposal says of itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim {
    pub(super) height: Height,
    pub(super) round: Round,
    pub(super) proposer: PublicKey,
    /// Who signed the message: the network checks it.
    pub(super) publisher: PeerId,
}

impl Gate {
    pub(super) fn set_network_keys(
        &mut self,
        keys: impl IntoIterator<Item = (PublicKey, PublicKey)>,
    ) {
        let publisher = |(key, network_key)| (key, peer_id(&network_key));
        self.publishers = keys.into_iter().map(publisher).collect();
    }

    fn publisher(&self, validator: &PublicKey) -> PeerId {
        let known = self.publishers.get(validator).copied();
        known.unwrap_or_else(|| peer_id(validator))
    }

    pub(super) fn enter(&mut self, height: Height, round: Round) {
        self.height = height;
        self.round = round.as_u32().unwrap_or(0);
    }

    /// Whether a proposal is listened to, where one of `in_turn` proposes in its round.
    pub(super) fn admits(&self, committed: Height, in_turn: &[PublicKey], claim: &Claim) -> bool {
        let Some(round) = claim.round.as_u32() else {
            return false;
        };
        let ahead = committed.saturating_add(1)..=committed.saturating_add(AHEAD_MAX);
        let own = if claim.height == self.height {
            self.round
        } else {
            0
        };
        ahead.contains(&claim.height)
            && round <= own.saturating_add(ROUNDS_AHEAD_MAX)
            && in_turn.contains(&claim.proposer)
            && claim.publisher == self.publisher(&claim.proposer)
    }
}

#[cfg(test)]
mod tests {
    use theriac_crypto::SigningKey;

    use super::*;

    const COMMITTED: Height = 10;

    fn key(seed: u8) -> PublicKey {
        SigningKey::from_seed(&[seed; 32]).public_key()
    }

    fn claim() -> Claim {
        Claim {
            height: COMMITTED + 1,
            round: Round::new(0),
            proposer: key(1),
            publisher: peer_id(&key(1)),
        }
    }

    fn admits(claim: Claim) -> bool {
        let mut gate = Gate::default();
        gate.enter(COMMITTED + 1, Round::new(2));
        gate.admits(COMMITTED, &[key(1), key(3)], &claim)
    }

    #[test]
    fn the_proposer_in_turn_is_listened_to() {
        assert!(admits(claim()));
    }

    #[test]
    fn whoever_may_be_in_turn_by_another_set_is_listened_to() {
        let other = Claim {
            proposer: key(3),
            publisher: peer_id(&key(3)),
            ..claim()
        };
        assert!(admits(other));
    }

    #[test]
    fn nobody_speaks_in_the_name_of_another() {
        let forged = Claim {
            publisher: peer_id(&key(3)),
            ..claim()
        };
        assert!(!admits(forged));
    }

    #[test]
    fn a_validator_with_a_network_key_of_its_own_speaks_with_that_key_alone() {
        let mut gate = Gate::default();
        gate.enter(COMMITTED + 1, Round::new(2));
        gate.set_network_keys([(key(1), key(3)), (key(2), key(2))]);
        let admits = |publisher: &PublicKey| {
            let publisher = peer_id(publisher);
            let claim = Claim {
                publisher,
                ..claim()
            };
            gate.admits(COMMITTED, &[key(1)], &claim)
        };
        assert!(admits(&key(3)));
        assert!(!admits(&key(1)));
        assert!(!admits(&key(2)));
    }

    #[test]
    fn nobody_speaks_out_of_turn() {
        let out_of_turn = Claim {
            proposer: key(2),
            publisher: peer_id(&key(2)),
            ..claim()
        };
        assert!(!admits(out_of_turn));
    }

    #[test]
    fn rounds_and_heights_far_ahead_and_heights_behind_are_not_listened_to() {
        let at = |height, round| {
            let round = Round::new(round);
            admits(Claim {
                height,
                round,
                ..claim()
            })
        };
        assert!(at(COMMITTED + 1, 2 + ROUNDS_AHEAD_MAX));
        assert!(!at(COMMITTED + 1, 3 + ROUNDS_AHEAD_MAX));
        assert!(at(COMMITTED + AHEAD_MAX, ROUNDS_AHEAD_MAX));
        assert!(!at(COMMITTED + AHEAD_MAX, 1 + ROUNDS_AHEAD_MAX));
        assert!(!at(COMMITTED + AHEAD_MAX + 1, 0));
        assert!(!at(COMMITTED, 0));
        let nil = Claim {
            round: Round::Nil,
            ..claim()
        };
        assert!(!admits(nil));
    }
}
