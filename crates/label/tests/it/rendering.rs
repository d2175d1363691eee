use proptest::prelude::*;
use theriac_label::{
    Label, LabelContent, LabelOptions, LabelText, ModuleSize, ReadCode, TextPlacement, read_codes,
};

const LINK: &str = "https://id.example.org/01/09506000134352/10/ABC1/21/12345?17=271231";
const ELEMENTS: &str = "01095060001343521727123110ABC1\u{1d}2112345";

fn text() -> LabelText {
    LabelText::new()
        .with_title("Theriac <10 mg> & \"wax\", 30 tablets")
        .and_then(|t| t.with_line("GTIN", "09506000134352"))
        .and_then(|t| t.with_line("LOT", "ABC1"))
        .and_then(|t| t.with_line("EXP", "12/2027"))
        .and_then(|t| t.with_line("SN", "12345"))
        .unwrap()
}

fn qr() -> LabelContent {
    LabelContent::digital_link(LINK).unwrap()
}

fn data_matrix() -> LabelContent {
    LabelContent::element_string(ELEMENTS).unwrap()
}

fn placed(placement: TextPlacement) -> LabelOptions {
    LabelOptions {
        placement,
        ..LabelOptions::default()
    }
}

fn check_reads(content: LabelContent, text: LabelText, options: LabelOptions) {
    let expected = ReadCode {
        text: content.as_str().to_owned(),
        symbology: content.carrier().aim_identifier().to_owned(),
        is_gs1: content.carrier().aim_identifier() == "]d2",
    };
    let rendered = Label::new(content, text, options).render_checked().unwrap();
    assert_eq!(read_codes(&rendered.png).unwrap(), [expected]);
}

#[test]
fn a_label_reads_as_its_content_wherever_the_text_stands() {
    for placement in [
        TextPlacement::Beside,
        TextPlacement::Below,
        TextPlacement::Hidden,
    ] {
        check_reads(qr(), text(), placed(placement));
        check_reads(data_matrix(), text(), placed(placement));
    }
}

#[test]
fn a_logistic_unit_label_reads_as_its_sscc() {
    let text = LabelText::new()
        .with_line("SSCC", "095060001343521234")
        .unwrap();
    let elements = LabelContent::element_string("00095060001343521234").unwrap();
    let link = LabelContent::digital_link("https://id.example.org/00/095060001343521234").unwrap();
    check_reads(elements, text.clone(), LabelOptions::default());
    check_reads(link, text, LabelOptions::default());
}

#[test]
fn every_module_size_from_smallest_to_largest_reads() {
    for pixels in [2, 4, 10, 20, 40] {
        let module_size = ModuleSize::new(pixels, 250).unwrap();
        let options = LabelOptions {
            module_size,
            ..LabelOptions::default()
        };
        check_reads(qr(), text(), options);
        check_reads(data_matrix(), text(), options);
    }
}

#[test]
fn the_longest_contents_and_texts_make_a_label() {
    let link = format!("https://id.example.org/{}", "%2F".repeat(125));
    let elements = format!("10{}", "aZ".repeat(99));
    let text = (0..8)
        .try_fold(LabelText::new(), |text, _| {
            text.with_line("SN", &"W".repeat(43))
        })
        .unwrap();
    for placement in [TextPlacement::Beside, TextPlacement::Below] {
        check_reads(
            LabelContent::digital_link(&link).unwrap(),
            text.clone(),
            placed(placement),
        );
        check_reads(
            LabelContent::element_string(&elements).unwrap(),
            text.clone(),
            placed(placement),
        );
    }
}

#[test]
fn the_svg_is_well_formed_and_carries_the_text() {
    let rendered = Label::new(qr(), text(), LabelOptions::default())
        .render_checked()
        .unwrap();
    let document = roxmltree::Document::parse(&rendered.svg).unwrap();
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "svg");
    let lines: Vec<_> = document
        .descendants()
        .filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "text")))
        .filter_map(|node| node.text())
        .collect();
    assert_eq!(lines, text().lines());
    assert!(
        root.attribute("width")
            .is_some_and(|width| width.ends_with("mm"))
    );
}

/// Fills the rectangles of the SVG's one path, eight pixels a module, and reads the picture.
#[test]
fn the_svg_path_reads_as_the_content() {
    for content in [qr(), data_matrix()] {
        let label = Label::new(content.clone(), text(), placed(TextPlacement::Below));
        let svg = label.render_checked().unwrap().svg;
        let document = roxmltree::Document::parse(&svg).unwrap();
        let number = |name: &str| -> u32 {
            document.root_element().attribute("viewBox").unwrap();
            let rect = document
                .descendants()
                .find(|n| n.tag_name().name() == "rect")
                .unwrap();
            rect.attribute(name).unwrap().parse().unwrap()
        };
        let mut picture = image::GrayImage::from_pixel(
            number("width") * 4,
            number("height") * 4,
            image::Luma([255]),
        );
        let path = document
            .descendants()
            .find_map(|node| node.attribute("d"))
            .unwrap();
        for rectangle in path.split('M').filter(|part| !part.is_empty()) {
            let numbers: Vec<u32> = rectangle
                .split(|c: char| !c.is_ascii_digit())
                .filter_map(|part| part.parse().ok())
                .collect();
            let [left, top, width, height, _] = numbers[..] else {
                panic!("{rectangle}")
            };
            for y in top * 4..(top + height) * 4 {
                for x in left * 4..(left + width) * 4 {
                    picture.put_pixel(x, y, image::Luma([0]));
                }
            }
        }
        let mut png = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
        let codes = read_codes(&png.into_inner()).unwrap();
        assert_eq!(codes.len(), 1);
        assert_eq!(codes[0].text, content.as_str());
    }
}

#[test]
fn a_printed_module_has_the_size_asked_for() {
    let module_size = ModuleSize::new(4, 1_000).unwrap();
    let options = LabelOptions {
        module_size,
        placement: TextPlacement::Hidden,
    };
    let elements = LabelContent::element_string("00095060001343521234").unwrap();
    let rendered = Label::new(elements, LabelText::new(), options)
        .render_checked()
        .unwrap();
    // 18 modules and 2 on each side, at 1 mm and at 4 pixels.
    assert!(
        rendered.svg.contains("width=\"20.000mm\""),
        "{}",
        rendered.svg
    );
    assert_eq!((rendered.width_pixels, rendered.height_pixels), (80, 80));
}

/// GS1 character set 82 (GS1 General Specifications, figure 7.11-1).
const CHARACTER_SET_82: &str = "[!\"%&'()*+,\\-./0-9:;<=>?A-Z_a-z]{1,20}";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_lot_and_serial_survive_a_data_matrix(lot in CHARACTER_SET_82, serial in CHARACTER_SET_82) {
        let elements = format!("010950600013435210{lot}\u{1d}21{serial}\u{1d}17271231");
        check_reads(LabelContent::element_string(elements).unwrap(), text(), LabelOptions::default());
    }

    #[test]
    fn any_lot_and_serial_survive_a_qr_code(lot in CHARACTER_SET_82, serial in CHARACTER_SET_82) {
        let encode = |value: &str| value.bytes().map(|b| format!("%{b:02X}")).collect::<Vec<_>>().concat();
        let uri = format!(
            "https://id.example.org/01/09506000134352/10/{}/21/{}", encode(&lot), encode(&serial)
        );
        check_reads(LabelContent::digital_link(uri).unwrap(), text(), LabelOptions::default());
    }
}
