//! Turns random numbers into actions that are mostly legal, and plays them on ledger and model.

use std::collections::BTreeMap;

use crate::action::{ActionBody, CommissionRun};
use crate::encoding::BoundedList;
use crate::execute::{
    BlockContext, Changeset, CheckedTransaction, Execution, Refusal, check_stateless,
};
use crate::identifier::{Height, PackLocation};
use crate::record::{Account, AccountState, Organisation, Product, Record as _, Standing};
use crate::state::State as _;
use crate::state_key::StateKey;
use crate::testing::{Actor, TestLedger, date, gtin, pack_keys, product, run_id};
use theriac_gs1::Gtin;

use super::compare::{compare, is_listed};
use super::watch::Watch;
use super::world::{Moment, World};

mod actions;

/// Numbers from which an operation is made: an action of somebody, mostly legal, or time that
/// passes, or a turn of the world that no action can bring about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// What kind of operation.
    pub kind: u8,
    /// Whether it is not chosen to be legal, and whether a block ends before it.
    pub chance: u8,
    /// What its choices are made from.
    pub numbers: [u16; 6],
}

impl Operation {
    /// Bytes of one operation.
    pub const BYTES: usize = 14;

    /// The operations in any bytes: kind, chance and the numbers, little-endian. What is left at
    /// the end is no operation.
    pub fn all_in(bytes: &[u8]) -> impl Iterator<Item = Self> {
        let (operations, _) = bytes.as_chunks::<{ Self::BYTES }>();
        operations.iter().map(|[kind, chance, numbers @ ..]| {
            let number = |index| u16::from_le_bytes([numbers[2 * index], numbers[2 * index + 1]]);
            Self {
                kind: *kind,
                chance: *chance,
                numbers: std::array::from_fn(number),
            }
        })
    }
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

/// How often the looks that cost most are taken. The model is compared after every block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Care {
    /// At every block.
    EveryBlock,
    /// At every third block, for many plays in little time.
    EveryThirdBlock,
}

impl Care {
    fn is_due(self, height: Height) -> bool {
        self == Self::EveryBlock || height.is_multiple_of(3)
    }
}

/// The ledger and the model, side by side, block by block.
///
/// Every method panics where the two differ, or where the ledger breaks a promise that it makes
/// whatever the rules are.
#[derive(Debug)]
pub struct Play {
    ledger: TestLedger,
    world: World,
    watch: Watch,
    care: Care,
    block: Vec<(CheckedTransaction, Result<(), &'static str>)>,
    accepted: u32,
    serials: u32,
    /// How often each action was accepted, and each rejection met, by name.
    pub seen: BTreeMap<String, u64>,
}

fn product_of(actor: Actor) -> Gtin {
    gtin(actor.prefix().unwrap_or("9506000"), 1)
}

impl Play {
    /// A consortium with two products and a few packs.
    pub fn new(care: Care) -> Self {
        let ledger = TestLedger::new(7);
        let accounts = Actor::ALL
            .into_iter()
            .map(|actor| (actor, ledger.consortium.account(actor)))
            .collect();
        let world = World::new(ledger.state.salt(), accounts);
        let mut play = Self {
            watch: Watch::new(&ledger.consortium),
            care,
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

    /// Makes an operation of the numbers and plays it on both.
    pub fn perform(&mut self, operation: Operation) {
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

    /// Executes the block: the ledger must judge every transaction as the model did, a second
    /// execution must end in the same, and so must one without the refused transactions.
    pub fn end_block(&mut self) {
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
        let is_due = self.care.is_due(context.height);
        if is_due {
            let again = self.execute_again(context, |_| true);
            assert_eq!(changeset, again, "a second execution ends elsewhere");
            let without = self.execute_again(context, Result::is_ok);
            assert_eq!(changeset, without, "a refused action left a trace");
        }
        self.ledger.state.apply(changeset);
        self.ledger.height = context.height;
        self.ledger.time = context.time;
        let block = std::mem::take(&mut self.block);
        let accepted = block.iter().filter(|(_, verdict)| verdict.is_ok());
        let accepted: Vec<_> = accepted.map(|(transaction, _)| transaction).collect();
        self.watch.note(&accepted);
        if is_due {
            self.watch.look(&self.ledger.state);
        }
        self.accepted = 0;
        compare(
            &self.ledger.consortium,
            &self.ledger.state,
            &self.world,
            false,
        );
    }

    fn execute_again(
        &self,
        context: BlockContext,
        is_wanted: impl Fn(&Result<(), &'static str>) -> bool,
    ) -> Changeset {
        let mut execution = Execution::new(&self.ledger.state, context);
        for (transaction, verdict) in self.block.iter().filter(|(_, one)| is_wanted(one)) {
            let is_accepted = execution.apply(transaction).is_ok();
            assert_eq!(
                is_accepted,
                verdict.is_ok(),
                "judged otherwise the second time"
            );
        }
        execution.finish()
    }

    /// Ends the last block, and looks at the root of every chunk too.
    pub fn end(&mut self) {
        self.care = Care::EveryBlock;
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
        let name = crate::record::LotName { gtin, lot: run.lot };
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
