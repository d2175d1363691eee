//! A QR code drawn with half blocks: one column and half a row for each module.

use std::fmt;

use crate::{
    content::LabelContent, error::RenderError, label::encode_checked, symbol::ErrorCorrection,
};

/// Black on white (256-colour palette, which themes leave alone), whatever the terminal's own colours.
const BLACK_ON_WHITE: &str = "\u{1b}[38;5;16m\u{1b}[48;5;231m";
const RESET: &str = "\u{1b}[0m";

/// How dark and light are told to the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TerminalStyle {
    /// With colour sequences: right on every background.
    Coloured,
    /// Characters only, for a dark background: light modules are drawn, dark ones left out.
    Plain,
}

/// A code ready to be printed, line by line, so that several can stand side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerminalCode {
    /// The lines, each `columns` wide on the screen.
    pub lines: Vec<String>,
    /// Columns the code takes, with its quiet zone.
    pub columns: usize,
}

impl fmt::Display for TerminalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// Draws `content`, read back before, in at most `columns_max` columns; wider is an error, because a
/// code that wraps cannot be scanned.
pub fn terminal_code(
    content: &LabelContent,
    style: TerminalStyle,
    columns_max: usize,
) -> Result<TerminalCode, RenderError> {
    let symbol = encode_checked(content, ErrorCorrection::Screen)?;
    let columns = symbol.side();
    if columns > columns_max {
        return Err(RenderError::TooWide {
            needed: columns,
            available: columns_max,
        });
    }
    let lines = (0..columns)
        .step_by(2)
        .map(|row| {
            let cells = (0..columns).map(|column| {
                half_block(
                    symbol.is_dark(column, row),
                    symbol.is_dark(column, row + 1),
                    style,
                )
            });
            match style {
                TerminalStyle::Coloured => {
                    format!("{BLACK_ON_WHITE}{}{RESET}", cells.collect::<String>())
                }
                TerminalStyle::Plain => cells.collect(),
            }
        })
        .collect();
    Ok(TerminalCode { lines, columns })
}

/// One cell: `upper` and `lower` say which halves are dark.
fn half_block(upper: bool, lower: bool, style: TerminalStyle) -> char {
    let is_ink = |dark: bool| dark == (style == TerminalStyle::Coloured);
    match (is_ink(upper), is_ink(lower)) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    }
}
