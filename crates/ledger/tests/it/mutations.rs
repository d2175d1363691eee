//! Altered transactions: none is accepted, none panics.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use theriac_ledger::action::{Purpose, Receive};
use theriac_ledger::encoding::{BoundedBytes, BoundedList};
use theriac_ledger::execute::{Refusal, check, check_stateless};
use theriac_ledger::state::State as _;
use theriac_ledger::testing::Actor;
use theriac_ledger::transaction::SignedTransaction;

use crate::scene::Scene;

const MUTATIONS: usize = 20_000;
const SIGNED_MUTATIONS: usize = 5_000;

fn below(generator: &mut ChaCha20Rng, bound: usize) -> usize {
    usize::try_from(generator.next_u32()).unwrap() % bound.max(1)
}

/// Flips a bit, writes a byte, cuts, doubles or swaps bytes.
fn mutate(bytes: &mut Vec<u8>, generator: &mut ChaCha20Rng) {
    let at = below(generator, bytes.len());
    match below(generator, 6) {
        0 | 1 => bytes[at] ^= 1 << below(generator, 8),
        2 => bytes[at] = bytes[at].wrapping_add(1),
        3 => bytes.truncate(at),
        4 => {
            let other = below(generator, bytes.len());
            bytes.swap(at, other);
        }
        _ => bytes.insert(at, 0xff),
    }
}

#[test]
fn no_mutation_of_a_signed_transaction_is_accepted() {
    let mut scene = Scene::new();
    let ship = scene.ship(Actor::Distributor, Purpose::Supply, &[(0, 100), (101, 5)]);
    let valid = scene.ledger.sign(Actor::Maker, ship);
    let chain = scene.ledger.state.chain_id();
    check_stateless(valid.clone(), &chain).unwrap();
    let bytes = valid.encode();
    let mut generator = ChaCha20Rng::seed_from_u64(11);
    let mut decoded = 0;
    for _ in 0..MUTATIONS {
        let mut altered = bytes.clone();
        mutate(&mut altered, &mut generator);
        if altered == bytes {
            continue;
        }
        if let Ok(signed) = SignedTransaction::decode(&altered) {
            decoded += 1;
            assert_eq!(signed.encode(), altered, "one form only");
            assert!(check_stateless(signed, &chain).is_err());
        }
    }
    assert!(decoded > MUTATIONS / 4, "the mutations reach the signature");
}

/// An insider signs garbage properly: it is refused, or does what its bytes say, and never panics.
#[test]
fn no_mutation_of_a_body_that_is_signed_anew_panics_or_moves_what_the_signer_does_not_hold() {
    let mut scene = Scene::new();
    let run = scene.run;
    let shipment = scene
        .ledger
        .ship(Actor::Maker, Actor::Distributor, run, &[(0, 9)])
        .unwrap();
    let ship = scene.ship(Actor::Distributor, Purpose::Supply, &[(0, 1)]);
    let except = BoundedList::empty();
    let bodies = [
        scene.ledger.sign(Actor::Pharmacy, ship),
        scene
            .ledger
            .sign(Actor::Pharmacy, Receive { shipment, except }),
    ];
    let key = scene.ledger.consortium.key(Actor::Pharmacy);
    let chain = scene.ledger.state.chain_id();
    let context = scene.ledger.next_context();
    let mut generator = ChaCha20Rng::seed_from_u64(12);
    let mut judged = 0;
    for round in 0..SIGNED_MUTATIONS {
        let mut transaction = bodies[round % 2].transaction.clone();
        let mut body = transaction.action.body.to_vec();
        mutate(&mut body, &mut generator);
        transaction.action.body = BoundedBytes::new(body).unwrap();
        let Ok(checked) = check_stateless(transaction.sign(&chain, &key), &chain) else {
            continue;
        };
        judged += 1;
        match check(&scene.ledger.state, context, &checked) {
            Err(Refusal::Rejected(_)) => {}
            other => panic!("{other:?} for {:?}", checked.body()),
        }
    }
    assert!(judged > 100, "some mutations reach the rules");
}
