//! What is wrong with a document, as it is kept with its capture.

use theriac_http::problem::ROW_ERRORS_MAX;
use theriac_records::repository::captures::CaptureFault;

use crate::faults::Faults;

/// Where the events of a document are.
const EVENTS: &str = "epcisBody.eventList";

/// The faults of a document. That there are more than are listed is said last.
pub(crate) fn kept(faults: Faults) -> Vec<CaptureFault> {
    let (errors, omitted) = faults.into_errors();
    let errors = errors.into_iter().map(|error| CaptureFault {
        at: error.at,
        code: error.code,
        detail: error.detail,
    });
    let mut kept: Vec<CaptureFault> = errors.collect();
    if omitted > 0 {
        kept.push(more());
    }
    kept
}

/// Cuts a list off that has grown too long.
pub(crate) fn cut_off(faults: &mut Vec<CaptureFault>) {
    if faults.len() > ROW_ERRORS_MAX {
        faults.truncate(ROW_ERRORS_MAX);
        faults.push(more());
    }
}

fn more() -> CaptureFault {
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
    fn of_more_faults_than_are_kept_it_is_said_that_there_are_more() {
        let mut faults = Faults::new();
        for number in 0..ROW_ERRORS_MAX {
            faults.add(format!("{EVENTS}[{number}]"), "pack_unknown", "unknown");
        }
        assert_eq!(kept(faults.clone()).len(), ROW_ERRORS_MAX);
        faults.add(EVENTS, "shape_wrong", "last");
        let mut kept = kept(faults);
        assert_eq!(kept.len(), ROW_ERRORS_MAX + 1);
        assert_eq!(kept.last(), Some(&more()));
        cut_off(&mut kept);
        assert_eq!(kept.len(), ROW_ERRORS_MAX + 1);
        assert_eq!(kept.last(), Some(&more()));
    }
}
