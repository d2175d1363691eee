//! Evidence of misbehaviour: it holds against those who did it, and against nobody else.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use theriac_crypto::{Digest, PublicKey, Signature, SigningKey, digest};
use theriac_ledger::block::Header;
use theriac_ledger::constants::PROTOCOL;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::{BlockDigest, ChainId, Timestamp};
use theriac_ledger::record::Parameters;
use theriac_ledger::validator::{Validator, ValidatorSet};
use theriac_proof::bundle::CertifiedHeader;
use theriac_proof::light::{LightError, Trust};
use theriac_proof::misbehaviour::{
    Finding, Half, JsonError, MISBEHAVIOUR_BYTES_MAX, Misbehaviour, MisbehaviourError, Offence,
    ProposalHalf, SeenProposal, SeenVote, VoteHalf, VoteKind,
};
use theriac_proof::vote::{VoteType, proposal_digest, vote_digest};
use theriac_proof::{CertificateError, CommitCertificate, CommitSignature};

const HEIGHT: u64 = 7;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

fn set(seeds: std::ops::RangeInclusive<u8>) -> ValidatorSet {
    let members = seeds.map(|seed| Validator {
        key: key(seed).public_key(),
        power: 1,
    });
    ValidatorSet::new(members.collect()).unwrap()
}

fn anchor() -> Anchor {
    Anchor {
        protocol: PROTOCOL,
        time: Timestamp(1),
        validators: set(1..=4),
        parameters: Parameters::default(),
        state_root: Digest::ZERO,
    }
}

fn chain() -> ChainId {
    anchor().chain_id()
}

fn trust() -> Trust {
    Trust::from_anchor(&anchor())
}

fn block(number: u8) -> BlockDigest {
    BlockDigest(digest("test", &[number]))
}

fn vote(seed: u8, kind: VoteKind, round: u32, block: Option<BlockDigest>) -> SeenVote {
    let signed = vote_digest(
        &chain(),
        kind.into(),
        HEIGHT,
        i64::from(round),
        block.as_ref(),
    );
    SeenVote {
        kind,
        height: HEIGHT,
        round,
        half: VoteHalf {
            block,
            signature: key(seed).sign(&signed),
        },
    }
}

fn proposal(seed: u8, round: u32, pol_round: Option<u32>, block: BlockDigest) -> SeenProposal {
    let pol = pol_round.map_or(-1, i64::from);
    let signed = proposal_digest(&chain(), HEIGHT, i64::from(round), pol, &block);
    SeenProposal {
        height: HEIGHT,
        round,
        half: ProposalHalf {
            block,
            pol_round,
            signature: key(seed).sign(&signed),
        },
    }
}

/// A header that differs by its time, and the precommits of some validators for it.
fn head(time: u64, round: u32, signers: &[u8]) -> CertifiedHeader {
    head_of(set(1..=4).digest(), time, round, signers)
}

fn head_of(validators: Digest, time: u64, round: u32, signers: &[u8]) -> CertifiedHeader {
    let header = Header {
        protocol: PROTOCOL,
        chain_id: chain(),
        height: HEIGHT,
        time: Timestamp(time),
        parent: block(0),
        proposer: key(1).public_key(),
        transactions_root: Digest::ZERO,
        transaction_count: 0,
        state_root: Digest::ZERO,
        validators,
        next_validators: validators,
    };
    let digest = header.digest();
    let precommit = VoteType::Precommit;
    let signed = vote_digest(&chain(), precommit, HEIGHT, i64::from(round), Some(&digest));
    let mut signatures: Vec<_> = signers
        .iter()
        .map(|seed| CommitSignature {
            validator: key(*seed).public_key(),
            signature: key(*seed).sign(&signed),
        })
        .collect();
    signatures.sort_by_key(|signature| signature.validator);
    CertifiedHeader {
        header,
        certificate: CommitCertificate {
            height: HEIGHT,
            round,
            block: digest,
            signatures: BoundedList::new(signatures).unwrap(),
        },
        signers: None,
    }
}

fn two_heads(rounds: [u32; 2]) -> Misbehaviour {
    let (one, other) = (
        head(10, rounds[0], &[1, 2, 3]),
        head(11, rounds[1], &[2, 3, 4]),
    );
    Misbehaviour::of_heads(set(1..=4), one, other).unwrap()
}

fn two_votes() -> Misbehaviour {
    let kind = VoteKind::Prevote;
    let (one, other) = (vote(2, kind, 3, None), vote(2, kind, 3, Some(block(1))));
    Misbehaviour::of_votes(chain(), key(2).public_key(), &one, &other).unwrap()
}

fn two_proposals() -> Misbehaviour {
    let (one, other) = (
        proposal(3, 2, None, block(1)),
        proposal(3, 2, Some(1), block(2)),
    );
    Misbehaviour::of_proposals(chain(), key(3).public_key(), &one, &other).unwrap()
}

fn samples() -> [Misbehaviour; 4] {
    [
        two_heads([0, 0]),
        two_heads([0, 1]),
        two_votes(),
        two_proposals(),
    ]
}

fn keys(seeds: &[u8]) -> Vec<PublicKey> {
    let mut keys: Vec<_> = seeds.iter().map(|seed| key(*seed).public_key()).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn two_heads_name_those_who_signed_both_and_say_when_no_single_one_is_shown() {
    let finding = two_heads([0, 0]).check(Some(&trust())).unwrap();
    assert_eq!(finding.height, HEIGHT);
    assert_eq!(finding.validators(), keys(&[2, 3]));
    let Offence::TwoHeads {
        power, power_total, ..
    } = finding.offence
    else {
        panic!("another offence");
    };
    assert_eq!((power, power_total), (2, 4));
    assert!(finding.to_string().contains("in one round"), "{finding}");
    assert_eq!(finding.caveats(), Vec::<&str>::new());

    let finding = two_heads([0, 1]).check(Some(&trust())).unwrap();
    assert!(!finding.to_string().contains("in one round"), "{finding}");
    assert!(finding.caveats()[0].contains("not which"));
}

#[test]
fn two_votes_and_two_proposals_name_their_validator_height_and_round() {
    let said = two_votes().check(Some(&trust())).unwrap().to_string();
    let name = key(2).public_key().to_string();
    assert!(
        said.starts_with(&format!("{name} prevoted twice at height 7, round 3: ")),
        "{said}"
    );
    let said = two_proposals().check(Some(&trust())).unwrap().to_string();
    assert!(said.contains("proposed twice"), "{said}");
    assert!(said.contains("prevoted in round 1"), "{said}");
}

#[test]
fn without_trust_the_finding_says_that_the_set_was_not_checked() {
    for evidence in samples() {
        let finding = evidence.check(None).unwrap();
        assert!(!finding.is_set_trusted);
        assert!(finding.caveats().last().unwrap().contains("not checked"));
    }
}

#[test]
fn evidence_has_one_form_in_bytes_and_in_json_whoever_saw_which_half_first() {
    let kind = VoteKind::Prevote;
    let (one, other) = (vote(2, kind, 3, Some(block(1))), vote(2, kind, 3, None));
    let exchanged = Misbehaviour::of_votes(chain(), key(2).public_key(), &one, &other);
    assert_eq!(exchanged, Some(two_votes()));
    for evidence in samples() {
        let bytes = evidence.encode();
        assert!(bytes.len() <= MISBEHAVIOUR_BYTES_MAX);
        assert_eq!(Misbehaviour::decode(&bytes), Ok(evidence.clone()));
        let text = serde_json::to_vec_pretty(&evidence).unwrap();
        assert_eq!(Misbehaviour::from_json(&text).unwrap(), evidence);
    }
}

#[test]
fn evidence_of_the_largest_set_keeps_the_bound() {
    let seeds: Vec<u8> = (1..=64).collect();
    let all = set(1..=64);
    let digest = all.digest();
    let (one, other) = (
        head_of(digest, 10, 0, &seeds),
        head_of(digest, 11, 0, &seeds),
    );
    let evidence = Misbehaviour::of_heads(all, one, other).unwrap();
    assert_eq!(evidence.check(None).unwrap().validators().len(), 64);
    assert_eq!(evidence.encode().len(), 15_479);
    let text = serde_json::to_vec_pretty(&evidence).unwrap();
    assert_eq!(Misbehaviour::from_json(&text).unwrap(), evidence);
}

#[test]
fn exchanged_halves_are_refused() {
    let Misbehaviour::TwoVotes(mut votes) = two_votes() else {
        panic!("two votes");
    };
    std::mem::swap(&mut votes.a, &mut votes.b);
    let refusal = Misbehaviour::TwoVotes(votes).check(None);
    assert_eq!(refusal, Err(MisbehaviourError::Order));
}

#[test]
fn a_text_with_an_unknown_field_or_another_spelling_is_refused() {
    let mut value = serde_json::to_value(two_heads([0, 0])).unwrap();
    value["two_heads"]["a"]["header"]["colour"] = "green".into();
    let text = serde_json::to_vec(&value).unwrap();
    assert!(matches!(
        Misbehaviour::from_json(&text),
        Err(JsonError::OtherForm | JsonError::Malformed(_))
    ));
    let text = serde_json::to_string(&two_votes()).unwrap();
    let missing = text.replace("\"block\":null,", "");
    assert_ne!(missing, text);
    assert!(Misbehaviour::from_json(missing.as_bytes()).is_err());
    assert!(matches!(
        Misbehaviour::from_json(&vec![b' '; 1024 * 1024]),
        Err(JsonError::TooLong { .. })
    ));
}

#[test]
fn heads_that_are_not_both_final_are_refused() {
    let minority =
        Misbehaviour::of_heads(set(1..=4), head(10, 0, &[1, 2, 3]), head(11, 0, &[2, 3]));
    let power = CertificateError::Power { power: 2, total: 4 };
    let refusal = minority.unwrap().check(Some(&trust())).unwrap_err();
    let MisbehaviourError::Certificate { source, .. } = refusal else {
        panic!("{refusal}");
    };
    assert_eq!(source, LightError::Certificate(power));
}

#[test]
fn heads_of_a_set_that_somebody_made_up_are_refused_where_there_is_trust() {
    let own = set(11..=14);
    let (one, other) = (
        head_of(own.digest(), 10, 0, &[11, 12, 13]),
        head_of(own.digest(), 11, 0, &[11, 12, 13]),
    );
    let evidence = Misbehaviour::of_heads(own, one, other).unwrap();
    assert!(evidence.check(None).is_ok());
    assert_eq!(
        evidence.check(Some(&trust())),
        Err(MisbehaviourError::OtherSet)
    );
    // The real header of a height beside one that a stranger made up.
    let evidence = Misbehaviour::of_heads(
        set(1..=4),
        head(10, 0, &[1, 2, 3]),
        head_of(set(11..=14).digest(), 11, 0, &[11, 12, 13]),
    );
    let refusal = evidence.unwrap().check(None).unwrap_err();
    assert!(matches!(refusal, MisbehaviourError::HeaderSet { .. }));
}

#[test]
fn a_header_may_not_bring_a_set_of_its_own() {
    let Misbehaviour::TwoHeads(mut heads) = two_heads([0, 0]) else {
        panic!("two heads");
    };
    heads.b.signers = Some(set(1..=4));
    let half = Half::B;
    assert_eq!(
        Misbehaviour::TwoHeads(heads).check(None),
        Err(MisbehaviourError::SetTwice { half })
    );
}

#[test]
fn a_key_without_a_vote_and_another_chain_are_refused_where_there_is_trust() {
    let kind = VoteKind::Precommit;
    let (one, other) = (vote(9, kind, 0, None), vote(9, kind, 0, Some(block(1))));
    let validator = key(9).public_key();
    let stranger = Misbehaviour::of_votes(chain(), validator, &one, &other).unwrap();
    assert!(stranger.check(None).is_ok());
    assert_eq!(
        stranger.check(Some(&trust())),
        Err(MisbehaviourError::UnknownValidator { validator })
    );
    let mut other = anchor();
    other.time = Timestamp(2);
    for evidence in samples() {
        assert_eq!(
            evidence.check(Some(&Trust::from_anchor(&other))),
            Err(MisbehaviourError::OtherChain)
        );
    }
}

#[test]
fn a_second_proof_of_one_offence_has_the_same_subject() {
    let more = Misbehaviour::of_heads(
        set(1..=4),
        head(12, 0, &[1, 2, 3, 4]),
        head(13, 0, &[1, 3, 4]),
    );
    assert_eq!(more.unwrap().subject(), two_heads([0, 0]).subject());
    let subjects: std::collections::BTreeSet<_> =
        samples().iter().map(Misbehaviour::subject).collect();
    assert_eq!(subjects.len(), 3);
}

#[test]
fn no_bit_of_evidence_can_be_changed() {
    let mut tried = 0;
    for evidence in samples() {
        let bytes = evidence.encode();
        for bit in 0..bytes.len() * 8 {
            let mut altered = bytes.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            let accepted = accepts(&altered);
            assert!(accepted.is_none(), "bit {bit}: {accepted:?}");
            tried += 1;
        }
    }
    println!("{tried} bits flipped, 0 accepted");
    assert!(tried > 20_000);
}

/// What a stranger without any trust would believe.
fn accepts(bytes: &[u8]) -> Option<Finding> {
    Misbehaviour::decode(bytes).ok()?.check(None).ok()
}

fn any_kind() -> impl Strategy<Value = VoteKind> {
    prop_oneof![Just(VoteKind::Prevote), Just(VoteKind::Precommit)]
}

fn any_value() -> impl Strategy<Value = Option<BlockDigest>> {
    proptest::option::of((0u8..3).prop_map(block))
}

proptest! {
    #[test]
    fn what_an_honest_validator_signs_is_never_evidence(
        kinds in (any_kind(), any_kind()),
        rounds in (0u32..2, 0u32..2),
        values in (any_value(), any_value()),
    ) {
        let one = vote(2, kinds.0, rounds.0, values.0);
        // An honest validator repeats itself where it has voted already.
        let is_repeated = (kinds.0, rounds.0) == (kinds.1, rounds.1);
        let other = vote(2, kinds.1, rounds.1, if is_repeated { values.0 } else { values.1 });
        let validator = key(2).public_key();
        prop_assert_eq!(Misbehaviour::of_votes(chain(), validator, &one, &other), None);
        // Nor is it when somebody relabels the second vote.
        let relabelled = SeenVote { kind: one.kind, round: one.round, ..other };
        if let Some(evidence) = Misbehaviour::of_votes(chain(), validator, &one, &relabelled) {
            prop_assert!(evidence.check(None).is_err());
        }
    }

    #[test]
    fn nobody_can_make_up_the_second_half(
        forged in proptest::collection::vec(any::<u8>(), 64),
        value in 1u8..9,
    ) {
        let signature = Signature(forged.try_into().unwrap());
        let honest = vote(2, VoteKind::Precommit, 0, Some(block(0)));
        let half = VoteHalf { block: Some(block(value)), signature };
        let made_up = SeenVote { half, ..honest };
        let validator = key(2).public_key();
        let evidence = Misbehaviour::of_votes(chain(), validator, &honest, &made_up).unwrap();
        let is_refused = matches!(
            evidence.check(Some(&trust())),
            Err(MisbehaviourError::Signature { .. })
        );
        prop_assert!(is_refused);
        // The signature of another validator does not help.
        let half = vote(3, VoteKind::Precommit, 0, Some(block(value))).half;
        let borrowed = SeenVote { half, ..honest };
        let evidence = Misbehaviour::of_votes(chain(), validator, &honest, &borrowed).unwrap();
        prop_assert!(evidence.check(None).is_err());
    }

    #[test]
    fn bytes_that_are_spliced_are_never_accepted_and_never_panic(
        sample in 0usize..4,
        at in any::<prop::sample::Index>(),
        cut in 0usize..64,
        patch in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let bytes = samples()[sample].encode();
        let start = at.index(bytes.len());
        let end = (start + cut).min(bytes.len());
        let mut altered = bytes.clone();
        altered.splice(start..end, patch);
        prop_assume!(altered != bytes);
        prop_assert!(accepts(&altered).is_none());
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(accepts(&bytes).is_none());
        prop_assert!(Misbehaviour::from_json(&bytes).is_err());
    }
}
