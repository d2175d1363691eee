//! What one party of a delivery tells the other about what is wrong with it.
//!
//! A message counts because the ledger holds its digest, signed by a key of its author's account: it carries no
//! signature of its own. Its salt keeps others from guessing it by its digest.

use borsh::{BorshDeserialize, BorshSerialize};
use theriac_crypto::{Digest, digest};
use theriac_gs1::{CalendarDate, Gtin, Lot, SerialNumber, Sscc};
use theriac_ledger::action::{ActionBody, AnchorDigest, AnchorKind};
use theriac_ledger::encoding::{BoundedList, BoundedText, DecodeError, decode, encode};
use theriac_ledger::identifier::{AccountId, ShipmentId};
use theriac_records::repository::exceptions::NewMessage;

use super::{Kind, Resolution};

/// Lines of a report: as many as a receipt may except.
pub const LINES_MAX: usize = 256;
/// Bytes of a note.
pub const NOTE_BYTES_MAX: usize = 2_000;
/// Bytes of a message: a full report with room to spare.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// What is written for people.
pub type Note = BoundedText<NOTE_BYTES_MAX>;

/// Things of which one thing is wrong. A unit, or a product, perhaps one batch or one pack of it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Line {
    /// What is wrong.
    pub kind: Kind,
    /// The unit.
    pub sscc: Option<Sscc>,
    /// The product.
    pub gtin: Option<Gtin>,
    /// The batch, as it stands on the packs.
    pub lot: Option<Lot>,
    /// The serial number of the one pack.
    pub serial: Option<SerialNumber>,
    /// The expiry, as it stands on the packs.
    pub expiry: Option<CalendarDate>,
    /// How many packs or units.
    pub count: u32,
}

impl Line {
    /// Whether it names one unit, or packs of one product.
    pub fn is_sound(&self) -> bool {
        let one = match (self.sscc, self.gtin) {
            (Some(_), None) => self.lot.is_none() && self.serial.is_none() && self.count == 1,
            (None, Some(_)) => self.serial.is_none() || self.count == 1,
            _ => false,
        };
        one && self.count > 0
    }
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Content {
    /// Begins a case: what is wrong, and what its author would have done about it.
    Report {
        /// With which shipment it came, where known.
        shipment: Option<ShipmentId>,
        /// What is wrong.
        lines: BoundedList<Line, LINES_MAX>,
        /// What is to be done.
        resolution: Resolution,
    } = 0,
    /// Goes on with a case.
    Answer {
        /// The case: the digest of the report that began it, or the shipment of which not all was received.
        case: Digest,
        /// What its author now stands for; nothing where it agrees to nothing so far.
        resolution: Option<Resolution>,
    } = 1,
    /// Ends a case, if the other side stands for the same.
    Settlement {
        /// The case.
        case: Digest,
        /// What was done.
        resolution: Resolution,
        /// The shipment with which it was done, where there is one.
        shipment: Option<ShipmentId>,
    } = 2,
}

/// A message of one party of a delivery to the other.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Message {
    /// Random bytes.
    pub salt: [u8; 32],
    /// Who says it.
    pub from: AccountId,
    /// To whom.
    pub to: AccountId,
    /// What.
    pub content: Content,
    /// For people.
    pub note: Note,
}

/// Why bytes are no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Not the layout.
    #[error("the bytes are no message about an exception: {0}")]
    Layout(#[from] DecodeError),
    /// From an account to itself.
    #[error("its author and its addressee are the same account")]
    OwnAddressee,
    /// A report of nothing, or of what cannot be.
    #[error("line {number} of the report names neither one unit nor packs of one product")]
    Line {
        /// From 1; 0 where there is no line.
        number: usize,
    },
}

impl Message {
    /// Its bytes; what is hashed and what travels.
    pub fn bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// What its author puts on record: `digest("exception-message", bytes)`.
    pub fn digest(&self) -> Digest {
        digest("exception-message", &self.bytes())
    }

    /// The case it belongs to.
    pub fn case(&self) -> Digest {
        match &self.content {
            Content::Report { .. } => self.digest(),
            Content::Answer { case, .. } | Content::Settlement { case, .. } => *case,
        }
    }

    /// Reads bytes from outside.
    ///
    /// # Errors
    ///
    /// [`MessageError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, MessageError> {
        let message: Self = decode(bytes, MESSAGE_BYTES_MAX)?;
        if message.from == message.to {
            return Err(MessageError::OwnAddressee);
        }
        if let Content::Report { lines, .. } = &message.content {
            if lines.is_empty() {
                return Err(MessageError::Line { number: 0 });
            }
            if let Some(index) = lines.iter().position(|line| !line.is_sound()) {
                return Err(MessageError::Line { number: index + 1 });
            }
        }
        Ok(message)
    }

    /// The action that puts its digest on record.
    pub fn anchor(&self) -> ActionBody {
        ActionBody::AnchorDigest(AnchorDigest {
            kind: AnchorKind::Document,
            digest: self.digest(),
        })
    }

    /// As it is kept.
    pub fn record(&self) -> NewMessage {
        NewMessage {
            digest: self.digest(),
            case: self.case(),
            opens: matches!(self.content, Content::Report { .. }),
            author: self.from,
            addressee: self.to,
            document: self.bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(lines: Vec<Line>) -> Message {
        Message {
            salt: [7; 32],
            from: AccountId(Digest([1; 32])),
            to: AccountId(Digest([2; 32])),
            content: Content::Report {
                shipment: Some(ShipmentId(Digest([3; 32]))),
                lines: BoundedList::new(lines).unwrap(),
                resolution: Resolution::SendNewData,
            },
            note: Note::parse("one case too many").unwrap(),
        }
    }

    fn line() -> Line {
        Line {
            kind: Kind::Over,
            sscc: None,
            gtin: Some(Gtin::parse("09506000134352").unwrap()),
            lot: Some(Lot::parse("B1").unwrap()),
            serial: None,
            expiry: None,
            count: 10,
        }
    }

    #[test]
    fn a_message_reads_back_as_it_was_written() {
        let message = report(vec![line()]);
        assert_eq!(Message::decode(&message.bytes()), Ok(message.clone()));
        assert_eq!(message.case(), message.digest());
    }

    #[test]
    fn the_bytes_of_a_message_are_these() {
        // A change of any byte makes messages of other versions unreadable: see docs/ledger-format.md.
        let found = report(vec![line()]).digest().to_string();
        assert_eq!(found, GOLDEN);
    }

    const GOLDEN: &str = "54cffa6c243492e06dfb5d8afbb7f5c22ce1178fbb3b5ee85422182d2d38a45d";

    #[test]
    fn every_cut_and_every_changed_byte_is_refused_or_read_and_none_panics() {
        let bytes = report(vec![line()]).bytes();
        for length in 0..bytes.len() {
            assert!(Message::decode(&bytes[..length]).is_err(), "{length}");
        }
        for index in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[index] ^= 1 << bit;
                if let Ok(read) = Message::decode(&changed) {
                    assert_eq!(read.bytes(), changed);
                }
            }
        }
    }

    #[test]
    fn a_report_of_nothing_or_of_two_things_at_once_is_refused() {
        let nothing = report(Vec::new()).bytes();
        assert_eq!(
            Message::decode(&nothing),
            Err(MessageError::Line { number: 0 })
        );
        let both = Line {
            sscc: Some(any_sscc()),
            ..line()
        };
        let serials = Line {
            serial: Some(SerialNumber::parse("S1").unwrap()),
            ..line()
        };
        for bad in [both, serials, Line { count: 0, ..line() }] {
            let bytes = report(vec![line(), bad]).bytes();
            assert_eq!(
                Message::decode(&bytes),
                Err(MessageError::Line { number: 2 })
            );
        }
    }

    fn any_sscc() -> Sscc {
        (0..10)
            .find_map(|digit| Sscc::parse(&format!("39506000134352000{digit}")).ok())
            .unwrap()
    }

    #[test]
    fn a_message_to_oneself_is_refused() {
        let message = Message {
            to: AccountId(Digest([1; 32])),
            ..report(vec![line()])
        };
        assert_eq!(
            Message::decode(&message.bytes()),
            Err(MessageError::OwnAddressee)
        );
    }
}
