use arc_malachitebft_app_channel::app::types::core::{NilOrVal, VoteType};
use theriac_crypto::{SigningKey, digest};
use theriac_ledger::identifier::{BlockDigest, Height};

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

/// A holder in another process, that has signed otherwise.
#[derive(Debug)]
struct Elsewhere(PublicKey);

#[async_trait]
impl KeyHolder for Elsewhere {
    fn public_key(&self) -> PublicKey {
        self.0
    }

    async fn sign(&self, _: &ChainId, _: &SignRequest) -> Result<Signature, KeyError> {
        Err(KeyError::Signed {
            height: 9,
            reason: "another vote".to_owned(),
        })
    }

    fn remembers(&self) -> bool {
        true
    }
}

/// What a vote by such a holder fails with, and what its engine is told.
async fn refused_with(log: std::path::PathBuf) -> (SignError, Option<Height>) {
    let fixture = Fixture::new();
    let holder = Arc::new(Elsewhere(fixture.key.public_key()));
    let (sender, told) = tokio::sync::watch::channel(None);
    let signer = EngineSigner::new(fixture.chain, holder).for_engine(log, sender);
    let vote = fixture.vote(VoteType::Prevote, Some("a"));
    let error = signer.vote(vote).await.unwrap_err();
    let height = match &*told.borrow() {
        Some(Refusal::Key(error)) => match &**error {
            KeyError::Signed { height, .. } => Some(*height),
            _ => None,
        },
        other => panic!("{other:?}"),
    };
    (error, height)
}

#[tokio::test]
async fn an_engine_is_told_why_its_vote_was_not_signed() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("consensus.wal");
    std::fs::write(&log, "logged").unwrap();
    let (error, height) = refused_with(log).await;
    assert!(matches!(error, SignError::Key(_)), "{error:?}");
    assert_eq!(height, Some(9));
}

#[tokio::test]
async fn a_holder_that_remembers_is_not_asked_where_the_log_cannot_be_made_durable() {
    let folder = tempfile::tempdir().unwrap();
    let (error, height) = refused_with(folder.path().join("lost")).await;
    let SignError::Key(reason) = error else {
        panic!("{error:?}");
    };
    assert!(matches!(&*reason, KeyError::Log(_)), "{reason:?}");
    assert_eq!(height, None);
}
