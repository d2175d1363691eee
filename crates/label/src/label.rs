//! One label: a code and its text.

use crate::{
    content::{Carrier, LabelContent},
    error::RenderError,
    layout::Layout,
    options::{LabelOptions, TextPlacement},
    png::Canvas,
    read::{ReadCode, read_codes, read_luma},
    svg,
    symbol::{ErrorCorrection, Symbol},
    text::LabelText,
};

/// A label before it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    content: LabelContent,
    text: LabelText,
    options: LabelOptions,
}

/// A label whose code has been read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedLabel {
    /// The label as a PNG file.
    pub png: Vec<u8>,
    /// The same label as an SVG file with its printed size in millimetres.
    pub svg: String,
    /// Width of the PNG.
    pub width_pixels: u32,
    /// Height of the PNG.
    pub height_pixels: u32,
}

impl Label {
    /// A label of `content` and `text`, drawn by `options`.
    pub fn new(content: LabelContent, text: LabelText, options: LabelOptions) -> Self {
        Self {
            content,
            text,
            options,
        }
    }

    /// Draws the label, reads the PNG back, and refuses it unless it holds exactly the one code asked
    /// for. The SVG draws the same modules.
    pub fn render_checked(&self) -> Result<RenderedLabel, RenderError> {
        let symbol = Symbol::encode(&self.content, ErrorCorrection::Paper)?;
        let layout = Layout::new(&symbol, self.text.lines(), self.options.placement);
        let canvas = Canvas::draw(&symbol, &layout, self.options.module_size.pixels());
        let (width_pixels, height_pixels) = canvas.dimensions();
        let png = canvas.encode()?;
        let codes = read_codes(&png).map_err(RenderError::Unreadable)?;
        check_same(&codes, &self.content)?;
        let svg = svg::draw(&symbol, &layout, self.options.module_size);
        Ok(RenderedLabel {
            png,
            svg,
            width_pixels,
            height_pixels,
        })
    }
}

/// Pixels of a module in the picture that only the check sees.
const CHECK_MODULE_PIXELS: u32 = 4;

/// Encodes `content` and reads the bare symbol back.
pub(crate) fn encode_checked(
    content: &LabelContent,
    correction: ErrorCorrection,
) -> Result<Symbol, RenderError> {
    let symbol = Symbol::encode(content, correction)?;
    let layout = Layout::new(&symbol, &[], TextPlacement::Hidden);
    let canvas = Canvas::draw(&symbol, &layout, CHECK_MODULE_PIXELS);
    let (width, height) = canvas.dimensions();
    let codes = read_luma(canvas.into_pixels(), width, height).map_err(RenderError::Unreadable)?;
    check_same(&codes, content)?;
    Ok(symbol)
}

fn check_same(codes: &[ReadCode], content: &LabelContent) -> Result<(), RenderError> {
    match codes {
        [code]
            if code.text == content.as_str()
                && code.symbology == content.carrier().aim_identifier()
                && code.is_gs1 == (content.carrier() == Carrier::DataMatrix) =>
        {
            Ok(())
        }
        _ => Err(RenderError::Differs),
    }
}
