//! A node without engine and interface: blocks built, executed and written, records proved, evidence
//! made and checked. Names: `module::operation/key=value`.

mod chain;

use std::hint::black_box;
use std::time::Duration;

use chain::{Chain, TRANSACTIONS, medicine};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use theriac_ledger::state_key::StateKey;
use theriac_node::evidence::EvidenceMaker;
use theriac_proof::EvidenceBundle;
use theriac_proof::check::{Freshness, check};
use theriac_proof::light::Trust;

fn blocks(criterion: &mut Criterion) {
    let mut chain = Chain::new();
    let mut group = criterion.benchmark_group("chain");
    group.throughput(Throughput::Elements(u64::from(TRANSACTIONS)));
    let dispenses = chain.dispenses();
    let time = chain.next_time();
    let proposer = chain.proposer();
    group.bench_function("build_from/dispenses=500", |bencher| {
        bencher.iter(|| chain.node.build_from(black_box(&dispenses), time, proposer));
    });
    group.bench_function("commit/dispenses=500", |bencher| {
        let setup = |chain: &mut Chain| chain.decided();
        let chain = std::cell::RefCell::new(&mut chain);
        bencher.iter_batched(
            || setup(&mut chain.borrow_mut()),
            |(digest, certificate)| chain.borrow().node.commit(&digest, certificate),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn evidence(criterion: &mut Criterion) {
    let mut chain = Chain::new();
    chain.commit_dispenses();
    let view = chain.node.store().view();
    let product = StateKey::product(&medicine());
    criterion.bench_function("store::prove/record=product", |bencher| {
        bencher.iter(|| view.prove(black_box(&product)));
    });
    let maker = EvidenceMaker::default();
    let questions = chain::Chain::questions();
    let mut next = 0;
    criterion.bench_function("evidence::make/kept=yes", |bencher| {
        bencher.iter(|| {
            next += 1;
            maker.make(&view, black_box(&questions[next % questions.len()]))
        });
    });
    let make = |question| maker.make(&view, question).expect("a state to read");
    let bundle = make(&questions[0]).expect("a pack on record");
    let json = serde_json::to_vec(&bundle).expect("a bundle has a JSON form");
    let trust = Trust::from_anchor(&chain.genesis.anchor);
    let freshness = Freshness {
        now: bundle.head.header.time,
        age_ms_max: 60_000,
    };
    assert_eq!(check(&bundle, &trust, freshness).failed, None);
    criterion.bench_function("evidence::check/signatures=3", |bencher| {
        bencher.iter(|| check(black_box(&bundle), &trust, freshness));
    });
    criterion.bench_function("evidence::to_json", |bencher| {
        bencher.iter(|| serde_json::to_vec(black_box(&bundle)));
    });
    criterion.bench_function("evidence::from_json", |bencher| {
        bencher.iter(|| EvidenceBundle::from_json(black_box(&json)));
    });
    criterion.bench_function("evidence::encode", |bencher| {
        bencher.iter(|| black_box(&bundle).encode());
    });
}

fn short() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .sample_size(20)
}

criterion_group! { name = benches; config = short(); targets = blocks, evidence }
criterion_main!(benches);
