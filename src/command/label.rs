//! `theriac label`: make one label, or draw its code in the terminal.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::json;
use theriac_gs1::{Ai, DigitalLink, ElementString, ExpiryDate, Gtin, Lot, SerialNumber, Sscc};
use theriac_label::{
    Label, LabelContent, LabelOptions, LabelText, RenderedLabel, TerminalStyle, terminal_code,
};

use crate::arguments::{OutputForm, UsageError};
use crate::output;

/// Columns of a terminal: a code that wraps cannot be scanned.
const COLUMNS: usize = 80;

/// For a pack: --gtin, --lot and --serial; for a batch: --gtin and --lot; for a case or pallet: --sscc.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The product.
    #[arg(long, required_unless_present = "sscc", conflicts_with = "sscc")]
    gtin: Option<Gtin>,
    /// The batch.
    #[arg(long, required_unless_present = "sscc", conflicts_with = "sscc")]
    lot: Option<Lot>,
    /// The serial number.
    #[arg(long, conflicts_with = "sscc")]
    serial: Option<SerialNumber>,
    /// The expiry: YYYY-MM-DD, or YYYY-MM.
    #[arg(long, conflicts_with = "sscc")]
    expiry: Option<ExpiryDate>,
    /// The number of a case or pallet.
    #[arg(long)]
    sscc: Option<Sscc>,
    /// Where the link in a QR code leads; with the address of a verifier, a telephone that reads the
    /// code opens its answer.
    #[arg(long, default_value = "https://id.gs1.org")]
    base: String,
    /// The kind of code.
    #[arg(long, value_enum, default_value_t = Carrier::Qr)]
    carrier: Carrier,
    /// The kind of file; by default what the file's name ends with.
    #[arg(long, value_enum, requires = "out")]
    format: Option<Format>,
    /// The file to write. Without it the QR code is drawn in the terminal.
    #[arg(long)]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
enum Carrier {
    /// QR code with a GS1 Digital Link.
    Qr,
    /// GS1 DataMatrix with an element string.
    Datamatrix,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
enum Format {
    /// Pixels.
    Png,
    /// Shapes, with the printed size.
    Svg,
}

pub(crate) fn run(options: &Options, form: OutputForm) -> anyhow::Result<ExitCode> {
    let elements = options.elements()?;
    let content = match options.carrier {
        Carrier::Qr => {
            let link = DigitalLink::build(&options.base, &elements).context(UsageError::new(
                "no link can be made of these; --base takes an address such as https://id.gs1.org",
            ))?;
            LabelContent::digital_link(link.to_string())?
        }
        Carrier::Datamatrix => LabelContent::element_string(elements.to_carrier_data())?,
    };
    let Some(path) = &options.out else {
        return draw(options, &content, form);
    };
    let format = options.file_format()?;
    let label_content = content.as_str().to_owned();
    let rendered = Label::new(content, options.text()?, LabelOptions::default())
        .render_checked()
        .context("making the label")?;
    let RenderedLabel { png, svg, .. } = rendered;
    let bytes = match format {
        Format::Png => png,
        Format::Svg => svg.into_bytes(),
    };
    fs::write(path, bytes).with_context(|| format!("writing {}", path.display()))?;
    if form == OutputForm::Json {
        output::json(&json!({
            "file": path, "format": format, "carrier": options.carrier, "content": label_content,
        }))?;
    } else {
        output::note(&format!("wrote {}", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

fn draw(options: &Options, content: &LabelContent, form: OutputForm) -> anyhow::Result<ExitCode> {
    ensure!(
        options.carrier != Carrier::Datamatrix,
        UsageError::new("a DataMatrix is not drawn in the terminal; name a file with --out")
    );
    if form == OutputForm::Json {
        let lines = terminal_code(content, TerminalStyle::Plain, COLUMNS)?.lines;
        output::json(&json!({
            "carrier": options.carrier, "content": content.as_str(), "lines": lines,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let code = terminal_code(content, TerminalStyle::Coloured, COLUMNS)?;
    output::line(code.to_string().trim_end_matches('\n'))?;
    output::line(content.as_str())?;
    Ok(ExitCode::SUCCESS)
}

impl Options {
    /// The elements, in the order in which GS1 puts them on a pack.
    fn elements(&self) -> anyhow::Result<ElementString> {
        let values = [
            (Ai::SSCC, self.sscc.map(|sscc| sscc.to_string())),
            (Ai::GTIN, self.gtin.map(|gtin| gtin.to_string())),
            (Ai::EXPIRY, self.expiry.map(|expiry| expiry.to_yymmdd())),
            (Ai::LOT, self.lot.map(|lot| lot.to_string())),
            (Ai::SERIAL, self.serial.map(|serial| serial.to_string())),
        ];
        let given = values
            .iter()
            .filter_map(|(ai, value)| Some((*ai, value.as_deref()?)));
        Ok(ElementString::new(given)?)
    }

    /// What a person reads beside the code.
    fn text(&self) -> anyhow::Result<LabelText> {
        let lines = [
            ("SSCC", self.sscc.map(|sscc| sscc.to_string())),
            ("GTIN", self.gtin.map(|gtin| gtin.to_string())),
            ("LOT", self.lot.map(|lot| lot.to_string())),
            ("EXP", self.expiry.map(|expiry| expiry.to_string())),
            ("SN", self.serial.map(|serial| serial.to_string())),
        ];
        let mut text = LabelText::new();
        for (name, value) in lines {
            if let Some(value) = value {
                text = text.with_line(name, &value)?;
            }
        }
        Ok(text)
    }

    fn file_format(&self) -> anyhow::Result<Format> {
        if let Some(format) = self.format {
            return Ok(format);
        }
        let ending = self.out.as_ref().and_then(|path| path.extension());
        match ending.and_then(|ending| ending.to_str()) {
            Some(ending) if ending.eq_ignore_ascii_case("png") => Ok(Format::Png),
            Some(ending) if ending.eq_ignore_ascii_case("svg") => Ok(Format::Svg),
            _ => Err(UsageError::new(
                "the file's name ends with neither .png nor .svg; say which with --format",
            )
            .into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_label::read_codes;

    fn options(carrier: Carrier, out: PathBuf) -> Options {
        Options {
            gtin: Some(Gtin::parse("09506000134352").unwrap()),
            lot: Some(Lot::parse("ABC1").unwrap()),
            serial: Some(SerialNumber::parse("12/345").unwrap()),
            expiry: Some("2027-12-31".parse().unwrap()),
            sscc: None,
            base: "https://example.org".to_owned(),
            carrier,
            format: None,
            out: Some(out),
        }
    }

    #[test]
    fn label_of_either_carrier_reads_as_what_was_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        for (carrier, expected) in [
            (
                Carrier::Qr,
                "https://example.org/01/09506000134352/10/ABC1/21/12%2F345?17=271231",
            ),
            (
                Carrier::Datamatrix,
                "01095060001343521727123110ABC1\u{1d}2112/345",
            ),
        ] {
            let path = folder.path().join(format!("{carrier:?}.png"));
            run(&options(carrier, path.clone()), OutputForm::Table).unwrap();
            assert_eq!(
                read_codes(&fs::read(path).unwrap()).unwrap()[0].text,
                expected
            );
        }
    }

    #[test]
    fn file_of_an_unknown_kind_asks_for_the_format() {
        let options = options(Carrier::Qr, PathBuf::from("label.jpg"));
        let error = run(&options, OutputForm::Table).unwrap_err();
        assert!(error.to_string().contains("--format"), "{error}");
        assert!(error.is::<UsageError>());
    }
}
