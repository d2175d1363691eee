use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgba, RgbaImage, imageops};
use proptest::prelude::*;
use theriac_label::{
    Label, LabelContent, LabelOptions, LabelText, MAX_IMAGE_BYTES, ReadError, TextPlacement,
    read_codes,
};

fn label(content: LabelContent) -> GrayImage {
    let options = LabelOptions {
        placement: TextPlacement::Hidden,
        ..LabelOptions::default()
    };
    let rendered = Label::new(content, LabelText::new(), options)
        .render_checked()
        .unwrap();
    image::load_from_memory(&rendered.png).unwrap().to_luma8()
}

fn qr(serial: usize) -> GrayImage {
    let uri = format!("https://id.example.org/01/09506000134352/21/{serial}");
    label(LabelContent::digital_link(uri).unwrap())
}

fn data_matrix(serial: usize) -> GrayImage {
    let elements = format!("010950600013435210ABC1\u{1d}21{serial}");
    label(LabelContent::element_string(elements).unwrap())
}

fn bytes(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn paper(width: u32, height: u32) -> GrayImage {
    GrayImage::from_pixel(width, height, Luma([235]))
}

/// A PNG whose header claims `width` by `height` pixels of 8-bit grey or 16-bit colour, and has few.
fn png_claiming(width: u32, height: u32, depth: u8, colour: u8) -> Vec<u8> {
    let mut png = bytes(GrayImage::new(1, 1), ImageFormat::Png);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    png[24] = depth;
    png[25] = colour;
    let crc = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&crc.to_be_bytes());
    png
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            };
        }
    }
    !crc
}

#[test]
fn twelve_packs_on_a_tray_are_all_read_in_order() {
    let mut tray = paper(1_200, 900);
    for index in 0..12_u32 {
        let code = data_matrix(1_000 + index as usize);
        imageops::overlay(
            &mut tray,
            &code,
            i64::from(index % 4) * 290 + 40,
            i64::from(index / 4) * 290 + 40,
        );
    }
    let codes = read_codes(&bytes(tray, ImageFormat::Png)).unwrap();
    let expected: Vec<_> = (1_000..1_012)
        .map(|s| format!("010950600013435210ABC1\u{1d}21{s}"))
        .collect();
    assert_eq!(
        codes.iter().map(|c| c.text.clone()).collect::<Vec<_>>(),
        expected
    );
    assert!(
        codes
            .iter()
            .all(|code| code.is_gs1 && code.symbology == "]d2")
    );
}

#[test]
fn both_kinds_of_code_in_one_picture_are_read() {
    let mut sheet = paper(900, 500);
    imageops::overlay(&mut sheet, &qr(1), 20, 20);
    imageops::overlay(&mut sheet, &data_matrix(2), 400, 60);
    imageops::overlay(&mut sheet, &qr(3), 620, 200);
    let mut found: Vec<_> = read_codes(&bytes(sheet, ImageFormat::Png))
        .unwrap()
        .into_iter()
        .map(|code| (code.symbology, code.text))
        .collect();
    found.sort();
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].1.ends_with("/21/1") && found[1].1.ends_with("/21/3"));
    assert!(found[2].1.ends_with("212") && found[2].0 == "]d2");
}

#[test]
fn the_same_code_printed_twice_is_reported_twice() {
    let mut sheet = paper(700, 350);
    imageops::overlay(&mut sheet, &qr(7), 10, 10);
    imageops::overlay(&mut sheet, &qr(7), 360, 10);
    let codes = read_codes(&bytes(sheet, ImageFormat::Png)).unwrap();
    assert_eq!(codes.len(), 2);
    assert_eq!(codes[0], codes[1]);
}

#[test]
fn a_jpeg_and_a_turned_picture_are_read() {
    for code in [qr(9), data_matrix(9)] {
        let mut photo = paper(code.width() + 160, code.height() + 90);
        imageops::overlay(&mut photo, &code, 90, 30);
        for turned in [
            imageops::rotate90(&photo),
            imageops::rotate180(&photo),
            photo,
        ] {
            assert_eq!(
                read_codes(&bytes(turned, ImageFormat::Jpeg)).unwrap().len(),
                1
            );
        }
    }
}

#[test]
fn a_transparent_background_counts_as_white() {
    let code = qr(4);
    let picture = RgbaImage::from_fn(code.width(), code.height(), |x, y| {
        Rgba([0, 0, 0, 255 - code.get_pixel(x, y).0[0]])
    });
    assert_eq!(
        read_codes(&bytes(picture, ImageFormat::Png)).unwrap().len(),
        1
    );
}

#[test]
fn a_picture_without_a_code_gives_an_empty_list() {
    for (width, height) in [(1, 1), (1, 500), (9, 9), (10, 10), (41, 41), (640, 480)] {
        let picture = bytes(paper(width, height), ImageFormat::Png);
        assert_eq!(read_codes(&picture).unwrap(), [], "{width} by {height}");
    }
}

#[test]
fn a_file_over_the_limit_is_refused_unread() {
    let mut png = bytes(paper(10, 10), ImageFormat::Png);
    png.resize(MAX_IMAGE_BYTES + 1, 0);
    assert!(matches!(
        read_codes(&png),
        Err(ReadError::TooManyBytes { .. })
    ));
}

#[test]
fn a_header_that_claims_too_many_pixels_is_refused_before_decoding() {
    for (width, height) in [(60_000, 60_000), (4_900, 4_900), (12_001, 1), (1, 12_001)] {
        let error = read_codes(&png_claiming(width, height, 8, 0)).unwrap_err();
        assert!(
            matches!(error, ReadError::TooManyPixels { .. }),
            "{width} by {height}: {error}"
        );
    }
    // A zero or a size beyond the format is the decoder's to refuse.
    for (width, height) in [(0, 5), (u32::MAX, u32::MAX)] {
        assert!(read_codes(&png_claiming(width, height, 8, 0)).is_err());
    }
}

#[test]
fn a_header_that_claims_too_much_memory_is_refused_before_decoding() {
    let error = read_codes(&png_claiming(4_800, 4_800, 16, 6)).unwrap_err();
    assert!(matches!(error, ReadError::TooMuchMemory { .. }), "{error}");
}

#[test]
fn a_header_that_promises_more_than_follows_is_damaged() {
    let error = read_codes(&png_claiming(500, 500, 8, 0)).unwrap_err();
    assert!(matches!(error, ReadError::Damaged(_)), "{error}");
}

/// Without a bound this picture keeps the decoder busy for minutes.
#[test]
fn a_picture_full_of_finder_patterns_is_refused() {
    let picture = GrayImage::from_fn(2_000, 2_000, |x, y| {
        let (column, row) = (x % 9, y % 9);
        let ring = column.abs_diff(3).max(row.abs_diff(3));
        Luma([if ring <= 3 && ring != 2 { 0 } else { 255 }])
    });
    let error = read_codes(&bytes(picture, ImageFormat::Png)).unwrap_err();
    assert!(matches!(error, ReadError::TooBusy), "{error}");
}

#[test]
fn bytes_of_another_kind_are_refused() {
    let gif = *b"GIF89a\x01\x00\x01\x00\x00\x00\x00;";
    for garbage in [&b""[..], b"not a picture", &gif, b"<svg/>", &[0xff; 64]] {
        assert!(matches!(read_codes(garbage), Err(ReadError::NotAPicture)));
    }
}

#[test]
fn a_picture_cut_at_any_byte_is_refused_or_read_and_never_panics() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg] {
        let whole = bytes(data_matrix(5), format);
        for end in (0..whole.len()).step_by(37) {
            let _outcome = read_codes(&whole[..end]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_spoiled_code_never_reads_as_another(
        spots in proptest::collection::vec((0_u32..200, 0_u32..200, 1_u32..24, any::<bool>()), 0..12)
    ) {
        let mut picture = data_matrix(123_456);
        for (left, top, size, is_dark) in spots {
            for (x, y) in (left..left + size).flat_map(|x| (top..top + size).map(move |y| (x, y))) {
                if let Some(pixel) = picture.get_pixel_mut_checked(x, y) {
                    *pixel = Luma([if is_dark { 0 } else { 255 }]);
                }
            }
        }
        for code in read_codes(&bytes(picture, ImageFormat::Png)).unwrap() {
            prop_assert_eq!(code.text.as_str(), "010950600013435210ABC1\u{1d}21123456");
        }
    }

    #[test]
    fn random_bytes_are_refused(garbage in proptest::collection::vec(any::<u8>(), 0..512)) {
        prop_assert!(read_codes(&garbage).is_err());
    }
}
