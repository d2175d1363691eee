use std::io::Cursor;

use image::{GrayImage, ImageFormat, Luma};
use theriac_label::read_codes;

use super::super::samples::Batch;
use super::*;

/// Pixels of a module.
const SCALE: u32 = 4;
/// Columns and rows of terminal around what is drawn.
const MARGIN: usize = 4;
/// Lines of the banner above the samples: the title and five services.
const HEAD_LINES: usize = 6;
/// Lines of a terminal.
const LINES_MAX: usize = 25;

/// The widest codes there are: with a port of five digits.
fn samples() -> Vec<Sample> {
    let verifier = "http://127.0.0.1:65535";
    let good = Batch::numbered("G-1", 'G', 100);
    let recalled = Batch::numbered("R-1", 'R', 20);
    vec![
        Sample::new("good", "ACTIVE", (&good, 0), verifier),
        Sample::new("recalled", "RECALLED", (&recalled, 0), verifier),
        Sample::new("dispensed", "ALREADY_DISPENSED", (&good, 99), verifier),
    ]
}

fn drawn(style: TerminalStyle, columns: Option<usize>) -> String {
    let mut text = String::new();
    draw_samples(&mut text, &samples(), style, columns).unwrap();
    text
}

/// A line without its colour sequences.
fn plain(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.map(|part| part.split_once('m').unwrap().1);
    first + &rest.collect::<String>()
}

/// A photograph of a dark terminal, so that the only light around a code is its own: each cell is two
/// modules high, what is not drawn is dark, and a letter is a light cell.
fn photograph(text: &str, style: TerminalStyle) -> Vec<u8> {
    let lines: Vec<&str> = text.lines().collect();
    let columns = lines.iter().map(|line| plain(line).chars().count()).max();
    let side = |cells: usize| u32::try_from(cells + 2 * MARGIN).unwrap() * SCALE;
    let mut picture = GrayImage::new(side(columns.unwrap()), side(2 * lines.len()));
    for (row, line) in lines.iter().enumerate() {
        let is_coloured = line.contains('\u{1b}');
        assert!(style == TerminalStyle::Coloured || !is_coloured);
        for (column, cell) in plain(line).chars().enumerate() {
            let (upper, lower) = match cell {
                '█' => (true, true),
                '▀' => (true, false),
                '▄' => (false, true),
                ' ' => (false, false),
                _letter => (true, true),
            };
            for (half, ink) in [(0, upper), (1, lower)] {
                // Coloured ink is black on white; plain ink is what the terminal writes light with.
                if ink != is_coloured {
                    paint(&mut picture, column + MARGIN, 2 * row + half + MARGIN);
                }
            }
        }
    }
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Makes one module light.
fn paint(picture: &mut GrayImage, column: usize, row: usize) {
    let (left, top) = (
        u32::try_from(column).unwrap() * SCALE,
        u32::try_from(row).unwrap() * SCALE,
    );
    for (x, y) in (0..SCALE).flat_map(|x| (0..SCALE).map(move |y| (x, y))) {
        picture.put_pixel(left + x, top + y, Luma([255]));
    }
}

#[test]
fn every_drawn_code_is_read_from_a_picture_of_a_dark_terminal() {
    for style in [TerminalStyle::Coloured, TerminalStyle::Plain] {
        for (columns, count) in [(None, 3), (Some(99), 3), (Some(80), 2), (Some(40), 1)] {
            let picture = photograph(&drawn(style, columns), style);
            let mut read: Vec<String> = read_codes(&picture)
                .unwrap()
                .into_iter()
                .map(|code| code.text)
                .collect();
            read.sort_unstable();
            let mut expected: Vec<String> = samples()
                .into_iter()
                .take(count)
                .map(|sample| sample.link)
                .collect();
            expected.sort_unstable();
            assert_eq!(read, expected, "{style:?} in {columns:?} columns");
        }
    }
}

#[test]
fn every_drawn_code_keeps_four_light_modules_on_each_side() {
    for columns in [None, Some(80)] {
        let text = drawn(TerminalStyle::Coloured, columns);
        let rows: Vec<Vec<char>> = text
            .lines()
            .filter(|line| line.contains('\u{1b}'))
            .map(|line| plain(line).chars().collect())
            .collect();
        assert_eq!(rows.len(), CODE_COLUMNS.div_ceil(2));
        let blank = |cells: &[char]| cells.iter().all(|cell| *cell == ' ');
        for row in [0, 1, rows.len() - 2, rows.len() - 1] {
            assert!(blank(&rows[row]), "row {row}");
        }
        for row in &rows {
            for code in row.chunks(CODE_COLUMNS) {
                assert!(blank(&code[..4]) && blank(&code[CODE_COLUMNS - 4..]));
            }
        }
    }
}

#[test]
fn banner_has_25_lines_and_no_more_columns_than_its_terminal() {
    for columns in [None, Some(200), Some(99), Some(98), Some(80)] {
        let text = drawn(TerminalStyle::Plain, columns);
        assert!(HEAD_LINES + text.lines().count() <= LINES_MAX, "{text}");
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest.unwrap() <= columns.unwrap_or(99), "{text}");
    }
}

#[test]
fn every_code_can_be_pasted_however_narrow_the_terminal_is() {
    for columns in [None, Some(80), Some(20)] {
        let text = drawn(TerminalStyle::Plain, columns);
        for sample in samples() {
            assert!(text.contains(&sample.code), "{text}");
        }
    }
}
