//! Arithmetic of ranges of packs.

use theriac_ledger::pack_set::PackRange;

/// What is left of a range without others, in order. The others may overlap and come in any order.
pub fn subtract(range: PackRange, others: &[PackRange]) -> Vec<PackRange> {
    let mut others: Vec<&PackRange> = others.iter().collect();
    others.sort_unstable_by_key(|other| other.first);
    let mut left = Vec::new();
    let mut first = range.first;
    for other in others {
        push(&mut left, first, other.first.min(range.end()));
        first = first.max(other.end());
    }
    push(&mut left, first, range.end());
    left
}

/// The part of a range that lies in another.
pub fn intersect(range: PackRange, other: PackRange) -> Option<PackRange> {
    let first = range.first.max(other.first);
    let end = range.end().min(other.end());
    (first < end).then(|| PackRange {
        first,
        count: end - first,
    })
}

fn push(left: &mut Vec<PackRange>, first: u32, end: u32) {
    if first < end {
        left.push(PackRange {
            first,
            count: end - first,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: u32, count: u32) -> PackRange {
        PackRange { first, count }
    }

    #[test]
    fn what_is_left_is_every_pack_that_no_other_range_has() {
        let all: Vec<PackRange> = (0..5)
            .flat_map(|first| (0..4).map(move |count| range(first, count)))
            .collect();
        let has = |ranges: &[PackRange], pack: u32| {
            ranges
                .iter()
                .any(|one| one.first <= pack && pack < one.end())
        };
        for one in &all {
            for other in &all {
                let others = [*other, range(3, 1)];
                let left = subtract(*one, &others);
                for pack in 0..10 {
                    let expected = has(&[*one], pack) && !has(&others, pack);
                    assert_eq!(has(&left, pack), expected, "{one:?} {other:?} {pack}");
                }
                assert!(left.windows(2).all(|pair| pair[0].end() <= pair[1].first));
                let common = intersect(*one, *other);
                for pack in 0..10 {
                    let both = has(&[*one], pack) && has(&[*other], pack);
                    assert_eq!(common.is_some_and(|range| has(&[range], pack)), both);
                }
            }
        }
    }
}
