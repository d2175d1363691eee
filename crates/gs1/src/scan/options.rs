//! How codes are read.

use std::borrow::Cow;

use crate::digital_link::DigitalLinkOptions;
use crate::element_string::SEPARATOR;

/// What some scanners send in the place of GS. Each is read so only where the options say so,
/// because most of them are legal in values or hide a scanner that should be set right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SeparatorSubstitute {
    /// `^`
    Caret,
    /// `|`
    Bar,
    /// `~`
    Tilde,
    /// `<GS>`
    AngleBrackets,
    /// `{GS}`
    Braces,
    /// `\x1d`, in either case
    Escape,
    /// `␝`, the picture of GS
    Picture,
}

/// How codes are read.
#[derive(Clone, Copy, Debug)]
pub struct ScanOptions<'a> {
    /// The present year, for the century of dates.
    pub reference_year: u16,
    /// What this scanner sends in the place of GS; empty by default.
    pub substitutes: &'a [SeparatorSubstitute],
    /// How Digital Link URIs are read.
    pub links: DigitalLinkOptions,
}

impl ScanOptions<'_> {
    /// The defaults: no substitutes, words in links accepted, unassigned identifiers refused.
    pub fn new(reference_year: u16) -> Self {
        Self {
            reference_year,
            substitutes: &[],
            links: DigitalLinkOptions::default(),
        }
    }

    /// The text with every allowed substitute turned into GS.
    pub(super) fn restore_separators<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let gs = String::from(SEPARATOR);
        let mut restored = Cow::Borrowed(text);
        for spelling in self
            .substitutes
            .iter()
            .flat_map(SeparatorSubstitute::spellings)
        {
            if restored.contains(spelling) {
                restored = Cow::Owned(restored.replace(spelling, &gs));
            }
        }
        restored
    }
}

impl SeparatorSubstitute {
    /// Every substitute known.
    pub const ALL: [Self; 7] = [
        Self::Caret,
        Self::Bar,
        Self::Tilde,
        Self::AngleBrackets,
        Self::Braces,
        Self::Escape,
        Self::Picture,
    ];

    /// The texts that stand for GS.
    pub fn spellings(&self) -> &'static [&'static str] {
        match self {
            Self::Caret => &["^"],
            Self::Bar => &["|"],
            Self::Tilde => &["~"],
            Self::AngleBrackets => &["<GS>"],
            Self::Braces => &["{GS}"],
            Self::Escape => &["\\x1d", "\\x1D"],
            Self::Picture => &["\u{241D}"],
        }
    }
}
