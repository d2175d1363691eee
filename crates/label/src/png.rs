//! A label as PNG, grey with 8 bits a pixel.

use image::{ExtendedColorType, ImageEncoder as _, codecs::png::PngEncoder};

use crate::{
    error::RenderError,
    font::{ADVANCE_DOTS, CELL_COLUMNS, CELL_ROWS, glyph},
    layout::{Layout, PlacedLine, UNITS_PER_MODULE},
    symbol::Symbol,
};

const DARK: u8 = 0;
const LIGHT: u8 = 255;

/// A grey picture, row by row.
#[derive(Debug)]
pub(crate) struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
    pixels_per_unit: usize,
}

impl Canvas {
    /// Draws the label. Bounded by the content's and the text's limits: below 20 megapixels.
    pub(crate) fn draw(symbol: &Symbol, layout: &Layout<'_>, module_pixels: u32) -> Self {
        let pixels_per_unit = (module_pixels as usize / UNITS_PER_MODULE).max(1);
        let (width, height) = (
            layout.width * pixels_per_unit,
            layout.height * pixels_per_unit,
        );
        let pixels = vec![LIGHT; width * height];
        let mut canvas = Self {
            width,
            height,
            pixels,
            pixels_per_unit,
        };
        canvas.draw_symbol(symbol, layout);
        for line in &layout.lines {
            canvas.draw_line(line);
        }
        canvas
    }

    fn draw_symbol(&mut self, symbol: &Symbol, layout: &Layout<'_>) {
        for row in 0..symbol.side() {
            for (start, length) in symbol.dark_runs(row) {
                self.fill(
                    layout.symbol_left + start * UNITS_PER_MODULE,
                    layout.symbol_top + row * UNITS_PER_MODULE,
                    length * UNITS_PER_MODULE,
                    UNITS_PER_MODULE,
                );
            }
        }
    }

    fn draw_line(&mut self, line: &PlacedLine<'_>) {
        for (index, character) in line.text.chars().enumerate() {
            let left = line.left + index * ADVANCE_DOTS;
            let rows = glyph(character);
            for (row, dots) in rows.iter().enumerate().take(CELL_ROWS) {
                for column in 0..CELL_COLUMNS {
                    if dots >> (CELL_COLUMNS - 1 - column) & 1 == 1 {
                        self.fill(left + column, line.top + row, 1, 1);
                    }
                }
            }
        }
    }

    /// Darkens a rectangle given in units.
    fn fill(&mut self, left: usize, top: usize, width: usize, height: usize) {
        let scale = self.pixels_per_unit;
        for y in top * scale..((top + height) * scale).min(self.height) {
            let start = y * self.width + left * scale;
            let end = start + (width * scale).min(self.width.saturating_sub(left * scale));
            if let Some(row) = self.pixels.get_mut(start..end) {
                row.fill(DARK);
            }
        }
    }

    /// The picture as PNG bytes.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, RenderError> {
        let mut bytes = Vec::new();
        let (width, height) = self.dimensions();
        PngEncoder::new(&mut bytes)
            .write_image(&self.pixels, width, height, ExtendedColorType::L8)
            .map_err(RenderError::Encode)?;
        Ok(bytes)
    }

    /// Width and height in pixels.
    pub(crate) fn dimensions(&self) -> (u32, u32) {
        let fit = "a label's sides are bounded by its content and module size";
        (
            u32::try_from(self.width).expect(fit),
            u32::try_from(self.height).expect(fit),
        )
    }

    /// The grey values, row by row.
    pub(crate) fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }
}
