//! Servers that lie: with stolen keys of fewer validators than may fail, with another chain, with
//! an old head, with less than the whole proof.

use theriac_crypto::{Digest, SigningKey};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::Timestamp;
use theriac_ledger::record::PackStatus;
use theriac_ledger::testing::Consortium;
use theriac_ledger::validator::{Validator, ValidatorSet};
use theriac_proof::bundle::{EntryEvidence, Finding, ValidatorStep};
use theriac_proof::check::CheckName;
use theriac_proof::verdict::Verdict;
use theriac_proof::vote::{VoteType, vote_digest};
use theriac_proof::{CommitCertificate, CommitSignature, EvidenceBundle};

use super::cases::Cases;
use super::{AGE_MS_MAX, checked, checked_at};

/// Signs whatever header a bundle has with the keys that the server has stolen.
fn sign(bundle: &mut EvidenceBundle, keys: &[SigningKey]) {
    let header = &bundle.head.header;
    let (height, block) = (header.height, header.digest());
    let message = vote_digest(
        &header.chain_id,
        VoteType::Precommit,
        height,
        0,
        Some(&block),
    );
    let mut signatures: Vec<CommitSignature> = keys
        .iter()
        .map(|key| CommitSignature {
            validator: key.public_key(),
            signature: key.sign(&message),
        })
        .collect();
    signatures.sort_by_key(|one| one.validator);
    bundle.head.certificate = CommitCertificate {
        height,
        round: 0,
        block,
        signatures: BoundedList::new(signatures).unwrap(),
    };
}

fn refused(cases: &Cases, bundle: &EvidenceBundle, expected: CheckName) {
    let checked = checked(cases, bundle);
    assert_eq!(checked.failed, Some(expected), "{:?}", checked.verdict);
    assert!(matches!(checked.verdict, Verdict::Invalid { .. }));
}

#[test]
fn a_fork_signed_with_the_stolen_keys_of_too_few_is_refused() {
    let cases = Cases::new();
    let keys = Consortium::new(1).validator_keys;
    for stolen in 1..=2 {
        let mut fork = cases.find("dispensed").clone();
        fork.head.header.state_root = Digest([7; 32]);
        sign(&mut fork, &keys[..stolen]);
        refused(&cases, &fork, CheckName::Commit);
    }
}

#[test]
fn a_server_cannot_bring_validators_of_its_own() {
    let cases = Cases::new();
    let own: Vec<SigningKey> = (1..=4u8)
        .map(|seed| SigningKey::from_seed(&[seed; 32]))
        .collect();
    let members = own.iter().map(|key| Validator {
        key: key.public_key(),
        power: 1,
    });
    let set = ValidatorSet::new(members.collect()).unwrap();
    let mut fork = cases.find("dispensed").clone();
    fork.head.header.validators = set.digest();
    fork.head.signers = Some(set.clone());
    sign(&mut fork, &own);
    refused(&cases, &fork, CheckName::Validators);

    let mut step = cases.find("active").clone();
    step.head.header.next_validators = set.digest();
    sign(&mut step, &Consortium::new(1).validator_keys[..2]);
    let step = ValidatorStep {
        head: step.head,
        next: set,
    };
    fork.head.signers = None;
    fork.head.header.height += 1;
    sign(&mut fork, &own);
    fork.steps = BoundedList::new(vec![step]).unwrap();
    refused(&cases, &fork, CheckName::Commit);
}

#[test]
fn an_old_head_is_stale() {
    let cases = Cases::new();
    let old = cases.find("active");
    let later = Timestamp(old.head.header.time.0 + AGE_MS_MAX + 1);
    let checked = checked_at(&cases, old, later);
    let age_ms = AGE_MS_MAX + 1;
    assert_eq!(checked.verdict, Verdict::Stale { age_ms });
}

#[test]
fn evidence_of_another_chain_is_refused() {
    let cases = Cases::new();
    for case in Cases::of_seed(2).all {
        refused(&cases, &case.bundle, CheckName::Validators);
    }
}

#[test]
fn a_dispensed_pack_cannot_be_shown_as_untouched_or_active() {
    let cases = Cases::new();
    let mut bundle = cases.find("dispensed").clone();
    let Finding::Pack(pack) = &mut bundle.finding else {
        panic!("a pack");
    };
    let EntryEvidence::Touched { entry, chunk, .. } = &mut pack.entry else {
        panic!("touched");
    };
    entry.status = PackStatus::Active;
    let chunk = chunk.clone();
    refused(&cases, &bundle, CheckName::Entry);
    let Finding::Pack(pack) = &mut bundle.finding else {
        panic!("a pack");
    };
    pack.entry = EntryEvidence::Untouched { chunk };
    refused(&cases, &bundle, CheckName::Entry);
}

#[test]
fn a_run_kept_back_is_missed() {
    let cases = Cases::new();
    let mut bundle = cases.find("unknown-serial").clone();
    let Finding::NoPack { runs, .. } = &mut bundle.finding else {
        panic!("no pack");
    };
    let mut fewer = runs.to_vec();
    fewer.pop();
    *runs = BoundedList::new(fewer).unwrap();
    refused(&cases, &bundle, CheckName::Run);
}

#[test]
fn neighbours_that_do_not_stand_side_by_side_prove_nothing() {
    let cases = Cases::new();
    let mut bundle = cases.find("unknown-serial").clone();
    let Finding::NoPack { runs, .. } = &mut bundle.finding else {
        panic!("no pack");
    };
    let mut wider = runs.to_vec();
    wider[0].absence.below = None;
    *runs = BoundedList::new(wider).unwrap();
    refused(&cases, &bundle, CheckName::Identity);
}
