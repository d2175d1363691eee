//! A content turned into dark and light modules.

use datamatrix::{DataMatrixBuilder, SymbolList, data::EncodationType};
use qrcode::{EcLevel, QrCode};

use crate::{
    content::{Carrier, LabelContent},
    error::RenderError,
};

/// Light modules around a QR code (ISO/IEC 18004, quiet zone: 4 modules).
const QUIET_ZONE_QR: usize = 4;
/// Light modules around a DataMatrix: ISO/IEC 16022 asks for 1; one more forgives the cutting of labels.
const QUIET_ZONE_DATA_MATRIX: usize = 2;

/// How much of a QR code may be lost and still be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorCorrection {
    /// About 7 %: for screens, where the code must be small.
    Screen,
    /// About 15 %: for paper.
    Paper,
}

/// The modules of one symbol, without its quiet zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Symbol {
    width: usize,
    // Invariant: the length is a multiple of `width`; true is dark.
    dark: Vec<bool>,
    quiet_zone: usize,
}

impl Symbol {
    /// Encodes `content` into the smallest square symbol of its carrier.
    pub(crate) fn encode(
        content: &LabelContent,
        correction: ErrorCorrection,
    ) -> Result<Self, RenderError> {
        match content.carrier() {
            Carrier::Qr => Self::encode_qr(content.as_str(), correction),
            Carrier::DataMatrix => Self::encode_data_matrix(content.as_str()),
        }
    }

    fn encode_qr(text: &str, correction: ErrorCorrection) -> Result<Self, RenderError> {
        let level = match correction {
            ErrorCorrection::Screen => EcLevel::L,
            ErrorCorrection::Paper => EcLevel::M,
        };
        let code = QrCode::with_error_correction_level(text, level)
            .map_err(|_too_long| RenderError::DoesNotFit)?;
        let dark = code
            .to_colors()
            .into_iter()
            .map(|c| c == qrcode::Color::Dark)
            .collect();
        Ok(Self {
            width: code.width(),
            dark,
            quiet_zone: QUIET_ZONE_QR,
        })
    }

    fn encode_data_matrix(text: &str) -> Result<Self, RenderError> {
        // GS stands for FNC1 in later positions, which the GS1 General Specifications allow. Without
        // Base 256 the content stays plain characters for every scanner; macros would hide FNC1.
        let encodings = EncodationType::Ascii
            | EncodationType::C40
            | EncodationType::Text
            | EncodationType::X12
            | EncodationType::Edifact;
        let code = DataMatrixBuilder::new()
            .with_encodation_types(encodings)
            .with_macros(false)
            .with_fnc1_start(true)
            .with_symbol_list(SymbolList::default().enforce_square())
            .encode(text.as_bytes())
            .map_err(|_too_long| RenderError::DoesNotFit)?;
        let bitmap = code.bitmap();
        Ok(Self {
            width: bitmap.width(),
            dark: bitmap.bits().to_vec(),
            quiet_zone: QUIET_ZONE_DATA_MATRIX,
        })
    }

    /// Modules on a side, with the quiet zone on both sides. Symbols here are square.
    pub(crate) fn side(&self) -> usize {
        self.width + 2 * self.quiet_zone
    }

    /// Whether the module at `column`, `row` is dark, counted from the corner of the quiet zone.
    pub(crate) fn is_dark(&self, column: usize, row: usize) -> bool {
        let (Some(column), Some(row)) = (
            column.checked_sub(self.quiet_zone),
            row.checked_sub(self.quiet_zone),
        ) else {
            return false;
        };
        column < self.width
            && self
                .dark
                .get(row * self.width + column)
                .copied()
                .unwrap_or(false)
    }

    /// The runs of dark modules in `row`: first column and length, left to right.
    pub(crate) fn dark_runs(&self, row: usize) -> Vec<(usize, usize)> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for column in (0..self.side()).filter(|column| self.is_dark(*column, row)) {
            match runs.last_mut() {
                Some((start, length)) if *start + *length == column => *length += 1,
                _ => runs.push((column, 1)),
            }
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_matrix_starts_with_fnc1_and_keeps_its_finder_pattern() {
        let content = LabelContent::element_string("010950600013435217271231").unwrap();
        let symbol = Symbol::encode(&content, ErrorCorrection::Paper).unwrap();
        let (first, last) = (2, symbol.side() - 3);
        for index in first..=last {
            assert!(symbol.is_dark(first, index), "left edge is solid");
            assert!(symbol.is_dark(index, last), "lower edge is solid");
        }
        assert!(
            !symbol.is_dark(0, 0) && !symbol.is_dark(1, 5),
            "quiet zone is light"
        );
    }

    #[test]
    fn a_qr_code_has_four_light_modules_around_it() {
        let content = LabelContent::digital_link("https://a.example/01/09506000134352").unwrap();
        let symbol = Symbol::encode(&content, ErrorCorrection::Paper).unwrap();
        for row in 0..symbol.side() {
            for (start, length) in symbol.dark_runs(row) {
                assert!(start >= 4 && start + length <= symbol.side() - 4);
                assert!((4..symbol.side() - 4).contains(&row));
            }
        }
        assert_eq!(symbol.dark_runs(4).first(), Some(&(4, 7)));
    }
}
