//! Parameters of the chain. Public whole.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use super::record;
use crate::change::ChangeClass;
use crate::constants::{
    BLOCK_BYTES_MAX, BLOCK_BYTES_MIN, BLOCK_WORK_MAX, BLOCK_WORK_MIN, PERIOD_MS_MAX, STEP_MS_MAX,
    STEP_MS_MIN, VALIDATORS_MAX,
};

const HOUR_MS: u64 = 60 * 60 * 1000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// What the consortium may tune by vote; at genesis part of the anchor.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// Version of the signature rule (1: strict Ed25519, see `theriac_crypto::verify`).
    pub signature_rule: u16,
    /// Longest time without a block, in milliseconds.
    pub idle_block_ms: u32,
    /// Time that a proposer has before its round is given up, in milliseconds.
    pub propose_timeout_ms: u32,
    /// Time for prevotes after a quorum of any, in milliseconds.
    pub prevote_timeout_ms: u32,
    /// Time for precommits after a quorum of any, in milliseconds.
    pub precommit_timeout_ms: u32,
    /// Growth of each timeout per round, in milliseconds.
    pub timeout_delta_ms: u32,
    /// Bytes of an encoded block, at most.
    pub block_bytes_max: u32,
    /// Chunks and records that the transactions of one block may touch, at most.
    pub block_work_max: u32,
    /// Validators that must be left after one is removed. Three faultless ones cannot lose one: below
    /// four there is no room for a fault.
    pub validators_min: u16,
    /// What a change of each class needs.
    pub voting: Voting,
    /// How long a change can be approved and enacted, in milliseconds.
    pub change_lifetime_ms: u64,
    /// How long a recovery can be vetoed, in milliseconds.
    pub recovery_delay_ms: u64,
}

/// What a change of each class needs.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Voting {
    /// Organisations and accounts.
    pub membership: VotingRule,
    /// Suspension, its end, closed accounts, revoked keys.
    pub standing: VotingRule,
    /// Keys.
    pub keys: VotingRule,
    /// Validators.
    pub validators: VotingRule,
    /// Parameters and protocol.
    pub parameters: VotingRule,
}

/// How many authorities must approve, and how long before it counts a change must be known.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct VotingRule {
    /// Approvals are enough when they are at least this many `denominator`ths of the authorities.
    pub numerator: u16,
    /// See `numerator`.
    pub denominator: u16,
    /// Time between proposal and enactment, in milliseconds of block time.
    pub notice_ms: u64,
}

impl VotingRule {
    /// Approvals needed from `authorities`.
    pub fn needed(&self, authorities: u32) -> u32 {
        let (numerator, denominator) = (u64::from(self.numerator), u64::from(self.denominator));
        let product = u64::from(authorities).saturating_mul(numerator);
        u32::try_from(product.div_ceil(denominator.max(1))).unwrap_or(u32::MAX)
    }
}

impl Voting {
    /// The rule of a class.
    pub fn rule(&self, class: ChangeClass) -> VotingRule {
        match class {
            ChangeClass::Membership => self.membership,
            ChangeClass::Standing => self.standing,
            ChangeClass::Keys => self.keys,
            ChangeClass::Validators => self.validators,
            ChangeClass::Parameters => self.parameters,
        }
    }

    fn rules(&self) -> [(&'static str, VotingRule); 5] {
        [
            ("voting.membership", self.membership),
            ("voting.standing", self.standing),
            ("voting.keys", self.keys),
            ("voting.validators", self.validators),
            ("voting.parameters", self.parameters),
        ]
    }
}

/// Why parameters are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the parameter {name} must be {allowed}")]
pub struct ParametersError {
    /// The parameter, dotted.
    pub name: &'static str,
    /// What is allowed.
    pub allowed: &'static str,
}

impl Parameters {
    /// Checks the bounds within which a chain goes on and can change its parameters again.
    ///
    /// # Errors
    ///
    /// [`ParametersError`], naming the parameter.
    pub fn check(&self) -> Result<(), ParametersError> {
        let steps = [
            ("propose_timeout_ms", self.propose_timeout_ms),
            ("prevote_timeout_ms", self.prevote_timeout_ms),
            ("precommit_timeout_ms", self.precommit_timeout_ms),
            ("timeout_delta_ms", self.timeout_delta_ms),
            ("idle_block_ms", self.idle_block_ms),
        ];
        require("signature_rule", "1", self.signature_rule == 1)?;
        for (name, ms) in steps {
            let is_within = (STEP_MS_MIN..=STEP_MS_MAX).contains(&ms);
            require(name, "50 to 600,000 milliseconds", is_within)?;
        }
        require(
            "block_bytes_max",
            "720,896 to 2,097,152 bytes",
            usize::try_from(self.block_bytes_max)
                .is_ok_and(|bytes| (BLOCK_BYTES_MIN..=BLOCK_BYTES_MAX).contains(&bytes)),
        )?;
        require(
            "block_work_max",
            "2,048 to 16,384 records",
            (BLOCK_WORK_MIN..=BLOCK_WORK_MAX).contains(&u64::from(self.block_work_max)),
        )?;
        require(
            "validators_min",
            "1 to 64",
            (1..=VALIDATORS_MAX).contains(&usize::from(self.validators_min)),
        )?;
        for (name, rule) in self.voting.rules() {
            check_rule(name, rule)?;
        }
        let is_long = (HOUR_MS..=PERIOD_MS_MAX).contains(&self.change_lifetime_ms);
        require("change_lifetime_ms", "one hour to one year", is_long)?;
        // An hour is left in which a change that is ready can be enacted.
        let allowed = "an hour shorter than a change lives, at least";
        let is_short = |ms: u64| ms <= self.change_lifetime_ms.saturating_sub(HOUR_MS);
        require(
            "recovery_delay_ms",
            allowed,
            is_short(self.recovery_delay_ms),
        )?;
        for (name, rule) in self.voting.rules() {
            require(name, allowed, is_short(rule.notice_ms))?;
        }
        Ok(())
    }
}

/// Fewer than half could make two decisions against each other, and more than all is never reached.
fn check_rule(name: &'static str, rule: VotingRule) -> Result<(), ParametersError> {
    let (numerator, denominator) = (u32::from(rule.numerator), u32::from(rule.denominator));
    let is_share = numerator <= denominator && numerator.saturating_mul(2) > denominator;
    require(
        name,
        "a share of more than one half and at most all",
        is_share,
    )
}

fn require(name: &'static str, allowed: &'static str, holds: bool) -> Result<(), ParametersError> {
    if holds {
        Ok(())
    } else {
        Err(ParametersError { name, allowed })
    }
}

impl Default for Parameters {
    fn default() -> Self {
        let rule = |notice_ms| VotingRule {
            numerator: 2,
            denominator: 3,
            notice_ms,
        };
        Self {
            signature_rule: 1,
            idle_block_ms: 5_000,
            propose_timeout_ms: 1_000,
            prevote_timeout_ms: 500,
            precommit_timeout_ms: 500,
            timeout_delta_ms: 500,
            block_bytes_max: 2 * 1024 * 1024,
            block_work_max: 4_096,
            validators_min: 4,
            voting: Voting {
                membership: rule(0),
                standing: rule(0),
                keys: rule(0),
                validators: rule(HOUR_MS),
                parameters: rule(DAY_MS),
            },
            change_lifetime_ms: 30 * DAY_MS,
            recovery_delay_ms: 3 * DAY_MS,
        }
    }
}

/// The parameters in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParametersRecord {
    /// Everything.
    pub public: Parameters,
    /// Nothing.
    pub private: (),
}

record!(ParametersRecord, Parameters, ());
