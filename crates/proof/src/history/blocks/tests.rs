use theriac_crypto::{Digest, SigningKey, digest};
use theriac_gs1::{CalendarDate, Gtin, Lot};
use theriac_ledger::action::{ActionBody, CommissionRun};
use theriac_ledger::block::transactions_root;
use theriac_ledger::constants::PROTOCOL;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{AccountId, BlockDigest, PackKey};
use theriac_ledger::record::{EntryPrivate, History, PackPlace, RunPrivate};
use theriac_ledger::transaction::Transaction;
use theriac_ledger::validator::{Validator, ValidatorSet};

use super::*;
use crate::bundle::{EVIDENCE_VERSION, EvidenceBundle, Finding, Question, ValidatorStep};
use crate::history::{EntryHistory, HISTORY_VERSION, HistoryBlock, RunHistory, Step};
use crate::light::Checkpoint;
use crate::state::{PathEnd, StateProof};
use crate::vote::{VoteType, vote_digest};
use crate::{CommitCertificate, CommitSignature};

const CHAIN: ChainId = ChainId(Digest([9; 32]));
const NOW: Timestamp = Timestamp(1_000_000);

/// Three keys of a set.
fn keys(set: u8) -> Vec<SigningKey> {
    let mut keys: Vec<_> = (0..3)
        .map(|number| SigningKey::from_seed(&[set * 8 + number; 32]))
        .collect();
    keys.sort_by_key(SigningKey::public_key);
    keys
}

fn set(number: u8) -> ValidatorSet {
    let member = |key: &SigningKey| Validator {
        key: key.public_key(),
        power: 1,
    };
    ValidatorSet::new(keys(number).iter().map(member).collect()).unwrap()
}

/// A header of a height, signed by one set and followed by another.
fn head(height: Height, signers: u8, next: u8, root: Digest) -> CertifiedHeader {
    let header = Header {
        protocol: PROTOCOL,
        chain_id: CHAIN,
        height,
        time: Timestamp(height * 1_000),
        parent: BlockDigest(Digest([0; 32])),
        proposer: keys(signers)[0].public_key(),
        transactions_root: root,
        transaction_count: 1,
        state_root: Digest([1; 32]),
        validators: set(signers).digest(),
        next_validators: set(next).digest(),
    };
    let block = header.digest();
    let message = vote_digest(&CHAIN, VoteType::Precommit, height, 0, Some(&block));
    let sign = |key: &SigningKey| CommitSignature {
        validator: key.public_key(),
        signature: key.sign(&message),
    };
    CertifiedHeader {
        header,
        certificate: CommitCertificate {
            height,
            round: 0,
            block,
            signatures: BoundedList::new(keys(signers).iter().map(sign).collect()).unwrap(),
        },
        signers: None,
    }
}

fn signed() -> SignedTransaction {
    let key = SigningKey::from_seed(&[100; 32]);
    let body = ActionBody::from(CommissionRun {
        gtin: Gtin::parse("09506000000015").unwrap(),
        lot: Lot::parse("LOT1").unwrap(),
        number: 0,
        expiry: CalendarDate::parse("2027-12-31").unwrap(),
        manufactured: CalendarDate::parse("2025-12-01").unwrap(),
        keys: BoundedList::new(vec![PackKey([7; 16])]).unwrap(),
    });
    Transaction {
        signer: key.public_key(),
        salt: [1; 16],
        valid_until: NOW,
        action: body.to_action().unwrap(),
        details: None,
    }
    .sign(&CHAIN, &key)
}

fn block(height: Height, signers: u8) -> HistoryBlock {
    let one = PlacedTransaction {
        index: 0,
        signed: signed(),
        path: BoundedList::empty(),
    };
    HistoryBlock {
        head: head(height, signers, signers, transactions_root(&[signed()])),
        transactions: BoundedList::new(vec![one]).unwrap(),
    }
}

/// A bundle of which only blocks, head and steps of the set mean anything: set 1 signs up to height
/// 10, set 2 up to 20, set 3 from then on; the head has height 30.
fn bundle(blocks: Vec<HistoryBlock>) -> HistoryBundle {
    let history = History(Digest([2; 32]));
    let account = AccountId(Digest([3; 32]));
    let step = |height, signers, next| ValidatorStep {
        head: head(height, signers, next, digest("test", b"")),
        next: set(next),
    };
    HistoryBundle {
        version: HISTORY_VERSION,
        evidence: EvidenceBundle {
            version: EVIDENCE_VERSION,
            question: Question {
                gtin: Gtin::parse("09506000000015").unwrap(),
                lot: None,
                serial: None,
                expiry: None,
            },
            steps: BoundedList::new(vec![step(10, 1, 2), step(20, 2, 3)]).unwrap(),
            head: head(30, 3, 3, digest("test", b"")),
            finding: Finding::NoProduct {
                product: StateProof::new(PathEnd::Empty, &[]).unwrap(),
            },
        },
        salt: Digest([2; 32]),
        run: RunHistory {
            private: RunPrivate { account, history },
            step: Step {
                height: 1,
                index: 0,
                id: signed().transaction.id(&CHAIN),
            },
        },
        entry: EntryHistory {
            private: EntryPrivate {
                place: PackPlace::Account(account),
                by: account,
                history,
            },
            steps: BoundedList::empty(),
        },
        units: BoundedList::empty(),
        shipments: BoundedList::empty(),
        signers: BoundedList::empty(),
        blocks: BoundedList::new(blocks).unwrap(),
    }
}

/// Trust in a block of a set, before or after which others sign.
fn trust(height: Height, validators: u8) -> Trust {
    Trust::from_checkpoint(Checkpoint {
        chain_id: CHAIN,
        height,
        block: BlockDigest(Digest([4; 32])),
        time: Timestamp(height * 1_000),
        next_validators: set(validators),
    })
}

fn check(blocks: Vec<HistoryBlock>) -> Result<(), BlocksError> {
    check_headers(&bundle(blocks), &trust(2, 1), NOW)
}

#[test]
fn each_height_is_signed_by_the_set_that_the_changes_below_it_lead_to() {
    let blocks = || {
        vec![
            block(5, 1),
            block(10, 1),
            block(12, 2),
            block(20, 2),
            block(22, 3),
        ]
    };
    assert_eq!(check(blocks()), Ok(()));
    for number in 0..5 {
        for other in 1..4 {
            let mut blocks = blocks();
            let height = blocks[number].head.header.height;
            let right = blocks[number].head.clone();
            blocks[number] = block(height, other);
            let is_right = blocks[number].head.header == right.header;
            assert_eq!(check(blocks).is_ok(), is_right, "{height} by {other}");
        }
    }
}

#[test]
fn a_header_at_or_below_the_trusted_height_counts_when_the_trusted_set_signed_it() {
    assert_eq!(check(vec![block(1, 1), block(2, 1), block(5, 1)]), Ok(()));
    for (height, other) in [(1, 2), (2, 3)] {
        let refused = check(vec![block(height, other)]);
        assert_eq!(
            refused,
            Err(BlocksError::Header {
                height,
                source: LightError::Validators
            })
        );
    }
    let mut named = block(1, 1);
    named.head.signers = Some(set(1));
    assert!(check(vec![named]).is_err());
    let mut minority = block(1, 1);
    let signatures = &mut minority.head.certificate.signatures;
    *signatures = BoundedList::new(signatures[..2].to_vec()).unwrap();
    assert!(check(vec![minority]).is_err());
}

#[test]
fn headers_ascend_and_end_with_the_head() {
    let order = |height| Err(BlocksError::Order { height });
    assert_eq!(check(vec![block(6, 1), block(5, 1)]), order(5));
    assert_eq!(check(vec![block(5, 1), block(5, 1)]), order(5));
    assert_eq!(check(vec![block(0, 1)]), order(0));
    let height = 31;
    assert_eq!(
        check(vec![block(31, 3)]),
        Err(BlocksError::AboveHead { height })
    );
    let height = 30;
    assert_eq!(
        check(vec![block(30, 3)]),
        Err(BlocksError::OtherHead { height })
    );
}

#[test]
fn a_transaction_stands_in_its_block_once_and_signed() {
    let placed = |block: HistoryBlock| {
        let bundle = bundle(vec![block]);
        place_transactions(&bundle, &CHAIN).map(|placed| placed.len())
    };
    assert_eq!(placed(block(5, 1)), Ok(1));
    let (height, index) = (5, 0);
    let mut empty = block(5, 1);
    empty.transactions = BoundedList::empty();
    assert_eq!(
        placed(empty),
        Err(TransactionError::NoTransactions { height })
    );
    let one = block(5, 1).transactions[0].clone();
    let mut twice = block(5, 1);
    twice.transactions = BoundedList::new(vec![one.clone(), one.clone()]).unwrap();
    assert_eq!(
        placed(twice),
        Err(TransactionError::Order { height, index })
    );
    let mut unsigned = one.clone();
    unsigned.signed.transaction.salt = [2; 16];
    let mut altered = block(5, 1);
    altered.transactions = BoundedList::new(vec![unsigned]).unwrap();
    assert!(matches!(
        placed(altered),
        Err(TransactionError::Signature { .. })
    ));
    let mut far = one;
    far.index = u32::MAX;
    let mut elsewhere = block(5, 1);
    elsewhere.transactions = BoundedList::new(vec![far]).unwrap();
    assert!(matches!(
        placed(elsewhere),
        Err(TransactionError::Path { .. })
    ));
}
