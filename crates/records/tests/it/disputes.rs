//! What a stolen key signed is disputed, whenever its revocation is folded, and nothing else is.

use theriac_crypto::{PublicKey, SigningKey};
use theriac_gs1::{Gtin, Sscc};
use theriac_ledger::action::{ActionBody, Pack, Unpack, UnpackContents};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{PackLocation, RunId, Timestamp, TransactionId};
use theriac_ledger::testing::{Actor, commission_run, gtin, packs, product, run_id, sscc};
use theriac_records::Database;
use theriac_records::repository::provenance::{
    History, LotProvenance, PackProvenance, UnitProvenance, trace_lot, trace_pack, trace_unit,
};

use crate::chain::{TestBlock, TestChain};
use crate::databases::{Kind, TestDatabase, database, on_both_databases};

/// A maker with two keys that fills a case and empties it again, ten packs at a time.
struct Theft {
    chain: TestChain,
    database: TestDatabase,
    blocks: Vec<TestBlock>,
    own: SigningKey,
    stolen: SigningKey,
}

/// What is read about the pack, its lot and its case.
type Traces = (PackProvenance, LotProvenance, UnitProvenance);

impl Theft {
    async fn new(kind: Kind, seed: u64) -> Self {
        let chain = TestChain::new(seed);
        let database = database(kind, &chain).await;
        let own = chain.consortium.key(Actor::Maker);
        let stolen = chain.consortium.second_key(Actor::Maker);
        let mut theft = Self {
            chain,
            database,
            blocks: Vec::new(),
            own: own.clone(),
            stolen,
        };
        theft.act(&own, product(item())).await;
        theft.act(&own, commission_run(run(), 0, 20)).await;
        theft
    }

    fn db(&self) -> &Database {
        &self.database.db
    }

    async fn fold(&mut self, block: TestBlock) {
        assert_eq!(block.fold(self.db()).await.unwrap(), 1);
        self.blocks.push(block);
    }

    /// An action in a block of its own: its id and the time of its block.
    async fn act(
        &mut self,
        key: &SigningKey,
        body: impl Into<ActionBody>,
    ) -> (TransactionId, Timestamp) {
        let signed = self.chain.sign_with(key, &body.into());
        let block = self.chain.legal_block(vec![signed]);
        let done = (block.transactions[0].0, block.header.time);
        self.fold(block).await;
        done
    }

    async fn revoke(&mut self, key: PublicKey, since: Timestamp) {
        let revocation = self.chain.revocation(Actor::Maker, key, since);
        let block = self.chain.legal_block(revocation.into());
        self.fold(block).await;
    }

    async fn traces(&self, db: &Database) -> Traces {
        let location = PackLocation {
            run: run(),
            position: 5,
        };
        let pack = trace_pack(db, &location).await.unwrap().unwrap();
        let lot = trace_lot(db, &item(), &run().lot).await.unwrap().unwrap();
        let unit = trace_unit(db, &case()).await.unwrap().unwrap();
        (pack, lot, unit)
    }

    /// The disputed transactions of pack, lot and case.
    async fn disputed(&self) -> [Vec<TransactionId>; 3] {
        let (pack, lot, unit) = self.traces(self.db()).await;
        [pack.history, lot.history, unit.history].map(|history| disputed(&history))
    }
}

fn disputed(history: &History) -> Vec<TransactionId> {
    let events = history.events.iter().map(|event| &event.transaction);
    let events = events.filter(|transaction| transaction.is_disputed);
    events.map(|transaction| transaction.id).collect()
}

fn item() -> Gtin {
    gtin("9506000", 7)
}

fn run() -> RunId {
    run_id(item(), "LOT-A", 0)
}

fn case() -> Sscc {
    sscc("9506000", 1)
}

fn fill() -> Pack {
    Pack {
        sscc: case(),
        packs: packs(run(), &[(0, 10)]),
        units: BoundedList::empty(),
    }
}

fn empty() -> Unpack {
    let contents = UnpackContents::Some {
        packs: packs(run(), &[(0, 10)]),
        units: BoundedList::empty(),
    };
    Unpack {
        sscc: case(),
        contents,
    }
}

on_both_databases!(
    events_are_disputed_from_the_named_time_on_and_not_before_it,
    a_millisecond_decides_on_which_side_an_event_is,
    a_later_revocation_for_a_time_further_back_disputes_more,
    the_other_key_of_the_account_is_not_in_doubt,
    what_stands_before_the_revocation_in_its_block_is_disputed_and_what_follows_is_not,
    a_database_made_anew_from_the_chain_says_the_same,
);

async fn events_are_disputed_from_the_named_time_on_and_not_before_it(kind: Kind) {
    let mut theft = Theft::new(kind, 1).await;
    let stolen = theft.stolen.clone();
    let (before, _) = theft.act(&stolen, fill()).await;
    let (at, since) = theft.act(&stolen, empty()).await;
    let (after, _) = theft.act(&stolen, fill()).await;
    assert_eq!(theft.disputed().await, [const { Vec::new() }; 3]);
    theft.revoke(stolen.public_key(), since).await;
    for found in theft.disputed().await {
        assert_eq!(found, [at, after]);
        assert!(!found.contains(&before));
    }
}

async fn a_millisecond_decides_on_which_side_an_event_is(kind: Kind) {
    let mut theft = Theft::new(kind, 2).await;
    let stolen = theft.stolen.clone();
    let (event, time) = theft.act(&stolen, fill()).await;
    theft
        .revoke(stolen.public_key(), time.saturating_add(1))
        .await;
    assert_eq!(theft.disputed().await, [const { Vec::new() }; 3]);
    theft.revoke(stolen.public_key(), time).await;
    for found in theft.disputed().await {
        assert_eq!(found, [event]);
    }
}

async fn a_later_revocation_for_a_time_further_back_disputes_more(kind: Kind) {
    let mut theft = Theft::new(kind, 3).await;
    let stolen = theft.stolen.clone();
    let (first, early) = theft.act(&stolen, fill()).await;
    let (second, late) = theft.act(&stolen, empty()).await;
    theft.revoke(stolen.public_key(), late).await;
    for found in theft.disputed().await {
        assert_eq!(found, [second]);
    }
    theft.revoke(stolen.public_key(), early).await;
    for found in theft.disputed().await {
        assert_eq!(found, [first, second]);
    }
}

async fn the_other_key_of_the_account_is_not_in_doubt(kind: Kind) {
    let mut theft = Theft::new(kind, 4).await;
    let (own, stolen) = (theft.own.clone(), theft.stolen.clone());
    let (taken, since) = theft.act(&stolen, fill()).await;
    theft.act(&own, empty()).await;
    theft.revoke(stolen.public_key(), since).await;
    theft.act(&own, fill()).await;
    for found in theft.disputed().await {
        assert_eq!(found, [taken]);
    }
}

async fn what_stands_before_the_revocation_in_its_block_is_disputed_and_what_follows_is_not(
    kind: Kind,
) {
    let mut theft = Theft::new(kind, 5).await;
    let (own, stolen) = (theft.own.clone(), theft.stolen.clone());
    let since = theft.chain.time().saturating_add(1_000);
    let [proposal, enactment] = theft
        .chain
        .revocation(Actor::Maker, stolen.public_key(), since);
    let taken = theft.chain.sign_with(&stolen, &fill().into());
    let kept = theft.chain.sign_with(&own, &empty().into());
    let block = theft
        .chain
        .legal_block(vec![taken, proposal, enactment, kept]);
    assert_eq!(block.header.time, since);
    let taken = block.transactions[0].0;
    theft.fold(block).await;
    for found in theft.disputed().await {
        assert_eq!(found, [taken]);
    }
}

async fn a_database_made_anew_from_the_chain_says_the_same(kind: Kind) {
    let mut theft = Theft::new(kind, 6).await;
    let stolen = theft.stolen.clone();
    theft.act(&stolen, fill()).await;
    let (_, since) = theft.act(&stolen, empty()).await;
    theft.act(&stolen, fill()).await;
    theft.revoke(stolen.public_key(), since).await;
    let genesis = TestChain::new(6);
    let anew = database(kind, &genesis).await;
    for block in &theft.blocks {
        assert_eq!(block.fold(&anew.db).await.unwrap(), 1);
    }
    let known = theft.traces(theft.db()).await;
    assert_eq!(theft.traces(&anew.db).await, known);
    assert_eq!(disputed(&known.0.history).len(), 2);
}
