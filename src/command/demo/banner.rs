//! What the demonstration prints once it is ready: at most 25 lines.

use std::fmt::Write as _;
use std::io::IsTerminal as _;

use anyhow::Context as _;
use theriac_label::{LabelContent, TerminalStyle, terminal_code};

use super::samples::Samples;
use super::stage::Stage;

/// Widest code that is drawn, in columns.
const CODE_COLUMNS_MAX: usize = 45;

/// Draws the banner.
pub(crate) fn draw(stage: &Stage, samples: &Samples) -> anyhow::Result<String> {
    let mut text = String::new();
    writeln!(
        text,
        "Theriac demonstration, not for production; Ctrl-C stops it. Authorities: {}",
        authorities(stage)
    )?;
    for (name, api) in stage.services() {
        let key = api.key.as_deref().unwrap_or_default();
        writeln!(text, "{name:<13} {:<24} {key}", api.address)?;
    }
    draw_codes(&mut text, samples)?;
    Ok(text.trim_end().to_owned())
}

/// The nodes' addresses on one line: all are on loopback, so the first names it for all.
fn authorities(stage: &Stage) -> String {
    let nodes: Vec<&str> = stage
        .nodes
        .iter()
        .map(|node| node.address.trim_start_matches("http://"))
        .collect();
    nodes.join(" ").replace(" 127.0.0.1:", " :")
}

fn draw_codes(text: &mut String, samples: &Samples) -> anyhow::Result<()> {
    let style = if std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        TerminalStyle::Coloured
    } else {
        TerminalStyle::Plain
    };
    let mut codes = Vec::new();
    for sample in &samples.codes {
        let content = LabelContent::digital_link(&sample.link)?;
        let code = terminal_code(&content, style, CODE_COLUMNS_MAX).context("drawing a code")?;
        let title = format!("{}: {}", sample.name, sample.expected);
        // The first and last rows of a code are quiet zone, of which the rows beside them leave
        // enough.
        let width = code.columns;
        let mut lines = code.lines;
        lines.pop();
        lines[0] = format!("{:<width$}", sample.code);
        lines.insert(0, format!("{title:<width$}"));
        codes.push(lines);
    }
    let rows = codes.iter().map(Vec::len).max().unwrap_or(0);
    for row in 0..rows {
        let line: Vec<&str> = codes
            .iter()
            .map(|lines| lines.get(row).map_or("", String::as_str))
            .collect();
        writeln!(text, "{}", line.join(" ").trim_end())?;
    }
    Ok(())
}
