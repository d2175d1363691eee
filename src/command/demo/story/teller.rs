//! Takes down what happens.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::super::api::{Answer, Api};
use super::super::stage::Stage;
use super::{HeightSigned, Step, Told};

/// Outcome of a request that the ledger carried out.
pub(super) const FINAL: &str = "final";

pub(super) struct Teller<'s> {
    /// The consortium.
    pub(super) stage: &'s Stage,
    steps: Vec<Step>,
    /// Height of the last transaction.
    pub(super) height: u64,
}

impl<'s> Teller<'s> {
    pub(super) fn new(stage: &'s Stage) -> Self {
        Self {
            stage,
            steps: Vec::new(),
            height: 0,
        }
    }

    /// Takes down a request that should become final (or be refused with the code `expected`).
    pub(super) async fn act(
        &mut self,
        name: &'static str,
        expected: &str,
        answer: Answer,
    ) -> anyhow::Result<Value> {
        let outcome = answer.problem().map_or_else(
            || {
                answer.body["state"]
                    .as_str()
                    .unwrap_or("no state in the answer")
                    .to_owned()
            },
            str::to_owned,
        );
        let last = answer.body["transactions"]
            .as_array()
            .and_then(|all| all.last());
        let transaction = last.and_then(|tx| tx["id"].as_str()).map(str::to_owned);
        let height = last.and_then(|tx| tx["height"].as_u64());
        if let Some(height) = height {
            self.height = self.height.max(height);
        }
        if outcome != expected {
            crate::output::note(&format!("{name}: {}", answer.body));
        }
        self.take_down(name, transaction, height, outcome, expected)
            .await?;
        Ok(answer.body)
    }

    /// Asks the verifier and takes down its answer.
    pub(super) async fn verify(
        &mut self,
        name: &'static str,
        code: &str,
        expected: &str,
    ) -> anyhow::Result<()> {
        let answer = self.stage.verifier.verify(code, self.height).await?;
        let outcome = answer.body["answer"]
            .as_str()
            .unwrap_or("no answer")
            .to_owned();
        let height = answer.body["height"].as_u64();
        self.take_down(name, None, height, outcome, expected).await
    }

    /// Takes down anything.
    pub(super) async fn take_down(
        &mut self,
        name: &'static str,
        transaction: Option<String>,
        height: Option<u64>,
        outcome: String,
        expected: &str,
    ) -> anyhow::Result<()> {
        let signers = match height {
            Some(height) if height > 0 => signed(self.stage.node(), height).await?.signers,
            _ => Vec::new(),
        };
        let expected = expected.to_owned();
        self.steps.push(Step {
            name,
            transaction,
            height,
            signers,
            outcome,
            expected,
        });
        Ok(())
    }

    /// Reads who signed and proposed each height.
    pub(super) async fn end(self, ready: Duration) -> anyhow::Result<Told> {
        let mut heights = Vec::new();
        for height in 1..=self.height {
            heights.push(signed(self.stage.node(), height).await?);
        }
        let proposers: BTreeSet<_> = heights.iter().map(|signed| &signed.proposer).collect();
        let proposers = proposers.len();
        let signers_min = heights
            .iter()
            .map(|signed| signed.signers.len())
            .min()
            .unwrap_or(0);
        Ok(Told {
            ready_ms: u64::try_from(ready.as_millis())?,
            steps: self.steps,
            heights,
            proposers,
            signers_min,
        })
    }
}

/// Who signed a height. It may be final at the node that a service asked a moment before it is here.
async fn signed(node: &Api, height: u64) -> anyhow::Result<HeightSigned> {
    let answer = node.get_soon(&format!("/v1/headers/{height}")).await?;
    ensure!(
        answer.status == 200,
        "no header of height {height}: {}",
        answer.body
    );
    let signatures = answer.body["certificate"]["signatures"]
        .as_array()
        .context("a certificate has signatures")?;
    let signers: BTreeSet<String> = signatures
        .iter()
        .filter_map(|signature| signature["validator"].as_str())
        .map(str::to_owned)
        .collect();
    let proposer = answer.body["header"]["proposer"]
        .as_str()
        .context("a header has a proposer")?;
    Ok(HeightSigned {
        height,
        proposer: proposer.to_owned(),
        signers: signers.into_iter().collect(),
    })
}
