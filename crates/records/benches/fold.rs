//! How many small transactions a second are folded: single packs dispensed in random order, the smallest there
//! are and those that split the most spans; `cargo bench -p theriac-records`.
//!
//! Blocks are made, signed and executed before the clock runs; what is timed is what `theriac database rebuild`
//! does with blocks that were checked. The database is on this machine's disk.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement for people at a terminal"
)]

use std::time::Instant;

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};
use theriac_crypto::{Digest, PublicKey};
use theriac_ledger::action::{ActionBody, Dispense, Purpose, Receive, Ship};
use theriac_ledger::block::{Header, Parent, transactions_root};
use theriac_ledger::constants::PROTOCOL;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::execute::{BlockContext, Execution, check_stateless};
use theriac_ledger::identifier::{ShipmentId, TransactionId};
use theriac_ledger::state::State as _;
use theriac_ledger::testing::{
    Actor, Consortium, MemoryState, commission_run, gtin, packs, product, run_id,
};
use theriac_ledger::transaction::{SignedTransaction, Transaction};
use theriac_records::fold::{BatchFold, FinalBlock, FinalTransaction};
use theriac_records::genesis::store_genesis;
use theriac_records::{Database, DatabaseSettings};

const RUNS: u16 = 10;
const RUN_PACKS: u32 = 10_000;
const BLOCK: usize = 250;
/// As `theriac database rebuild` folds them.
const BATCH_BLOCKS: usize = 16;

struct Block {
    header: Header,
    transactions: Vec<(TransactionId, SignedTransaction, ActionBody)>,
}

struct Maker {
    consortium: Consortium,
    state: MemoryState,
    parent: Parent,
    salt: u128,
    blocks: Vec<Block>,
}

impl Maker {
    fn block(&mut self, actions: Vec<(Actor, ActionBody)>) {
        let chain = self.state.chain_id();
        let context = BlockContext {
            height: self.parent.height + 1,
            time: self.parent.time.saturating_add(1_000),
        };
        let mut execution = Execution::new(&self.state, context);
        let mut transactions = Vec::new();
        for (actor, body) in actions {
            let key = self.consortium.key(actor);
            self.salt += 1;
            let signed = Transaction {
                signer: key.public_key(),
                salt: self.salt.to_le_bytes(),
                valid_until: self.parent.time.saturating_add(300_000),
                action: body.to_action().unwrap(),
                details: None,
            }
            .sign(&chain, &key);
            let checked = check_stateless(signed.clone(), &chain).unwrap();
            execution.apply(&checked).unwrap();
            transactions.push((*checked.id(), signed, body));
        }
        let changeset = execution.finish();
        self.state.apply(changeset);
        let signed: Vec<_> = transactions.iter().map(|(_, tx, _)| tx.clone()).collect();
        let header = Header {
            protocol: PROTOCOL,
            chain_id: chain,
            height: context.height,
            time: context.time,
            parent: self.parent.digest,
            proposer: PublicKey([0; 32]),
            transactions_root: transactions_root(&signed),
            transaction_count: u32::try_from(signed.len()).unwrap(),
            state_root: Digest::ZERO,
            validators: self.parent.next_validators,
            next_validators: self.parent.next_validators,
        };
        self.parent = Parent::of(&header);
        self.blocks.push(Block {
            header,
            transactions,
        });
    }

    fn last(&self) -> TransactionId {
        self.blocks.last().unwrap().transactions[0].0
    }

    /// Every pack is made, shipped to the pharmacy, received; and then each is dispensed.
    fn play(&mut self) {
        let item = gtin("9506000", 7);
        self.block(vec![(Actor::Maker, product(item).into())]);
        for number in 0..RUNS {
            let run = run_id(item, "LOT-A", number);
            let first = u32::from(number) * RUN_PACKS;
            let made = commission_run(run, first, RUN_PACKS).into();
            self.block(vec![(Actor::Maker, made)]);
            let ship = Ship {
                to: self.consortium.account(Actor::Pharmacy),
                purpose: Purpose::Supply,
                packs: packs(run, &[(0, RUN_PACKS)]),
                units: BoundedList::empty(),
            };
            self.block(vec![(Actor::Maker, ship.into())]);
            let receive = Receive {
                shipment: ShipmentId::of_ship(&self.last()),
                except: BoundedList::empty(),
            };
            self.block(vec![(Actor::Pharmacy, receive.into())]);
        }
        let mut all: Vec<(u16, u32)> = (0..RUNS)
            .flat_map(|run| (0..RUN_PACKS).map(move |pack| (run, pack)))
            .collect();
        let mut random = ChaCha8Rng::seed_from_u64(1);
        all.sort_by_cached_key(|_| random.next_u64());
        for part in all.chunks(BLOCK) {
            let actions = part.iter().map(|(run, pack)| {
                let packs = packs(run_id(item, "LOT-A", *run), &[(*pack, 1)]);
                (Actor::Pharmacy, Dispense { packs }.into())
            });
            self.block(actions.collect());
        }
    }
}

async fn measure(name: &str, url: String, maker: &Maker) {
    let db = Database::open(&DatabaseSettings::new(url)).await.unwrap();
    let anchor = maker.consortium.anchor(Digest::ZERO);
    store_genesis(&db, &anchor, &maker.consortium.records)
        .await
        .unwrap();
    let mut fold = BatchFold::default();
    let (before, timed) = maker.blocks.split_at(1 + 3 * usize::from(RUNS));
    fold_all(&mut fold, &db, before).await;
    #[expect(clippy::disallowed_methods, reason = "this is a measurement")]
    let start = Instant::now();
    let used = used_seconds();
    fold_all(&mut fold, &db, timed).await;
    let seconds = start.elapsed().as_secs_f64();
    let count = f64::from(u32::from(RUNS) * RUN_PACKS);
    let used = used_seconds() - used;
    println!(
        "{name}: {:.0} transactions a second; {:.0} for each second of this process on a core",
        count / seconds,
        count / used
    );
}

/// For how long this process has worked, whoever else uses the machine: utime and stime of proc(5), in
/// hundredths of a second.
fn used_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let ticks = fields.split(' ').skip(11).take(2);
    ticks
        .map(|ticks| ticks.parse::<f64>().unwrap())
        .sum::<f64>()
        / 100.0
}

async fn fold_all(fold: &mut BatchFold, db: &Database, blocks: &[Block]) {
    for part in blocks.chunks(BATCH_BLOCKS) {
        let transactions: Vec<Vec<FinalTransaction<'_>>> = part
            .iter()
            .map(|block| {
                let transactions = block.transactions.iter();
                transactions
                    .map(|(id, signed, body)| FinalTransaction {
                        id: *id,
                        signed,
                        body,
                    })
                    .collect()
            })
            .collect();
        let part: Vec<FinalBlock<'_>> = part
            .iter()
            .zip(&transactions)
            .map(|(block, transactions)| FinalBlock {
                header: &block.header,
                transactions,
            })
            .collect();
        fold.fold(db, &part).await.unwrap();
    }
}

#[tokio::main]
async fn main() {
    let consortium = Consortium::new(1);
    let anchor = consortium.anchor(Digest::ZERO);
    let mut maker = Maker {
        state: MemoryState::genesis(&anchor, &consortium.records),
        parent: Parent::genesis(&anchor),
        consortium,
        salt: 0,
        blocks: Vec::new(),
    };
    maker.play();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.sqlite");
    let url = format!("sqlite://{}?mode=rwc", path.display());
    measure("SQLite", url, &maker).await;
    let url = theriac_postgres::fresh_database().unwrap();
    measure("PostgreSQL, on a disk in memory", url, &maker).await;
}
