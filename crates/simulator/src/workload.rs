//! What users do meanwhile: a maker makes packs and ships them, a pharmacy dispenses and takes back,
//! and some try what must not succeed.

use std::collections::BTreeMap;

use theriac_crypto::SigningKey;
use theriac_ledger::action::{ActionBody, Reactivate, ReactivateReason, Receive};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{ChainId, Height, RunId, ShipmentId, Timestamp, TransactionId};
use theriac_ledger::testing::{Actor, Consortium, commission_run, packs, product, run_id};
use theriac_ledger::transaction::Transaction;
use theriac_testkit::actor::Signed;
use theriac_testkit::load::Acknowledged;
use theriac_testkit::stock::{dispense, ship, test_product};

use crate::council::Council;
use crate::dice::Dice;

/// How long other transactions are valid.
const VALID_MS: u64 = 60_000;
/// How long a step of the setup is valid: it is sent until it is final.
const STEP_VALID_MS: u64 = 10 * 60 * 1_000;
/// Packs of the first lot.
pub(crate) const PACKS: u32 = 24;

/// A transaction that a user sent.
#[derive(Debug, Clone)]
pub(crate) struct Ticket {
    pub(crate) signed: Signed,
    /// Where it is sent first.
    pub(crate) node: usize,
}

/// The users, and what they were told.
#[derive(Debug)]
pub(crate) struct Workload {
    dice: Dice,
    consortium: Consortium,
    chain: ChainId,
    /// Setup steps that are done.
    steps: usize,
    /// The ticket of the step that is under way: what follows waits for it.
    step: Option<u64>,
    shipped: Option<TransactionId>,
    lots: u32,
    order: u64,
    next: u64,
    tickets: BTreeMap<u64, Ticket>,
    sent: Vec<Signed>,
    /// Order of the first sending of each transaction, on the clock that counts sendings and answers.
    began: BTreeMap<TransactionId, u64>,
    /// The authorities, where they change who votes.
    council: Option<Council>,
    pub(crate) acknowledged: Vec<Acknowledged>,
}

impl Workload {
    pub(crate) fn new(
        seed: u64,
        consortium: &Consortium,
        chain: ChainId,
        council: Option<Council>,
    ) -> Self {
        Self {
            dice: Dice::new(seed, "workload"),
            consortium: consortium.clone(),
            chain,
            steps: 0,
            step: None,
            shipped: None,
            lots: 0,
            order: 0,
            next: 0,
            tickets: BTreeMap::new(),
            sent: Vec::new(),
            began: BTreeMap::new(),
            council,
            acknowledged: Vec::new(),
        }
    }

    /// The tickets of the next deed, sent at `now`: often one, two where users race.
    pub(crate) fn act(&mut self, now: Timestamp) -> Vec<u64> {
        if self.step.is_some() {
            return Vec::new();
        }
        if let Some((actor, body)) = self.next_step() {
            self.step = Some(self.open(actor, body, now.saturating_add(STEP_VALID_MS)));
            return self.step.into_iter().collect();
        }
        let position = u32::try_from(self.dice.below(PACKS.into())).unwrap_or(0);
        let (run, until) = (first_run(), now.saturating_add(VALID_MS));
        let ticket = match self.dice.below(100) {
            0..40 => self.open(Actor::Pharmacy, dispense(run, position), until),
            // The same pack at two counters at once.
            40..55 => {
                let twice = || dispense(run, position);
                return vec![
                    self.open(Actor::Pharmacy, twice(), until),
                    self.open(Actor::Pharmacy, twice(), until),
                ];
            }
            55..75 => self.open(Actor::Pharmacy, take_back(run, position), until),
            // An old transaction again.
            75..85 => return self.again().into_iter().collect(),
            // One whose time is short.
            85..92 => {
                let until = now.saturating_add(self.dice.between(50, 1_500));
                self.open(Actor::Pharmacy, dispense(run, position), until)
            }
            // Serials that exist, in another lot.
            92..96 => {
                let run = run_id(test_product(), &format!("COPY{}", self.lots), 0);
                self.lots += 1;
                self.open(Actor::Maker, commission_run(run, PACKS / 2, PACKS), until)
            }
            // Packs on their way to somebody else.
            _ => {
                let to = self.consortium.account(Actor::OtherPharmacy);
                self.open(Actor::Pharmacy, ship(to, run, &[(position, 1)]), until)
            }
        };
        vec![ticket]
    }

    /// The next step of the setup; each waits until the one before is final.
    fn next_step(&self) -> Option<(Actor, ActionBody)> {
        let run = first_run();
        match self.steps {
            0 => Some((Actor::Maker, product(test_product()).into())),
            1 => Some((Actor::Maker, commission_run(run, 0, PACKS).into())),
            2 => {
                let to = self.consortium.account(Actor::Pharmacy);
                Some((Actor::Maker, ship(to, run, &[(0, PACKS)]).into()))
            }
            3 => {
                let receive = Receive {
                    shipment: ShipmentId::of_ship(&self.shipped?),
                    except: BoundedList::empty(),
                };
                Some((Actor::Pharmacy, receive.into()))
            }
            _ => None,
        }
    }

    /// The tickets of what the authorities do next, if they change who votes.
    pub(crate) fn reform(&mut self, now: Timestamp) -> Vec<u64> {
        let Some(mut council) = self.council.take() else {
            return Vec::new();
        };
        let until = now.saturating_add(STEP_VALID_MS);
        let sent = council.act(|hand, body| self.sign(&hand.key, &body, until));
        self.council = Some(council);
        sent.into_iter().map(|signed| self.ticket(signed)).collect()
    }

    /// What the authorities have done; none where they have nothing to do.
    pub(crate) fn deeds(&self) -> Option<u64> {
        self.council.as_ref().and_then(Council::deeds)
    }

    /// How often who votes has changed.
    pub(crate) fn set_changes(&self) -> u64 {
        self.council
            .as_ref()
            .map_or(0, |council| council.set_changes)
    }

    fn open(&mut self, actor: Actor, body: impl Into<ActionBody>, valid_until: Timestamp) -> u64 {
        let key = self.consortium.key(actor);
        let signed = self.sign(&key, &body.into(), valid_until);
        self.sent.push(signed.clone());
        self.ticket(signed)
    }

    fn sign(&mut self, key: &SigningKey, body: &ActionBody, valid_until: Timestamp) -> Signed {
        let transaction = Transaction {
            signer: key.public_key(),
            salt: self.dice.bytes(),
            valid_until,
            action: body.to_action().expect("an action within its bounds"),
            details: None,
        };
        Signed::new(transaction.sign(&self.chain, key), &self.chain)
    }

    fn again(&mut self) -> Option<u64> {
        if self.sent.is_empty() {
            return None;
        }
        let index = self.dice.index(self.sent.len());
        let signed = self.sent[index].clone();
        Some(self.ticket(signed))
    }

    fn ticket(&mut self, signed: Signed) -> u64 {
        self.next += 1;
        let now = self.tick();
        self.began.entry(signed.id).or_insert(now);
        let ticket = Ticket {
            signed,
            node: self.dice.index(self.consortium.validator_keys.len()),
        };
        self.tickets.insert(self.next, ticket);
        self.next
    }

    fn tick(&mut self) -> u64 {
        self.order += 1;
        self.order
    }

    pub(crate) fn ticket_of(&self, number: u64) -> Option<&Ticket> {
        self.tickets.get(&number)
    }

    /// A node says that a transaction is final.
    pub(crate) fn is_final(&mut self, number: u64, height: Height, index: u32) {
        let answered = self.tick();
        let Some(ticket) = self.tickets.remove(&number) else {
            return;
        };
        if self.step == Some(number) {
            if self.steps == 2 {
                self.shipped = Some(ticket.signed.id);
            }
            self.steps += 1;
            self.step = None;
        }
        let id = ticket.signed.id;
        if let Some(council) = &mut self.council {
            council.is_final(&id);
        }
        let began = self.began.get(&id).copied().unwrap_or(answered);
        self.acknowledged.push(Acknowledged {
            id,
            height,
            index,
            began,
            answered,
        });
    }

    /// Nobody waits for this one any more. A step of the setup, or of a change of the consortium, is sent again
    /// instead: true.
    pub(crate) fn give_up(&mut self, number: u64) -> bool {
        let is_awaited = |council: &Council| {
            let ticket = self.tickets.get(&number);
            ticket.is_some_and(|ticket| council.awaits(&ticket.signed.id))
        };
        let is_step = self.step == Some(number) || self.council.as_ref().is_some_and(is_awaited);
        if !is_step {
            self.tickets.remove(&number);
        }
        is_step
    }

    /// Whether the setup is done.
    pub(crate) fn is_set_up(&self) -> bool {
        self.steps > 3
    }
}

pub(crate) fn first_run() -> RunId {
    run_id(test_product(), "FIRST", 0)
}

fn take_back(run: RunId, position: u32) -> Reactivate {
    Reactivate {
        packs: packs(run, &[(position, 1)]),
        reason: ReactivateReason::NotDispensed,
    }
}
