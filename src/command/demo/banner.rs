//! What the demonstration prints once it is ready: at most 25 lines.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::path::Path;

use anyhow::Context as _;
use theriac_label::{LabelContent, TerminalStyle, terminal_code};

use super::samples::Samples;
use super::stage::Stage;

/// Widest code that is drawn, in columns.
const CODE_COLUMNS_MAX: usize = 45;

/// Draws the banner.
pub(crate) fn draw(
    stage: &Stage,
    samples: &Samples,
    kept: Option<&Path>,
) -> anyhow::Result<String> {
    let mut text = String::new();
    let data = kept.map_or_else(
        || "data are deleted at the end (--data-dir keeps them)".to_owned(),
        |path| format!("data in {}", path.display()),
    );
    writeln!(
        text,
        "Theriac demonstration, not for production; {data}. Ctrl-C stops it."
    )?;
    for (name, api) in stage.services() {
        let key = api.key.as_deref().unwrap_or_default();
        writeln!(text, "{name:<13} {:<24} {key}", api.address)?;
    }
    // Pages are for browsers: the verifier's needs no key.
    let nodes: Vec<&str> = stage
        .nodes
        .iter()
        .map(|node| node.address.as_str())
        .collect();
    writeln!(text, "{:<13} {}", "authorities", nodes.join(" "))?;
    draw_codes(&mut text, samples)?;
    Ok(text.trim_end().to_owned())
}

fn draw_codes(text: &mut String, samples: &Samples) -> anyhow::Result<()> {
    let style = if std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        TerminalStyle::Coloured
    } else {
        TerminalStyle::Plain
    };
    let mut codes = Vec::new();
    for (name, link, expected) in &samples.codes {
        let content = LabelContent::digital_link(link)?;
        let code = terminal_code(&content, style, CODE_COLUMNS_MAX).context("drawing a code")?;
        let title = format!("{name}: {expected}");
        // The first and last rows of a code are quiet zone, of which the rows beside them leave
        // enough.
        let width = code.columns;
        let mut lines = code.lines;
        lines.pop();
        lines[0] = format!("{title:<width$}");
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
