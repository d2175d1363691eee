//! What is wrong with a document: the first faults, and how many there are.

use theriac_http::problem::{ROW_ERRORS_MAX, RowError};
use theriac_records::repository::captures::CaptureFault;

use crate::faults::Faults;

/// Where the events of a document are.
const EVENTS: &str = "epcisBody.eventList";

/// What is wrong with the events of a document. A document may have many times more faults than bytes are worth
/// keeping: the first [`ROW_ERRORS_MAX`] are kept, the others counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wrong {
    kept: Vec<RowError>,
    omitted: usize,
}

impl Wrong {
    /// Adds a fault.
    pub(crate) fn add(&mut self, at: impl Into<String>, code: &str, detail: impl Into<String>) {
        if self.kept.len() < ROW_ERRORS_MAX {
            self.kept.push(RowError::new(at, code, detail));
        } else {
            self.omitted = self.omitted.saturating_add(1);
        }
    }

    /// Adds what is wrong with a part.
    pub(crate) fn take(&mut self, faults: Faults) {
        let (errors, omitted) = faults.into_errors();
        let room = ROW_ERRORS_MAX.saturating_sub(self.kept.len());
        let past = errors.len().saturating_sub(room).saturating_add(omitted);
        self.kept.extend(errors.into_iter().take(room));
        self.omitted = self.omitted.saturating_add(past);
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// How many faults there are.
    pub(crate) fn count(&self) -> usize {
        self.kept.len().saturating_add(self.omitted)
    }

    /// The first faults, and how many are left out.
    pub(crate) fn into_parts(self) -> (Vec<RowError>, usize) {
        (self.kept, self.omitted)
    }

    /// As they are kept with a capture. That there are more is said last.
    pub(crate) fn into_faults(self) -> Vec<CaptureFault> {
        let kept = self.kept.into_iter().map(|error| CaptureFault {
            at: error.at,
            code: error.code,
            detail: error.detail,
        });
        let mut faults: Vec<CaptureFault> = kept.collect();
        if self.omitted > 0 {
            faults.push(more());
        }
        faults
    }
}

/// Says that more is wrong than is listed.
pub(crate) fn more() -> CaptureFault {
    CaptureFault {
        at: EVENTS.to_owned(),
        code: "more_errors".to_owned(),
        detail: "more is wrong than is listed here: mend what is listed first".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_faults_are_kept_and_the_others_counted() {
        let mut wrong = Wrong::default();
        let mut faults = Faults::new();
        for number in 0..ROW_ERRORS_MAX + 2 {
            faults.add(format!("{EVENTS}[{number}]"), "pack_unknown", "unknown");
        }
        wrong.add(EVENTS, "shape_wrong", "first");
        wrong.take(faults);
        wrong.add(EVENTS, "shape_wrong", "last");
        assert_eq!(wrong.count(), ROW_ERRORS_MAX + 4);
        let faults = wrong.into_faults();
        assert_eq!(faults.len(), ROW_ERRORS_MAX + 1);
        assert_eq!(faults.last(), Some(&more()));
    }

    #[test]
    fn few_faults_are_all_there_is() {
        let mut wrong = Wrong::default();
        assert!(wrong.is_empty());
        wrong.add(EVENTS, "shape_wrong", "first");
        assert_eq!(wrong.into_faults().len(), 1);
    }
}
