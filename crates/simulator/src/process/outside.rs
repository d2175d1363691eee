//! A node without a vote: it takes over what others have decided.

use arc_malachitebft_app_channel::app::types::core::CommitSignature;
use theriac_consensus::engine::{CommitCertificate, RawDecidedValue};
use theriac_consensus::{TheriacContext, certificate};
use theriac_ledger::block::Block;
use theriac_node::engine::EngineError;

use super::{Death, Process};

impl Process {
    /// Takes over the next blocks; what proves nothing, or comes too early, is dropped.
    pub(super) fn follow(
        &mut self,
        values: Vec<RawDecidedValue<TheriacContext>>,
    ) -> Result<(), Death> {
        for value in values {
            let round = value.certificate.round;
            let chain = self.chain();
            let (Ok(block), Ok(certificate)) = (
                Block::decode(&value.value_bytes),
                certificate::from_engine(&plain(&value)),
            ) else {
                return Ok(());
            };
            let (height, digest) = (block.header.height, block.header.digest());
            let is_proved = certificate
                .verify(&chain.anchor().chain_id(), &chain.validators())
                .is_ok();
            if height != self.height() || certificate.block != digest || !is_proved {
                continue;
            }
            chain.execute(&block).map_err(EngineError::from)?;
            chain
                .commit(&digest, certificate)
                .map_err(EngineError::from)?;
            self.side.out.decided.push((height, round));
            if self.side.desk.has_vote() {
                return Err(Death::OtherPart);
            }
        }
        Ok(())
    }
}

/// The certificate without the extensions that no vote here has.
fn plain(value: &RawDecidedValue<TheriacContext>) -> CommitCertificate<TheriacContext> {
    let extended = &value.certificate;
    let signatures = extended.commit_signatures.iter();
    let signatures = signatures.map(|one| CommitSignature::new(one.address, one.signature));
    CommitCertificate {
        height: extended.height,
        round: extended.round,
        value_id: extended.value_id,
        commit_signatures: signatures.collect(),
    }
}
