//! Making labels, each of which is read back before it leaves. Names: `module::operation/key=value`.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use theriac_label::{Label, LabelContent, LabelOptions, LabelText, TerminalStyle, terminal_code};

const URI: &str =
    "https://id.example.org/01/09506000134352/10/ABC1/21/12345678901234567890?17=271231";
const ELEMENTS: &str = "01095060001343521727123110ABC1\u{1d}2112345678901234567890";

/// Wide enough for the code.
const COLUMNS: usize = 200;

fn encode(criterion: &mut Criterion) {
    let carriers = [
        ("qr", LabelContent::digital_link(URI).expect("a URI")),
        (
            "datamatrix",
            LabelContent::element_string(ELEMENTS).expect("an element string"),
        ),
    ];
    for (carrier, content) in carriers {
        let label = Label::new(content, LabelText::new(), LabelOptions::default());
        label.render_checked().expect("a label that is read back");
        criterion.bench_function(
            &format!("label::render_checked/carrier={carrier}"),
            |bencher| {
                bencher.iter(|| black_box(&label).render_checked());
            },
        );
    }
    let content = LabelContent::digital_link(URI).expect("a URI");
    criterion.bench_function("label::terminal_code/carrier=qr", |bencher| {
        bencher.iter(|| terminal_code(black_box(&content), TerminalStyle::Plain, COLUMNS));
    });
}

fn short() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .sample_size(20)
}

criterion_group! { name = benches; config = short(); targets = encode }
criterion_main!(benches);
