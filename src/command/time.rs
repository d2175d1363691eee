//! Times on the command line.

use std::str::FromStr;

use theriac_ledger::identifier::Timestamp;

/// A time: RFC 3339, or milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instant(pub(crate) Timestamp);

impl FromStr for Instant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(ms) = text.parse::<u64>() {
            return Ok(Self(Timestamp(ms)));
        }
        let time: jiff::Timestamp = text.parse().map_err(|_| {
            "a time is such as 2026-11-25T12:00:00Z, or milliseconds since 1970".to_owned()
        })?;
        let ms = u64::try_from(time.as_millisecond());
        ms.map(|ms| Self(Timestamp(ms)))
            .map_err(|_| "a time is not before 1970".to_owned())
    }
}
