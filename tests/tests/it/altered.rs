//! Transactions that are not what somebody signed, at both doors of every node.

use theriac_client::wire::PeerTransactions;
use theriac_client::{NodeClient, NodeError};
use theriac_ledger::constants::TRANSACTION_BYTES_MAX;
use theriac_ledger::encoding::BoundedBytes;
use theriac_ledger::identifier::{ChainId, Timestamp};
use theriac_ledger::testing::Actor;
use theriac_ledger::transaction::SignedTransaction;
use theriac_testkit::actor::{Pen, Signed};
use theriac_testkit::load::History;
use theriac_testkit::network::Network;
use theriac_testkit::oracle;
use theriac_testkit::stock::{Stock, accept_signed, dispense};

use crate::alone;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_altered_on_its_way_is_refused_by_every_node() {
    let _alone = alone().await;
    let network = Network::start(41).await;
    let stock = Stock::at_pharmacy(&network, "ALTERED", 20).await;
    let pen = network.pen(Actor::Pharmacy);
    let chain = network.anchor.chain_id();
    let (honest, other) = (
        pen.sign(dispense(stock.run, 0)),
        pen.sign(dispense(stock.run, 1)),
    );

    for (what, altered) in alterations(&network, &honest, &other) {
        for index in 0..network.nodes.len() {
            let refusal = refused(network.client(index), &altered).await;
            assert_eq!(
                refusal.as_deref(),
                Some("bad_signature"),
                "{what} at node {index}"
            );
            assert_eq!(
                offered(&network, index, &altered).await,
                (0, 1),
                "{what} by a peer"
            );
        }
    }
    let outsider = network.client(0);
    let offer = PeerTransactions {
        transactions: vec![batch_item(&honest.bytes)].try_into().unwrap(),
    };
    let answer = outsider.send_peer_transactions(offer.encode()).await;
    let status = answer.unwrap_err().problem().map(|problem| problem.status);
    assert!(
        matches!(status, Some(401 | 403)),
        "a member is no peer: {status:?}"
    );

    accept_signed(&network, &honest).await;
    accept_signed(&network, &other).await;
    let found = oracle::check(&network, &History::default()).await;
    let ids: Vec<_> = found.places().into_keys().collect();
    for (what, altered) in alterations(&network, &honest, &other) {
        let id = SignedTransaction::decode(&altered)
            .unwrap()
            .transaction
            .id(&chain);
        let is_honest = id == honest.id || id == other.id;
        assert!(
            is_honest || !ids.contains(&id),
            "{what} left something behind"
        );
    }
}

/// What an attacker on the way can do to a transaction without the signer's key.
fn alterations(network: &Network, honest: &Signed, other: &Signed) -> Vec<(&'static str, Vec<u8>)> {
    let with = |change: &dyn Fn(&mut SignedTransaction)| {
        let mut altered = honest.transaction.clone();
        change(&mut altered);
        altered.encode()
    };
    let stranger = network.consortium.key(Actor::OtherPharmacy).public_key();
    vec![
        (
            "another action",
            with(&|altered| {
                altered.transaction.action = other.transaction.transaction.action.clone();
            }),
        ),
        (
            "a longer validity",
            with(&|altered| {
                altered.transaction.valid_until = altered.transaction.valid_until.saturating_add(1);
            }),
        ),
        (
            "another salt",
            with(&|altered| altered.transaction.salt[0] ^= 1),
        ),
        (
            "another signer",
            with(&|altered| altered.transaction.signer = stranger),
        ),
        (
            "the signature of another transaction",
            with(&|altered| {
                altered.signature = other.transaction.signature;
            }),
        ),
        (
            "a flipped bit of the signature",
            with(&|altered| altered.signature.0[9] ^= 0x10),
        ),
        (
            "no signature",
            with(&|altered| altered.signature.0 = [0; 64]),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_bad_submission_is_refused_with_a_code_and_leaves_nothing() {
    let _alone = alone().await;
    let network = Network::start(42).await;
    let stock = Stock::at_pharmacy(&network, "BAD", 20).await;
    let pen = network.pen(Actor::Pharmacy);
    let client = network.client(1);
    let before = oracle::check(&network, &History::default())
        .await
        .places()
        .len();

    let stranger = network.pen(Actor::OtherPharmacy);
    let elsewhere = ChainId(theriac_ledger::encoding::digest_of("genesis", &1u8));
    let foreign = Pen::new(&network.consortium, Actor::Pharmacy, elsewhere);
    let mut trailing = pen.sign(dispense(stock.run, 3)).bytes;
    trailing.push(0);
    let cases = [
        (
            "of another account",
            stranger.sign(dispense(stock.run, 3)).bytes,
            "pack_not_held",
        ),
        (
            "for another chain",
            foreign.sign(dispense(stock.run, 3)).bytes,
            "bad_signature",
        ),
        (
            "past its time",
            pen.sign_until(dispense(stock.run, 3), Timestamp(1)).bytes,
            "transaction_expired",
        ),
        (
            "past the count",
            pen.sign(dispense(stock.run, 20)).bytes,
            "pack_beyond_run",
        ),
        ("with a byte too many", trailing, "malformed_transaction"),
        (
            "over the limit",
            vec![0; TRANSACTION_BYTES_MAX + 1],
            "payload_too_large",
        ),
    ];
    for (what, bytes, code) in cases {
        assert_eq!(
            refused(client, &bytes).await.as_deref(),
            Some(code),
            "{what}"
        );
    }

    // The same bytes again are the same transaction: accepted once, answered alike.
    let signed = pen.sign(dispense(stock.run, 4));
    let height = accept_signed(&network, &signed).await;
    assert_eq!(accept_signed(&network, &signed).await, height);
    let after = oracle::check(&network, &History::default())
        .await
        .places()
        .len();
    assert_eq!(after, before + 1);
}

/// The code with which a node refuses bytes.
async fn refused(client: &NodeClient, bytes: &[u8]) -> Option<String> {
    match client.submit(bytes).await {
        Err(NodeError::Refused { problem, .. }) => {
            assert!((400..500).contains(&problem.status), "{problem:?}");
            assert!(
                problem.hint.is_some(),
                "a refusal says what to do: {problem:?}"
            );
            Some(problem.code)
        }
        Err(error) => Some(error.to_string()),
        Ok(_) => None,
    }
}

/// What a node accepts and refuses of bytes that another validator offers.
async fn offered(network: &Network, index: usize, bytes: &[u8]) -> (usize, usize) {
    let peer = network.client_of_validator(index, (index + 1) % network.nodes.len());
    let offer = PeerTransactions {
        transactions: vec![batch_item(bytes)].try_into().expect("one item"),
    };
    let answer = peer
        .send_peer_transactions(offer.encode())
        .await
        .expect("an answer to a peer");
    (answer.accepted, answer.refused)
}

fn batch_item(bytes: &[u8]) -> BoundedBytes<TRANSACTION_BYTES_MAX> {
    BoundedBytes::new(bytes.to_vec()).expect("no longer than a transaction")
}
