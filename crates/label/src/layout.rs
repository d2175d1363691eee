//! Where everything stands on a label, for PNG and SVG alike.
//!
//! The unit is half a module: one dot of the 5 by 7 font, so that letters are 3.5 modules high.

use crate::{
    font::{ADVANCE_DOTS, CELL_ROWS},
    options::TextPlacement,
    symbol::Symbol,
};

/// Units in one module.
pub(crate) const UNITS_PER_MODULE: usize = 2;
/// From one line of text to the next.
const LINE_UNITS: usize = 11;
/// Light space between the text and the edge of the label.
const MARGIN_UNITS: usize = 4;

/// One line of text and its upper left corner, in units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlacedLine<'a> {
    pub(crate) text: &'a str,
    pub(crate) left: usize,
    pub(crate) top: usize,
}

/// A whole label, in units. The symbol with its quiet zone stands at `symbol_left`, `symbol_top`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout<'a> {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) symbol_left: usize,
    pub(crate) symbol_top: usize,
    pub(crate) lines: Vec<PlacedLine<'a>>,
}

impl<'a> Layout<'a> {
    /// Places `lines` by `symbol`; the quiet zone stays free of text.
    pub(crate) fn new(symbol: &Symbol, lines: &'a [String], placement: TextPlacement) -> Self {
        let side = symbol.side() * UNITS_PER_MODULE;
        let text_width = lines.iter().map(|line| text_units(line)).max().unwrap_or(0);
        let text_height = match lines.len() {
            0 => 0,
            count => (count - 1) * LINE_UNITS + CELL_ROWS,
        };
        match placement {
            _ if lines.is_empty() => Self::bare(side),
            TextPlacement::Hidden => Self::bare(side),
            TextPlacement::Beside => {
                let height = side.max(text_height + 2 * MARGIN_UNITS);
                Self {
                    width: side + text_width + MARGIN_UNITS,
                    height,
                    symbol_left: 0,
                    symbol_top: (height - side) / 2,
                    lines: place(lines, side, (height - text_height) / 2),
                }
            }
            TextPlacement::Below => {
                let width = side.max(text_width + 2 * MARGIN_UNITS);
                Self {
                    width,
                    height: side + text_height + MARGIN_UNITS,
                    symbol_left: (width - side) / 2,
                    symbol_top: 0,
                    lines: place(lines, (width - text_width) / 2, side),
                }
            }
        }
    }

    fn bare(side: usize) -> Self {
        Self {
            width: side,
            height: side,
            symbol_left: 0,
            symbol_top: 0,
            lines: Vec::new(),
        }
    }
}

/// The width of a line, in units.
pub(crate) fn text_units(line: &str) -> usize {
    line.chars().count() * ADVANCE_DOTS
}

fn place(lines: &[String], left: usize, top: usize) -> Vec<PlacedLine<'_>> {
    lines
        .iter()
        .enumerate()
        .map(|(index, text)| PlacedLine {
            text,
            left,
            top: top + index * LINE_UNITS,
        })
        .collect()
}
