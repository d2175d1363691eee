//! Digests, signatures and trees. Names: `module::operation/key=value`.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use theriac_crypto::{Digest, SigningKey, digest, merkle};

/// Packs of a whole run.
const LEAVES: u32 = 32_768;

fn leaves(count: u32) -> Vec<Digest> {
    (0..count).map(|n| merkle::leaf(&n.to_le_bytes())).collect()
}

fn trees(criterion: &mut Criterion) {
    for count in [128, LEAVES] {
        let leaves = leaves(count);
        let mut group = criterion.benchmark_group("merkle");
        group.throughput(Throughput::Elements(u64::from(count)));
        group.bench_function(format!("root/leaves={count}"), |bencher| {
            bencher.iter(|| merkle::root(black_box(&leaves)));
        });
        group.finish();
    }
}

fn signatures(criterion: &mut Criterion) {
    let key = SigningKey::from_seed(&[7; 32]);
    let message = digest("bench", b"a transaction");
    let signature = key.sign(&message);
    let public = key.public_key();
    criterion.bench_function("crypto::digest/bytes=256", |bencher| {
        bencher.iter(|| digest("bench", black_box(&[7; 256])));
    });
    criterion.bench_function("crypto::sign/key=ed25519", |bencher| {
        bencher.iter(|| key.sign(black_box(&message)));
    });
    criterion.bench_function("crypto::verify/key=ed25519", |bencher| {
        bencher.iter(|| theriac_crypto::verify(&public, black_box(&message), &signature));
    });
}

fn short() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .sample_size(20)
}

criterion_group! { name = benches; config = short(); targets = trees, signatures }
criterion_main!(benches);
