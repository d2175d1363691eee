//! What evidence shows, in words.

use std::fmt;

use serde::{Deserialize, Serialize};
use theriac_crypto::PublicKey;
use theriac_ledger::identifier::{BlockDigest, ChainId, Height};

use super::VoteKind;

/// What evidence that holds shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The chain.
    pub chain_id: ChainId,
    /// The height.
    pub height: Height,
    /// Whether the keys were found in a trusted validator set.
    pub is_set_trusted: bool,
    /// Who did what.
    pub offence: Offence,
}

/// Who did what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Offence {
    /// The height has two final blocks.
    TwoHeads {
        /// The blocks.
        blocks: [BlockDigest; 2],
        /// The rounds of their certificates.
        rounds: [u32; 2],
        /// The validators in both certificates.
        validators: Vec<PublicKey>,
        /// Their voting power.
        power: u64,
        /// The power of the set.
        power_total: u64,
    },
    /// A validator voted twice.
    TwoVotes {
        /// Who.
        validator: PublicKey,
        /// In which vote.
        vote: VoteKind,
        /// In which round.
        round: u32,
        /// For what; none is a vote for no block.
        blocks: [Option<BlockDigest>; 2],
    },
    /// A validator proposed twice.
    TwoProposals {
        /// Who.
        validator: PublicKey,
        /// In which round.
        round: u32,
        /// What.
        blocks: [BlockDigest; 2],
        /// The earlier rounds that they refer to.
        pol_rounds: [Option<u32>; 2],
    },
}

impl Finding {
    /// The validators that signed both statements.
    pub fn validators(&self) -> &[PublicKey] {
        match &self.offence {
            Offence::TwoHeads { validators, .. } => validators,
            Offence::TwoVotes { validator, .. } | Offence::TwoProposals { validator, .. } => {
                std::slice::from_ref(validator)
            }
        }
    }

    /// What is to be done now.
    pub fn advice(&self) -> &'static str {
        match self.offence {
            Offence::TwoHeads { .. } => {
                "act on neither block; give this evidence to every authority and the regulator, who decide \
                 which block stands and which validators lose their vote"
            }
            Offence::TwoVotes { .. } | Offence::TwoProposals { .. } => {
                "give this evidence to the other authorities, who decide whether the validator keeps its vote; \
                 its operator stops it, and looks for a second node with its key or a signing guard that was \
                 lost or restored"
            }
        }
    }

    /// What the evidence does not show, where there is something.
    pub fn caveats(&self) -> Vec<&'static str> {
        let mut caveats = Vec::new();
        if let Offence::TwoHeads { rounds, .. } = &self.offence
            && rounds[0] != rounds[1]
        {
            caveats.push(
                "the certificates are of two rounds: this shows that more than a third of the voting power \
                 broke the rules, but not which of those who signed both",
            );
        }
        if !self.is_set_trusted {
            caveats.push(
                "whether these keys have a vote on the chain was not checked: that needs a trust file",
            );
        }
        caveats
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let height = self.height;
        match &self.offence {
            Offence::TwoHeads {
                blocks: [one, other],
                rounds: [first, second],
                validators,
                power,
                power_total,
            } => {
                write!(
                    formatter,
                    "height {height} has two final blocks, {one} (round {first}) and {other} (round {second}); "
                )?;
                let count = validators.len();
                write!(
                    formatter,
                    "{count} validators with {power} of {power_total} votes signed both"
                )?;
                if first == second {
                    formatter.write_str(", in one round, which no honest one does")?;
                }
                Ok(())
            }
            Offence::TwoVotes {
                validator,
                vote,
                round,
                blocks,
            } => {
                let verb = match vote {
                    VoteKind::Prevote => "prevoted",
                    VoteKind::Precommit => "precommitted",
                };
                let [one, other] = blocks.map(|block| match block {
                    None => "no block".to_owned(),
                    Some(block) => block.to_string(),
                });
                write!(
                    formatter,
                    "{validator} {verb} twice at height {height}, round {round}: for {one} and for {other}"
                )
            }
            Offence::TwoProposals {
                validator,
                round,
                blocks,
                pol_rounds,
            } => {
                let pol = pol_rounds.map(|round| {
                    round.map_or(String::new(), |round| {
                        format!(" (prevoted in round {round})")
                    })
                });
                let ([one, other], [first, second]) = (blocks, pol);
                write!(
                    formatter,
                    "{validator} proposed twice at height {height}, round {round}: \
                     {one}{first} and {other}{second}"
                )
            }
        }
    }
}
