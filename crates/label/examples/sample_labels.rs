//! Writes sample labels into a folder, and how fast labels are made and read:
//! `cargo run -p theriac-label --example sample_labels -- <folder> [count]`.
//!
//! Each `<name>.png` and `<name>.svg` comes with `<name>.txt`, the content an independent reader
//! must find (see `tests/interop/read_label.py`).
#![expect(clippy::print_stdout, reason = "a program for the terminal")]
#![expect(clippy::disallowed_methods, reason = "measures its own speed")]

use std::{error::Error, fs, path::Path, time::Instant};

use theriac_label::{
    Label, LabelContent, LabelOptions, LabelText, TerminalStyle, TextPlacement, read_codes,
    terminal_code,
};

const LINK: &str = "https://id.example.org/01/09506000134352/10/ABC1/21/K7Q2M9X4T8R1?17=271231";
const ELEMENTS: &str = "01095060001343521727123110ABC1\u{1d}21K7Q2M9X4T8R1";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("give the folder to write to")?;
    let count: u32 = arguments.next().map_or(Ok(100), |text| text.parse())?;
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    for (name, content, placement) in samples()? {
        write(folder, name, content, placement)?;
    }
    print!(
        "{}",
        terminal_code(
            &LabelContent::digital_link(LINK)?,
            TerminalStyle::Coloured,
            80
        )?
    );
    measure("QR", &LabelContent::digital_link(LINK)?, count)?;
    measure(
        "DataMatrix",
        &LabelContent::element_string(ELEMENTS)?,
        count,
    )
}

type Sample = (&'static str, LabelContent, TextPlacement);

fn samples() -> Result<Vec<Sample>, Box<dyn Error>> {
    Ok(vec![
        (
            "qr-beside",
            LabelContent::digital_link(LINK)?,
            TextPlacement::Beside,
        ),
        (
            "qr-below",
            LabelContent::digital_link(LINK)?,
            TextPlacement::Below,
        ),
        (
            "datamatrix-beside",
            LabelContent::element_string(ELEMENTS)?,
            TextPlacement::Beside,
        ),
        (
            "datamatrix-below",
            LabelContent::element_string(ELEMENTS)?,
            TextPlacement::Below,
        ),
        (
            "datamatrix-mixed-case",
            LabelContent::element_string(
                "010950600013435210aB-c/9\u{1d}21x_Y.z%&(1)\u{1d}17271231",
            )?,
            TextPlacement::Beside,
        ),
        (
            "sscc",
            LabelContent::element_string("00095060001343521234")?,
            TextPlacement::Hidden,
        ),
    ])
}

fn text() -> Result<LabelText, Box<dyn Error>> {
    Ok(LabelText::new()
        .with_title("Theriac 10 mg, 30 tablets")?
        .with_line("GTIN", "09506000134352")?
        .with_line("LOT", "ABC1")?
        .with_line("EXP", "12/2027")?
        .with_line("SN", "K7Q2M9X4T8R1")?)
}

fn write(
    folder: &Path,
    name: &str,
    content: LabelContent,
    placement: TextPlacement,
) -> Result<(), Box<dyn Error>> {
    let expected = content.as_str().to_owned();
    let options = LabelOptions {
        placement,
        ..LabelOptions::default()
    };
    let rendered = Label::new(content, text()?, options).render_checked()?;
    fs::write(folder.join(format!("{name}.png")), rendered.png)?;
    fs::write(folder.join(format!("{name}.svg")), rendered.svg)?;
    fs::write(folder.join(format!("{name}.txt")), expected)?;
    Ok(())
}

fn measure(name: &str, content: &LabelContent, count: u32) -> Result<(), Box<dyn Error>> {
    let label = Label::new(content.clone(), text()?, LabelOptions::default());
    let start = Instant::now();
    for _ in 0..count {
        label.render_checked()?;
    }
    let making = start.elapsed();
    let png = label.render_checked()?.png;
    let start = Instant::now();
    for _ in 0..count {
        read_codes(&png)?;
    }
    let reading = start.elapsed();
    println!(
        "{name}: {count} labels made and checked in {making:?} ({:?} each), read in {:?} each",
        making / count,
        reading / count
    );
    Ok(())
}
