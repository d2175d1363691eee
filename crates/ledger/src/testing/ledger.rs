//! A ledger of one: blocks without consensus.

use theriac_crypto::{Digest, SigningKey};
use theriac_gs1::{Gtin, Sscc};

use super::builder::{commission_run, packs, product, run_id};
use super::{Actor, Consortium, MemoryState};
use crate::action::{ActionBody, Pack, Purpose, Receive, Ship};
use crate::encoding::BoundedList;
use crate::execute::{BlockContext, Execution, Refusal, StatelessRejection, check_stateless};
use crate::genesis::Anchor;
use crate::identifier::{Height, RunId, ShipmentId, Timestamp, TransactionId};
use crate::state::State as _;
use crate::transaction::{SignedTransaction, Transaction};

/// Why a transaction was refused, alone or by the rules.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Without a look at the state.
    #[error(transparent)]
    Stateless(#[from] StatelessRejection),
    /// By the rules.
    #[error(transparent)]
    Rules(#[from] Refusal),
}

impl Refused {
    /// The rejection's code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Stateless(rejection) => rejection.code(),
            Self::Rules(Refusal::Rejected(rejection)) => rejection.code(),
            Self::Rules(Refusal::Unavailable(_)) => "unavailable",
        }
    }
}

/// A chain in memory whose blocks nobody signs.
#[derive(Debug, Clone)]
pub struct TestLedger {
    /// Its members.
    pub consortium: Consortium,
    /// Its anchor; the state root is that of no tree.
    pub anchor: Anchor,
    /// Its committed state.
    pub state: MemoryState,
    /// Height of the last block.
    pub height: Height,
    /// Time of the last block.
    pub time: Timestamp,
    salts: u128,
}

impl TestLedger {
    /// A chain at genesis.
    pub fn new(seed: u64) -> Self {
        let consortium = Consortium::new(seed);
        let anchor = consortium.anchor(Digest::ZERO);
        let state = MemoryState::genesis(&anchor, &consortium.records);
        Self {
            time: anchor.time,
            consortium,
            anchor,
            state,
            height: 0,
            salts: 0,
        }
    }

    /// A transaction of an actor, valid for five minutes, signed with its first key.
    pub fn sign(&mut self, actor: Actor, body: impl Into<ActionBody>) -> SignedTransaction {
        let key = self.consortium.key(actor);
        self.sign_with(&key, body)
    }

    /// A transaction signed with any key.
    pub fn sign_with(
        &mut self,
        key: &SigningKey,
        body: impl Into<ActionBody>,
    ) -> SignedTransaction {
        let action = body.into().to_action().expect("a body within its bound");
        self.salts += 1;
        Transaction {
            signer: key.public_key(),
            salt: self.salts.to_le_bytes(),
            valid_until: self.time.saturating_add(5 * 60 * 1000),
            action,
            details: None,
        }
        .sign(&self.state.chain_id(), key)
    }

    /// The block that would come next.
    pub fn next_context(&self) -> BlockContext {
        BlockContext {
            height: self.height + 1,
            time: self.time.saturating_add(1_000),
        }
    }

    /// Puts one transaction into a block of its own; a refused one makes no block.
    pub fn submit(&mut self, signed: SignedTransaction) -> Result<TransactionId, Refused> {
        let checked = check_stateless(signed, &self.state.chain_id())?;
        let context = self.next_context();
        let mut execution = Execution::new(&self.state, context);
        execution.apply(&checked)?;
        let changeset = execution.finish();
        self.state.apply(changeset);
        self.height = context.height;
        self.time = context.time;
        Ok(*checked.id())
    }

    /// [`Self::sign`] and [`Self::submit`].
    pub fn act(
        &mut self,
        actor: Actor,
        body: impl Into<ActionBody>,
    ) -> Result<TransactionId, Refused> {
        let signed = self.sign(actor, body);
        self.submit(signed)
    }

    /// Lets block time pass.
    pub fn wait_ms(&mut self, ms: u64) {
        self.time = self.time.saturating_add(ms);
    }

    /// Registers a product of an actor, unless it exists, and commissions the next packs of a lot
    /// that expires on 2027-12-31. Serials are numbered from `first_serial`.
    pub fn commission(
        &mut self,
        actor: Actor,
        gtin: Gtin,
        (lot, number): (&str, u16),
        (first_serial, count): (u32, u32),
    ) -> RunId {
        match self.act(actor, product(gtin)) {
            Ok(_) => {}
            Err(refused) => assert_eq!(refused.code(), "product_already_registered"),
        }
        let run = run_id(gtin, lot, number);
        let action = commission_run(run, first_serial, count);
        self.act(actor, action).expect("a legal run");
        run
    }

    /// Packs ranges of a run into a unit.
    pub fn pack(
        &mut self,
        actor: Actor,
        sscc: Sscc,
        run: RunId,
        ranges: &[(u32, u32)],
    ) -> Result<TransactionId, Refused> {
        let action = Pack {
            sscc,
            packs: packs(run, ranges),
            units: BoundedList::empty(),
        };
        self.act(actor, action)
    }

    /// Ships ranges of a run for supply.
    pub fn ship(
        &mut self,
        from: Actor,
        to: Actor,
        run: RunId,
        ranges: &[(u32, u32)],
    ) -> Result<ShipmentId, Refused> {
        let action = Ship {
            to: self.consortium.account(to),
            purpose: Purpose::Supply,
            packs: packs(run, ranges),
            units: BoundedList::empty(),
        };
        Ok(ShipmentId::of_ship(&self.act(from, action)?))
    }

    /// Ships units for supply.
    pub fn ship_units(
        &mut self,
        from: Actor,
        to: Actor,
        units: Vec<Sscc>,
    ) -> Result<ShipmentId, Refused> {
        let action = Ship {
            to: self.consortium.account(to),
            purpose: Purpose::Supply,
            packs: BoundedList::empty(),
            units: BoundedList::new(units).expect("few units"),
        };
        Ok(ShipmentId::of_ship(&self.act(from, action)?))
    }

    /// Receives a shipment whole.
    pub fn receive(
        &mut self,
        actor: Actor,
        shipment: ShipmentId,
    ) -> Result<TransactionId, Refused> {
        let except = BoundedList::empty();
        self.act(actor, Receive { shipment, except })
    }

    /// Ships for supply and receives.
    pub fn hand_over(
        &mut self,
        from: Actor,
        to: Actor,
        run: RunId,
        ranges: &[(u32, u32)],
    ) -> Result<TransactionId, Refused> {
        let shipment = self.ship(from, to, run, ranges)?;
        self.receive(to, shipment)
    }
}
