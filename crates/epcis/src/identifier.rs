//! What events name, as canonical Digital Links.

use std::fmt;

use theriac_gs1::{
    Ai, DigitalLink, ElementString, EpcUrn, Gln, GlnExtension, Gtin, Lot, SerialNumber, Sscc,
};

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

impl Epc {
    /// Reads an EPC URN or a Digital Link, on whatever host. `None` for a URI that names something
    /// else, or that is malformed.
    pub fn parse(text: &str) -> Option<Self> {
        if text.starts_with("urn:epc:") {
            return EpcUrn::parse(text).ok().map(Self::from);
        }
        let link = DigitalLink::parse(text).ok()?;
        Self::of_elements(link.elements())
    }

    fn of_elements(elements: &ElementString) -> Option<Self> {
        let get = |ai| elements.get(ai);
        if let Some(sscc) = get(Ai::SSCC) {
            return Some(Self::Sscc(Sscc::parse(sscc).ok()?));
        }
        if let Some(gtin) = get(Ai::GTIN) {
            let gtin = Gtin::parse(gtin).ok()?;
            return Some(match (get(Ai::SERIAL), get(Ai::LOT)) {
                (Some(serial), _) => Self::Sgtin(gtin, SerialNumber::parse(serial).ok()?),
                (None, Some(lot)) => Self::Lgtin(gtin, Lot::parse(lot).ok()?),
                (None, None) => Self::Gtin(gtin),
            });
        }
        if let Some(gln) = get(Ai::GLN) {
            let extension = match get(Ai::GLN_EXTENSION) {
                Some(text) => Some(GlnExtension::parse(text).ok()?),
                None => None,
            };
            return Some(Self::Sgln(Gln::parse(gln).ok()?, extension));
        }
        Some(Self::Pgln(Gln::parse(get(Ai::PARTY)?).ok()?))
    }
}

impl From<EpcUrn> for Epc {
    fn from(urn: EpcUrn) -> Self {
        match urn {
            EpcUrn::Sgtin { gtin, serial, .. } => Self::Sgtin(gtin, serial),
            EpcUrn::Lgtin { gtin, lot, .. } => Self::Lgtin(gtin, lot),
            EpcUrn::Sscc { sscc, .. } => Self::Sscc(sscc),
            EpcUrn::Sgln { gln, extension, .. } => Self::Sgln(gln, extension),
            EpcUrn::Pgln { gln, .. } => Self::Pgln(gln),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urn_and_link_name_the_same_pack() {
        let urn = Epc::parse("urn:epc:id:sgtin:9521141.012345.4711").unwrap();
        let link = Epc::parse("https://example.org/shop/01/09521141123454/10/B1/21/4711?17=271231");
        assert_eq!(Some(urn), link);
        assert_eq!(
            urn.to_string(),
            "https://id.gs1.org/01/09521141123454/21/4711"
        );
    }

    #[test]
    fn places_parties_lots_and_units_are_told_apart() {
        for text in [
            "https://id.gs1.org/414/9521141123454",
            "https://id.gs1.org/414/9521141123454/254/400",
            "https://id.gs1.org/417/9521141123454",
            "https://id.gs1.org/01/09521141123454/10/B1",
            "https://id.gs1.org/01/09521141123454",
            "https://id.gs1.org/00/195211412345678900",
        ] {
            assert_eq!(Epc::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn other_uris_name_nothing_here() {
        for text in [
            "",
            "urn:epc:idpat:sgtin:9521141.012345.*",
            "urn:epc:id:grai:9521141.12345.1",
            "https://example.org/8003/09521141123454",
            "http://example.org/thing",
        ] {
            assert_eq!(Epc::parse(text), None, "{text}");
        }
    }
}
