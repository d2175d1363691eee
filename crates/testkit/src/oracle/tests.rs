use super::*;
use theriac_client::wire::FinalBlock;
use theriac_client::{VerifiedTransaction, verify_block};
use theriac_crypto::{SigningKey, digest};
use theriac_ledger::action::ActionBody;
use theriac_ledger::block::Parent;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::BlockDigest;
use theriac_ledger::planted::{Bug, plant};
use theriac_ledger::record::PackStatus;
use theriac_ledger::testing::{Actor, TestLedger, commission_run, gtin, product, run_id, serial};
use theriac_ledger::transaction::SignedTransaction;
use theriac_node::evidence::EvidenceMaker;
use theriac_proof::EvidenceBundle;
use theriac_proof::bundle::{EntryEvidence, Finding, Question};
use theriac_proof::misbehaviour::{SeenVote, VoteHalf, VoteKind};
use theriac_proof::vote::{VoteType, vote_digest};

use crate::decided::DecidedChain;
use crate::stock::{dispense, ship};

fn known(id: TransactionId, height: Height, began: u64, answered: u64) -> Acknowledged {
    Acknowledged {
        id,
        height,
        index: 0,
        began,
        answered,
    }
}

/// A chain of blocks with one transaction each, as the oracle would have read them.
fn chain_of(transactions: Vec<VerifiedTransaction>) -> Chain {
    let ledger = TestLedger::new(1);
    let parent = Parent::genesis(&ledger.anchor);
    let blocks = (1..)
        .zip(transactions)
        .map(|(height, transaction)| VerifiedBlock {
            header: theriac_ledger::block::Header {
                protocol: theriac_ledger::constants::PROTOCOL,
                chain_id: parent.chain_id,
                height,
                time: ledger.time.saturating_add(height),
                parent: parent.digest,
                proposer: ledger.consortium.validator_keys[0].public_key(),
                transactions_root: parent.state_root,
                transaction_count: 1,
                state_root: parent.state_root,
                validators: parent.next_validators,
                next_validators: parent.next_validators,
            },
            certificate: theriac_proof::CommitCertificate {
                height,
                round: 0,
                block: parent.digest,
                signatures: Vec::new().try_into().unwrap(),
            },
            transactions: vec![transaction],
            next_validators: None,
        });
    Chain {
        blocks: blocks.collect(),
    }
}

/// Two different transactions that dispense the same pack.
fn dispensed_twice() -> Vec<VerifiedTransaction> {
    let mut ledger = TestLedger::new(1);
    let run = ledger.commission(Actor::Maker, gtin("9506000", 1), ("A", 0), (0, 10));
    let signed = [(); 2].map(|()| ledger.sign(Actor::Pharmacy, dispense(run, 3)));
    signed.map(|signed| verified(&ledger, signed)).to_vec()
}

/// A transaction, as the oracle would have read it.
fn verified(ledger: &TestLedger, signed: SignedTransaction) -> VerifiedTransaction {
    VerifiedTransaction {
        id: signed.transaction.id(&ledger.anchor.chain_id()),
        body: signed.transaction.action.decode().unwrap(),
        signed,
    }
}

#[test]
fn an_acknowledged_transaction_that_is_not_on_the_chain_is_found() {
    let transactions = dispensed_twice();
    let id = transactions[1].id;
    let chain = chain_of(transactions[..1].to_vec());
    assert_eq!(
        acknowledged::judge(&chain, &[known(id, 2, 0, 1)]),
        [Violation::Lost {
            id,
            said: (2, 0),
            found: None
        }]
    );
}

#[test]
fn an_acknowledged_transaction_at_another_height_is_found() {
    let transactions = dispensed_twice();
    let id = transactions[0].id;
    assert_eq!(
        acknowledged::judge(&chain_of(transactions), &[known(id, 2, 0, 1)]),
        [Violation::Lost {
            id,
            said: (2, 0),
            found: Some((1, 0))
        }]
    );
}

#[test]
fn a_transaction_that_is_on_the_chain_twice_is_found() {
    let transaction = dispensed_twice().swap_remove(0);
    let id = transaction.id;
    let chain = chain_of(vec![transaction.clone(), transaction]);
    assert_eq!(places(&chain).1, [Violation::Twice { id }]);
}

#[test]
fn a_pack_dispensed_twice_is_found() {
    let ledger = TestLedger::new(1);
    let chain = chain_of(dispensed_twice());
    let found = legality::judge(&ledger.consortium, &ledger.anchor, &chain);
    assert!(
        matches!(found[0], Violation::DispensedTwice { .. }),
        "{found:?}"
    );
}

#[test]
fn a_serial_that_is_commissioned_twice_is_found() {
    let mut ledger = TestLedger::new(1);
    let runs = ["A", "B"].map(|lot| commission_run(run_id(gtin("9506000", 1), lot, 0), 0, 10));
    let runs = runs.map(|run| ledger.sign(Actor::Maker, run));
    let chain = chain_of(runs.map(|signed| verified(&ledger, signed)).to_vec());
    let found = legality::judge(&ledger.consortium, &ledger.anchor, &chain);
    assert_eq!(found[0], Violation::SerialTwice { height: 2 }, "{found:?}");
}

/// The first thing that is wrong with a chain that is altered.
fn first_fault(alter: impl FnOnce(&mut Chain)) -> Option<Violation> {
    let (found, mut chain, _) = answered();
    alter(&mut chain);
    let found = legality::judge(&found.consortium, &found.genesis.anchor, &chain);
    found.into_iter().next()
}

#[test]
fn a_legal_chain_has_no_fault_and_one_that_was_altered_has() {
    assert_eq!(first_fault(|_| {}), None);
    let late = first_fault(|chain| {
        let time = &mut chain.blocks[3].header.time;
        *time = time.saturating_add(24 * 3_600_000);
    });
    assert!(
        matches!(late, Some(Violation::PastItsTime { height: 4, .. })),
        "{late:?}"
    );
    let illegal = first_fault(|chain| chain.blocks[1].transactions.clear());
    assert!(
        matches!(illegal, Some(Violation::Illegal { height: 3, .. })),
        "{illegal:?}"
    );
    let root = first_fault(|chain| {
        chain.blocks[3].header.state_root = chain.blocks[2].header.state_root;
    });
    assert_eq!(root, Some(Violation::Root { height: 4 }));
}

/// Nodes that all have the same wrong rule agree on every root: only the model knows better.
#[test]
fn a_pack_whose_custody_passes_unsigned_is_found_where_all_nodes_agree() {
    plant(Some(Bug::CustodyAtShip));
    let found = first_fault(|_| {});
    plant(None);
    assert!(
        matches!(found, Some(Violation::Custody { height: 4, .. })),
        "{found:?}"
    );
}

#[test]
fn an_order_that_contradicts_what_users_saw_is_found() {
    let transactions = dispensed_twice();
    let [first, second] = [transactions[0].id, transactions[1].id];
    let found = acknowledged::judge(
        &chain_of(transactions),
        &[known(first, 7, 0, 1), known(second, 6, 2, 3)],
    );
    assert!(
        found.contains(&Violation::Order { id: second }),
        "{found:?}"
    );
}

#[test]
fn what_happened_at_the_same_time_may_be_in_any_order() {
    let transactions = dispensed_twice();
    let [first, second] = [transactions[0].id, transactions[1].id];
    let found = acknowledged::judge(
        &chain_of(transactions),
        &[known(first, 7, 0, 2), known(second, 6, 1, 3)],
    );
    assert!(
        !found.contains(&Violation::Order { id: second }),
        "{found:?}"
    );
}

#[test]
fn nodes_that_differ_are_found() {
    let one = chain_of(dispensed_twice());
    let mut other = one.clone();
    other.blocks[1].header.state_root = other.blocks[1].header.validators;
    assert_eq!(
        agreement::judge(&[one, other]),
        [Violation::Fork {
            height: 2,
            nodes: (0, 1)
        }]
    );
}

#[test]
fn a_validator_that_signs_two_things_for_one_step_is_found() {
    let key = TestLedger::new(1).consortium.validator_keys[0].public_key();
    let signed = |word: &[u8]| SignedStep {
        validator: key,
        height: 3,
        round: 1,
        step: theriac_consensus::guard::Step::Precommit,
        digest: theriac_crypto::digest("test", word),
    };
    assert!(signatures::judge(&[signed(b"a"), signed(b"a")]).is_empty());
    assert_eq!(signatures::judge(&[signed(b"a"), signed(b"b")]).len(), 1);
}

/// Evidence that a validator voted for two blocks at once.
fn two_votes(key: &SigningKey, anchor: &Anchor) -> Misbehaviour {
    let chain = anchor.chain_id();
    let vote = |block: &[u8]| {
        let block = Some(BlockDigest(digest("test", block)));
        let message = vote_digest(&chain, VoteType::Precommit, 7, 1, block.as_ref());
        SeenVote {
            kind: VoteKind::Precommit,
            height: 7,
            round: 1,
            half: VoteHalf {
                block,
                signature: key.sign(&message),
            },
        }
    };
    Misbehaviour::of_votes(chain, key.public_key(), &vote(b"a"), &vote(b"b")).unwrap()
}

#[test]
fn evidence_against_an_honest_validator_or_of_nothing_is_found() {
    let ledger = TestLedger::new(1);
    let key = &ledger.consortium.validator_keys[0];
    let evidence = [two_votes(key, &ledger.anchor)];
    let none = Chain { blocks: Vec::new() };
    let judged =
        |dishonest: &[PublicKey], kept| accusations::judge(&ledger.anchor, &none, dishonest, kept);
    assert_eq!(judged(&[key.public_key()], &evidence), []);
    let validator = key.public_key();
    assert_eq!(
        judged(&[], &evidence),
        [Violation::FalselyAccused { validator }]
    );
    let stranger = SigningKey::from_seed(&[9; 32]);
    let of_nothing = [two_votes(&stranger, &ledger.anchor)];
    assert!(matches!(
        judged(&[], &of_nothing)[..],
        [Violation::FalseEvidence { .. }]
    ));
}

/// A chain that dispenses a pack, and a node's answers about it and its neighbour.
fn answered() -> (DecidedChain, Chain, Vec<Answer>) {
    let found = DecidedChain::found(1);
    let medicine = gtin("9506000", 1);
    let run = run_id(medicine, "A", 0);
    let ship = ship(found.consortium.account(Actor::Pharmacy), run, &[(0, 4)]);
    let of_maker: [ActionBody; 3] = [
        product(medicine).into(),
        commission_run(run, 0, 10).into(),
        ship.into(),
    ];
    for body in of_maker {
        found.advance([(Actor::Maker, body)]);
    }
    found.advance([(Actor::Pharmacy, dispense(run, 3).into())]);
    let store = found.chain.store();
    let maker = EvidenceMaker::default();
    let answers = [2, 3].map(|position| Answer {
        pack: PackLocation { run, position },
        bundle: maker
            .make(
                &store.view(),
                &Question {
                    gtin: medicine,
                    lot: Some(run.lot),
                    serial: Some(serial(position)),
                    expiry: None,
                },
            )
            .unwrap()
            .unwrap(),
    });
    let anchor = &found.genesis.anchor;
    let mut parent = Parent::genesis(anchor);
    let blocks = (1..=4).map(|height| {
        let (_, certificate) = store.header(height).unwrap().unwrap();
        let block = store.block(height).unwrap().unwrap();
        let block = FinalBlock { block, certificate };
        let verified = verify_block(&parent, &anchor.validators, block).unwrap();
        parent = verified.as_parent();
        verified
    });
    let chain = Chain {
        blocks: blocks.collect(),
    };
    (found, chain, answers.to_vec())
}

#[test]
fn an_answer_that_the_chain_contradicts_or_that_is_not_proved_is_found() {
    let (found, chain, answers) = answered();
    let judged = |chain: &Chain, answers: &[Answer]| {
        answers::judge(&found.genesis.anchor, chain, answers)
            .into_iter()
            .map(|violation| match violation {
                Violation::Answer { pack, .. } => pack.position,
                other => panic!("{other}"),
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(judged(&chain, &answers), [0u32; 0]);
    // Another chain, on which nothing was dispensed.
    let mut shorter = chain.clone();
    shorter.blocks.truncate(3);
    assert_eq!(judged(&shorter, &answers), [3]);
    let mut unproved = answers.clone();
    unproved[0].bundle.head.certificate.signatures = BoundedList::empty();
    assert_eq!(judged(&chain, &unproved), [2]);
}

#[test]
fn evidence_that_proves_the_opposite_too_is_found() {
    let (_, chain, answers) = answered();
    let gullible = |bundle: &EvidenceBundle| match &bundle.finding {
        Finding::Pack(pack) => match &pack.entry {
            EntryEvidence::Touched { entry, .. } => Some(entry.status),
            EntryEvidence::Untouched { .. } => Some(PackStatus::Active),
        },
        _ => None,
    };
    let found = answers::judge_by(gullible, &chain, &answers);
    let opposites = found
        .iter()
        .filter(|violation| matches!(violation, Violation::Opposite { .. }));
    assert_eq!((found.len(), opposites.count()), (2, 2), "{found:?}");
}
