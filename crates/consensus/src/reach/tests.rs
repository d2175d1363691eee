use theriac_crypto::SigningKey;
use theriac_ledger::validator::{Validator, ValidatorSet};

use super::*;
use crate::peer::peer_id;

fn key(seed: u8) -> PublicKey {
    SigningKey::from_seed(&[seed; 32]).public_key()
}

fn peer(seed: u8) -> PeerId {
    peer_id(&key(seed))
}

/// Validator 1 of four, connected with 2, 3 and 4.
fn validator() -> Reach {
    let mut reach = Reach::new(Some(key(1)));
    let members = (1..=4).map(|seed| Validator {
        key: key(seed),
        power: 1,
    });
    let set = ValidatorSet::new(members.collect()).unwrap();
    reach.set_validators(EngineValidators::from(&set));
    for seed in 2..=4 {
        reach.connected(peer(seed));
    }
    reach
}

/// Looks while everyone is heard: the number of the look, and with whom to begin anew.
fn looks(reach: &mut Reach, heard: &[u8], count: u32) -> Vec<(u32, PeerId)> {
    let mut found = Vec::new();
    for look in 1..=count {
        for seed in heard {
            reach.heard(peer(*seed));
        }
        found.extend(reach.look().into_iter().map(|peer| (look, peer)));
    }
    found
}

#[test]
fn a_peer_is_gone_once_it_has_told_nothing_for_as_many_looks() {
    let mut reach = validator();
    for seed in 2..=4 {
        reach.proved(peer(seed), key(seed));
    }
    let gone = looks(&mut reach, &[2, 4], 3 * SILENT_MAX);
    assert_eq!(gone, [(SILENT_MAX, peer(3))]);
    reach.connected(peer(3));
    let gone = looks(&mut reach, &[2, 4], 3 * SILENT_MAX);
    assert_eq!(gone, [(SILENT_MAX, peer(3))]);
}

#[test]
fn a_peer_that_has_left_is_not_waited_for() {
    let mut reach = validator();
    for seed in 2..=4 {
        reach.disconnected(peer(seed));
    }
    assert_eq!(looks(&mut reach, &[], 3 * SILENT_MAX), []);
}

#[test]
fn a_validator_without_a_quorum_of_proofs_begins_anew_with_those_who_gave_none() {
    let mut reach = validator();
    reach.proved(peer(2), key(2));
    let mut anew = looks(&mut reach, &[2, 3, 4], UNPROVEN_MIN);
    anew.sort();
    let mut expected = [(UNPROVEN_MIN, peer(3)), (UNPROVEN_MIN, peer(4))];
    expected.sort();
    assert_eq!(anew, expected);
}

#[test]
fn a_validator_with_a_quorum_of_proofs_leaves_those_without_a_vote_alone() {
    let mut reach = validator();
    reach.connected(peer(9));
    reach.proved(peer(2), key(2));
    reach.proved(peer(3), key(3));
    assert_eq!(looks(&mut reach, &[2, 3, 4, 9], 3 * UNPROVEN_MAX), []);
}

#[test]
fn proofs_of_those_who_do_not_vote_are_no_quorum() {
    let mut reach = validator();
    for seed in 7..=9 {
        reach.connected(peer(seed));
        reach.proved(peer(seed), key(seed));
    }
    let heard = [2, 3, 4, 7, 8, 9];
    assert_eq!(looks(&mut reach, &heard, UNPROVEN_MIN).len(), 3);
}

#[test]
fn each_time_an_unproven_peer_is_given_longer_until_it_has_proved_itself() {
    let mut reach = validator();
    for seed in [3, 4] {
        reach.disconnected(peer(seed));
    }
    let mut given = Vec::new();
    for _ in 0..6 {
        given.extend(looks(&mut reach, &[2], 2 * UNPROVEN_MAX));
        reach.connected(peer(2));
    }
    let given: Vec<u32> = given.into_iter().map(|(look, _)| look).collect();
    assert_eq!(given, [6, 12, 24, 48, 96, 96]);
    reach.proved(peer(2), key(2));
    reach.disconnected(peer(2));
    reach.connected(peer(2));
    let again = looks(&mut reach, &[2], UNPROVEN_MAX);
    assert_eq!(again, [(UNPROVEN_MIN, peer(2))]);
}

#[test]
fn who_does_not_vote_waits_for_no_proofs() {
    let members = validator().validators;
    for own in [None, Some(key(9))] {
        let mut reach = Reach::new(own);
        reach.validators.clone_from(&members);
        reach.connected(peer(2));
        assert_eq!(looks(&mut reach, &[2], 3 * UNPROVEN_MAX), []);
    }
}
