//! docs/benchmarks.md.

use std::fmt::Write as _;

use super::kernels::Kernel;
use super::reports::{Report, Runs, Spread, Workload};

/// The document, from the reports of all benches (at least one), the kernels and what is said by hand.
pub(super) fn write(runs: &[Runs], kernels: &[Kernel], notes: &str) -> String {
    let mut text = String::from(
        "# Benchmarks\n\n\
         Written by `cargo xtask bench-report` from the reports of `theriac bench`; what is said by hand\n\
         stands in benchmarks-notes.md and is repeated at the end. Everything runs on one machine: four\n\
         authorities, services, and the client that measures. A figure is the median of its runs.\n\n\
         `dispense_at_*`, `dispense_not_kept_up` and `soak` send at a fixed rate whatever becomes of what\n\
         was sent before, and count from the moment at which each was due: a stall is in every latency that\n\
         it made longer. Every other workload keeps a fixed number under way, so that its rate is what counts;\n\
         its latencies leave out what a stall kept from being sent.\n",
    );
    if let Some(first) = runs.iter().find_map(|runs| runs.reports.first()) {
        origin(&mut text, first);
    }
    for runs in runs {
        bench(&mut text, runs);
    }
    if !kernels.is_empty() {
        kernel_table(&mut text, kernels);
    }
    text.push_str(
        "\n## How to repeat\n\n```text\n\
         cargo xtask bench-report            # five runs of each bench, a soak of ten minutes, the kernels\n\
         cargo xtask bench-report --quick    # one run of each, fewer packs, no soak\n\
         cargo xtask bench-report --many     # also a verifier with ten million packs\n\
         theriac bench ledger --only dispense --seconds 30\n\
         theriac bench verify --packs 1000000 --evidence\n\
         theriac bench services --packs 1000000\n\
         theriac bench soak --rate 800 --seconds 600\n\
         cargo bench -p theriac-node\n```\n\n",
    );
    text.push_str(notes);
    text
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

fn origin(text: &mut String, report: &Report) {
    let Report {
        date,
        machine,
        program,
        ..
    } = report;
    line(text, "\n| | |\n|---|---|");
    line(text, &format!("| begun | {date} |"));
    line(
        text,
        &format!(
            "| machine | {} processors ({}), {} MB, Linux {} |",
            machine.processors, machine.processor, machine.memory_mb, machine.kernel
        ),
    );
    line(
        text,
        &format!(
            "| program | theriac {}, revision {}, built for {} |",
            program.version, program.revision, program.profile
        ),
    );
}

fn bench(text: &mut String, runs: &Runs) {
    let Some(first) = runs.reports.first() else {
        return;
    };
    let settings: Vec<String> = first
        .settings
        .iter()
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    let loads: Vec<String> = runs
        .reports
        .iter()
        .map(|report| format!("{:.1}/{:.1}", report.load_before, report.load_after))
        .collect();
    line(text, &format!("\n## {}\n", runs.bench));
    let count = runs.reports.len();
    line(
        text,
        &format!(
            "{count} {}; {}. Load of the machine before and after each: {}.\n",
            if count == 1 { "run" } else { "runs" },
            settings.join(", "),
            loads.join(", ")
        ),
    );
    floor_table(text, runs, first);
    workload_table(text, runs, first);
    figure_table(text, runs, first);
    for (note, numbers) in notes(&runs.reports) {
        if numbers.len() == count {
            line(text, &format!("\n{note}"));
        } else {
            line(text, &format!("\nRun {}: {note}", numbers.join(", ")));
        }
    }
}

/// What was noted, and the numbers of the runs that noted it.
fn notes(reports: &[Report]) -> Vec<(&str, Vec<String>)> {
    let mut notes: Vec<(&str, Vec<String>)> = Vec::new();
    for (number, report) in (1..).zip(reports) {
        for note in &report.notes {
            let number = number.to_string();
            match notes.iter_mut().find(|(known, _)| known == note) {
                Some((_, numbers)) => numbers.push(number),
                None => notes.push((note, vec![number])),
            }
        }
    }
    notes
}

fn floor_table(text: &mut String, runs: &Runs, first: &Report) {
    line(
        text,
        "| figure | median | least to greatest | floor | aim | |",
    );
    line(text, "|---|--:|--:|--:|--:|---|");
    for floor in &first.floors {
        let Some(spread) = runs.floors(&floor.name) else {
            continue;
        };
        let verdict = match (
            floor.side.admits(spread.median, floor.bound),
            floor.side.admits(spread.median, floor.aim),
        ) {
            (true, true) => "aim reached",
            (true, false) => "holds",
            (false, _) => "**missed**",
        };
        line(
            text,
            &format!(
                "| {} | {} | {} | {} | {} | {verdict} |",
                floor.name,
                number(spread.median),
                range(&spread),
                number(floor.bound),
                number(floor.aim),
            ),
        );
    }
}

fn workload_table(text: &mut String, runs: &Runs, first: &Report) {
    line(
        text,
        "\n| workload | 1/s | packs/s | p50 ms | p95 ms | p99 ms | max ms |",
    );
    line(text, "|---|--:|--:|--:|--:|--:|--:|");
    let columns: [fn(&Workload) -> f64; 6] = [
        |row| row.tx_per_s,
        |row| row.packs_per_s,
        |row| row.p50_ms,
        |row| row.p95_ms,
        |row| row.p99_ms,
        |row| row.max_ms,
    ];
    let mut known: Vec<&str> = Vec::new();
    for row in &first.workloads {
        if known.contains(&row.name.as_str()) {
            continue;
        }
        known.push(&row.name);
        let mut cells = format!("| {} |", row.name);
        for column in columns {
            let spread = runs.workloads(&row.name, column);
            let median = spread.map(|spread| number(spread.median));
            // Writing to a string cannot fail.
            let _ = write!(cells, " {} |", median.unwrap_or_default());
        }
        line(text, &cells);
    }
}

fn figure_table(text: &mut String, runs: &Runs, first: &Report) {
    if first.figures.is_empty() {
        return;
    }
    line(text, "\n| without a floor | median | least to greatest |");
    line(text, "|---|--:|--:|");
    for figure in &first.figures {
        if let Some(spread) = runs.figures(&figure.name) {
            let (median, range) = (number(spread.median), range(&spread));
            line(text, &format!("| {} | {median} | {range} |", figure.name));
        }
    }
}

fn kernel_table(text: &mut String, kernels: &[Kernel]) {
    line(text, "\n## Kernels\n");
    line(
        text,
        "Criterion's medians, on one thread: `cargo bench -p <crate>`.\n",
    );
    line(text, "| kernel | time | of each |");
    line(text, "|---|--:|--:|");
    for kernel in kernels {
        #[expect(clippy::cast_precision_loss, reason = "a few thousand at most")]
        let each = kernel
            .elements
            .map(|elements| duration(kernel.median_ns / elements as f64));
        line(
            text,
            &format!(
                "| `{}` | {} | {} |",
                kernel.name,
                duration(kernel.median_ns),
                each.unwrap_or_default()
            ),
        );
    }
}

fn range(spread: &Spread) -> String {
    if spread.count == 1 {
        return String::new();
    }
    format!("{} to {}", number(spread.least), number(spread.greatest))
}

/// With as many digits as mean something.
fn number(value: f64) -> String {
    if value.abs() < 100.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        let left = digits.len() - index;
        if index > 0 && left.is_multiple_of(3) && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn duration(ns: f64) -> String {
    match ns {
        ns if ns < 1_000.0 => format!("{ns:.0} ns"),
        ns if ns < 1_000_000.0 => format!("{:.1} us", ns / 1_000.0),
        ns => format!("{:.2} ms", ns / 1_000_000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_have_no_digits_that_mean_nothing() {
        assert_eq!(number(2.25), "2.2");
        assert_eq!(number(123.4), "123");
        assert_eq!(number(1_234_567.8), "1,234,568");
        assert_eq!(number(-1_234.0), "-1,234");
        assert_eq!(duration(1_500.0), "1.5 us");
    }

    #[test]
    fn the_document_says_for_each_figure_whether_it_holds() {
        let json = br#"{"date":"2026-11-26T00:00:00Z",
            "machine":{"processors":2,"processor":"A","memory_mb":1,"kernel":"6"},
            "program":{"version":"1","revision":"abc","profile":"release"},
            "settings":{"seconds":10},"load_before":0.1,"load_after":2.0,
            "workloads":[{"name":"w","tx_per_s":5.0,"packs_per_s":5.0,"p50_ms":1.0,"p95_ms":2.0,
                "p99_ms":3.0,"max_ms":4.0}],
            "floors":[{"name":"rate","measured":900.0,"side":"at_least","floor":1000.0,"aim":2500.0}],
            "figures":[],"notes":["How."]}"#;
        let runs = Runs {
            bench: "ledger".to_owned(),
            reports: vec![Report::parse(json).unwrap()],
        };
        let text = write(&[runs], &[], "## What limits it\n");
        assert!(
            text.contains("| rate | 900 |  | 1,000 | 2,500 | **missed** |"),
            "{text}"
        );
        assert!(text.ends_with("## What limits it\n"), "{text}");
    }
}
