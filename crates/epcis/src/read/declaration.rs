//! That an event was an error (EPCIS 2.0 section 7.4.1.4).

use theriac_crypto::{Digest, Digester};

use crate::hash::EventHash;
use crate::read::member::Reader;
use crate::read::word::{ERROR_REASONS, Word};
use crate::time::EventTime;

/// Corrective events of one declaration.
const CORRECTIVE_EVENTS_MAX: usize = 100;

/// The declaration of an error. The event itself is never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorDeclaration {
    /// When it was declared.
    pub time: EventTime,
    /// Why.
    pub reason: Option<Word>,
    /// Events that say what happened instead.
    pub corrective_events: Vec<String>,
}

impl ErrorDeclaration {
    /// The digest of the declaration together with the event that it is about. The event's own hash
    /// leaves declarations out (CBV 2.0 section 8.9), so one has to be bound apart from it.
    ///
    /// Bytes: the event's hash, the time in milliseconds as 8 bytes, then the reason (empty without
    /// one), the number of corrective events, and each of them; texts stand behind their length;
    /// lengths and numbers are 4 bytes; all little endian.
    pub fn digest(&self, event: &EventHash) -> Digest {
        let text = |text: &str| {
            let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
            [&length.to_le_bytes(), text.as_bytes()].concat()
        };
        let count = u32::try_from(self.corrective_events.len()).unwrap_or(u32::MAX);
        let mut digester = Digester::new("error-declaration")
            .chain(event.0.as_bytes())
            .chain(&self.time.unix_ms().to_le_bytes())
            .chain(&text(self.reason.as_ref().map_or("", Word::as_str)))
            .chain(&count.to_le_bytes());
        for id in &self.corrective_events {
            digester = digester.chain(&text(id));
        }
        digester.finish()
    }
}

/// Reads the member `errorDeclaration`.
pub(super) fn read(reader: &mut Reader<'_>) -> Option<ErrorDeclaration> {
    let mut inner = reader.object("errorDeclaration")?;
    inner.allow(&["declarationTime", "reason", "correctiveEventIDs"]);
    inner.require("declarationTime");
    let time = inner.time("declarationTime");
    let reason = inner.word("reason", &ERROR_REASONS);
    let corrective_events = inner.uris("correctiveEventIDs", CORRECTIVE_EVENTS_MAX);
    inner.close(reader);
    Some(ErrorDeclaration {
        time: time?,
        reason,
        corrective_events,
    })
}
