use theriac_label::{LabelContent, RenderError, TerminalStyle, read_codes, terminal_code};

fn link() -> LabelContent {
    LabelContent::digital_link("https://id.example.org/01/09506000134352/10/ABC1/21/12345").unwrap()
}

/// Turns the drawing back into pixels and reads it.
fn read_drawing(lines: &[String], columns: u32, style: TerminalStyle) -> String {
    const SCALE: u32 = 4;
    let rows = u32::try_from(lines.len()).unwrap() * 2;
    let mut picture = image::GrayImage::new(columns * SCALE, rows * SCALE);
    for (y, line) in lines.iter().enumerate() {
        let cells = line.chars().filter(|c| matches!(c, '█' | '▀' | '▄' | ' '));
        for (x, cell) in cells.enumerate() {
            let halves = match cell {
                '█' => [true, true],
                '▀' => [true, false],
                '▄' => [false, true],
                _ => [false, false],
            };
            for (half, is_ink) in (0_u32..).zip(halves) {
                let is_dark = is_ink == (style == TerminalStyle::Coloured);
                let (left, top) = (
                    u32::try_from(x).unwrap() * SCALE,
                    (u32::try_from(y).unwrap() * 2 + half) * SCALE,
                );
                for (dx, dy) in (0..SCALE).flat_map(|dx| (0..SCALE).map(move |dy| (dx, dy))) {
                    let grey = if is_dark { 0 } else { 255 };
                    picture.put_pixel(left + dx, top + dy, image::Luma([grey]));
                }
            }
        }
    }
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
    read_codes(&png.into_inner()).unwrap().remove(0).text
}

#[test]
fn the_drawing_reads_as_the_content_in_both_styles() {
    for style in [TerminalStyle::Coloured, TerminalStyle::Plain] {
        let code = terminal_code(&link(), style, 80).unwrap();
        let columns = u32::try_from(code.columns).unwrap();
        assert_eq!(read_drawing(&code.lines, columns, style), link().as_str());
    }
}

#[test]
fn the_drawing_of_a_pack_leaves_room_in_a_terminal_of_25_lines() {
    let code = terminal_code(&link(), TerminalStyle::Coloured, 80).unwrap();
    assert!(code.lines.len() <= 21, "{} lines", code.lines.len());
    assert_eq!(code.to_string().lines().count(), code.lines.len());
}

#[test]
fn a_terminal_that_is_too_narrow_is_told_how_much_is_needed() {
    let error = terminal_code(&link(), TerminalStyle::Plain, 30).unwrap_err();
    assert!(
        matches!(
            error,
            RenderError::TooWide {
                needed: 37,
                available: 30
            }
        ),
        "{error}"
    );
}
