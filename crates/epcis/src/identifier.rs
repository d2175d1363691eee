//! What events name, as canonical Digital Links.

use std::fmt;

use theriac_gs1::{Gln, GlnExtension, Gtin, Lot, SerialNumber, Sscc};

/// Something that an event names. `Display` writes its canonical Digital Link (GS1 Digital Link
/// Standard: URI Syntax, section 4.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Epc {
    /// One pack.
    Sgtin(Gtin, SerialNumber),
    /// A lot, as a class.
    Lgtin(Gtin, Lot),
    /// A product, as a class.
    Gtin(Gtin),
    /// A logistic unit.
    Sscc(Sscc),
    /// A place.
    Sgln(Gln, Option<GlnExtension>),
    /// A party.
    Pgln(Gln),
}

/// Where canonical links lead.
pub(crate) const BASE: &str = "https://id.gs1.org";

impl fmt::Display for Epc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(BASE)?;
        match self {
            Self::Sgtin(gtin, serial) => write!(f, "/01/{gtin}/21/{}", escape(serial.as_str())),
            Self::Lgtin(gtin, lot) => write!(f, "/01/{gtin}/10/{}", escape(lot.as_str())),
            Self::Gtin(gtin) => write!(f, "/01/{gtin}"),
            Self::Sscc(sscc) => write!(f, "/00/{sscc}"),
            Self::Sgln(gln, None) => write!(f, "/414/{gln}"),
            Self::Sgln(gln, Some(extension)) => {
                write!(f, "/414/{gln}/254/{}", escape(extension.as_str()))
            }
            Self::Pgln(gln) => write!(f, "/417/{gln}"),
        }
    }
}

/// Escapes what the canonical form does not hold. The reference vectors leave `'`, `;` and `=` as
/// they are.
pub(crate) fn escape(text: &str) -> String {
    const HEXADECIMAL: &[u8; 16] = b"0123456789ABCDEF";
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~';=".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push('%');
            escaped.push(char::from(HEXADECIMAL[usize::from(byte >> 4)]));
            escaped.push(char::from(HEXADECIMAL[usize::from(byte & 15)]));
        }
    }
    escaped
}
