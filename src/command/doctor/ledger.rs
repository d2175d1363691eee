//! Records of the ledger, whole and believed with their proofs.

use anyhow::Context as _;
use theriac_client::{NodeClient, RecordName, TrustedSets, verify_record};
use theriac_ledger::identifier::Height;
use theriac_ledger::record::StoredRecord;
use theriac_partner::comparison::Ledger;

/// A node, believed only with proofs.
pub(super) struct ProvedLedger {
    pub(super) node: NodeClient,
    pub(super) sets: TrustedSets,
}

impl Ledger for ProvedLedger {
    type Error = anyhow::Error;

    async fn record(&self, name: &RecordName) -> anyhow::Result<(Option<StoredRecord>, Height)> {
        let answer = self.node.private_record(name).await?;
        if let Some(head) = &answer.head {
            let header = &head.header;
            let learned = self
                .sets
                .learn(&self.node, header.height, &header.validators);
            learned.await.context("who signs the chain now")?;
        }
        let verified = verify_record(&self.sets, name, &answer);
        let verified = verified.context("the node's answer is not proved")?;
        let height = verified.header.map_or(0, |header| header.height);
        Ok((verified.record, height))
    }
}
