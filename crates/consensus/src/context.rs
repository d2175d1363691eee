//! The engine's types, made of the ledger's.

use arc_malachitebft_app_channel::app::types::core::{
    Context, LinearTimeouts, NilOrVal, Round, VoteType,
};
use theriac_ledger::identifier::BlockDigest;

mod message;
mod part;
mod scheme;
mod validators;
mod value;

pub use message::{EngineProposal, EngineVote, NoExtension};
pub use part::ProposalPart;
pub use scheme::{SchemeError, StrictEd25519};
pub use validators::{Address, EngineValidator, EngineValidators};
pub use value::{EngineHeight, EngineValue};

/// Ties the engine to our types; holds nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct TheriacContext;

impl Context for TheriacContext {
    type Address = Address;
    type Height = EngineHeight;
    type ProposalPart = ProposalPart;
    type Proposal = EngineProposal;
    type Validator = EngineValidator;
    type ValidatorSet = EngineValidators;
    type Timeouts = LinearTimeouts;
    type Value = EngineValue;
    type Vote = EngineVote;
    type Extension = NoExtension;
    type SigningScheme = StrictEd25519;

    fn select_proposer<'a>(
        &self,
        validators: &'a EngineValidators,
        height: EngineHeight,
        round: Round,
    ) -> &'a EngineValidator {
        validators.proposer(height, round)
    }

    fn new_proposal(
        &self,
        height: EngineHeight,
        round: Round,
        value: EngineValue,
        pol_round: Round,
        proposer: Address,
    ) -> EngineProposal {
        EngineProposal {
            height,
            round,
            value,
            pol_round,
            proposer,
        }
    }

    fn new_prevote(
        &self,
        height: EngineHeight,
        round: Round,
        value: NilOrVal<BlockDigest>,
        validator: Address,
    ) -> EngineVote {
        EngineVote {
            kind: VoteType::Prevote,
            height,
            round,
            value,
            validator,
        }
    }

    fn new_precommit(
        &self,
        height: EngineHeight,
        round: Round,
        value: NilOrVal<BlockDigest>,
        validator: Address,
    ) -> EngineVote {
        EngineVote {
            kind: VoteType::Precommit,
            height,
            round,
            value,
            validator,
        }
    }
}

#[cfg(test)]
mod tests;
