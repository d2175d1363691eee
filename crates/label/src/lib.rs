//! Labels for packs, lots and logistic units, made and read: bytes in, bytes out.
//!
//! What: a [`Label`] draws one code and the lines a person reads beside it, as PNG and as SVG, and
//! [`terminal_code`] draws a QR code with half blocks, [`render_sheet`] draws many labels as PDF.
//! [`read_codes`] finds the codes in a photo or a label.
//!
//! Invariants:
//! - **No code leaves before it was read back**: every picture is decoded by this crate's own
//!   reader, and a difference is an error.
//! - **A QR code carries a GS1 Digital Link URI; a DataMatrix carries a GS1 element string** that
//!   starts with FNC1 (AIM identifier `]d2`) and separates elements with GS (0x1D).
//! - **Nothing from outside is decoded before its size is known**: the bytes, then the dimensions in
//!   the picture's header, then the memory the pixels need.
//! - No files, no clock, no network.
//!
//! Entry points: [`LabelContent`], [`LabelText`], [`Label::render_checked`], [`render_sheet`],
//! [`terminal_code`], [`read_codes`].
//!
//! ```
//! use theriac_label::{Label, LabelContent, LabelOptions, LabelText, read_codes};
//!
//! let uri = "https://id.example.org/01/09506000134352/10/ABC1/21/12345?17=271231";
//! let text = LabelText::new()
//!     .with_title("Theriac 10 mg, 30 tablets")?
//!     .with_line("GTIN", "09506000134352")?
//!     .with_line("LOT", "ABC1")?
//!     .with_line("EXP", "12/2027")?
//!     .with_line("SN", "12345")?;
//! let label = Label::new(LabelContent::digital_link(uri)?, text, LabelOptions::default());
//! let rendered = label.render_checked()?;
//! assert_eq!(read_codes(&rendered.png)?[0].text, uri);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![warn(missing_docs)]

mod content;
mod error;
mod font;
mod grid;
mod label;
mod layout;
mod options;
mod png;
mod read;
mod sheet;
mod svg;
mod symbol;
mod terminal;
mod text;

pub use content::{Carrier, LabelContent, MAX_DIGITAL_LINK_CHARS, MAX_ELEMENT_STRING_CHARS};
pub use error::{
    ContentError, GridError, OptionsError, ReadError, RenderError, SheetError, TextError,
};
pub use grid::{A4, Grid, LETTER};
pub use label::{Label, RenderedLabel};
pub use options::{LabelOptions, ModuleSize, TextPlacement};
pub use read::{
    MAX_CODES, MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS, MAX_IMAGE_SIDE_PIXELS, ReadCode, read_codes,
};
pub use sheet::{MAX_SHEET_LABELS, RenderedSheet, SheetLabel, SheetOptions, render_sheet};
pub use terminal::{TerminalCode, TerminalStyle, terminal_code};
pub use text::{LabelText, MAX_LINE_CHARS, MAX_LINES};
