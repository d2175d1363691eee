use theriac_crypto::{Digest, SigningKey, digest};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::record::Parameters;
use theriac_ledger::validator::Validator;

use super::*;
use crate::CommitSignature;
use crate::vote::{VoteType, vote_digest};

const START: Timestamp = Timestamp(1_800_000_000_000);

fn keys(seeds: &[u8]) -> Vec<SigningKey> {
    seeds
        .iter()
        .map(|seed| SigningKey::from_seed(&[*seed; 32]))
        .collect()
}

fn set(seeds: &[u8]) -> ValidatorSet {
    let members = keys(seeds).into_iter().map(|key| Validator {
        key: key.public_key(),
        power: 1,
    });
    ValidatorSet::new(members.collect()).unwrap()
}

fn anchor(seeds: &[u8]) -> Anchor {
    Anchor {
        protocol: PROTOCOL,
        time: START,
        validators: set(seeds),
        parameters: Parameters::default(),
        state_root: Digest::ZERO,
    }
}

/// A header of a height, `validators` its set and `next` the one after it, signed by `signers`.
struct Made<'a> {
    chain: ChainId,
    height: Height,
    validators: &'a [u8],
    next: &'a [u8],
    signers: &'a [u8],
}

impl Made<'_> {
    fn head(&self, named: Option<ValidatorSet>) -> CertifiedHeader {
        let header = Header {
            protocol: PROTOCOL,
            chain_id: self.chain,
            height: self.height,
            time: START.saturating_add(self.height * 1_000),
            parent: BlockDigest(digest("test", b"parent")),
            proposer: keys(&[1])[0].public_key(),
            transactions_root: Digest::ZERO,
            transaction_count: 0,
            state_root: Digest::ZERO,
            validators: set(self.validators).digest(),
            next_validators: set(self.next).digest(),
        };
        let (height, block) = (header.height, header.digest());
        let message = vote_digest(&self.chain, VoteType::Precommit, height, 0, Some(&block));
        let mut signatures: Vec<CommitSignature> = keys(self.signers)
            .iter()
            .map(|key| CommitSignature {
                validator: key.public_key(),
                signature: key.sign(&message),
            })
            .collect();
        signatures.sort_by_key(|one| one.validator);
        CertifiedHeader {
            header,
            certificate: CommitCertificate {
                height,
                round: 0,
                block,
                signatures: BoundedList::new(signatures).unwrap(),
            },
            signers: named,
        }
    }

    fn step(&self) -> ValidatorStep {
        ValidatorStep {
            head: self.head(None),
            next: set(self.next),
        }
    }
}

const FOUR: &[u8] = &[1, 2, 3, 4];
const FIVE: &[u8] = &[1, 2, 3, 4, 5];
const OTHERS: &[u8] = &[3, 4, 5, 6];

fn made<'a>(validators: &'a [u8], next: &'a [u8], signers: &'a [u8]) -> Made<'a> {
    Made {
        chain: anchor(FOUR).chain_id(),
        height: 10,
        validators,
        next,
        signers,
    }
}

fn trust() -> Trust {
    Trust::from_anchor(&anchor(FOUR))
}

const NOW: Timestamp = Timestamp(START.0 + 60_000);

#[test]
fn a_header_of_the_trusted_set_is_believed() {
    let head = made(FOUR, FOUR, &[1, 2, 3]).head(None);
    assert_eq!(trust().verify(&head, NOW), Ok(&set(FOUR)));
}

#[test]
fn two_of_four_are_not_enough() {
    let head = made(FOUR, FOUR, &[1, 2]).head(None);
    let error = trust().verify(&head, NOW).unwrap_err();
    assert!(matches!(error, LightError::Certificate(_)), "{error}");
}

#[test]
fn signed_steps_lead_to_another_set_however_late() {
    let late = Timestamp(START.0 + 10 * TRUSTING_PERIOD_MS);
    let mut trust = trust();
    trust
        .step(&made(FOUR, FIVE, &[1, 2, 3]).step(), late)
        .unwrap();
    let second = Made {
        height: 20,
        ..made(FIVE, OTHERS, &[1, 2, 3, 4])
    };
    trust.step(&second.step(), late).unwrap();
    let head = Made {
        height: 30,
        ..made(OTHERS, OTHERS, &[4, 5, 6])
    };
    assert_eq!(trust.verify(&head.head(None), late), Ok(&set(OTHERS)));
    let old = Made {
        height: 31,
        ..made(FOUR, FOUR, &[1, 2, 3])
    };
    assert_eq!(
        trust.verify(&old.head(None), late),
        Err(LightError::Validators)
    );
}

#[test]
fn a_step_that_the_set_before_it_did_not_sign_leads_nowhere() {
    let step = made(FOUR, FIVE, &[1, 2, 5]).step();
    let mut trust = trust();
    let before = trust.clone();
    assert!(trust.step(&step, NOW).is_err());
    assert_eq!(trust, before);
    let mut other = made(FOUR, FIVE, &[1, 2, 3]).step();
    other.next = set(OTHERS);
    assert_eq!(trust.step(&other, NOW), Err(LightError::Validators));
}

#[test]
fn steps_do_not_go_back_nor_stand_still() {
    let mut trust = trust();
    trust
        .step(&made(FOUR, FIVE, &[1, 2, 3]).step(), NOW)
        .unwrap();
    let same = made(FIVE, OTHERS, FIVE);
    assert!(matches!(
        trust.step(&same.step(), NOW),
        Err(LightError::Height { .. })
    ));
    let idle = Made {
        height: 12,
        ..made(FIVE, FIVE, FIVE)
    };
    assert_eq!(trust.step(&idle.step(), NOW), Err(LightError::Redundant));
}

#[test]
fn a_jump_needs_two_thirds_of_both_sets_within_the_trusting_period() {
    let jump = made(FIVE, FIVE, &[1, 2, 3, 4]).head(Some(set(FIVE)));
    assert_eq!(trust().verify(&jump, NOW), Ok(&set(FIVE)));
    let late = Timestamp(START.0 + TRUSTING_PERIOD_MS + 1);
    assert_eq!(trust().verify(&jump, late), Err(LightError::TrustTooOld));
    let few = made(OTHERS, OTHERS, OTHERS).head(Some(set(OTHERS)));
    let total = 4;
    assert_eq!(
        trust().verify(&few, NOW),
        Err(LightError::Overlap { power: 2, total })
    );
}

#[test]
fn a_set_that_is_trusted_already_is_not_named() {
    let head = made(FOUR, FOUR, &[1, 2, 3]).head(Some(set(FOUR)));
    assert_eq!(trust().verify(&head, NOW), Err(LightError::Redundant));
}

#[test]
fn a_header_of_another_chain_or_version_is_refused() {
    let foreign = Made {
        chain: anchor(FIVE).chain_id(),
        ..made(FOUR, FOUR, FOUR)
    };
    assert_eq!(
        trust().verify(&foreign.head(None), NOW),
        Err(LightError::Chain)
    );
    let mut newer = made(FOUR, FOUR, FOUR).head(None);
    newer.header.protocol = 2;
    let found = 2;
    assert_eq!(
        trust().verify(&newer, NOW),
        Err(LightError::Protocol { found })
    );
}

#[test]
fn the_block_after_the_trusted_one_names_it() {
    let first = Made {
        height: 1,
        ..made(FOUR, FOUR, FOUR)
    };
    assert_eq!(
        trust().verify(&first.head(None), NOW),
        Err(LightError::OtherBlock)
    );
}

#[test]
fn trust_starts_from_a_checkpoint_or_from_genesis() {
    let step = made(FOUR, FIVE, &[1, 2, 3]).step();
    let header = &step.head.header;
    let checkpoint = Checkpoint {
        chain_id: header.chain_id,
        height: header.height,
        block: header.digest(),
        time: header.time,
        next_validators: step.next.clone(),
    };
    let text = serde_json::to_vec(&checkpoint).unwrap();
    let pinned = Trust::from_json(&text).unwrap();
    let mut stepped = trust();
    stepped.step(&step, NOW).unwrap();
    assert_eq!(pinned, stepped);
    let text = serde_json::to_vec(&anchor(FOUR)).unwrap();
    assert_eq!(Trust::from_json(&text).unwrap(), trust());
    for wrong in ["", "{}", "[]", "null"] {
        assert!(Trust::from_json(wrong.as_bytes()).is_err(), "{wrong}");
    }
}

#[test]
fn a_step_up_to_what_is_trusted_is_past() {
    let step = made(FOUR, FIVE, &[1, 2, 3]).step();
    let mut trust = trust();
    assert!(!trust.is_past(&step));
    trust.step(&step, NOW).unwrap();
    assert!(trust.is_past(&step));
    assert_eq!(trust.height(), 10);
}
