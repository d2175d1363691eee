//! Sheets of labels as PDF: a grid of labels of one size on pages of one size, drawn as shapes.
//!
//! Lengths are micrometres from the upper left corner.

use krilla::color::luma;
use krilla::geom::{PathBuilder, Rect};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::{Document, SerializeSettings};

use crate::content::LabelContent;
use crate::error::SheetError;
use crate::font::{ADVANCE_DOTS, CELL_COLUMNS, glyph};
use crate::grid::Grid;
use crate::label::encode_checked;
use crate::layout::{Layout, PlacedLine, UNITS_PER_MODULE};
use crate::options::{ModuleSize, TextPlacement};
use crate::symbol::{ErrorCorrection, Symbol};
use crate::text::LabelText;

/// Most labels of one sheet file.
pub const MAX_SHEET_LABELS: usize = 5_000;

/// A point is a 72nd of an inch (ISO 32000-1, section 8.3.2.3).
const POINTS_PER_MICROMETRE: f32 = 72.0 / 25_400.0;

/// Width of the lines along which labels are cut.
const OUTLINE_POINTS: f32 = 0.25;
/// Their shade: seen, and not taken for a code.
const OUTLINE_SHADE: u8 = 170;

/// One label of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetLabel {
    /// What its code says.
    pub content: LabelContent,
    /// What stands beside it.
    pub text: LabelText,
}

/// How a sheet is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SheetOptions {
    /// Where the labels are.
    pub grid: Grid,
    /// Printed size of a module; its pixels are not looked at.
    pub module_size: ModuleSize,
    /// Where the text stands.
    pub placement: TextPlacement,
    /// Places of the first page that are used already.
    pub skip: usize,
    /// Whether to draw lines along which to cut, for paper that is not cut yet.
    pub has_outlines: bool,
}

/// A sheet whose codes have been read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedSheet {
    /// The PDF file.
    pub pdf: Vec<u8>,
    /// Its pages.
    pub pages: usize,
}

/// Draws labels in order, row by row, each after its code was read back from its modules.
///
/// # Errors
///
/// [`SheetError`], naming the first label that cannot be drawn, counted from 0.
pub fn render_sheet(
    labels: &[SheetLabel],
    options: &SheetOptions,
) -> Result<RenderedSheet, SheetError> {
    if labels.is_empty() {
        return Err(SheetError::Empty);
    }
    if labels.len() > MAX_SHEET_LABELS {
        return Err(SheetError::TooManyLabels {
            count: labels.len(),
            limit: MAX_SHEET_LABELS,
        });
    }
    let places = options.grid.places();
    if options.skip >= places {
        return Err(SheetError::Skip {
            skip: options.skip,
            places,
        });
    }
    let mut document = Document::new_with(SerializeSettings {
        // What is the same again must be the same file.
        xmp_metadata: false,
        ..SerializeSettings::default()
    });
    document.set_metadata(Metadata::new().title("Labels".to_owned()));
    let (width, height) = options.grid.page();
    let settings = PageSettings::from_wh(points(width), points(height)).ok_or(SheetError::Page)?;
    let mut pages = 0;
    let mut next = 0;
    while next < labels.len() {
        let skip = if pages == 0 { options.skip } else { 0 };
        let room = places.saturating_sub(skip);
        let mut page = document.start_page_with(settings.clone());
        let mut surface = page.surface();
        for (place, label) in labels.iter().skip(next).take(room).enumerate() {
            let (left, top) = options.grid.corner(skip.saturating_add(place));
            draw(&mut surface, label, options, left, top)
                .map_err(|fault| fault.at(next.saturating_add(place)))?;
        }
        surface.finish();
        page.finish();
        next = next.saturating_add(room);
        pages += 1;
    }
    let pdf = document.finish().map_err(|error| SheetError::Document {
        reason: format!("{error:?}"),
    })?;
    Ok(RenderedSheet { pdf, pages })
}

/// Why one label of a sheet is not drawn.
enum Fault {
    Render(crate::error::RenderError),
    Size { width: u32, height: u32, grid: Grid },
}

impl Fault {
    fn at(self, index: usize) -> SheetError {
        match self {
            Self::Render(source) => SheetError::Label { index, source },
            Self::Size {
                width,
                height,
                grid,
            } => SheetError::TooLarge {
                index,
                width,
                height,
                label_width: grid.label().0,
                label_height: grid.label().1,
            },
        }
    }
}

/// Draws a label in the middle of its place.
fn draw(
    surface: &mut Surface<'_>,
    label: &SheetLabel,
    options: &SheetOptions,
    left: u32,
    top: u32,
) -> Result<(), Fault> {
    let symbol = encode_checked(&label.content, ErrorCorrection::Paper).map_err(Fault::Render)?;
    let layout = Layout::new(&symbol, label.text.lines(), options.placement);
    // Half a module: see `layout`.
    let unit = options.module_size.micrometres() / 2;
    let (width, height) = (length(layout.width, unit), length(layout.height, unit));
    let grid = options.grid;
    let (place_width, place_height) = grid.label();
    if width > place_width || height > place_height {
        return Err(Fault::Size {
            width,
            height,
            grid,
        });
    }
    if options.has_outlines {
        outline(surface, left, top, place_width, place_height);
    }
    let pen = Pen {
        left: left + (place_width - width) / 2,
        top: top + (place_height - height) / 2,
        unit,
    };
    pen.fill(surface, &symbol, &layout);
    Ok(())
}

fn outline(surface: &mut Surface<'_>, left: u32, top: u32, width: u32, height: u32) {
    surface.set_fill(None);
    surface.set_stroke(Some(Stroke {
        paint: luma::Color::new(OUTLINE_SHADE).into(),
        width: OUTLINE_POINTS,
        ..Stroke::default()
    }));
    let mut path = PathBuilder::new();
    push(&mut path, left, top, width, height);
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
    surface.set_stroke(None);
}

/// Where a label's units are on the page.
struct Pen {
    left: u32,
    top: u32,
    unit: u32,
}

impl Pen {
    /// Fills code and text as one path, so that a printer draws neighbours without a gap.
    fn fill(&self, surface: &mut Surface<'_>, symbol: &Symbol, layout: &Layout<'_>) {
        let mut path = PathBuilder::new();
        for row in 0..symbol.side() {
            let top = layout.symbol_top + row * UNITS_PER_MODULE;
            for (start, count) in symbol.dark_runs(row) {
                let left = layout.symbol_left + start * UNITS_PER_MODULE;
                self.dot(
                    &mut path,
                    left,
                    top,
                    count * UNITS_PER_MODULE,
                    UNITS_PER_MODULE,
                );
            }
        }
        for line in &layout.lines {
            self.write(&mut path, line);
        }
        surface.set_fill(Some(Fill {
            paint: luma::Color::black().into(),
            opacity: NormalizedF32::ONE,
            ..Fill::default()
        }));
        if let Some(path) = path.finish() {
            surface.draw_path(&path);
        }
    }

    fn write(&self, path: &mut PathBuilder, line: &PlacedLine<'_>) {
        for (place, character) in line.text.chars().enumerate() {
            let left = line.left + place * ADVANCE_DOTS;
            for (row, bits) in glyph(character).into_iter().enumerate() {
                for column in 0..CELL_COLUMNS {
                    if bits & (1 << (CELL_COLUMNS - 1 - column)) != 0 {
                        self.dot(path, left + column, line.top + row, 1, 1);
                    }
                }
            }
        }
    }

    /// A dark rectangle, in units of the layout.
    fn dot(&self, path: &mut PathBuilder, left: usize, top: usize, width: usize, height: usize) {
        push(
            path,
            self.left + length(left, self.unit),
            self.top + length(top, self.unit),
            length(width, self.unit),
            length(height, self.unit),
        );
    }
}

fn push(path: &mut PathBuilder, left: u32, top: u32, width: u32, height: u32) {
    let rect = Rect::from_xywh(points(left), points(top), points(width), points(height));
    if let Some(rect) = rect {
        path.push_rect(rect);
    }
}

/// A number of units as a length. A label has at most some thousand units.
fn length(units: usize, unit: u32) -> u32 {
    u32::try_from(units)
        .unwrap_or(u32::MAX)
        .saturating_mul(unit)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "pages are shorter than two metres: micrometres fit into 24 bits"
)]
fn points(micrometres: u32) -> f32 {
    micrometres as f32 * POINTS_PER_MICROMETRE
}
