//! Reading what a scanner gives. Names: `module::operation/key=value`.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use theriac_gs1::ScannedCode;

/// One pack in the forms in which it is met.
const FORMS: [(&str, &str); 3] = [
    (
        "element_string",
        "]d201095060001343521727123110ABC1\u{1d}2112345678901234567890",
    ),
    (
        "bracketed",
        "(01)09506000134352(17)271231(10)ABC1(21)12345678901234567890",
    ),
    (
        "digital_link",
        "https://id.example.org/01/09506000134352/10/ABC1/21/12345678901234567890?17=271231",
    ),
];

/// The year of the scan.
const YEAR: u16 = 2026;

fn parse(criterion: &mut Criterion) {
    for (form, text) in FORMS {
        ScannedCode::parse(text, YEAR).expect("a code that is read");
        criterion.bench_function(&format!("gs1::parse/form={form}"), |bencher| {
            bencher.iter(|| ScannedCode::parse(black_box(text), YEAR));
        });
    }
}

fn short() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(30)
}

criterion_group! { name = benches; config = short(); targets = parse }
criterion_main!(benches);
