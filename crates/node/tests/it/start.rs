//! Whole nodes from configuration files: a validator alone on its chain, and a follower of it.

use std::net::{SocketAddr, TcpListener};

use theriac_client::Outcome;
use theriac_client::submitter::Attempt;
use theriac_client::wire::NodeRole;
use theriac_crypto::SigningKey;
use theriac_ledger::testing::Consortium;
use theriac_node::StartError;
use theriac_node::config::SetupError;

use crate::ceremony::{Ceremony, reaches, submit, url};

#[actix_web::test]
async fn a_validator_makes_blocks_and_a_follower_has_the_same_chain() {
    let ceremony = Ceremony::hold();
    let validator = ceremony.validator().await;
    let submitter = ceremony.submitter(&validator);
    let (height, _) = submit(&submitter, "one").await;

    let follow = vec![url(&validator)];
    let config = ceremony.config("follower", NodeRole::Follower, follow);
    let follower = ceremony.run(config).await.unwrap();
    reaches(&follower, height).await;
    let through_follower = ceremony.submitter(&follower);
    let (later, signed) = submit(&through_follower, "two").await;
    assert!(later > height);
    reaches(&follower, later).await;
    let again = through_follower.send(&signed, Attempt::Again).await;
    assert!(matches!(again, Outcome::Final { height, .. } if height == later));
    for node in [&validator, &follower] {
        let block = node.chain.store().block(later).unwrap().unwrap();
        assert_eq!(block.transactions.len(), 1);
        let status = ceremony.client(node).status().await.unwrap();
        assert!(status.is_ready, "{status:?}");
    }
    follower.stop().await.unwrap();
    validator.stop().await.unwrap();
}

#[actix_web::test]
async fn a_validator_that_was_stopped_goes_on_where_it_was() {
    let ceremony = Ceremony::hold();
    let validator = ceremony.validator().await;
    let submitter = ceremony.submitter(&validator);
    let (height, signed) = submit(&submitter, "kept").await;
    drop(submitter);
    validator.stop().await.unwrap();

    let validator = ceremony.validator().await;
    let client = ceremony.client(&validator);
    let answer = client.transaction(&signed.id).await.unwrap();
    assert_eq!(answer.height, Some(height));
    let (later, _) = submit(&ceremony.submitter(&validator), "after").await;
    assert!(later > height);
    validator.stop().await.unwrap();
}

/// Addresses that were free a moment ago, all different.
pub(crate) fn free_addresses(count: usize) -> Vec<(SocketAddr, SocketAddr)> {
    let listeners: Vec<_> = (0..2 * count)
        .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
        .collect();
    let addresses: Vec<SocketAddr> = listeners
        .iter()
        .map(|listener| listener.local_addr().unwrap())
        .collect();
    addresses.chunks(2).map(|pair| (pair[0], pair[1])).collect()
}

#[actix_web::test]
async fn four_validators_agree_and_what_one_is_given_becomes_final_on_all() {
    let ceremony = Ceremony::hold_with(4);
    let configs = ceremony.configs(&free_addresses(4));
    let nodes = ceremony.network(configs).await;
    let mut last = 0;
    for (index, node) in nodes.iter().enumerate() {
        let submitter = ceremony.submitter(node);
        let (height, signed) = submit(&submitter, &format!("note {index}")).await;
        assert!(height > last);
        last = height;
        for other in &nodes {
            reaches(other, height).await;
            let position = other.chain.store().transaction_position(&signed.id);
            assert_eq!(position.unwrap().map(|(at, _)| at), Some(height));
        }
    }
    let (_, certificate) = nodes[0].chain.store().header(last).unwrap().unwrap();
    assert!(certificate.signatures.len() >= 3);
    let status = ceremony.client(&nodes[0]).status().await.unwrap();
    assert_eq!(status.peers.len(), 3);
    for node in nodes {
        node.stop().await.unwrap();
    }
}

#[actix_web::test]
async fn a_key_without_a_vote_and_foreign_records_are_refused_with_their_file() {
    let ceremony = Ceremony::hold();
    ceremony.write_key("stranger", &SigningKey::from_seed(&[9; 32]));
    let config = ceremony.config("stranger", NodeRole::Validator, Vec::new());
    let error = ceremony.run(config).await.unwrap_err();
    assert!(
        matches!(
            error,
            StartError::Setup(SetupError::Key { key: "peers", .. })
        ),
        "{error}"
    );

    let other = serde_json::to_vec(&Consortium::new(2).records).unwrap();
    std::fs::write(ceremony.path().join("records.json"), other).unwrap();
    let config = ceremony.config("validator", NodeRole::Validator, Vec::new());
    let error = ceremony.run(config).await.unwrap_err();
    assert!(
        matches!(error, StartError::Setup(SetupError::Genesis(_))),
        "{error}"
    );
}
