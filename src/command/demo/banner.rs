//! What the demonstration prints once it is ready: at most 25 lines, and 80 columns on a terminal that
//! has no more.

use std::fmt::Write as _;
use std::io::IsTerminal as _;

use anyhow::Context as _;
use theriac_label::{LabelContent, TerminalCode, TerminalStyle, terminal_code};

use super::samples::{Sample, Samples};
use super::stage::Stage;

/// Columns of a sample's QR code with the four light modules around it that readers need.
const CODE_COLUMNS: usize = 33;

/// Draws the banner.
pub(crate) fn draw(stage: &Stage, samples: &Samples) -> anyhow::Result<String> {
    let mut text = String::new();
    writeln!(
        text,
        "Theriac demo, not for production. Nodes: {}",
        nodes(stage)
    )?;
    for (name, api) in stage.services() {
        let key = api.key.as_deref().unwrap_or_default();
        writeln!(text, "{name:<13} {:<22}  {key}", api.address)?;
    }
    let style = if std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        TerminalStyle::Coloured
    } else {
        TerminalStyle::Plain
    };
    let columns = comfy_table::Table::new().width().map(usize::from);
    draw_samples(&mut text, &samples.codes, style, columns)?;
    Ok(text.trim_end().to_owned())
}

/// The nodes' addresses on one line: all are on loopback, so the first names it for all.
fn nodes(stage: &Stage) -> String {
    let nodes: Vec<&str> = stage
        .nodes
        .iter()
        .map(|node| node.address.trim_start_matches("http://"))
        .collect();
    nodes.join(" ").replace(" 127.0.0.1:", " :")
}

/// Draws as many QR codes as the terminal is wide, below the texts of all: a code that wraps, or whose
/// quiet zone is cut, cannot be scanned. A file is as wide as need be.
fn draw_samples(
    text: &mut String,
    samples: &[Sample],
    style: TerminalStyle,
    columns: Option<usize>,
) -> anyhow::Result<()> {
    let fitting = columns.map_or(samples.len(), |columns| columns / CODE_COLUMNS);
    let drawn = &samples[..fitting.min(samples.len())];
    if drawn.len() == samples.len() {
        let titles = samples
            .iter()
            .map(|sample| format!("{}: {}", sample.name, sample.expected));
        write_row(text, titles)?;
        write_row(text, samples.iter().map(|sample| sample.code.clone()))?;
    } else {
        // Two on a line, each above its code; nothing is drawn below the last.
        for pair in samples.chunks(2) {
            write_row(
                text,
                pair.iter()
                    .map(|sample| format!("{}: {}", sample.name, sample.code)),
            )?;
        }
    }
    let codes: Vec<TerminalCode> = drawn
        .iter()
        .map(|sample| {
            let content = LabelContent::digital_link(&sample.link)?;
            terminal_code(&content, style, CODE_COLUMNS).context("drawing a code")
        })
        .collect::<anyhow::Result<_>>()?;
    let rows = codes.iter().map(|code| code.lines.len()).max();
    for row in 0..rows.unwrap_or(0) {
        for code in &codes {
            text.push_str(&code.lines[row]);
        }
        text.push('\n');
    }
    Ok(())
}

/// One line of texts, each above the code that it belongs to.
fn write_row(text: &mut String, cells: impl Iterator<Item = String>) -> std::fmt::Result {
    let mut line = String::new();
    for cell in cells {
        write!(line, "{cell:<CODE_COLUMNS$}")?;
    }
    writeln!(text, "{}", line.trim_end())
}

#[cfg(test)]
mod tests;
