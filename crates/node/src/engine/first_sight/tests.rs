use theriac_consensus::{Address, EngineHeight};
use theriac_crypto::{Digest, PublicKey, SigningKey};
use theriac_ledger::constants::PROTOCOL;
use theriac_ledger::identifier::ChainId;

use super::*;

const NOW: Timestamp = Timestamp(1_800_000_000_000);
const NEXT_CENTURY: Timestamp = Timestamp(4_102_444_800_000);
const HEIGHT: Height = 7;

fn key(seed: u8) -> PublicKey {
    SigningKey::from_seed(&[seed; 32]).public_key()
}

fn header(height: Height, time: Timestamp) -> Header {
    Header {
        protocol: PROTOCOL,
        chain_id: ChainId(Digest::ZERO),
        height,
        time,
        parent: BlockDigest(Digest::ZERO),
        proposer: key(1),
        transactions_root: Digest::ZERO,
        transaction_count: 0,
        state_root: Digest::ZERO,
        validators: Digest::ZERO,
        next_validators: Digest::ZERO,
    }
}

fn head(header: &Header, pol_round: Round) -> ProposalHead {
    ProposalHead {
        height: EngineHeight(header.height),
        round: Round::new(1),
        pol_round,
        proposer: Address(header.proposer),
        block: header.digest(),
    }
}

fn admits(sight: &mut FirstSight, header: &Header, pol_round: Round, is_known: bool) -> bool {
    sight.admits(&head(header, pol_round), header, is_known, NOW)
}

#[test]
fn a_block_of_now_is_admitted() {
    let header = header(HEIGHT, NOW);
    assert!(admits(
        &mut FirstSight::default(),
        &header,
        Round::Nil,
        false
    ));
}

#[test]
fn no_claim_of_a_quorum_lifts_a_time_ahead_of_the_clock() {
    let header = header(HEIGHT, NEXT_CENTURY);
    let mut sight = FirstSight::default();
    for is_known in [false, true] {
        assert!(!admits(&mut sight, &header, Round::new(0), is_known));
        assert!(!admits(&mut sight, &header, Round::Nil, is_known));
        assert!(!sight.hands_back(&header.digest(), &header, NOW));
    }
}

#[test]
fn a_quorum_lifts_that_a_block_is_old_and_it_stays_lifted() {
    let header = header(HEIGHT, Timestamp(NOW.0 - 60_000));
    let mut sight = FirstSight::default();
    assert!(!admits(&mut sight, &header, Round::Nil, false));
    assert!(
        !admits(&mut sight, &header, Round::Nil, true),
        "judged once"
    );
    assert!(admits(&mut sight, &header, Round::new(0), true));
    assert!(sight.hands_back(&header.digest(), &header, NOW));
}

#[test]
fn a_refusal_outlives_the_heights_before_it() {
    let header = header(HEIGHT, Timestamp(NOW.0 - 60_000));
    let mut sight = FirstSight::default();
    assert!(!admits(&mut sight, &header, Round::Nil, false));
    sight.commit(HEIGHT - 1);
    assert!(!sight.hands_back(&header.digest(), &header, NOW));
    sight.commit(HEIGHT);
    assert!(sight.refused.is_empty());
}

#[test]
fn a_block_handed_back_after_a_restart_is_not_ahead_of_the_clock() {
    let sight = FirstSight::default();
    let future = header(HEIGHT, NEXT_CENTURY);
    assert!(!sight.hands_back(&future.digest(), &future, NOW));
    let old = header(HEIGHT, Timestamp(1));
    assert!(
        sight.hands_back(&old.digest(), &old, NOW),
        "age is judged once"
    );
}

#[test]
fn a_block_in_the_name_of_another_is_refused() {
    let header = header(HEIGHT, NOW);
    let forged = ProposalHead {
        proposer: Address(key(2)),
        ..head(&header, Round::Nil)
    };
    assert!(!FirstSight::default().admits(&forged, &header, false, NOW));
}
