//! Authorities that change who votes, one change after the other: newcomers are admitted and get a vote,
//! validators lose theirs.

use std::collections::{BTreeSet, VecDeque};

use theriac_ledger::action::{ActionBody, ApproveChange, EnactChange, ProposeChange};
use theriac_ledger::change::Change;
use theriac_ledger::identifier::{ChainId, ChangeId, TransactionId};
use theriac_ledger::testing::Consortium;
use theriac_ledger::testing::membership::new_validator;
use theriac_ledger::validator::{Validator, ValidatorSet};
use theriac_testkit::actor::Signed;
use theriac_testkit::council::{Council as Hands, Hand};
use theriac_testkit::newcomer::Newcomer;

use crate::dice::Dice;

/// Validators that are left: the rules allow no less, and one of three could not be borne.
const VALIDATORS_MIN: usize = 4;
/// Of a thousand changes, those that let somebody in while somebody waits.
const JOINING: u64 = 600;

/// The authorities, and the change that they are about to make.
#[derive(Debug)]
pub(crate) struct Council {
    dice: Dice,
    chain: ChainId,
    hands: Hands,
    /// Those that may join, in this order.
    newcomers: VecDeque<Newcomer>,
    /// Who votes, as far as its changes are known to be enacted.
    set: ValidatorSet,
    /// Changes to make before another is chosen.
    planned: VecDeque<Change>,
    /// The change that is being made.
    under_way: Option<Change>,
    /// What is still to be sent for it: each when all before is final.
    steps: VecDeque<Vec<Signed>>,
    /// What was sent, and is not known to be final.
    awaited: BTreeSet<TransactionId>,
    /// Deeds that are known to be final.
    deeds: u64,
    /// How often who votes has changed.
    pub(crate) set_changes: u64,
}

impl Council {
    pub(crate) fn new(seed: u64, consortium: &Consortium, chain: ChainId, spares: usize) -> Self {
        let newcomers: VecDeque<Newcomer> = (1..=spares).map(Newcomer::number).collect();
        let mut hands = Hands::of(consortium);
        for newcomer in &newcomers {
            hands.meet(newcomer);
        }
        Self {
            dice: Dice::new(seed, "council"),
            chain,
            hands,
            newcomers,
            set: consortium.validators.clone(),
            planned: VecDeque::new(),
            under_way: None,
            steps: VecDeque::new(),
            awaited: BTreeSet::new(),
            deeds: 0,
            set_changes: 0,
        }
    }

    /// What the authorities send next; nothing while they wait for an answer, or have nothing to change.
    pub(crate) fn act(&mut self, sign: impl FnMut(&Hand, ActionBody) -> Signed) -> Vec<Signed> {
        if !self.awaited.is_empty() {
            return Vec::new();
        }
        if self.steps.is_empty() {
            if let Some(change) = self.under_way.take() {
                self.enacted(&change);
            }
            if let Some(change) = self.choose() {
                self.steps = self.plan(&change, sign);
                self.under_way = Some(change);
            }
        }
        let step = self.steps.pop_front().unwrap_or_default();
        self.awaited = step.iter().map(|signed| signed.id).collect();
        step
    }

    /// Whether somebody waits for this until it is final.
    pub(crate) fn awaits(&self, id: &TransactionId) -> bool {
        self.awaited.contains(id)
    }

    /// A node says that this is final.
    pub(crate) fn is_final(&mut self, id: &TransactionId) {
        self.deeds += u64::from(self.awaited.remove(id));
    }

    /// Deeds that are known to be final; none where nothing is left to change.
    pub(crate) fn deeds(&self) -> Option<u64> {
        let is_busy = self.under_way.is_some() || !self.planned.is_empty();
        let may_change = !self.newcomers.is_empty() || self.set.members().len() > VALIDATORS_MIN;
        (is_busy || may_change).then_some(self.deeds)
    }

    fn choose(&mut self) -> Option<Change> {
        if self.planned.is_empty() {
            let members = self.set.members();
            let may_remove = members.len() > VALIDATORS_MIN;
            let joins = !self.newcomers.is_empty() && (!may_remove || self.dice.chance(JOINING));
            if joins && let Some(newcomer) = self.newcomers.pop_front() {
                let application = newcomer.organisation(&self.chain);
                let validator = new_validator(&self.chain, &newcomer.name, newcomer.account());
                self.planned.extend([
                    Change::AdmitOrganisation(application),
                    Change::AddValidator(validator),
                ]);
            } else if may_remove {
                let validator = members[self.dice.index(members.len())].key;
                self.planned
                    .push_back(Change::RemoveValidator { validator });
            }
        }
        self.planned.pop_front()
    }

    /// The first authority proposes, as many others as it takes approve at once, the first enacts.
    fn plan(
        &self,
        change: &Change,
        mut sign: impl FnMut(&Hand, ActionBody) -> Signed,
    ) -> VecDeque<Vec<Signed>> {
        let hands = self.hands.quorum(&self.set);
        let change = change.clone();
        let proposal = ProposeChange {
            change: change.clone(),
        };
        let proposal = sign(&hands[0], proposal.into());
        let id = ChangeId::of_proposal(&proposal.id);
        let approvals = hands[1..].iter();
        let approvals = approvals.map(|hand| sign(hand, ApproveChange { id }.into()));
        let approvals = approvals.collect();
        let enactment = sign(&hands[0], EnactChange { id, change }.into());
        VecDeque::from([vec![proposal], approvals, vec![enactment]])
    }

    fn enacted(&mut self, change: &Change) {
        let mut members = self.set.members().to_vec();
        match change {
            Change::AddValidator(new) => members.push(Validator {
                key: new.validator,
                power: new.power,
            }),
            Change::RemoveValidator { validator } => {
                members.retain(|member| member.key != *validator);
            }
            _ => return,
        }
        self.set = ValidatorSet::new(members).expect("each key joins once, and some are left");
        self.set_changes += 1;
    }
}
