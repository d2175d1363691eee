//! The validators change while business goes on.

use std::ops::RangeInclusive;
use std::time::Duration;

use theriac_client::{NodeClient, TrustedSets};
use theriac_crypto::PublicKey;
use theriac_ledger::change::Change;
use theriac_ledger::identifier::Height;
use theriac_proof::bundle::CertifiedHeader;
use theriac_proof::light::Trust;
use theriac_testkit::load::Load;
use theriac_testkit::network::{Network, PATIENCE};
use theriac_testkit::oracle::{self, Chain};
use theriac_testkit::stock::Stock;
use theriac_testkit::wait::eventually;

use crate::alone;
use crate::crash::{BETWEEN, PACKS, WORKERS, business_goes_on, settle};

/// The longest time without a final transaction: two heights of which the first proposer is away, each a
/// timeout of a second and what an unoptimised build takes on a busy machine.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// Heights that a node without a vote goes on to follow.
const FOLLOWED: Height = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_validators_become_seven_and_four_again_under_load() {
    let _alone = alone().await;
    let mut network = Network::start_with_newcomers(71, 3).await;
    for newcomer in &network.newcomers {
        let application = newcomer.organisation(&network.anchor.chain_id());
        network
            .decide(&Change::AdmitOrganisation(application))
            .await;
    }
    for index in 4..network.nodes.len() {
        network.nodes[index].start();
        network.wait_until_ready(index).await;
    }
    let stock = Stock::at_pharmacy(&network, "SET", PACKS).await;
    let load = Load::start(&network, stock, WORKERS);
    business_goes_on(&load, BETWEEN).await;
    let begun = network
        .client(0)
        .status()
        .await
        .expect("a running node answers")
        .height;

    let mut eras = vec![1];
    for newcomer in 0..3 {
        let new = network.new_validator(newcomer);
        let key = new.validator;
        let enacted = network.decide(&Change::AddValidator(new)).await;
        wait_for_signature(&network, key, enacted).await;
        eras.push(enacted + 1);
        business_goes_on(&load, BETWEEN).await;
    }
    // Two of the genesis leave, and one that joined: who is left was not always there.
    for index in [1, 4, 3] {
        let validator = key_of(&network, index).await;
        let change = Change::RemoveValidator { validator };
        let enacted = network.decide(&change).await;
        network.wait_for_height(index, enacted + FOLLOWED).await;
        eras.push(enacted + 1);
        business_goes_on(&load, BETWEEN).await;
    }

    let last = network
        .client(0)
        .status()
        .await
        .expect("a running node answers")
        .height;
    let history = settle(&network, load.stop().await).await;
    let chain = oracle::check(&network, &history).await;
    let (gap, pause) = (longest_gap(&chain, begun..=last), history.longest_pause);
    println!(
        "{} transactions final in {} blocks, at most {} ms between two blocks, {} ms between two answers",
        history.acknowledged.len(),
        chain.blocks.len(),
        gap.as_millis(),
        pause.as_millis()
    );
    assert!(gap < PAUSE_MAX, "no block for {gap:?}");
    assert!(pause < PAUSE_MAX, "nothing was final for {pause:?}");
    let sizes: Vec<usize> = sets(&network, &chain).map(|(_, size)| size).collect();
    assert_eq!(sizes, [4, 5, 6, 7, 6, 5, 4]);
    let found: Vec<Height> = sets(&network, &chain).map(|(first, _)| first).collect();
    assert_eq!(found, eras);
    for client in network.clients() {
        follow_from_genesis(&network, client, &eras).await;
    }
    for node in &mut network.nodes {
        node.assert_running();
        let log = node.program().map(|program| program.printed());
        let log = log.unwrap_or_default();
        let errors: Vec<&str> = log.lines().filter(|line| is_alarm(line)).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

/// The longest time between two blocks among some.
fn longest_gap(chain: &Chain, among: RangeInclusive<Height>) -> Duration {
    let times = chain.blocks.iter().map(|block| &block.header);
    let times: Vec<u64> = times
        .filter(|header| among.contains(&header.height))
        .map(|header| header.time.0)
        .collect();
    let gaps = times.windows(2).map(|pair| pair[1] - pair[0]);
    Duration::from_millis(gaps.max().expect("business went on"))
}

/// Whether a line of a log is for whoever is called at night: what our own code calls an error, or that the
/// engine complains of our code. That somebody who has no vote any more cannot be reached is none, nor that
/// tasks of an engine outlive it for a moment.
fn is_alarm(line: &str) -> bool {
    let is_ours = ["theriac_", "Failed to reply"]
        .iter()
        .any(|word| line.contains(word));
    line.contains("ERROR") && is_ours
}

async fn key_of(network: &Network, index: usize) -> PublicKey {
    let status = network
        .client(index)
        .status()
        .await
        .expect("a running node answers");
    status.key.expect("a validator's node has a key")
}

/// Waits until a validator's signature is in the certificate of a block after `height`.
async fn wait_for_signature(network: &Network, key: PublicKey, height: Height) {
    let client = network.client(0);
    let what = format!("{key} signs a block");
    eventually(&what, PATIENCE, || async {
        let head = client.header(None).await.ok()?;
        let signatures = &head.certificate.signatures;
        let signs = signatures.iter().any(|one| one.validator == key);
        (signs && head.header.height > height).then_some(())
    })
    .await;
}

/// The sets that signed a chain: the first height of each, and how many it has.
fn sets<'a>(network: &'a Network, chain: &'a Chain) -> impl Iterator<Item = (Height, usize)> + 'a {
    let first = (1, network.anchor.validators.members().len());
    let changed = chain.blocks.iter().filter_map(|block| {
        let next = block.next_validators.as_ref()?;
        Some((block.header.height + 1, next.members().len()))
    });
    std::iter::once(first).chain(changed)
}

/// Whoever knows the genesis alone follows every change of the validators as a node shows them, and then
/// believes the first header of each set and the last; whoever missed a change believes none after it.
async fn follow_from_genesis(network: &Network, node: &NodeClient, eras: &[Height]) {
    let steps = node
        .validator_steps(0)
        .await
        .expect("a running node answers")
        .steps;
    assert_eq!(steps.len(), eras.len() - 1);
    let sets = TrustedSets::new(&network.anchor);
    let mut trust = Trust::from_anchor(&network.anchor);
    let now = network.anchor.time;
    for (number, first) in eras.iter().enumerate() {
        let head = head(node, *first).await;
        sets.verify(node, &head.header, &head.certificate)
            .await
            .expect("what the node shows is signed by its validators");
        if let Some(before) = number.checked_sub(1) {
            assert!(trust.verify(&head, now).is_err());
            trust
                .step(&steps[before], now)
                .expect("what the node shows is signed by its validators");
        }
        trust
            .verify(&head, now)
            .expect("what the node shows is signed by its validators");
        // The last of the set announces the next.
        if let Some(next) = eras.get(number + 1) {
            let last = self::head(node, next - 1).await;
            if next - 1 > *first {
                trust
                    .verify(&last, now)
                    .expect("what the node shows is signed by its validators");
            }
            sets.verify(node, &last.header, &last.certificate)
                .await
                .expect("what the node shows is signed by its validators");
        }
    }
}

async fn head(node: &NodeClient, height: Height) -> CertifiedHeader {
    let answer = node
        .header(Some(height))
        .await
        .expect("a running node answers");
    CertifiedHeader {
        header: answer.header,
        certificate: answer.certificate,
        signers: None,
    }
}
