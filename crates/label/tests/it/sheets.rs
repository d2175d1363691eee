//! Sheets of labels. That an independent reader reads every code of a rendered sheet is checked by
//! tests/interop.

use std::path::Path;

use theriac_label::{
    A4, Grid, LabelContent, LabelText, MAX_SHEET_LABELS, ModuleSize, SheetError, SheetLabel,
    SheetOptions, TextPlacement, render_sheet,
};

fn label(serial: usize) -> SheetLabel {
    let serial = format!("SN{serial:06}");
    let elements = format!("010950600013435217271231{}{serial}", "10ABC1\u{1d}21");
    SheetLabel {
        content: LabelContent::element_string(elements).unwrap(),
        text: LabelText::new()
            .with_line("GTIN", "09506000134352")
            .and_then(|text| text.with_line("SN", &serial))
            .unwrap(),
    }
}

fn labels(count: usize) -> Vec<SheetLabel> {
    (0..count).map(label).collect()
}

fn options() -> SheetOptions {
    SheetOptions {
        grid: Grid::filling(A4, (60_000, 30_000), 8_000).unwrap(),
        module_size: ModuleSize::new(4, 400).unwrap(),
        placement: TextPlacement::Beside,
        skip: 0,
        has_outlines: true,
    }
}

#[test]
fn labels_fill_page_after_page_and_the_same_labels_are_the_same_file() {
    for (count, skip, pages) in [(1, 0, 1), (27, 0, 1), (28, 0, 2), (27, 1, 2), (1, 26, 1)] {
        let options = SheetOptions { skip, ..options() };
        let sheet = render_sheet(&labels(count), &options).unwrap();
        assert_eq!(sheet.pages, pages, "{count} labels after {skip}");
        assert!(sheet.pdf.starts_with(b"%PDF-"));
        assert_eq!(sheet, render_sheet(&labels(count), &options).unwrap());
    }
}

#[test]
fn a_sheet_of_no_labels_or_too_many_or_with_no_place_left_is_refused() {
    assert!(matches!(
        render_sheet(&[], &options()),
        Err(SheetError::Empty)
    ));
    assert!(matches!(
        render_sheet(&vec![label(1); MAX_SHEET_LABELS + 1], &options()),
        Err(SheetError::TooManyLabels { .. })
    ));
    let used_up = SheetOptions {
        skip: 27,
        ..options()
    };
    assert!(matches!(
        render_sheet(&labels(1), &used_up),
        Err(SheetError::Skip {
            skip: 27,
            places: 27
        })
    ));
}

#[test]
fn a_label_larger_than_its_place_is_named_with_the_size_that_it_needs() {
    let mut all = labels(3);
    all[2].text = LabelText::new().with_title(&"wide ".repeat(9)).unwrap();
    let error = render_sheet(&all, &options()).unwrap_err();
    assert!(
        matches!(
            error,
            SheetError::TooLarge { index: 2, width, label_width: 60_000, .. } if width > 60_000
        ),
        "{error}"
    );
}

/// A sheet of either kind of code, which tests/interop reads from the folder that Cargo gives to tests.
#[test]
fn sheets_are_kept_for_a_reader_that_is_not_ours() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sheets");
    std::fs::create_dir_all(&folder).unwrap();
    let links = (0..40).map(|serial| {
        let link = format!("https://id.example.org/01/09506000134352/10/ABC1/21/SN{serial:06}");
        SheetLabel {
            content: LabelContent::digital_link(link).unwrap(),
            ..label(serial)
        }
    });
    for (name, labels) in [("datamatrix", labels(40)), ("qr", links.collect())] {
        let sheet = render_sheet(&labels, &options()).unwrap();
        assert_eq!(sheet.pages, 2);
        let contents: Vec<&str> = labels.iter().map(|label| label.content.as_str()).collect();
        std::fs::write(folder.join(name).with_extension("pdf"), sheet.pdf).unwrap();
        std::fs::write(folder.join(name).with_extension("txt"), contents.join("\n")).unwrap();
    }
}
