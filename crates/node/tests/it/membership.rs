//! The set of validators changes while the chain goes on.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use theriac_client::wire::NodeRole;
use theriac_client::{Generator, Outcome, Submitter, TrustedSets};
use theriac_crypto::{PublicKey, SigningKey};
use theriac_ledger::action::{ActionBody, ApproveChange, EnactChange, ProposeChange};
use theriac_ledger::change::{Change, NewValidator, Seat};
use theriac_ledger::encoding::BoundedText;
use theriac_ledger::identifier::ChangeId;
use theriac_node::RunningNode;
use theriac_node::config::NodeConfig;
use theriac_signer::KeySettings;

use crate::ceremony::{Ceremony, reaches, submit};
use crate::remote_key::{SignerFolder, in_file, proposes, refuses_another_vote};
use crate::start::free_addresses;

/// A consortium at work, and who may change it.
struct Stage {
    ceremony: Ceremony,
    nodes: Vec<RunningNode>,
    addresses: Vec<(SocketAddr, SocketAddr)>,
}

impl Stage {
    async fn begin() -> Self {
        let ceremony = Ceremony::hold_with(4);
        let addresses = free_addresses(4);
        let nodes = ceremony.network(ceremony.configs(&addresses)).await;
        Self {
            ceremony,
            nodes,
            addresses,
        }
    }

    /// Sends an action of an authority, and gives the id of its transaction.
    async fn act(
        &self,
        authority: usize,
        body: impl Into<ActionBody>,
    ) -> theriac_ledger::identifier::TransactionId {
        let submitter = Submitter::new(
            vec![self.ceremony.client(&self.nodes[0])],
            &self.ceremony.anchor(),
            self.ceremony.consortium.authority_key(authority),
            Generator::system(),
            Arc::clone(&self.ceremony.clock),
        );
        let (_, outcome) = submitter.submit(&body.into(), None).await.unwrap();
        match outcome {
            Outcome::Final { id, .. } => id,
            other => panic!("{other:?}"),
        }
    }

    /// Proposes, approves and enacts a change.
    async fn decide(&self, change: Change) {
        let proposal = ProposeChange {
            change: change.clone(),
        };
        let id = ChangeId::of_proposal(&self.act(0, proposal).await);
        for authority in [1, 2] {
            self.act(authority, ApproveChange { id }).await;
        }
        self.act(0, EnactChange { id, change }).await;
    }

    /// Adds a validator in an authority's name.
    async fn give_vote(&self, key: &SigningKey, seat: Seat) {
        let account = self.ceremony.consortium.authority_account(0);
        let chain = self.ceremony.anchor().chain_id();
        let new = NewValidator::prove(&chain, key, account, 1, seat);
        self.decide(Change::AddValidator(new)).await;
    }

    /// A node whose key is none of the genesis, reading with a key of the authority that runs it.
    async fn newcomer(&self, key: &SigningKey) -> (RunningNode, Seat) {
        self.ceremony.write_key("newcomer", key);
        self.newcomer_with(key, key.public_key(), |_| {}).await
    }

    /// The same, with something else in its configuration.
    async fn newcomer_with(
        &self,
        key: &SigningKey,
        network_key: PublicKey,
        adapt: impl FnOnce(&mut NodeConfig),
    ) -> (RunningNode, Seat) {
        let ceremony = &self.ceremony;
        ceremony.write_key("newcomer-requests", &ceremony.consortium.authority_key(0));
        let (p2p, http) = free_addresses(1)[0];
        let mut config = ceremony.config("newcomer", NodeRole::Validator, Vec::new());
        config.p2p.listen = p2p;
        config.server.listen = http;
        config.peers = ceremony.peers(&self.addresses);
        config.request_key = Some(KeySettings::in_file(
            ceremony.path().join("newcomer-requests.pem"),
            ceremony.path().join("passphrase"),
        ));
        adapt(&mut config);
        ceremony.guard(&config, key);
        let seat = Seat {
            network_key,
            peer_address: BoundedText::parse(&p2p.to_string()).unwrap(),
            interface: BoundedText::parse(&format!("http://{http}")).unwrap(),
        };
        (ceremony.run(config).await.unwrap(), seat)
    }
}

/// Blocks after which nobody speaks to a validator any more that was removed.
const FORGOTTEN_AFTER: u64 = 105;

#[actix_web::test]
async fn a_validator_that_was_removed_while_it_was_away_finds_out_and_follows() {
    let mut stage = Stage::begin().await;
    let key = SigningKey::from_seed(&[77; 32]);
    let (newcomer, seat) = stage.newcomer(&key).await;
    stage.give_vote(&key, seat).await;
    signs(&stage, &newcomer, key.public_key()).await;
    let away = stage.nodes.pop().unwrap();
    away.stop().await.unwrap();
    let gone = stage.ceremony.consortium.validator_keys[3].public_key();
    stage
        .decide(Change::RemoveValidator { validator: gone })
        .await;
    let removed_at = stage.nodes[0].chain.parent().height;
    let submitter = stage.ceremony.submitter(&stage.nodes[0]);
    let mut last = removed_at;
    for number in 0.. {
        if last >= removed_at + FORGOTTEN_AFTER {
            break;
        }
        (last, _) = submit(&submitter, &format!("while it is away {number}")).await;
    }
    let config = stage.ceremony.member_config(&stage.addresses, 3);
    let back = stage.ceremony.run(config).await.unwrap();
    assert!(back.chain.validators().find(&gone).is_some());
    reaches(&back, last).await;
    assert!(back.chain.validators().find(&gone).is_none());
    let status = stage.ceremony.client(&back).status().await.unwrap();
    assert_eq!(status.role, NodeRole::Follower);
    let (height, _) = submit(&submitter, "after it is back").await;
    reaches(&back, height).await;
    for node in stage.nodes.into_iter().chain([newcomer, back]) {
        node.stop().await.unwrap();
    }
}

#[actix_web::test]
async fn a_validator_with_its_key_in_a_signer_joins_and_is_known_by_its_seat() {
    let stage = Stage::begin().await;
    let (key, network_key) = (
        SigningKey::from_seed(&[77; 32]),
        SigningKey::from_seed(&[78; 32]),
    );
    let ceremony = &stage.ceremony;
    let folder = SignerFolder::new(&key, ceremony.anchor().chain_id());
    let signer = folder.start().await;
    ceremony.write_key("network", &network_key);
    let adapt = |config: &mut NodeConfig| {
        config.key = KeySettings::behind(folder.socket());
        let (file, passphrase) = (
            ceremony.path().join("network.pem"),
            ceremony.path().join("passphrase"),
        );
        config.network_key = Some(in_file(&file, &passphrase));
    };
    let joining = stage.newcomer_with(&key, network_key.public_key(), adapt);
    let (newcomer, seat) = joining.await;
    stage.give_vote(&key, seat).await;
    signs(&stage, &newcomer, key.public_key()).await;
    let submitter = stage.ceremony.submitter(&newcomer);
    let height = proposes(&submitter, &stage.nodes[0], &key.public_key()).await;
    refuses_another_vote(&folder, height).await;
    for node in stage.nodes.into_iter().chain([newcomer]) {
        node.stop().await.unwrap();
    }
    signer.stop(Duration::from_secs(10)).await.unwrap();
}

/// How many of the last blocks each validator signed.
fn signatures(node: &RunningNode, last: u64) -> BTreeMap<theriac_crypto::PublicKey, usize> {
    let height = node.chain.parent().height;
    let mut counts = BTreeMap::new();
    for height in height.saturating_sub(last).max(1)..=height {
        let (_, certificate) = node.chain.store().header(height).unwrap().unwrap();
        for one in &certificate.signatures {
            *counts.entry(one.validator).or_default() += 1;
        }
    }
    counts
}

#[actix_web::test]
async fn a_validator_joins_and_another_leaves_while_the_chain_goes_on() {
    let stage = Stage::begin().await;
    let key = SigningKey::from_seed(&[77; 32]);
    let submitter = stage.ceremony.submitter(&stage.nodes[0]);
    submit(&submitter, "before").await;
    let (newcomer, seat) = stage.newcomer(&key).await;
    let (height, _) = submit(&submitter, "while it follows").await;
    reaches(&newcomer, height).await;
    let status = stage.ceremony.client(&newcomer).status().await.unwrap();
    assert_eq!(status.role, NodeRole::Follower);

    stage.give_vote(&key, seat).await;
    assert_eq!(stage.nodes[0].chain.validators().members().len(), 5);
    signs(&stage, &newcomer, key.public_key()).await;

    let gone = stage.ceremony.consortium.validator_keys[3].public_key();
    stage
        .decide(Change::RemoveValidator { validator: gone })
        .await;
    let (height, _) = submit(&submitter, "after").await;
    for node in stage.nodes.iter().chain([&newcomer]) {
        reaches(node, height).await;
        assert!(node.chain.validators().find(&gone).is_none());
    }
    let status = stage
        .ceremony
        .client(&stage.nodes[3])
        .status()
        .await
        .unwrap();
    assert_eq!(status.role, NodeRole::Follower);
    // Whoever was removed goes on passing on what it is given.
    let through_gone = stage.ceremony.submitter(&stage.nodes[3]);
    submit(&through_gone, "through the one that left").await;

    // The light client follows every change from genesis.
    let client = stage.ceremony.client(&newcomer);
    let sets = TrustedSets::new(&stage.ceremony.anchor());
    let head = client.header(None).await.unwrap();
    sets.verify(&client, &head.header, &head.certificate)
        .await
        .unwrap();
    assert_eq!(sets.at(head.header.height), newcomer.chain.validators());
    newcomer.stop().await.unwrap();
    for node in stage.nodes {
        node.stop().await.unwrap();
    }
}

/// Waits until a validator has signed a block, giving the others something to decide.
async fn signs(stage: &Stage, node: &RunningNode, key: theriac_crypto::PublicKey) {
    let submitter = stage.ceremony.submitter(&stage.nodes[0]);
    let waited = async {
        for number in 0.. {
            let (height, _) = submit(&submitter, &format!("something to sign {number}")).await;
            reaches(node, height).await;
            if signatures(&stage.nodes[0], 3).contains_key(&key) {
                return;
            }
        }
    };
    let waited = tokio::time::timeout(Duration::from_mins(1), waited).await;
    assert!(waited.is_ok(), "{:?}", signatures(&stage.nodes[0], 10));
}

#[actix_web::test]
async fn changes_are_listed_with_what_they_still_need() {
    let stage = Stage::begin().await;
    let client = stage.ceremony.client(&stage.nodes[0]);
    let organisation = stage
        .ceremony
        .consortium
        .organisation(theriac_ledger::testing::Actor::Pharmacy);
    let change = Change::SuspendOrganisation { organisation };
    let proposal = ProposeChange {
        change: change.clone(),
    };
    let first = ChangeId::of_proposal(&stage.act(1, proposal.clone()).await);
    let second = ChangeId::of_proposal(&stage.act(2, proposal).await);
    let page = client.changes(None).await.unwrap();
    let listed: Vec<ChangeId> = page.changes.iter().map(|one| one.record.id).collect();
    assert_eq!((listed, page.next), (vec![second, first], None));
    let answer = client.change(&first).await.unwrap();
    assert_eq!((answer.approvals, answer.needed), (1, 3));
    assert_eq!(answer.record.change, change);
    stage.act(3, ApproveChange { id: first }).await;
    let answer = client.change(&first).await.unwrap();
    assert_eq!((answer.approvals, answer.authorities), (2, 4));
    let unknown = client.change(&ChangeId(theriac_crypto::Digest::ZERO)).await;
    assert_eq!(unknown.unwrap_err().problem().unwrap().status, 404);
    for node in stage.nodes {
        node.stop().await.unwrap();
    }
}
