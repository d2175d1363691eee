//! The judge: the oracle of `testkit` over what every node serves, and what only processes show.

use std::time::Duration;

use serde::Serialize;
use theriac_client::wire::{BlockPage, FinalBlock};
use theriac_client::{NodeClient, verify_block};
use theriac_consensus::guard::{Step, Subject};
use theriac_crypto::PublicKey;
use theriac_ledger::block::Parent;
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::{ChainId, Height};
use theriac_proof::vote::{VoteType, vote_digest};
use theriac_testkit::oracle::{Case, Chain, SignedStep};

use crate::cluster::Cluster;
use crate::load::Records;
use crate::patience::within;

/// Blocks asked for at once.
const PAGE: usize = 64;
/// Time in which a healthy node must answer with blocks, or reach what others have.
const LIMIT: Duration = Duration::from_mins(1);

/// Something that must never be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The round after which it was found.
    pub round: u64,
    /// What it is.
    pub what: String,
}

/// What a judgement found and how much it looked at.
#[derive(Debug, Clone, Default)]
pub struct Judgement {
    /// What does not hold.
    pub violations: Vec<String>,
    /// Height up to which every node was read.
    pub height: Height,
    /// Transactions on the chain.
    pub transactions: u64,
}

/// Reads every block from every node and judges all of it. The network must be whole.
pub async fn judge(cluster: &Cluster, records: &Records, seen: &[SignedStep]) -> Judgement {
    let mut judgement = Judgement::default();
    let Some(height) = common_height(cluster.clients()).await else {
        let what = "the nodes do not reach one height, though the network is whole";
        judgement.violations.push(what.to_owned());
        return judgement;
    };
    judgement.height = height;
    let mut chains = Vec::new();
    for (index, client) in cluster.clients().iter().enumerate() {
        match read(client, &cluster.anchor, height).await {
            Ok(chain) => chains.push(chain),
            Err(why) => judgement
                .violations
                .push(format!("node {} serves no good chain: {why}", index + 1)),
        }
    }
    let chain_id = cluster.anchor.chain_id();
    let mut signed = seen.to_vec();
    signed.extend(chains.iter().flat_map(|chain| precommits(&chain_id, chain)));
    let case = Case {
        consortium: &cluster.consortium,
        anchor: &cluster.anchor,
        chains: &chains,
        acknowledged: &records.acknowledged,
        signed: &signed,
        dishonest: &[],
        kept: &[],
        answers: &[],
    };
    let found = case.judge();
    judgement
        .violations
        .extend(found.iter().map(ToString::to_string));
    if let Some(chain) = chains.first() {
        let counts = chain.blocks.iter().map(|block| block.transactions.len());
        judgement.transactions = u64::try_from(counts.sum::<usize>()).unwrap_or(u64::MAX);
        judgement.violations.extend(own_rules(records, chain));
    }
    judgement
}

/// Evidence of misbehaviour that the nodes keep. Every validator here is honest.
pub async fn misbehaviour(cluster: &Cluster) -> Vec<String> {
    let mut found = Vec::new();
    for (index, client) in cluster.clients().iter().enumerate() {
        let page = within(LIMIT, || async { client.misbehaviour(None).await.ok() }).await;
        match page {
            Some(page) => found.extend(page.misbehaviour.iter().map(|kept| {
                let evidence = &kept.evidence;
                format!(
                    "node {} keeps evidence {}: {evidence:?}",
                    index + 1,
                    kept.digest
                )
            })),
            None => found.push(format!("node {} does not say what it knows", index + 1)),
        }
    }
    found
}

/// What a guard says was signed last.
pub fn signed_step(validator: PublicKey, subject: &Subject) -> SignedStep {
    SignedStep {
        validator,
        height: subject.height,
        round: subject.round,
        step: subject.step,
        digest: subject.digest,
    }
}

/// Rules about what the harness itself sent.
fn own_rules(records: &Records, chain: &Chain) -> Vec<String> {
    let mut found = Vec::new();
    for (id, code) in &records.refused {
        found.push(format!("legal {id} was refused: {code}"));
    }
    for id in &records.moved {
        found.push(format!("{id} was final and then was not, or elsewhere"));
    }
    if records.contests.both > 0 {
        found.push(format!(
            "{} packs were said to be dispensed twice",
            records.contests.both
        ));
    }
    let (places, _) = theriac_testkit::oracle::places(chain);
    for id in &records.expired {
        if places.contains_key(id) {
            found.push(format!("{id} is on the chain though it was called expired"));
        }
    }
    found
}

/// The precommits that the certificates of a chain show.
fn precommits<'a>(id: &'a ChainId, chain: &'a Chain) -> impl Iterator<Item = SignedStep> + 'a {
    chain.blocks.iter().flat_map(move |block| {
        let certificate = &block.certificate;
        let (height, round) = (certificate.height, certificate.round);
        let subject = Some(&certificate.block);
        let digest = vote_digest(id, VoteType::Precommit, height, round.into(), subject);
        certificate
            .signatures
            .iter()
            .map(move |signature| SignedStep {
                validator: signature.validator,
                height,
                round,
                step: Step::Precommit,
                digest,
            })
    })
}

/// The height that the furthest node has now, once all have it.
async fn common_height(clients: &[NodeClient]) -> Option<Height> {
    let mut height = 0;
    for client in clients {
        let status = within(LIMIT, || async { client.status().await.ok() }).await?;
        height = height.max(status.height);
    }
    for client in clients {
        within(LIMIT, || async {
            let status = client.status().await.ok()?;
            (status.height >= height).then_some(())
        })
        .await?;
    }
    Some(height)
}

async fn read(client: &NodeClient, anchor: &Anchor, height: Height) -> Result<Chain, String> {
    let mut parent = Parent::genesis(anchor);
    let mut validators = anchor.validators.clone();
    let mut blocks = Vec::new();
    while parent.height < height {
        let page = page(client, parent.height + 1).await?;
        if page.blocks.is_empty() {
            return Err(format!("no block after {}", parent.height));
        }
        for bytes in &page.blocks {
            let block = FinalBlock::decode(bytes).map_err(|error| error.to_string())?;
            let block =
                verify_block(&parent, &validators, block).map_err(|error| error.to_string())?;
            parent = block.as_parent();
            validators = block.next_validators.clone().unwrap_or(validators);
            blocks.push(block);
        }
    }
    blocks.truncate(usize::try_from(height).unwrap_or(usize::MAX));
    Ok(Chain { blocks })
}

async fn page(client: &NodeClient, from: Height) -> Result<BlockPage, String> {
    let page = within(LIMIT, || async { client.blocks(from, PAGE).await.ok() }).await;
    match page {
        Some(page) => Ok(page),
        // The last answer says why.
        None => client
            .blocks(from, PAGE)
            .await
            .map_err(|error| error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Contests;
    use theriac_crypto::digest;
    use theriac_ledger::identifier::TransactionId;

    fn found(records: &Records) -> Vec<String> {
        own_rules(records, &Chain { blocks: Vec::new() })
    }

    #[test]
    fn what_the_harness_was_told_wrongly_is_found() {
        let id = TransactionId(digest("test", b"a transaction"));
        assert!(found(&Records::default()).is_empty());
        let refused = Records {
            refused: vec![(id, "pack_not_held".to_owned())],
            ..Records::default()
        };
        assert_eq!(
            found(&refused),
            [format!("legal {id} was refused: pack_not_held")]
        );
        let moved = Records {
            moved: vec![id],
            ..Records::default()
        };
        assert_eq!(found(&moved).len(), 1);
        let both = Records {
            contests: Contests {
                decided: 7,
                undecided: 1,
                both: 1,
            },
            ..Records::default()
        };
        assert_eq!(found(&both), ["1 packs were said to be dispensed twice"]);
    }

    #[test]
    fn what_expired_and_is_not_on_the_chain_is_as_it_should_be() {
        let id = TransactionId(digest("test", b"too late"));
        let records = Records {
            expired: vec![id],
            open: vec![id],
            ..Records::default()
        };
        assert!(found(&records).is_empty());
    }
}
