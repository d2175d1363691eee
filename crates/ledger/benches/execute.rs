//! What every node does with every block, without disk and network. Names:
//! `module::operation/key=value`.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use theriac_crypto::Digest;
use theriac_ledger::action::Dispense;
use theriac_ledger::block::{Block, Header, Parent};
use theriac_ledger::constants::PROTOCOL;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::execute::{CheckedTransaction, Execution, check_stateless};
use theriac_ledger::record::{Chunk, ChunkTree, PackStatus};
use theriac_ledger::state::State as _;
use theriac_ledger::state_key::StateKey;
use theriac_ledger::testing::{Actor, TestLedger, gtin, packs, run_id};
use theriac_ledger::transaction::SignedTransaction;

/// Transactions of a block: the work of a block has room for some more.
const TRANSACTIONS: u32 = 500;
/// Packs that the pharmacy has, and a step to another chunk for each transaction.
const PACKS: u32 = 32_768;
const STEP: u32 = 12_417;

/// A pharmacy with packs, and the dispensing of some.
fn scene() -> (TestLedger, Vec<SignedTransaction>) {
    let mut ledger = TestLedger::new(1);
    let medicine = gtin("9506000", 1);
    let run = ledger.commission(Actor::Maker, medicine, ("LOT1", 0), (0, PACKS));
    ledger
        .hand_over(Actor::Maker, Actor::Pharmacy, run, &[(0, PACKS)])
        .expect("a hand-over");
    let dispense = |number: u32| Dispense {
        packs: packs(run, &[(number.wrapping_mul(STEP) % PACKS, 1)]),
    };
    let actions: Vec<_> = (0..TRANSACTIONS).map(dispense).collect();
    let sign = |action| ledger.sign(Actor::Pharmacy, action);
    let signed = actions.into_iter().map(sign).collect();
    (ledger, signed)
}

fn block(ledger: &TestLedger, signed: Vec<SignedTransaction>) -> Block {
    let parent = Parent::genesis(&ledger.anchor);
    let context = ledger.next_context();
    Block {
        header: Header {
            protocol: PROTOCOL,
            chain_id: parent.chain_id,
            height: context.height,
            time: context.time,
            parent: parent.digest,
            proposer: ledger.consortium.validator_keys[0].public_key(),
            transactions_root: Digest::ZERO,
            transaction_count: TRANSACTIONS,
            state_root: Digest::ZERO,
            validators: parent.next_validators,
            next_validators: parent.next_validators,
        },
        transactions: BoundedList::new(signed).expect("a block's worth"),
    }
}

fn blocks(criterion: &mut Criterion) {
    let (ledger, signed) = scene();
    let chain = ledger.state.chain_id();
    let checked: Vec<CheckedTransaction> = signed
        .iter()
        .map(|one| check_stateless(one.clone(), &chain).expect("a good transaction"))
        .collect();
    criterion.bench_function("ledger::check_stateless/action=dispense", |bencher| {
        bencher.iter(|| check_stateless(black_box(signed[0].clone()), &chain));
    });
    let block = block(&ledger, signed);
    let bytes = block.encode();
    let mut group = criterion.benchmark_group("ledger");
    group.throughput(Throughput::Elements(u64::from(TRANSACTIONS)));
    group.bench_function("block_encode/transactions=500", |bencher| {
        bencher.iter(|| black_box(&block).encode());
    });
    group.bench_function("block_decode/transactions=500", |bencher| {
        bencher.iter(|| Block::decode(black_box(&bytes)));
    });
    group.bench_function("execute/dispenses=500", |bencher| {
        bencher.iter(|| {
            let mut execution = Execution::new(&ledger.state, ledger.next_context());
            for transaction in &checked {
                execution.apply(transaction).expect("a legal dispensing");
            }
            execution.finish()
        });
    });
    group.finish();
}

fn chunks(criterion: &mut Criterion) {
    let (ledger, _) = scene();
    let run = run_id(gtin("9506000", 1), "LOT1", 0);
    let stored = ledger.state.record(&StateKey::chunk(&run, 5));
    let stored = stored
        .expect("a state")
        .expect("a chunk that changed hands");
    let chunk = Chunk::load(&stored, 5).expect("a chunk");
    let kept = Arc::new(ChunkTree::of(&chunk));
    let changed = || {
        let mut chunk = Chunk::load(&stored, 5).expect("a chunk");
        let entry = chunk.entry_mut(77).expect("128 entries");
        entry.public.status = PackStatus::Dispensed;
        chunk
    };
    criterion.bench_function("chunk::tree/changed=1,kept=no", |bencher| {
        bencher.iter(|| changed().tree(|_| None));
    });
    criterion.bench_function("chunk::tree/changed=1,kept=yes", |bencher| {
        bencher.iter(|| changed().tree(|_| Some(Arc::clone(&kept))));
    });
}

fn short() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .sample_size(20)
}

criterion_group! { name = benches; config = short(); targets = blocks, chunks }
criterion_main!(benches);
