//! The search itself, by `rxing`.

use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
};

use rxing::{
    BarcodeFormat, Binarizer, BinaryBitmap, DecodeHints, Luma8LuminanceSource, Point, RXingResult,
    RXingResultMetadataType, RXingResultMetadataValue,
    common::{
        BitMatrix, DecoderRXingResult, DetectorRXingResult as _, GlobalHistogramBinarizer,
        HybridBinarizer,
    },
    datamatrix::{decoder::Decoder, detector::zxing_cpp_detector},
    multi::MultipleBarcodeReader as _,
    qrcode::cpp_port::QrReader,
};

use super::{MAX_CODES, ReadCode};
use crate::error::ReadError;

/// Fewest pixels on a side in which a code can be: a DataMatrix of 10 modules.
const MIN_SIDE_PIXELS: u32 = 10;

/// A code and where its corners stand, to put codes in order and leave out repetitions.
struct Found {
    code: ReadCode,
    corners: Vec<Point>,
}

/// Searches grey pixels (`width` times `height`, row by row).
pub(crate) fn read_luma(
    pixels: Vec<u8>,
    width: u32,
    height: u32,
) -> Result<Vec<ReadCode>, ReadError> {
    if width < MIN_SIDE_PIXELS || height < MIN_SIDE_PIXELS {
        return Ok(Vec::new());
    }
    // The decoder is large foreign code that indexes into what a stranger's picture makes it believe.
    // A panic there must not be more than an unreadable picture; nothing outlives the closure.
    let mut found = catch_unwind(AssertUnwindSafe(|| search(pixels, width, height)))
        .map_err(|_panic| ReadError::Decoder)?
        .ok_or(ReadError::Decoder)?;
    sort_for_reading(&mut found);
    Ok(found.into_iter().map(|found| found.code).collect())
}

/// The local threshold first, which copes with shadows; one threshold for all when that finds nothing.
fn search(pixels: Vec<u8>, width: u32, height: u32) -> Option<Vec<Found>> {
    let source = Luma8LuminanceSource::new(pixels, width, height).ok()?;
    let found = search_bitmap(&mut BinaryBitmap::new(HybridBinarizer::new(source.clone())));
    if found.is_empty() {
        return Some(search_bitmap(&mut BinaryBitmap::new(
            GlobalHistogramBinarizer::new(source),
        )));
    }
    Some(found)
}

fn search_bitmap<B: Binarizer>(bitmap: &mut BinaryBitmap<B>) -> Vec<Found> {
    let mut found = search_qr(bitmap);
    let mut matrix = bitmap.get_black_matrix().clone();
    for qr in &found {
        whiten(&mut matrix, &qr.corners);
    }
    search_data_matrix(&mut matrix, &mut found);
    found
}

fn search_qr<B: Binarizer>(bitmap: &mut BinaryBitmap<B>) -> Vec<Found> {
    let hints = DecodeHints {
        TryHarder: Some(true),
        PossibleFormats: Some(HashSet::from([BarcodeFormat::QR_CODE])),
        ..DecodeHints::default()
    };
    let results = QrReader
        .decode_multiple_with_hints(bitmap, &hints)
        .unwrap_or_default();
    results.iter().take(MAX_CODES).map(qr_code).collect()
}

fn qr_code(result: &RXingResult) -> Found {
    let metadata = result.getRXingResultMetadata();
    let symbology = match metadata.get(&RXingResultMetadataType::SYMBOLOGY_IDENTIFIER) {
        Some(RXingResultMetadataValue::SymbologyIdentifier(identifier)) => identifier.clone(),
        _ => "]Q1".to_owned(),
    };
    // ]Q3 and ]Q4: FNC1 in first position, without and with a character set (ISO/IEC 15424).
    let is_gs1 = matches!(symbology.as_str(), "]Q3" | "]Q4");
    let code = ReadCode {
        text: result.getText().to_owned(),
        symbology,
        is_gs1,
    };
    Found {
        code,
        corners: result.getPoints().to_vec(),
    }
}

/// A pass of the detector reports one symbol for each line it follows, so what was read is painted
/// over and the search repeated until nothing new appears.
fn search_data_matrix(matrix: &mut BitMatrix, found: &mut Vec<Found>) {
    let decoder = Decoder::new();
    while found.len() < MAX_CODES {
        let Ok(symbols) = zxing_cpp_detector::detect(matrix, true, true) else {
            return;
        };
        let mut is_new = false;
        for symbol in &symbols {
            let corners = symbol.getPoints();
            if found.len() >= MAX_CODES || is_known(found, corners) {
                continue;
            }
            if let Ok(decoded) = decoder.decode(symbol.getBits()) {
                whiten(matrix, corners);
                let code = data_matrix_code(&decoded);
                found.push(Found {
                    code,
                    corners: corners.to_vec(),
                });
                is_new = true;
            }
        }
        if !is_new {
            return;
        }
    }
}

fn data_matrix_code(decoded: &DecoderRXingResult) -> ReadCode {
    let is_gs1 = decoded.getContentType() == "GS1";
    // The decoder takes an FNC1 after four characters for one in first position; only its content
    // type tells them apart.
    let modifier = match (is_gs1, decoded.getSymbologyModifier()) {
        (false, 2) => 1,
        (false, 5) => 4,
        (_, modifier) => modifier,
    };
    ReadCode {
        text: decoded.getText().to_owned(),
        symbology: format!("]d{modifier}"),
        is_gs1,
    }
}

/// Whether the middle of `corners` lies within a code found before.
fn is_known(found: &[Found], corners: &[Point]) -> bool {
    let middle = centre(corners);
    found.iter().any(|known| is_inside(&known.corners, middle))
}

fn centre(corners: &[Point]) -> Point {
    #[expect(clippy::cast_precision_loss, reason = "a symbol has four corners")]
    let count = corners.len().max(1) as f32;
    let sum = corners
        .iter()
        .fold((0.0, 0.0), |(x, y), corner| (x + corner.x, y + corner.y));
    Point {
        x: sum.0 / count,
        y: sum.1 / count,
    }
}

/// Whether `point` lies in the convex polygon of `corners`: on the same side of every edge.
fn is_inside(corners: &[Point], point: Point) -> bool {
    let sides = corners
        .iter()
        .zip(corners.iter().cycle().skip(1))
        .map(|(a, b)| (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x));
    let (mut has_left, mut has_right) = (false, false);
    for side in sides {
        has_left |= side < 0.0;
        has_right |= side > 0.0;
    }
    corners.len() >= 3 && !(has_left && has_right)
}

/// Paints the symbol over, so that it is not found again.
fn whiten(matrix: &mut BitMatrix, corners: &[Point]) {
    let bounds = |values: &mut dyn Iterator<Item = f32>, limit: u32| {
        let (low, high) = values.fold((f32::MAX, 0.0_f32), |(l, h), v| (l.min(v), h.max(v)));
        (
            pixel(low.floor()),
            pixel(high.ceil()).saturating_add(1).min(limit),
        )
    };
    let (left, right) = bounds(&mut corners.iter().map(|c| c.x), matrix.width());
    let (top, bottom) = bounds(&mut corners.iter().map(|c| c.y), matrix.height());
    for y in top..bottom {
        for x in left..right {
            #[expect(
                clippy::cast_precision_loss,
                reason = "pixel positions stay below 12,000"
            )]
            let point = Point {
                x: x as f32,
                y: y as f32,
            };
            if is_inside(corners, point) {
                matrix.unset(x, y);
            }
        }
    }
}

/// A coordinate as a pixel, cut to the range of pictures read here.
fn pixel(coordinate: f32) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0..=65,535 and whole before the cast; NaN becomes 0"
    )]
    {
        coordinate.clamp(0.0, 65_535.0) as u32
    }
}

/// Sorts row by row, left to right; a row is as high as the first code found.
fn sort_for_reading(found: &mut [Found]) {
    let Some(first) = found.first() else { return };
    let middle = centre(&first.corners);
    let reach = first
        .corners
        .iter()
        .map(|c| (c.y - middle.y).abs())
        .fold(1.0, f32::max);
    let key = |found: &Found| {
        let middle = centre(&found.corners);
        (pixel(middle.y / (2.0 * reach)), pixel(middle.x))
    };
    found.sort_by_key(key);
}
