//! No sequence of actions by fewer than the threshold changes who belongs to the consortium; and whatever
//! is enacted was proposed, approved by enough, ready, and still open: against a naive model.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use theriac_crypto::SigningKey;
use theriac_ledger::change::{Change, KeyRevocation};
use theriac_ledger::identifier::{ChangeId, Timestamp};
use theriac_ledger::record::StoredRecord;
use theriac_ledger::state_key::StateKey;
use theriac_ledger::testing::membership::{named_key, new_organisation, new_validator, vote_key};
use theriac_ledger::testing::{Actor, TestLedger};

/// What a number in a sequence stands for.
#[derive(Debug, Clone, Copy)]
enum Operation {
    Propose { who: usize, what: usize },
    Approve { who: usize, which: usize },
    Enact { who: usize, which: usize },
    Withdraw { who: usize, which: usize },
    Wait { hours: u64 },
}

fn operation(signers: usize) -> impl Strategy<Value = Operation> {
    let who = 0..signers;
    prop_oneof![
        3 => (who.clone(), 0..WHAT).prop_map(|(who, what)| Operation::Propose { who, what }),
        6 => (who.clone(), 0..12usize).prop_map(|(who, which)| Operation::Approve { who, which }),
        4 => (who.clone(), 0..12usize).prop_map(|(who, which)| Operation::Enact { who, which }),
        1 => (who, 0..12usize).prop_map(|(who, which)| Operation::Withdraw { who, which }),
        1 => (1..400u64).prop_map(|hours| Operation::Wait { hours }),
    ]
}

const WHAT: usize = 7;

fn change(ledger: &TestLedger, what: usize) -> Change {
    let chain = ledger.chain_id();
    let consortium = &ledger.consortium;
    match what {
        0 => Change::AdmitOrganisation(new_organisation(
            &chain,
            "Newcomer",
            theriac_ledger::record::Role::Pharmacy,
            &["9506010"],
        )),
        1 => Change::SuspendOrganisation {
            organisation: consortium.organisation(Actor::Pharmacy),
        },
        2 => Change::AddValidator(new_validator(
            &chain,
            "fifth",
            consortium.authority_account(0),
        )),
        3 => Change::RemoveValidator {
            validator: consortium.validator_keys[3].public_key(),
        },
        4 => Change::SetParameters {
            parameters: theriac_ledger::record::Parameters {
                validators_min: 3,
                ..ledger.parameters()
            },
        },
        5 => Change::SuspendOrganisation {
            organisation: consortium.authority(2),
        },
        _ => Change::RevokeKey(KeyRevocation {
            // Of somebody who plays no part: an account revokes its own keys by itself.
            key: consortium.key(Actor::Distributor).public_key(),
            compromised_since: Timestamp(ledger.time.0.saturating_sub(1)),
        }),
    }
}

/// Signers of a sequence: authorities first, then others, some of whom are nobody.
fn signers(ledger: &TestLedger, authorities: &[usize]) -> Vec<SigningKey> {
    let consortium = &ledger.consortium;
    let mut keys: Vec<SigningKey> = authorities
        .iter()
        .map(|number| consortium.authority_key(*number))
        .collect();
    keys.extend([
        consortium.key(Actor::Regulator),
        consortium.key(Actor::Pharmacy),
        consortium.recovery_key(Actor::Maker),
        consortium.request_key(Actor::Maker),
        vote_key("fifth"),
        named_key("Newcomer"),
    ]);
    keys
}

/// Everything that says who belongs to the consortium; changes that are only proposed are left out.
fn membership(ledger: &TestLedger, changes: &[ChangeId]) -> BTreeMap<StateKey, StoredRecord> {
    let mut records = ledger.state.records().clone();
    for id in changes {
        records.remove(&StateKey::change(id));
    }
    records
}

#[derive(Debug)]
struct Proposed {
    change: Change,
    approved_by: BTreeSet<usize>,
    ready_at: Timestamp,
    expires_at: Timestamp,
    is_open: bool,
}

struct Play {
    ledger: TestLedger,
    keys: Vec<SigningKey>,
    ids: Vec<ChangeId>,
    proposed: BTreeMap<ChangeId, Proposed>,
}

impl Play {
    fn new(authorities: &[usize]) -> Self {
        let ledger = TestLedger::new(1);
        let keys = signers(&ledger, authorities);
        Self {
            ledger,
            keys,
            ids: Vec::new(),
            proposed: BTreeMap::new(),
        }
    }

    fn pick(&self, which: usize) -> Option<ChangeId> {
        self.ids.get(which % self.ids.len().max(1)).copied()
    }

    /// Plays one operation, and says which change it enacted.
    fn play(&mut self, operation: Operation) -> Option<ChangeId> {
        match operation {
            Operation::Propose { who, what } => self.propose(who, what),
            Operation::Approve { who, which } => {
                let id = self.pick(which)?;
                if self.ledger.approve(&self.keys[who].clone(), id).is_ok() {
                    self.proposed.get_mut(&id)?.approved_by.insert(who);
                }
            }
            Operation::Enact { who, which } => {
                let id = self.pick(which)?;
                let change = self.proposed.get(&id)?.change.clone();
                let key = self.keys[who].clone();
                return self.ledger.enact(&key, id, &change).is_ok().then_some(id);
            }
            Operation::Withdraw { who, which } => {
                let id = self.pick(which)?;
                if self.ledger.withdraw(&self.keys[who].clone(), id).is_ok() {
                    self.proposed.get_mut(&id)?.is_open = false;
                }
            }
            Operation::Wait { hours } => self.ledger.wait_ms(hours * 3_600_000),
        }
        None
    }

    fn propose(&mut self, who: usize, what: usize) {
        let change = change(&self.ledger, what);
        let parameters = self.ledger.parameters();
        let Ok(id) = self.ledger.propose(&self.keys[who].clone(), &change) else {
            return;
        };
        let time = self.ledger.time;
        let notice_ms = parameters.voting.rule(change.class()).notice_ms;
        self.ids.push(id);
        self.proposed.insert(
            id,
            Proposed {
                change,
                approved_by: BTreeSet::from([who]),
                ready_at: time.saturating_add(notice_ms),
                expires_at: time.saturating_add(parameters.change_lifetime_ms),
                is_open: true,
            },
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn fewer_than_the_threshold_change_nothing(
        first in 0..4usize,
        second in 0..4usize,
        operations in prop::collection::vec(operation(8), 1..60),
    ) {
        let mut play = Play::new(&[first, second]);
        let before = membership(&play.ledger, &[]);
        for operation in operations {
            prop_assert_eq!(play.play(operation), None);
        }
        prop_assert_eq!(before, membership(&play.ledger, &play.ids));
    }

    #[test]
    fn whatever_is_enacted_was_approved_by_enough_in_time(
        operations in prop::collection::vec(operation(10), 1..90),
    ) {
        let mut play = Play::new(&[0, 1, 2, 3]);
        for operation in operations {
            let authorities = play.ledger.voters().len().min(4);
            let Some(id) = play.play(operation) else { continue };
            let time = play.ledger.time;
            let proposed = play.proposed.get_mut(&id).unwrap();
            prop_assert!(proposed.is_open);
            prop_assert!(proposed.ready_at <= time && time < proposed.expires_at);
            let needed = (authorities * 2).div_ceil(3);
            prop_assert!(proposed.approved_by.len() >= needed, "{:?} of {}", proposed, needed);
            proposed.is_open = false;
        }
    }
}

#[test]
fn sequences_of_four_authorities_do_enact_changes() {
    let mut play = Play::new(&[0, 1, 2, 3]);
    play.play(Operation::Propose { who: 0, what: 1 });
    for who in [1, 2] {
        play.play(Operation::Approve { who, which: 0 });
    }
    let enacted = play.play(Operation::Enact { who: 3, which: 0 });
    assert!(enacted.is_some());
}
