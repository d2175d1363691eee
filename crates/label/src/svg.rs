//! A label as SVG: one path for the code, text elements for the lines.

use std::fmt::Write as _;

use crate::{
    layout::{Layout, UNITS_PER_MODULE, text_units},
    options::ModuleSize,
    symbol::Symbol,
};

/// Letters of a monospaced face are about 0.6 of the font size wide: 10 units give the advance of 6.
const FONT_SIZE_UNITS: usize = 10;
/// From the top of a line to the feet of its letters.
const BASELINE_UNITS: usize = 7;

/// Draws the label; its printed size follows from the module's micrometres.
pub(crate) fn draw(symbol: &Symbol, layout: &Layout<'_>, size: ModuleSize) -> String {
    let (width, height) = (layout.width, layout.height);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"{}\" height=\"{}\" \
         viewBox=\"0 0 {width} {height}\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n\
         <path fill=\"#000\" shape-rendering=\"crispEdges\" d=\"{}\"/>\n",
        millimetres(width, size),
        millimetres(height, size),
        path(symbol, layout),
    );
    if !layout.lines.is_empty() {
        push(
            &mut svg,
            format_args!(
                "<g fill=\"#000\" font-family=\"'DejaVu Sans Mono','Liberation Mono',Consolas,monospace\" \
             font-size=\"{FONT_SIZE_UNITS}\">\n"
            ),
        );
        for line in &layout.lines {
            push(
                &mut svg,
                format_args!(
                    "<text x=\"{}\" y=\"{}\" xml:space=\"preserve\" textLength=\"{}\" \
                 lengthAdjust=\"spacingAndGlyphs\">{}</text>\n",
                    line.left,
                    line.top + BASELINE_UNITS,
                    text_units(line.text),
                    escape(line.text),
                ),
            );
        }
        svg.push_str("</g>\n");
    }
    svg.push_str("</svg>\n");
    svg
}

/// One closed rectangle for each run of dark modules.
fn path(symbol: &Symbol, layout: &Layout<'_>) -> String {
    let mut data = String::new();
    for row in 0..symbol.side() {
        let top = layout.symbol_top + row * UNITS_PER_MODULE;
        for (start, length) in symbol.dark_runs(row) {
            let left = layout.symbol_left + start * UNITS_PER_MODULE;
            let width = length * UNITS_PER_MODULE;
            push(
                &mut data,
                format_args!("M{left} {top}h{width}v{UNITS_PER_MODULE}h-{width}z"),
            );
        }
    }
    data
}

/// `units` as a length of millimetres with three decimals.
fn millimetres(units: usize, size: ModuleSize) -> String {
    let micrometres = units * size.micrometres() as usize / UNITS_PER_MODULE;
    format!("{}.{:03}mm", micrometres / 1_000, micrometres % 1_000)
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn push(target: &mut String, arguments: std::fmt::Arguments<'_>) {
    target
        .write_fmt(arguments)
        .expect("writing to a String cannot fail");
}
