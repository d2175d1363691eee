//! Collects everything that is wrong with a request, so that its sender can mend it in one go.

use std::fmt::Display;

use serde::de::DeserializeOwned;
use theriac_gs1::{CalendarDate, Gtin, IdentifierError, Lot, SerialNumber, Sscc};
use theriac_http::problem::{Problem, ProblemCode, ROW_ERRORS_MAX, RowError};
use theriac_ledger::identifier::ShipmentId;

/// What is wrong with a request so far: the first [`ROW_ERRORS_MAX`] faults, and how many more there are.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    errors: Vec<RowError>,
    omitted: usize,
}

impl Faults {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fault at a field.
    pub fn add(&mut self, at: impl Into<String>, code: &str, detail: impl Into<String>) {
        if self.errors.len() < ROW_ERRORS_MAX {
            self.errors.push(RowError::new(at, code, detail));
        } else {
            self.omitted = self.omitted.saturating_add(1);
        }
    }

    /// The value, or its error kept as a fault.
    pub fn keep<T, E: Display>(&mut self, at: &str, code: &str, result: Result<T, E>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.add(at, code, error.to_string());
                None
            }
        }
    }

    /// Reads a GTIN.
    pub fn gtin(&mut self, at: &str, text: &str) -> Option<Gtin> {
        self.identifier(at, "gtin_invalid", Gtin::parse(text))
    }

    /// Reads a lot.
    pub fn lot(&mut self, at: &str, text: &str) -> Option<Lot> {
        self.identifier(at, "lot_invalid", Lot::parse(text))
    }

    /// Reads a serial number.
    pub fn serial(&mut self, at: &str, text: &str) -> Option<SerialNumber> {
        self.identifier(at, "serial_invalid", SerialNumber::parse(text))
    }

    /// Reads an SSCC of 18 digits.
    pub fn sscc(&mut self, at: &str, text: &str) -> Option<Sscc> {
        self.identifier(at, "sscc_invalid", Sscc::parse(text))
    }

    /// Reads a date `YYYY-MM-DD`.
    pub fn date(&mut self, at: &str, text: &str) -> Option<CalendarDate> {
        self.keep(at, "date_invalid", CalendarDate::parse(text))
    }

    /// Reads the id of a shipment.
    pub fn shipment(&mut self, at: &str, text: &str) -> Option<ShipmentId> {
        self.keep(at, "shipment_invalid", text.parse())
    }

    /// Reads one of the words of a list.
    pub fn word<T: DeserializeOwned>(&mut self, at: &str, text: &str, words: &[&str]) -> Option<T> {
        let read = words
            .contains(&text)
            .then(|| serde_json::from_value(serde_json::Value::from(text)).ok())
            .flatten();
        if read.is_none() {
            let detail = format!("{text:?} is none of {}", words.join(", "));
            self.add(at, "word_invalid", detail);
        }
        read
    }

    /// What is wrong, and how many faults are left out.
    pub fn into_errors(self) -> (Vec<RowError>, usize) {
        (self.errors, self.omitted)
    }

    /// Adds what is wrong with a part.
    pub fn take(&mut self, part: Self) {
        let room = ROW_ERRORS_MAX.saturating_sub(self.errors.len());
        let past = part.errors.len().saturating_sub(room);
        self.errors.extend(part.errors.into_iter().take(room));
        self.omitted = self
            .omitted
            .saturating_add(past)
            .saturating_add(part.omitted);
    }

    /// How many faults there are.
    pub fn count(&self) -> usize {
        self.errors.len().saturating_add(self.omitted)
    }

    /// Whether nothing is wrong so far.
    pub fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// Refuses the request if anything is wrong.
    ///
    /// # Errors
    ///
    /// A problem `invalid_input` that lists every fault.
    pub fn check(self) -> Result<(), Problem> {
        let Some(first) = self.errors.first() else {
            return Ok(());
        };
        let detail = if self.errors.len() == 1 {
            format!("{}: {}", first.at, first.detail)
        } else {
            format!("{} things in the request are wrong", self.count())
        };
        Err(Problem::new(ProblemCode::InvalidInput, detail)
            .with_hint("mend what is listed and send the request again; nothing was kept")
            .with_errors(self.errors)
            .with_errors_omitted(self.omitted))
    }

    /// The value that was put together, or everything that is wrong.
    ///
    /// # Errors
    ///
    /// As [`Faults::check`].
    ///
    /// # Panics
    ///
    /// When there is neither a value nor a fault.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Problem> {
        self.check()?;
        Ok(value.expect("a part that is missing was kept as a fault"))
    }

    fn identifier<T>(
        &mut self,
        at: &str,
        code: &str,
        result: Result<T, IdentifierError>,
    ) -> Option<T> {
        let code = match &result {
            Err(IdentifierError::CheckDigit { .. }) => "wrong_check_digit",
            _ => code,
        };
        self.keep(at, code, result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_listed() {
        let mut faults = Faults::new();
        assert!(faults.gtin("gtin", "09506000134353").is_none());
        assert!(faults.lot("lot", "B1").is_some());
        assert!(faults.date("expiry", "2027-02-30").is_none());
        let problem = faults.check().unwrap_err();
        let body = problem.body(None);
        let codes: Vec<_> = body
            .errors
            .iter()
            .map(|error| error.code.as_str())
            .collect();
        assert_eq!(codes, ["wrong_check_digit", "date_invalid"]);
    }

    #[test]
    fn so_many_faults_are_listed_and_the_others_counted() {
        let mut faults = Faults::new();
        for number in 0..ROW_ERRORS_MAX + 3 {
            faults.add(format!("codes[{number}]"), "code_unreadable", "not a code");
        }
        let body = faults.check().unwrap_err().body(None);
        assert_eq!(body.errors.len(), ROW_ERRORS_MAX);
        assert_eq!(body.errors_omitted, 3);
        assert!(body.detail.starts_with("1003 "), "{}", body.detail);
    }

    #[test]
    fn faults_of_a_part_are_taken_while_there_is_room_and_all_are_counted() {
        let mut part = Faults::new();
        for number in 0..ROW_ERRORS_MAX + 2 {
            part.add(format!("codes[{number}]"), "code_unreadable", "not a code");
        }
        let mut faults = Faults::new();
        faults.add("lot", "lot_unknown", "first");
        faults.take(part);
        faults.add("lot", "lot_unknown", "last");
        assert_eq!(faults.count(), ROW_ERRORS_MAX + 4);
        let (errors, omitted) = faults.into_errors();
        assert_eq!((errors.len(), omitted), (ROW_ERRORS_MAX, 4));
    }

    #[test]
    fn request_without_faults_passes() {
        assert_eq!(Faults::new().finish(Some(1)).unwrap(), 1);
    }
}
