use arc_malachitebft_app_channel::app::types::core::{NilOrVal, VoteType};
use theriac_crypto::{SigningKey, digest};
use theriac_ledger::identifier::BlockDigest;

use super::*;
use crate::context::EngineHeight;

struct Fixture {
    chain: ChainId,
    key: SigningKey,
}

impl Fixture {
    fn new() -> Self {
        Self {
            chain: ChainId(digest("test", b"chain")),
            key: SigningKey::from_seed(&[4; 32]),
        }
    }

    fn signer(&self) -> EngineSigner {
        EngineSigner::new(self.chain, Arc::new(FileKey::new(self.key.clone())))
    }

    fn vote(&self, kind: VoteType, value: Option<&str>) -> EngineVote {
        EngineVote {
            kind,
            height: EngineHeight(3),
            round: Round::ZERO,
            value: value.map_or(NilOrVal::Nil, |word| NilOrVal::Val(block(word))),
            validator: Address(self.key.public_key()),
        }
    }
}

fn block(word: &str) -> BlockDigest {
    BlockDigest(digest("test", word.as_bytes()))
}

#[tokio::test]
async fn what_is_signed_verifies_on_its_chain_only() {
    let fixture = Fixture::new();
    let key = fixture.key.public_key();
    let signed = fixture
        .signer()
        .vote(fixture.vote(VoteType::Prevote, Some("a")))
        .await
        .unwrap();
    let other = ChainId(digest("test", b"other"));
    for (chain, expected) in [(fixture.chain, true), (other, false)] {
        let checked = StrictVerifier::new(chain)
            .verify_signed_vote(&signed.message, &signed.signature, &key)
            .await;
        assert_eq!(checked.unwrap().is_valid(), expected);
    }
}

#[tokio::test]
async fn a_vote_of_another_validator_is_not_signed() {
    let fixture = Fixture::new();
    let mut vote = fixture.vote(VoteType::Prevote, None);
    vote.validator = Address(SigningKey::from_seed(&[5; 32]).public_key());
    let refused = fixture.signer().vote(vote).await;
    assert!(matches!(refused, Err(SignError::Validator)));
}

#[tokio::test]
async fn a_validator_proof_holds_for_its_peer_only() {
    let fixture = Fixture::new();
    let mut proof = fixture.signer().validator_proof(vec![1, 2]).await.unwrap();
    let verifier = StrictVerifier::new(fixture.chain);
    assert!(
        verifier
            .verify_validator_proof(&proof)
            .await
            .unwrap()
            .is_valid()
    );
    proof.peer_id = vec![1, 3];
    assert!(
        verifier
            .verify_validator_proof(&proof)
            .await
            .unwrap()
            .is_invalid()
    );
}
