//! From a file's bytes to grey pixels, refusing what is too large before unpacking it.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};

use super::{MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS, MAX_IMAGE_SIDE_PIXELS};
use crate::error::ReadError;

/// Four channels of 8 bits for the largest picture; 16 bits a channel allow half as many pixels.
const MAX_PICTURE_MEMORY_BYTES: u64 = MAX_IMAGE_PIXELS * 4;
/// What the unpacking may hold besides the pixels: rows, tables, coefficients.
const DECODER_MEMORY_BYTES: u64 = 32 * 1024 * 1024;

/// Grey values row by row, width and height.
pub(super) fn grey_pixels(bytes: &[u8]) -> Result<(Vec<u8>, u32, u32), ReadError> {
    if bytes.len() > MAX_IMAGE_BYTES {
        return Err(ReadError::TooManyBytes {
            size_bytes: bytes.len(),
            limit_bytes: MAX_IMAGE_BYTES,
        });
    }
    let format = image::guess_format(bytes).map_err(|_unknown| ReadError::NotAPicture)?;
    if !matches!(format, ImageFormat::Png | ImageFormat::Jpeg) {
        return Err(ReadError::NotAPicture);
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_PICTURE_MEMORY_BYTES + DECODER_MEMORY_BYTES);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(ReadError::Damaged)?;
    check_size(decoder.dimensions(), decoder.total_bytes())?;
    let picture = DynamicImage::from_decoder(decoder).map_err(ReadError::Damaged)?;
    Ok(to_grey(&picture))
}

fn check_size((width, height): (u32, u32), memory_bytes: u64) -> Result<(), ReadError> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_IMAGE_PIXELS || width.max(height) > MAX_IMAGE_SIDE_PIXELS {
        return Err(ReadError::TooManyPixels {
            width,
            height,
            limit: MAX_IMAGE_PIXELS,
            side_limit: MAX_IMAGE_SIDE_PIXELS,
        });
    }
    if memory_bytes > MAX_PICTURE_MEMORY_BYTES {
        return Err(ReadError::TooMuchMemory {
            needed_bytes: memory_bytes,
            limit_bytes: MAX_PICTURE_MEMORY_BYTES,
        });
    }
    Ok(())
}

/// Grey on white paper: a transparent background would otherwise turn black and hide the code.
fn to_grey(picture: &DynamicImage) -> (Vec<u8>, u32, u32) {
    let (width, height) = (picture.width(), picture.height());
    if !picture.color().has_alpha() {
        return (picture.to_luma8().into_raw(), width, height);
    }
    let pixels = picture
        .to_luma_alpha8()
        .pixels()
        .map(|pixel| {
            let [grey, alpha] = pixel.0.map(u32::from);
            let mixed = (grey * alpha + 255 * (255 - alpha)) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        })
        .collect();
    (pixels, width, height)
}
