//! The search itself, by `rxing`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rxing::{
    BarcodeFormat, Binarizer as _, Luma8LuminanceSource, Point, RXingResult,
    RXingResultMetadataType, RXingResultMetadataValue,
    common::{
        BitMatrix, DecoderRXingResult, DetectorRXingResult as _, GlobalHistogramBinarizer,
        HybridBinarizer, cpp_essentials::ConcentricPattern,
    },
    datamatrix::{decoder::Decoder, detector::zxing_cpp_detector},
    qrcode::cpp_port::{
        decoder::Decode,
        detector::{FindFinderPatterns, GenerateFinderPatternSets, SampleQR},
    },
};

use super::{MAX_CODES, ReadCode};
use crate::error::ReadError;

/// Fewest pixels on a side in which a code can be: a DataMatrix of 10 modules.
const MIN_SIDE_PIXELS: u32 = 10;

/// Most runs that look like a QR finder pattern. A photo full of 64 large codes gives some 4,000; pure
/// noise of 24 megapixels gives more than this and is refused. The decoder's own bookkeeping grows
/// with the square of the number.
const MAX_FINDER_CANDIDATES: usize = 16_384;
/// Most finder patterns kept: three for each code, and as many false ones.
const MAX_FINDER_PATTERNS: usize = 6 * MAX_CODES;
/// Most sets of three finder patterns tried; true sets come first, the rest is noise.
const MAX_QR_ATTEMPTS: usize = 2_048;
/// Most repetitions of the DataMatrix search: each peels the outer rows off a tray from four sides.
const MAX_DATA_MATRIX_PASSES: usize = 16;
/// Most symbols decoded in one repetition.
const MAX_DATA_MATRIX_ATTEMPTS: usize = 512;

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
        .map_err(|_panic| ReadError::Decoder)??;
    sort_for_reading(&mut found);
    Ok(found.into_iter().map(|found| found.code).collect())
}

/// The local threshold first, which copes with shadows; one threshold for all when that finds nothing.
fn search(pixels: Vec<u8>, width: u32, height: u32) -> Result<Vec<Found>, ReadError> {
    let source =
        Luma8LuminanceSource::new(pixels, width, height).map_err(|_size| ReadError::Decoder)?;
    let local = HybridBinarizer::new(source.clone());
    let found = match local.get_black_matrix() {
        Ok(matrix) => search_matrix(matrix.clone())?,
        Err(_no_contrast) => Vec::new(),
    };
    if !found.is_empty() {
        return Ok(found);
    }
    match GlobalHistogramBinarizer::new(source).get_black_matrix() {
        Ok(matrix) => search_matrix(matrix.clone()),
        Err(_no_contrast) => Ok(Vec::new()),
    }
}

fn search_matrix(mut matrix: BitMatrix) -> Result<Vec<Found>, ReadError> {
    let mut found = search_qr(&matrix)?;
    for qr in &found {
        whiten(&mut matrix, &qr.corners);
    }
    search_data_matrix(&mut matrix, &mut found);
    Ok(found)
}

/// Finds finder patterns, then tries sets of three. A picture made to hold tens of thousands of them
/// would keep the decoder busy for minutes, so candidates are counted first and attempts limited.
fn search_qr(matrix: &BitMatrix) -> Result<Vec<Found>, ReadError> {
    if count_finder_candidates(matrix) > MAX_FINDER_CANDIDATES {
        return Err(ReadError::TooBusy);
    }
    let mut patterns = FindFinderPatterns(matrix, true, 0);
    patterns.truncate(MAX_FINDER_PATTERNS);
    let mut used: Vec<ConcentricPattern> = Vec::new();
    let mut found = Vec::new();
    for set in GenerateFinderPatternSets(&mut patterns)
        .into_iter()
        .take(MAX_QR_ATTEMPTS)
    {
        let corners = [set.bl, set.tl, set.tr];
        if corners.iter().any(|corner| used.contains(corner)) {
            continue;
        }
        let Ok(sampled) = SampleQR(matrix, &set) else {
            continue;
        };
        let Ok(decoded) = Decode(sampled.getBits()) else {
            continue;
        };
        if decoded.isValid() {
            used.extend(corners);
            let points = sampled.getPoints();
            found.push(qr_code(&RXingResult::with_decoder_result(
                decoded,
                points,
                BarcodeFormat::QR_CODE,
            )));
            if found.len() >= MAX_CODES {
                break;
            }
        }
    }
    Ok(found)
}

/// How often dark and light runs of about 1 : 1 : 3 : 1 : 1 stand in the rows the decoder looks at
/// (every third).
fn count_finder_candidates(matrix: &BitMatrix) -> usize {
    let mut count = 0;
    for y in (2..matrix.height()).step_by(3) {
        let mut runs = [0_u32; 5];
        let mut is_dark = false;
        let mut length = 0;
        for x in 0..matrix.width() {
            if matrix.get(x, y) == is_dark {
                length += 1;
                continue;
            }
            runs.rotate_left(1);
            runs[4] = length;
            count += usize::from(is_dark && is_finder_like(runs));
            is_dark = !is_dark;
            length = 1;
        }
        runs.rotate_left(1);
        runs[4] = length;
        count += usize::from(is_dark && is_finder_like(runs));
    }
    count
}

/// The decoder's own tolerance, in whole numbers: bars of 1, 3 and 1 modules within three quarters of
/// a module, the spaces between them within a third, half a pixel more for each.
fn is_finder_like([left, gap_left, middle, gap_right, right]: [u32; 5]) -> bool {
    let bars = left + middle + right;
    let gaps = gap_left + gap_right;
    let is_bar = |run: u32, modules: u32| (20 * run).abs_diff(4 * modules * bars) <= 3 * bars + 10;
    let is_gap = |run: u32| (6 * run).abs_diff(3 * gaps) <= gaps + 3;
    middle >= 3
        && middle >= 2 * left.max(right)
        && middle >= gap_left.max(gap_right)
        && bars <= 10 * gaps
        && 5 * gaps <= 8 * bars
        && is_bar(left, 1)
        && is_bar(middle, 3)
        && is_bar(right, 1)
        && is_gap(gap_left)
        && is_gap(gap_right)
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
    for _pass in 0..MAX_DATA_MATRIX_PASSES {
        let Ok(symbols) = zxing_cpp_detector::detect(matrix, true, true) else {
            return;
        };
        let mut is_new = false;
        for symbol in symbols.iter().take(MAX_DATA_MATRIX_ATTEMPTS) {
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
