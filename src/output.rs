//! Printing results and errors.

use std::io::{self, Write as _};

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use crate::arguments::OutputForm;

/// Prints a result: `value` as JSON, or `rows` of names and values as a table.
pub(crate) fn result(
    form: OutputForm,
    value: &impl Serialize,
    rows: &[(&str, String)],
) -> anyhow::Result<()> {
    match form {
        OutputForm::Json => json(value),
        OutputForm::Table => {
            let mut table = Table::new();
            table
                .load_style(presets::NOTHING)
                .set_content_arrangement(ContentArrangement::Dynamic);
            for (name, value) in rows {
                table.add_row([*name, value.as_str()]);
            }
            line(&table.trim_fmt())
        }
    }
}

/// Prints one JSON value.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    line(&serde_json::to_string_pretty(value)?)
}

/// Prints a line to standard output. A reader that went away is no mistake of ours.
pub(crate) fn line(text: &str) -> anyhow::Result<()> {
    match writeln!(io::stdout().lock(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Prints a remark to standard error.
pub(crate) fn note(text: &str) {
    // Nothing is left to do when standard error is gone.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Prints an error with its causes.
pub(crate) fn error(error: &anyhow::Error) {
    note(&format!("error: {error}"));
    for cause in error.chain().skip(1) {
        note(&format!("  because: {cause}"));
    }
}
