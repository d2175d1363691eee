//! What a label says: a Digital Link in a QR code, an element string in a DataMatrix, and the same
//! in plain text beside it.

pub(crate) mod describe;
pub(crate) mod request;

use theriac_gs1::{
    Ai, CalendarDate, DigitalLink, DigitalLinkError, ElementString, ElementStringError, Gtin, Lot,
    SerialNumber, Sscc,
};
use theriac_label::{Carrier, ContentError, LabelContent, LabelText, MAX_LINE_CHARS, TextError};

/// Scheme, host and path before the identifiers of links.
#[derive(Clone, Debug)]
pub struct LinkBase(pub String);

/// What is labelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labelled {
    /// A pack, or every pack of a lot where there is no serial number.
    Item {
        /// The product.
        gtin: Gtin,
        /// The lot.
        lot: Lot,
        /// The pack.
        serial: Option<SerialNumber>,
        /// Last day of use.
        expiry: Option<CalendarDate>,
    },
    /// A case or pallet.
    Unit(Sscc),
}

/// Why no label can say so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelFault {
    /// The elements are refused.
    #[error(transparent)]
    Elements(#[from] ElementStringError),
    /// The link is refused.
    #[error(transparent)]
    Link(#[from] DigitalLinkError),
    /// The code cannot carry it.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The text does not fit.
    #[error(transparent)]
    Text(#[from] TextError),
}

impl Labelled {
    /// The content of the code.
    pub fn content(&self, carrier: Carrier, link_base: &str) -> Result<LabelContent, LabelFault> {
        let elements = self.elements()?;
        Ok(match carrier {
            Carrier::Qr => {
                let link = DigitalLink::build(link_base, &elements)?;
                LabelContent::digital_link(link.to_string())?
            }
            Carrier::DataMatrix => LabelContent::element_string(elements.to_carrier_data())?,
        })
    }

    /// The lines beside the code; `title` is the product's name.
    pub fn text(&self, title: Option<&str>) -> Result<LabelText, LabelFault> {
        let mut text = LabelText::new();
        if let Some(title) = title {
            let short: String = title.chars().take(MAX_LINE_CHARS).collect();
            text = text.with_title(&short)?;
        }
        Ok(match self {
            Self::Unit(sscc) => text.with_line("SSCC", sscc.as_str())?,
            Self::Item {
                gtin,
                lot,
                serial,
                expiry,
            } => {
                text = text.with_line("GTIN", gtin.as_str())?;
                text = text.with_line("LOT", lot.as_str())?;
                if let Some(expiry) = expiry {
                    text = text.with_line("EXP", &expiry.to_string())?;
                }
                match serial {
                    Some(serial) => text.with_line("SN", serial.as_str())?,
                    None => text,
                }
            }
        })
    }

    fn elements(&self) -> Result<ElementString, ElementStringError> {
        match self {
            Self::Unit(sscc) => ElementString::new([(Ai::SSCC, sscc.as_str())]),
            Self::Item {
                gtin,
                lot,
                serial,
                expiry,
            } => {
                let expiry = expiry.map(|date| date.to_yymmdd());
                // Values of known length first: then only one separator is needed.
                let mut elements = vec![(Ai::GTIN, gtin.as_str())];
                elements.extend(expiry.as_deref().map(|date| (Ai::EXPIRY, date)));
                elements.push((Ai::LOT, lot.as_str()));
                elements.extend(serial.as_ref().map(|serial| (Ai::SERIAL, serial.as_str())));
                ElementString::new(elements)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_gs1::ScannedCode;
    use theriac_label::{Label, LabelOptions, read_codes};

    fn item(serial: Option<&str>) -> Labelled {
        Labelled::Item {
            gtin: Gtin::parse("09506000134352").unwrap(),
            lot: Lot::parse("AB/1").unwrap(),
            serial: serial.map(|text| SerialNumber::parse(text).unwrap()),
            expiry: Some(CalendarDate::new(2028, 2, 29).unwrap()),
        }
    }

    fn read_back(labelled: &Labelled, carrier: Carrier) -> String {
        let content = labelled
            .content(carrier, "https://id.example.org/x")
            .unwrap();
        let text = labelled.text(Some("Amoxicillin 500 mg")).unwrap();
        let label = Label::new(content, text, LabelOptions::default());
        let rendered = label.render_checked().unwrap();
        read_codes(&rendered.png).unwrap().remove(0).text
    }

    #[test]
    fn pack_label_reads_back_as_a_link_and_as_elements() {
        let link = read_back(&item(Some("S+1")), Carrier::Qr);
        assert_eq!(
            link,
            "https://id.example.org/x/01/09506000134352/10/AB%2F1/21/S%2B1?17=280229"
        );
        let elements = read_back(&item(Some("S+1")), Carrier::DataMatrix);
        for read in [link, elements] {
            let code = ScannedCode::parse(&read, 2026).unwrap();
            assert_eq!(code.serial.unwrap().as_str(), "S+1", "{read}");
            assert_eq!(code.lot.unwrap().as_str(), "AB/1");
            assert_eq!(code.expiry.unwrap().date.to_string(), "2028-02-29");
        }
    }

    #[test]
    fn lot_label_has_no_serial() {
        let link = read_back(&item(None), Carrier::Qr);
        let code = ScannedCode::parse(&link, 2026).unwrap();
        assert_eq!(code.serial, None);
        assert_eq!(code.lot.unwrap().as_str(), "AB/1");
    }

    #[test]
    fn unit_label_names_the_sscc() {
        let unit = Labelled::Unit(Sscc::parse("000000000000000000").unwrap());
        for carrier in [Carrier::Qr, Carrier::DataMatrix] {
            let code = ScannedCode::parse(&read_back(&unit, carrier), 2026).unwrap();
            assert_eq!(code.sscc.unwrap().as_str(), "000000000000000000");
        }
    }
}
