//! Spans of equal packs, in memory: split where something changes, merged where it no longer differs.

use theriac_ledger::identifier::{AccountId, Timestamp};
use theriac_ledger::pack_set::PackRange;
use theriac_ledger::record::{PackPlace, PackStatus};

/// What is known of each pack of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PackState {
    pub(crate) status: PackStatus,
    pub(crate) since: Timestamp,
    pub(crate) place: PackPlace,
    pub(crate) by: AccountId,
}

/// Consecutive packs in one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) first: u32,
    pub(crate) count: u32,
    pub(crate) state: PackState,
}

impl Span {
    pub(super) fn end(&self) -> u32 {
        self.first.saturating_add(self.count)
    }

    /// The part of it that is in a range.
    pub(super) fn within(&self, range: PackRange) -> Option<Self> {
        let first = self.first.max(range.first);
        let end = self.end().min(range.end());
        let count = end.checked_sub(first).filter(|count| *count > 0)?;
        Some(Self {
            first,
            count,
            ..*self
        })
    }
}

/// Applies a change to the packs of a range, given every span that overlaps or touches it, in
/// order. `None` where the spans do not cover the range.
pub(crate) fn rewrite(
    spans: &[Span],
    range: PackRange,
    change: impl Fn(&mut PackState),
) -> Option<Vec<Span>> {
    let mut result: Vec<Span> = Vec::with_capacity(spans.len().saturating_add(2));
    let mut covered = range.first;
    for span in spans {
        let inside_first = span.first.max(range.first);
        let inside_end = span.end().min(range.end());
        if inside_first >= inside_end {
            push(&mut result, *span);
            continue;
        }
        if inside_first != covered {
            return None;
        }
        covered = inside_end;
        let mut changed = span.state;
        change(&mut changed);
        push_part(&mut result, span.first, inside_first, span.state);
        push_part(&mut result, inside_first, inside_end, changed);
        push_part(&mut result, inside_end, span.end(), span.state);
    }
    (covered == range.end()).then_some(result)
}

fn push_part(spans: &mut Vec<Span>, first: u32, end: u32, state: PackState) {
    if first < end {
        let count = end - first;
        push(
            spans,
            Span {
                first,
                count,
                state,
            },
        );
    }
}

fn push(spans: &mut Vec<Span>, next: Span) {
    match spans.last_mut() {
        Some(last) if last.end() == next.first && last.state == next.state => {
            last.count = last.count.saturating_add(next.count);
        }
        _ => spans.push(next),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_crypto::digest;

    fn state(since: u64) -> PackState {
        let account = AccountId(digest("test", b"account"));
        PackState {
            status: PackStatus::Active,
            since: Timestamp(since),
            place: PackPlace::Account(account),
            by: account,
        }
    }

    fn spans(parts: &[(u32, u32, u64)]) -> Vec<Span> {
        parts
            .iter()
            .map(|&(first, count, since)| Span {
                first,
                count,
                state: state(since),
            })
            .collect()
    }

    fn set(since: u64) -> impl Fn(&mut PackState) {
        move |state| state.since = Timestamp(since)
    }

    fn check(before: &[(u32, u32, u64)], range: (u32, u32), after: Option<&[(u32, u32, u64)]>) {
        let range = PackRange {
            first: range.0,
            count: range.1,
        };
        assert_eq!(rewrite(&spans(before), range, set(9)), after.map(spans));
    }

    #[test]
    fn a_change_in_the_middle_splits_a_span_in_three() {
        check(
            &[(0, 10, 1)],
            (4, 2),
            Some(&[(0, 4, 1), (4, 2, 9), (6, 4, 1)]),
        );
    }

    #[test]
    fn a_change_of_the_whole_keeps_one_span() {
        check(&[(0, 10, 1)], (0, 10), Some(&[(0, 10, 9)]));
    }

    #[test]
    fn neighbours_that_no_longer_differ_are_merged() {
        check(
            &[(0, 4, 9), (4, 2, 1), (6, 4, 9)],
            (4, 2),
            Some(&[(0, 10, 9)]),
        );
    }

    #[test]
    fn a_range_over_several_spans_becomes_one() {
        check(
            &[(0, 4, 1), (4, 2, 2), (6, 4, 3)],
            (2, 6),
            Some(&[(0, 2, 1), (2, 6, 9), (8, 2, 3)]),
        );
    }

    #[test]
    fn a_gap_or_a_missing_end_is_noticed() {
        check(&[(0, 4, 1), (6, 4, 3)], (2, 6), None);
        check(&[(0, 4, 1)], (2, 6), None);
        check(&[], (0, 1), None);
    }
}
