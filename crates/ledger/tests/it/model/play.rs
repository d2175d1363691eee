//! Turns random numbers into actions that are mostly legal, and plays them on ledger and model.

use std::collections::BTreeMap;

use theriac_gs1::Gtin;
use theriac_ledger::action::{ActionBody, CommissionRun};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::execute::{CheckedTransaction, Execution, Refusal, check_stateless};
use theriac_ledger::identifier::PackLocation;
use theriac_ledger::record::{Account, AccountState, Organisation, Product, Record as _, Standing};
use theriac_ledger::state::State as _;
use theriac_ledger::state_key::StateKey;
use theriac_ledger::testing::{Actor, TestLedger, date, gtin, pack_keys, product, run_id};

use super::compare::{compare, is_listed};
use super::world::{Moment, World};

mod actions;

#[derive(Debug, Clone, Copy)]
pub(crate) struct RawOperation {
    pub(crate) kind: u8,
    pub(crate) chance: u8,
    pub(crate) numbers: [u16; 6],
}

/// Numbers to be used up.
struct Dice {
    numbers: [u16; 6],
    next: usize,
    /// Now and then an action is not chosen to be legal.
    wild: bool,
}

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        let number = self.numbers[self.next % 6] >> (self.next / 6);
        self.next += 1;
        usize::from(number) % count.max(1)
    }

    fn of<T: Copy>(&mut self, items: &[T]) -> Option<T> {
        let index = self.below(items.len());
        items.get(index).copied()
    }
}

pub(crate) struct Play {
    ledger: TestLedger,
    world: World,
    block: Vec<(CheckedTransaction, Result<(), &'static str>)>,
    accepted: u32,
    serials: u32,
    pub(crate) seen: BTreeMap<String, u64>,
}

fn product_of(actor: Actor) -> Gtin {
    gtin(actor.prefix().unwrap_or("9506000"), 1)
}

impl Play {
    pub(crate) fn new() -> Self {
        let ledger = TestLedger::new(7);
        let accounts = Actor::ALL
            .into_iter()
            .map(|actor| (actor, ledger.consortium.account(actor)))
            .collect();
        let world = World::new(ledger.state.salt(), accounts);
        let mut play = Self {
            ledger,
            world,
            block: Vec::new(),
            accepted: 0,
            serials: 0,
            seen: BTreeMap::new(),
        };
        for actor in [Actor::Maker, Actor::OtherMaker] {
            play.attempt(actor, &product(product_of(actor)).into());
        }
        play.commission(Actor::Maker, "SHORT", 12);
        play.commission(Actor::Maker, "LONG", 140);
        play.commission(Actor::OtherMaker, "LONG", 6);
        play.end_block();
        play
    }

    pub(crate) fn perform(&mut self, operation: RawOperation) {
        let mut dice = Dice {
            numbers: operation.numbers,
            next: 0,
            wild: operation.chance.is_multiple_of(8),
        };
        if (operation.chance / 8).is_multiple_of(4) {
            self.end_block();
        }
        match operation.kind % 40 {
            0 => self.pass_time(&mut dice),
            1 if dice.below(3) == 0 => self.turn_the_world(&mut dice),
            2 => self.any_commission(&mut dice),
            3 => self.any_lot_action(&mut dice),
            kind => {
                if let Some((actor, body)) = self.any_action(kind, &mut dice) {
                    self.attempt(actor, &body);
                }
            }
        }
    }

    /// Executes the block: the ledger must judge every transaction as the model did, and a block
    /// without the refused ones must change the same (looked at in every third, for its cost).
    pub(crate) fn end_block(&mut self) {
        let context = self.ledger.next_context();
        let mut execution = Execution::new(&self.ledger.state, context);
        for (transaction, verdict) in &self.block {
            let name = transaction.body().kind().name();
            match execution.apply(transaction) {
                Ok(()) => {
                    let body = transaction.body();
                    assert_eq!(*verdict, Ok(()), "the rules accept {body:?}");
                    *self.seen.entry(format!("accepted {name}")).or_default() += 1;
                }
                Err(Refusal::Rejected(rejection)) => {
                    let body = transaction.body();
                    assert!(verdict.is_err(), "the rules refuse {body:?}: {rejection}");
                    let code = rejection.code();
                    assert!(!rejection.hint().is_empty());
                    *self.seen.entry(format!("rejected {code}")).or_default() += 1;
                    let both = format!("rejected {name} {code}");
                    *self.seen.entry(both).or_default() += 1;
                }
                Err(Refusal::Unavailable(error)) => panic!("{error}"),
            }
        }
        let changeset = execution.finish();
        let any_refused = self.block.iter().any(|(_, verdict)| verdict.is_err());
        if any_refused && context.height.is_multiple_of(3) {
            let mut without = Execution::new(&self.ledger.state, context);
            for (transaction, _) in self.block.iter().filter(|(_, verdict)| verdict.is_ok()) {
                without.apply(transaction).unwrap();
            }
            let without = without.finish();
            assert_eq!(changeset, without, "a refused action left a trace");
        }
        self.ledger.state.apply(changeset);
        self.ledger.height = context.height;
        self.ledger.time = context.time;
        self.block.clear();
        self.accepted = 0;
        compare(
            &self.ledger.consortium,
            &self.ledger.state,
            &self.world,
            false,
        );
    }

    /// Ends the last block, and looks at the root of every chunk too.
    pub(crate) fn end(&mut self) {
        self.end_block();
        compare(
            &self.ledger.consortium,
            &self.ledger.state,
            &self.world,
            true,
        );
    }

    fn attempt(&mut self, actor: Actor, body: &ActionBody) {
        let signed = self.ledger.sign(actor, body.clone());
        let chain = self.ledger.state.chain_id();
        let context = self.ledger.next_context();
        let moment = Moment {
            time: context.time.0,
            height: context.height,
            index: self.accepted,
            id: signed.transaction.id(&chain),
        };
        let verdict = self.world.attempt(actor, body, &moment);
        match check_stateless(signed, &chain) {
            Ok(checked) => self
                .block
                .push((checked, verdict.as_ref().map(|_| ()).map_err(|e| *e))),
            Err(rejection) => {
                assert!(verdict.is_err(), "refused alone: {rejection}: {body:?}");
                let code = rejection.code();
                *self.seen.entry(format!("rejected {code}")).or_default() += 1;
            }
        }
        if let Ok(next) = verdict {
            self.accepted += 1;
            self.note_special(body);
            for (location, note) in &next.packs {
                let old = self.world.packs.get(location);
                if let Some(old) = old.filter(|old| old.status != note.status) {
                    assert!(is_listed(old.status, note.status), "{old:?} to {note:?}");
                }
            }
            self.world = next;
        }
    }

    /// Notes what is special about an action that the world is about to follow.
    fn note_special(&mut self, body: &ActionBody) {
        let what = match body {
            ActionBody::Receive(action) if !action.except.is_empty() => "receive with exceptions",
            ActionBody::Pack(action) if !action.units.is_empty() => "unit in unit",
            ActionBody::Dispense(action) => {
                let location = PackLocation {
                    run: action.packs[0].run,
                    position: action.packs[0].ranges[0].first,
                };
                if self
                    .world
                    .grip(self.world.packs[&location].at)
                    .travels
                    .is_none()
                {
                    return;
                }
                "dispense on the way"
            }
            _ => return,
        };
        *self.seen.entry(format!("accepted {what}")).or_default() += 1;
    }

    fn pass_time(&mut self, dice: &mut Dice) {
        self.end_block();
        let days = [0, 0, 1, 4, 9, 11][dice.below(6)];
        self.ledger.wait_ms(days * 86_400_000 + 60_000);
    }

    /// What no action can do yet: standing, accounts and withdrawals change.
    fn turn_the_world(&mut self, dice: &mut Dice) {
        self.end_block();
        let actor = Actor::ALL[dice.below(8)];
        let consortium = &self.ledger.consortium;
        match dice.below(3) {
            0 if actor != Actor::DistributorBranch => {
                let key = StateKey::organisation(&consortium.organisation(actor));
                let stored = self.ledger.state.record(&key).unwrap().unwrap();
                let mut record = Organisation::load(&stored).unwrap();
                record.public.standing = if self.world.suspended.remove(&actor) {
                    Standing::Good
                } else {
                    self.world.suspended.insert(actor);
                    Standing::Suspended
                };
                self.ledger.state.put(key, record.store());
            }
            1 => {
                let key = StateKey::account(&consortium.account(actor));
                let stored = self.ledger.state.record(&key).unwrap().unwrap();
                let mut record = Account::load(&stored).unwrap();
                record.private.state = if self.world.closed.remove(&actor) {
                    AccountState::Open
                } else {
                    self.world.closed.insert(actor);
                    AccountState::Closed
                };
                self.ledger.state.put(key, record.store());
            }
            _ => {
                let gtin = product_of(Actor::Maker);
                let key = StateKey::product(&gtin);
                let stored = self.ledger.state.record(&key).unwrap().unwrap();
                let mut record = Product::load(&stored).unwrap();
                let country = actor.country();
                let withdrawn = if self.world.withdrawn.remove(&(gtin, country)) {
                    Vec::new()
                } else {
                    self.world.withdrawn.clear();
                    self.world.withdrawn.insert((gtin, country));
                    vec![country]
                };
                record.public.withdrawn = BoundedList::new(withdrawn).unwrap();
                self.ledger.state.put(key, record.store());
            }
        }
    }

    fn commission(&mut self, actor: Actor, lot: &str, count: u32) {
        let body = self.run(actor, product_of(actor), lot, count);
        self.attempt(actor, &body.into());
    }

    fn run(&mut self, actor: Actor, gtin: Gtin, lot: &str, count: u32) -> CommissionRun {
        let run = run_id(gtin, lot, 0);
        let name = theriac_ledger::record::LotName { gtin, lot: run.lot };
        let keys = pack_keys(&product_of(actor), self.serials, count);
        self.serials += count;
        CommissionRun {
            gtin,
            lot: run.lot,
            number: self.world.lots.get(&name).map_or(0, |lot| lot.runs),
            expiry: date(if lot == "SHORT" {
                "2026-01-12"
            } else {
                "2027-12-31"
            }),
            manufactured: date("2025-12-01"),
            keys: BoundedList::new(keys).unwrap(),
        }
    }
}
