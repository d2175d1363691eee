//! AIM symbology identifiers (ISO/IEC 15424) of the carriers that GS1 uses.

/// A carrier and its mode, as a reader names it before the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Symbology {
    /// `]C1` GS1-128.
    Gs1Code128,
    /// `]e0` GS1 `DataBar`, or the linear part with a composite component.
    Gs1DataBar,
    /// `]d2` GS1 DataMatrix.
    Gs1DataMatrix,
    /// `]Q3` GS1 QR Code.
    Gs1QrCode,
    /// `]J1` GS1 `DotCode`.
    Gs1DotCode,
    /// `]d1` Data Matrix without GS1 mode, for links.
    DataMatrix,
    /// `]Q1` QR Code without GS1 mode, for links.
    QrCode,
    /// `]E0` EAN-13, UPC-A or UPC-E.
    Ean13,
    /// `]E4` EAN-8.
    Ean8,
    /// `]I1` Interleaved 2 of 5 with a check digit, as ITF-14 uses it.
    Itf14,
}

/// What a carrier in this mode holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Elements,
    Anything,
    Digits(usize),
}

const ALL: [Symbology; 10] = [
    Symbology::Gs1Code128,
    Symbology::Gs1DataBar,
    Symbology::Gs1DataMatrix,
    Symbology::Gs1QrCode,
    Symbology::Gs1DotCode,
    Symbology::DataMatrix,
    Symbology::QrCode,
    Symbology::Ean13,
    Symbology::Ean8,
    Symbology::Itf14,
];

impl Symbology {
    /// The three characters that a reader sends first.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Gs1Code128 => "]C1",
            Self::Gs1DataBar => "]e0",
            Self::Gs1DataMatrix => "]d2",
            Self::Gs1QrCode => "]Q3",
            Self::Gs1DotCode => "]J1",
            Self::DataMatrix => "]d1",
            Self::QrCode => "]Q1",
            Self::Ean13 => "]E0",
            Self::Ean8 => "]E4",
            Self::Itf14 => "]I1",
        }
    }

    /// Cuts the prefix off; `None` when the text begins with another.
    pub(super) fn split(text: &str) -> Option<(Self, &str)> {
        ALL.into_iter()
            .find_map(|symbology| Some((symbology, text.strip_prefix(symbology.prefix())?)))
    }

    /// Whether a prefix is one of these with the case of its letter inverted.
    pub(super) fn is_inverted(prefix: &str) -> bool {
        ALL.iter()
            .any(|symbology| symbology.prefix().eq_ignore_ascii_case(prefix))
    }

    pub(super) fn content(self) -> Content {
        match self {
            Self::Gs1Code128
            | Self::Gs1DataBar
            | Self::Gs1DataMatrix
            | Self::Gs1QrCode
            | Self::Gs1DotCode => Content::Elements,
            Self::DataMatrix | Self::QrCode => Content::Anything,
            Self::Ean13 => Content::Digits(13),
            Self::Ean8 => Content::Digits(8),
            Self::Itf14 => Content::Digits(14),
        }
    }
}
