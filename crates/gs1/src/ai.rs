//! Application identifiers: the two to four digits that say what the value after them is.

mod entry;
mod rule;
mod table;
mod value;

use std::fmt;

pub use rule::ValueRule;
pub use value::ValueError;

pub(crate) use entry::Entry;
pub(crate) use value::check_value;

use crate::digits::ascii_text;

/// An application identifier: two to four digits, not always one that GS1 has assigned.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ai {
    // Invariant: digits first, then zero bytes.
    digits: [u8; 4],
    length: u8,
}

impl Ai {
    /// (00) SSCC.
    pub const SSCC: Self = Self::of_two(*b"00");
    /// (01) GTIN.
    pub const GTIN: Self = Self::of_two(*b"01");
    /// (02) GTIN of the contained trade items.
    pub const CONTENT: Self = Self::of_two(*b"02");
    /// (10) batch or lot number.
    pub const LOT: Self = Self::of_two(*b"10");
    /// (11) production date.
    pub const PRODUCTION_DATE: Self = Self::of_two(*b"11");
    /// (17) expiry date.
    pub const EXPIRY: Self = Self::of_two(*b"17");
    /// (21) serial number.
    pub const SERIAL: Self = Self::of_two(*b"21");
    /// (22) consumer product variant.
    pub const VARIANT: Self = Self::of_two(*b"22");
    /// (254) GLN extension component.
    pub const GLN_EXTENSION: Self = Self::of_three(*b"254");
    /// (37) count of contained trade items.
    pub const COUNT: Self = Self::of_two(*b"37");
    /// (414) identification of a physical location.
    pub const GLN: Self = Self::of_three(*b"414");
    /// (417) Global location number of a party.
    pub const PARTY: Self = Self::of_three(*b"417");
    /// (8030) digital signature.
    pub const SIGNATURE: Self = Self {
        digits: *b"8030",
        length: 4,
    };

    /// Reads two to four digits; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        if !(2..=4).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let mut digits = [0; 4];
        digits
            .get_mut(..text.len())?
            .copy_from_slice(text.as_bytes());
        Some(Self {
            digits,
            length: u8::try_from(text.len()).ok()?,
        })
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        ascii_text(
            self.digits
                .get(..usize::from(self.length))
                .expect("the length is at most 4"),
        )
    }

    /// The data title that GS1 gives it; `None` when it is not assigned.
    pub fn title(&self) -> Option<&'static str> {
        self.entry().map(|entry| entry.title)
    }

    /// Whether the value has a length that readers know, so that no separator follows it.
    pub fn has_predefined_length(&self) -> bool {
        self.entry().is_some_and(|entry| entry.predefined)
    }

    /// The row of the table.
    pub(crate) fn entry(self) -> Option<&'static Entry> {
        table::find_entry(self.as_str())
    }

    /// The assigned identifier that a text begins with.
    pub(crate) fn at_start_of(text: &str) -> Option<(Self, &'static Entry)> {
        (2..=4).find_map(|length| {
            let identifier = Self::parse(text.get(..length)?)?;
            Some((identifier, identifier.entry()?))
        })
    }

    /// Says whether it fits a pattern such as `01` or `31nn`, where `n` is any digit.
    pub(crate) fn fits(self, pattern: &str) -> bool {
        let digits = self.as_str();
        digits.len() == pattern.len()
            && digits
                .bytes()
                .zip(pattern.bytes())
                .all(|(digit, part)| part == b'n' || digit == part)
    }

    const fn of_two([a, b]: [u8; 2]) -> Self {
        Self {
            digits: [a, b, 0, 0],
            length: 2,
        }
    }

    const fn of_three([a, b, c]: [u8; 3]) -> Self {
        Self {
            digits: [a, b, c, 0],
            length: 3,
        }
    }
}

impl fmt::Display for Ai {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({})", self.as_str())
    }
}

impl fmt::Debug for Ai {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ai{self}")
    }
}
