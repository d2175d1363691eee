//! What must hold of a network whatever happened to it. Every test that hurts a network asks here,
//! with what the nodes serve and what clients wrote down; the judges know neither a node nor a clock.
//!
//! | what must hold | judge |
//! |---|---|
//! | at every height one block and one state root | [`agreement`] |
//! | an acknowledged transaction is on the chain exactly once, where it was said to be; what was answered before something began is not later | [`acknowledged`] |
//! | every transaction is legal where it stands and not past its time; replay from genesis gives the same roots; nothing dispensed twice, no serial issued twice; every pack has the one holder and the one status that a naive reading of the chain gives it, and none is lost or added | [`legality`] |
//! | each block is signed by more than two thirds of the validators that the blocks before it lead to; who votes is changed by enough approvals of those that vote | [`membership`] |
//! | no honest validator signed two things for one step | [`signatures`] |
//! | evidence that nodes keep against validators holds, and names nobody who is honest | [`accusations`] |
//! | an answer about a pack is proved, says what the chain says, and does not prove the opposite | [`answers`] |
//!
//! Judged elsewhere: that a node keeps evidence of what it saw signed twice, by the simulator, which alone
//! knows what arrived. Not judged: that what one client is told never goes back in time. A node answers from
//! its newest final block; a client that asks another one may be told of an older height, and sees which.

use std::fmt;

use theriac_client::VerifiedBlock;
use theriac_crypto::PublicKey;
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::{Height, PackLocation, TransactionId};
use theriac_ledger::testing::Consortium;
use theriac_proof::misbehaviour::Misbehaviour;

use crate::load::Acknowledged;

pub mod accusations;
pub mod acknowledged;
pub mod agreement;
pub mod answers;
pub mod legality;
pub mod membership;
mod served;
pub mod signatures;

pub use acknowledged::places;
pub use answers::Answer;
pub use served::{assert_same, check, common_height};
pub use signatures::SignedStep;

/// The chain as one node serves it, verified from genesis.
#[derive(Debug, Clone)]
pub struct Chain {
    /// Its blocks from height 1.
    pub blocks: Vec<VerifiedBlock>,
}

/// What is known of a network when it is judged.
#[derive(Debug)]
pub struct Case<'a> {
    /// Who takes part.
    pub consortium: &'a Consortium,
    /// The public anchor.
    pub anchor: &'a Anchor,
    /// What each honest node serves, from height 1; some may be behind others.
    pub chains: &'a [Chain],
    /// What clients were told is final.
    pub acknowledged: &'a [Acknowledged],
    /// What honest validators signed.
    pub signed: &'a [SignedStep],
    /// Validators that are not honest.
    pub dishonest: &'a [PublicKey],
    /// What honest nodes keep against validators.
    pub kept: &'a [Misbehaviour],
    /// What honest nodes answered about packs.
    pub answers: &'a [Answer],
}

impl Case<'_> {
    /// Everything that does not hold.
    pub fn judge(&self) -> Vec<Violation> {
        let mut found = agreement::judge(self.chains);
        let none = Chain { blocks: Vec::new() };
        let longest = self.longest();
        if let Some(longest) = longest {
            found.extend(acknowledged::judge(longest, self.acknowledged));
            found.extend(legality::judge(self.consortium, self.anchor, longest));
            found.extend(membership::judge(self.consortium, self.anchor, longest));
            found.extend(answers::judge(self.anchor, longest, self.answers));
        }
        found.extend(signatures::judge(self.signed));
        found.extend(accusations::judge(
            self.anchor,
            longest.unwrap_or(&none),
            self.dishonest,
            self.kept,
        ));
        found
    }

    fn longest(&self) -> Option<&Chain> {
        self.chains.iter().max_by_key(|chain| chain.blocks.len())
    }
}

/// Something that must never be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violation {
    /// Two nodes have different blocks, or state roots, at one height.
    Fork {
        /// The height.
        height: Height,
        /// The nodes, by number.
        nodes: (usize, usize),
    },
    /// An acknowledged transaction is not where it was said to be.
    Lost {
        /// The transaction.
        id: TransactionId,
        /// Where it was said to be.
        said: (Height, u32),
        /// Where it is.
        found: Option<(Height, u32)>,
    },
    /// A transaction is on the chain twice.
    Twice {
        /// The transaction.
        id: TransactionId,
    },
    /// A transaction is before another that was answered before it began.
    Order {
        /// The transaction.
        id: TransactionId,
    },
    /// A transaction was included after its `valid_until`.
    PastItsTime {
        /// The transaction.
        id: TransactionId,
        /// Where.
        height: Height,
    },
    /// A transaction is illegal where it stands.
    Illegal {
        /// Where.
        height: Height,
        /// The transaction.
        id: TransactionId,
        /// Why.
        why: String,
    },
    /// Replay gives another state root.
    Root {
        /// Where.
        height: Height,
    },
    /// A pack is held by somebody else than a naive reading of the chain says, has another status, or is
    /// known to only one of both.
    Custody {
        /// The pack.
        pack: PackLocation,
        /// After which height.
        height: Height,
    },
    /// A pack was dispensed twice without a reactivation between.
    DispensedTwice {
        /// The pack.
        pack: PackLocation,
    },
    /// A serial was commissioned twice.
    SerialTwice {
        /// Where, the second time.
        height: Height,
    },
    /// A block is signed by other validators than the blocks before it lead to, or announces others than it
    /// leads to.
    OtherSet {
        /// Where.
        height: Height,
    },
    /// Who votes is changed without enough approvals of those that vote.
    Unapproved {
        /// Where.
        height: Height,
        /// The transaction.
        id: TransactionId,
    },
    /// An honest validator signed two things for one step.
    SignedTwice {
        /// The validator.
        validator: PublicKey,
        /// Height, round and step.
        step: (Height, u32, theriac_consensus::guard::Step),
    },
    /// Evidence that a node keeps shows nothing.
    FalseEvidence {
        /// Why.
        why: String,
    },
    /// A node keeps evidence against an honest validator.
    FalselyAccused {
        /// The validator.
        validator: PublicKey,
    },
    /// An answer about a pack is not proved, or the chain says something else.
    Answer {
        /// The pack.
        pack: PackLocation,
        /// Height of the state that was asked.
        height: Height,
    },
    /// The evidence for an answer also proves the opposite.
    Opposite {
        /// The pack.
        pack: PackLocation,
        /// Height of the state that was asked.
        height: Height,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fork { height, nodes } => write!(
                formatter,
                "node {} has another block at height {height} than node {}",
                nodes.1, nodes.0
            ),
            Self::Lost { id, said, found } => write!(
                formatter,
                "acknowledged {id} is lost: said to be at {said:?}, found at {found:?}"
            ),
            Self::Twice { id } => write!(formatter, "transaction {id} is on the chain twice"),
            Self::Order { id } => {
                write!(formatter, "{id} is before what was answered earlier")
            }
            Self::PastItsTime { id, height } => {
                write!(formatter, "{id} was included at {height}, past its time")
            }
            Self::Illegal { height, id, why } => {
                write!(formatter, "{id} is illegal at height {height}: {why}")
            }
            Self::Root { height } => {
                write!(
                    formatter,
                    "replay gives another state root at height {height}"
                )
            }
            Self::Custody { pack, height } => write!(
                formatter,
                "{pack} has another holder or status after height {height} than the chain says"
            ),
            Self::DispensedTwice { pack } => write!(formatter, "{pack} was dispensed twice"),
            Self::SerialTwice { height } => write!(
                formatter,
                "height {height} commissions a serial that was commissioned before"
            ),
            Self::OtherSet { height } => write!(
                formatter,
                "height {height} is signed by, or announces, other validators than the chain says"
            ),
            Self::Unapproved { height, id } => write!(
                formatter,
                "{id} changes who votes at height {height} without enough approvals"
            ),
            Self::SignedTwice {
                validator,
                step: (height, round, step),
            } => write!(
                formatter,
                "{validator} signed two things at height {height}, round {round}, {step:?}"
            ),
            Self::FalseEvidence { why } => {
                write!(formatter, "a node keeps evidence of nothing: {why}")
            }
            Self::FalselyAccused { validator } => {
                write!(formatter, "a node accuses {validator}, who is honest")
            }
            Self::Answer { pack, height } => {
                write!(
                    formatter,
                    "a wrong or unproved answer about {pack} at height {height}"
                )
            }
            Self::Opposite { pack, height } => write!(
                formatter,
                "the evidence about {pack} at height {height} proves the opposite, too"
            ),
        }
    }
}

#[cfg(test)]
mod tests;
