//! Finding the codes in a picture.
//!
//! Pictures come from outside: the number of bytes, the dimensions in the header and the memory of
//! the pixels are checked before anything is unpacked, and the search stops at [`MAX_CODES`].

mod picture;
mod search;

use crate::error::ReadError;

pub(crate) use search::read_luma;

/// Largest file: a telephone's JPEG of 24 megapixels fits.
pub const MAX_IMAGE_BYTES: usize = 8 * 1024 * 1024;
/// Most pixels: what current telephones take.
pub const MAX_IMAGE_PIXELS: u64 = 24_000_000;
/// Longest side: refuses strips one pixel high, which no camera makes.
pub const MAX_IMAGE_SIDE_PIXELS: u32 = 12_000;
/// Most codes looked for in one picture: a tray of packs.
pub const MAX_CODES: usize = 64;

/// One code found in a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadCode {
    /// What it says. GS1 content keeps GS (0x1D) between its elements and has no AIM prefix.
    pub text: String,
    /// AIM symbology identifier (ISO/IEC 15424), such as `]Q1` or `]d2`.
    pub symbology: String,
    /// Whether the symbol itself says that its content is GS1 (FNC1 first). A Digital Link in a plain
    /// QR code is not GS1 in this sense.
    pub is_gs1: bool,
}

/// The QR and DataMatrix codes in a PNG or JPEG file, top to bottom and left to right. No code found
/// is an empty list: a picture without a code is a result, not an error.
///
/// Takes up to a few seconds of one core for the largest pictures: call it off the request's thread
/// and limit how many run at once.
pub fn read_codes(image_bytes: &[u8]) -> Result<Vec<ReadCode>, ReadError> {
    let (pixels, width, height) = picture::grey_pixels(image_bytes)?;
    read_luma(pixels, width, height)
}
