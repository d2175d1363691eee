//! What a partner's service says about an exception of a delivery.

use theriac_partner::exception::message::{Content, Line, MESSAGE_BYTES_MAX, Message};

/// Reads a message. It has one encoding, and what it says is sound.
pub(crate) fn exception_message(bytes: &[u8]) {
    let Ok(message) = Message::decode(bytes) else {
        return;
    };
    assert!(bytes.len() <= MESSAGE_BYTES_MAX);
    assert_eq!(message.bytes(), bytes, "a message has two encodings");
    assert_ne!(message.from, message.to);
    let record = message.record();
    assert_eq!(record.digest, message.digest());
    assert_eq!(record.case, message.case());
    match &message.content {
        Content::Report { lines, .. } => {
            assert!(record.opens && !lines.is_empty());
            assert!(lines.iter().all(Line::is_sound));
            assert_eq!(record.case, record.digest);
        }
        Content::Answer { case, .. } | Content::Settlement { case, .. } => {
            assert!(!record.opens);
            assert_eq!(record.case, *case);
        }
    }
}
