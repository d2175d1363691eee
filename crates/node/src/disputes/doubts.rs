//! When some key was in doubt: from the time that its revocation names up to the revocation.

use std::collections::BTreeSet;
use std::sync::Arc;

use theriac_ledger::change::Change;
use theriac_ledger::identifier::{Height, Timestamp};
use theriac_ledger::record::{ChangePublic, ChangeState};

use crate::store::{StoreError, View};

/// The times in doubt, as far as the chain was read. A change that is decided is not read again.
#[derive(Debug)]
pub(super) struct Doubts {
    /// The highest height read.
    height: Height,
    /// The oldest height whose block was here then.
    oldest: Height,
    /// Every change proposed before is decided for good.
    decided_before: Timestamp,
    /// First and last height, of each revocation.
    ranges: BTreeSet<(Height, Height)>,
    heights: Heights,
}

/// Heights in doubt: ranges that ascend and do not touch. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Heights {
    ranges: Arc<[(Height, Height)]>,
    /// Whether one of them begins before the oldest block that is here.
    pub(super) begin_before: bool,
}

impl Heights {
    pub(super) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    pub(super) fn contain(&self, height: Height) -> bool {
        let at = self.ranges.partition_point(|(_, last)| *last < height);
        self.ranges
            .get(at)
            .is_some_and(|(first, _)| *first <= height)
    }

    fn merge(ranges: &BTreeSet<(Height, Height)>, oldest: Height) -> Self {
        let mut merged: Vec<(Height, Height)> = Vec::new();
        for (first, last) in ranges {
            match merged.last_mut() {
                Some(known) if *first <= known.1.saturating_add(1) => known.1 = known.1.max(*last),
                _ => merged.push((*first, *last)),
            }
        }
        let begin_before = merged.first().is_some_and(|(first, _)| *first < oldest);
        Self {
            ranges: merged.into(),
            begin_before,
        }
    }
}

impl Default for Doubts {
    /// Nothing is read yet.
    fn default() -> Self {
        Self {
            height: 0,
            oldest: 0,
            decided_before: Timestamp(0),
            ranges: BTreeSet::new(),
            heights: Heights::default(),
        }
    }
}

impl Doubts {
    /// Reads what was decided up to a view's height, if it was not read. What later heights bring into
    /// doubt may be among it: whoever asks judges by the records of the view.
    pub(super) fn follow(&mut self, view: &View) -> Result<Heights, StoreError> {
        let (height, now) = (view.parent().height, view.parent().time);
        if view.oldest() != self.oldest {
            // Older blocks have come: ranges may begin further back.
            *self = Self {
                oldest: view.oldest(),
                ..Self::default()
            };
        }
        if height <= self.height {
            return Ok(self.heights.clone());
        }
        let mut decided_before = now;
        for change in view.changes_since(self.decided_before)? {
            match change.state {
                ChangeState::Enacted { at } => self.ranges.extend(range(view, &change, at)?),
                ChangeState::Open if now < change.expires_at => {
                    decided_before = decided_before.min(change.proposed_at);
                }
                ChangeState::Open | ChangeState::Withdrawn { .. } => {}
            }
        }
        self.heights = Heights::merge(&self.ranges, self.oldest);
        (self.height, self.decided_before) = (height, decided_before);
        Ok(self.heights.clone())
    }
}

/// The heights in doubt by a change that was enacted; none where it revokes no key.
fn range(
    view: &View,
    change: &ChangePublic,
    at: Timestamp,
) -> Result<Option<(Height, Height)>, StoreError> {
    let Change::RevokeKey(revocation) = &change.change else {
        return Ok(None);
    };
    let mut first = first_since(view, revocation.compromised_since)?;
    let after = first_since(view, at.saturating_add(1))?;
    let oldest = view.oldest();
    if first == oldest && oldest > 1 {
        // Whether it begins with this block or one of those that are not here yet: take it for the latter.
        first = oldest.saturating_sub(1);
    }
    Ok((first < after).then(|| (first, after.saturating_sub(1))))
}

/// The first height whose block is of a time or later; the one after the last where there is none.
fn first_since(view: &View, time: Timestamp) -> Result<Height, StoreError> {
    // Blocks that are not here yet are older than those that are.
    let (mut low, mut high) = (view.oldest(), view.parent().height.saturating_add(1));
    while low < high {
        let middle = low.midpoint(high);
        let is_since = match view.header(middle)? {
            Some((header, _)) => time <= header.time,
            None => false,
        };
        if is_since {
            high = middle;
        } else {
            low = middle.saturating_add(1);
        }
    }
    Ok(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_touch_are_one_and_every_height_in_them_is_found() {
        let ranges = BTreeSet::from([(3, 5), (4, 9), (10, 10), (20, 22), (21, 21), (30, 30)]);
        let heights = Heights::merge(&ranges, 1);
        assert_eq!(*heights.ranges, [(3, 10), (20, 22), (30, 30)]);
        for height in 0..40 {
            let expected = ranges
                .iter()
                .any(|(first, last)| (*first..=*last).contains(&height));
            assert_eq!(heights.contain(height), expected, "{height}");
        }
    }

    #[test]
    fn a_range_that_begins_before_the_oldest_block_here_is_told() {
        let ranges = BTreeSet::from([(7, 9)]);
        assert!(Heights::merge(&ranges, 8).begin_before);
        assert!(!Heights::merge(&ranges, 7).begin_before);
        assert!(!Heights::merge(&BTreeSet::from([(1, 9)]), 1).begin_before);
        assert!(!Heights::merge(&BTreeSet::new(), 7).begin_before);
    }
}
