//! Every identifier of the GS1 Barcode Syntax Dictionary is in our table, with its title and its
//! rule of separators.

use std::fs;
use std::path::Path;

use anyhow::Context;
use theriac_gs1::Ai;

use super::report::{Outcome, Report};

pub(super) fn run(path: &Path, report: &mut Report) -> anyhow::Result<()> {
    let text = fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    for (number, line) in (1_u32..).zip(text.lines()) {
        if line.starts_with(|first: char| first.is_ascii_digit()) {
            report.record("dictionary", number, check_row(line)?);
        }
    }
    Ok(())
}

/// A row: identifier or range, flags, form, attributes, `#` and the title.
fn check_row(line: &str) -> anyhow::Result<Outcome> {
    let (row, title) = line
        .split_once("# ")
        .map_or((line, "-"), |(row, title)| (row, title.trim()));
    let mut words = row.split_whitespace();
    let range = words.next().context("a row without an identifier")?;
    let flags = words.next().context("a row without a form")?;
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    for digits in [first, last] {
        let ai = Ai::parse(digits).context("an identifier that is not digits")?;
        let found = (ai.title(), ai.has_predefined_length());
        let expected = (Some(title), flags.contains('*'));
        if found != expected {
            return Ok(Outcome::Failed(format!(
                "{ai} is {found:?}, expected {expected:?}"
            )));
        }
    }
    Ok(Outcome::Passed)
}
