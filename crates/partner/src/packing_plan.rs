//! How a batch is put into cases and cases onto pallets, in production order.

use theriac_http::problem::Problem;
use theriac_ledger::constants::{
    ACTION_CHUNKS_MAX, ACTION_RANGES_MAX, ACTION_UNITS_MAX, CHUNK_PACKS,
};
use theriac_ledger::identifier::RunId;
use theriac_ledger::pack_set::PackRange;

use crate::faults::Faults;

/// Units that one plan may make: each is a transaction.
pub const PLAN_UNITS_MAX: usize = 1_000;
/// Packs in a case: so many chunks fit one action whatever their place.
pub const CASE_PACKS_MAX: u32 = 32_768;

/// Packs of one run, in order.
pub type RunRanges = (RunId, Vec<PackRange>);

/// How packs are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackingPlan {
    packs_per_case: u32,
    cases_per_pallet: usize,
}

/// What goes into one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedCase {
    /// The packs, by run, runs and ranges ascending.
    pub packs: Vec<RunRanges>,
    /// How many.
    pub count: u32,
}

impl PackingPlan {
    /// Checks the sizes. No pallets are made when `cases_per_pallet` is absent.
    pub fn new(
        faults: &mut Faults,
        packs_per_case: u32,
        cases_per_pallet: Option<u32>,
    ) -> Option<Self> {
        if !(1..=CASE_PACKS_MAX).contains(&packs_per_case) {
            let detail = format!("a case takes 1 to {CASE_PACKS_MAX} packs, not {packs_per_case}");
            faults.add("packs_per_case", "out_of_bounds", detail);
            return None;
        }
        let cases = cases_per_pallet.map_or(Some(0), |cases| {
            usize::try_from(cases)
                .ok()
                .filter(|cases| (1..=ACTION_UNITS_MAX).contains(cases))
        });
        let Some(cases_per_pallet) = cases else {
            let detail = format!("a pallet takes 1 to {ACTION_UNITS_MAX} cases");
            faults.add("cases_per_pallet", "out_of_bounds", detail);
            return None;
        };
        Some(Self {
            packs_per_case,
            cases_per_pallet,
        })
    }

    /// Puts free packs into cases; the last case takes what is left.
    ///
    /// # Errors
    ///
    /// A problem when there is nothing to pack, more than [`PLAN_UNITS_MAX`] units would be made, or
    /// a case would name more ranges than one action takes.
    pub fn cases(&self, free: &[RunRanges]) -> Result<Vec<PlannedCase>, Problem> {
        let mut cases: Vec<PlannedCase> = Vec::new();
        let mut faults = Faults::new();
        for (run, ranges) in free {
            for range in ranges {
                self.fill(&mut cases, *run, *range);
                if self.units(cases.len()) > PLAN_UNITS_MAX {
                    let detail = format!(
                        "the plan makes more than {PLAN_UNITS_MAX} cases and pallets; put more packs into a case, or pack in parts"
                    );
                    faults.add("packs_per_case", "too_many_units", detail);
                    return Err(faults.check().expect_err("a fault was added"));
                }
            }
        }
        if cases.is_empty() {
            let detail = "no pack of this batch is free to be packed: they are packed, shipped or not active";
            faults.add("lot", "nothing_to_pack", detail);
        }
        for case in &cases {
            if !fits_action(case) {
                let detail = "the free packs of this batch are too scattered for cases of this size; pack fewer into a case";
                faults.add("packs_per_case", "too_scattered", detail);
                break;
            }
        }
        faults.check()?;
        Ok(cases)
    }

    /// Numbers of cases for each pallet, in order; none when no pallets are made.
    pub fn pallets(&self, cases: usize) -> Vec<std::ops::Range<usize>> {
        if self.cases_per_pallet == 0 {
            return Vec::new();
        }
        (0..cases)
            .step_by(self.cases_per_pallet)
            .map(|first| first..(first + self.cases_per_pallet).min(cases))
            .collect()
    }

    fn units(&self, cases: usize) -> usize {
        match self.cases_per_pallet {
            0 => cases,
            per_pallet => cases + cases.div_ceil(per_pallet),
        }
    }

    fn fill(&self, cases: &mut Vec<PlannedCase>, run: RunId, range: PackRange) {
        let mut rest = range;
        while rest.count > 0 && self.units(cases.len()) <= PLAN_UNITS_MAX {
            let room = cases
                .last()
                .map_or(0, |case| self.packs_per_case - case.count);
            if room == 0 {
                cases.push(PlannedCase {
                    packs: Vec::new(),
                    count: 0,
                });
                continue;
            }
            let count = room.min(rest.count);
            let part = PackRange {
                first: rest.first,
                count,
            };
            if let Some(case) = cases.last_mut() {
                case.count += count;
                match case.packs.last_mut() {
                    Some((last, ranges)) if *last == run => ranges.push(part),
                    _ => case.packs.push((run, vec![part])),
                }
            }
            rest = PackRange {
                first: rest.first.saturating_add(count),
                count: rest.count - count,
            };
        }
    }
}

fn fits_action(case: &PlannedCase) -> bool {
    let ranges = case.packs.iter().flat_map(|(_, ranges)| ranges);
    let (mut count, mut chunks) = (0_usize, 0_usize);
    for range in ranges {
        count += 1;
        let touched = (range.end() - 1) / CHUNK_PACKS - range.first / CHUNK_PACKS + 1;
        chunks += usize::try_from(touched).unwrap_or(usize::MAX);
    }
    count <= ACTION_RANGES_MAX && chunks <= ACTION_CHUNKS_MAX
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_gs1::{Gtin, Lot};

    fn run(number: u16) -> RunId {
        RunId {
            gtin: Gtin::parse("09506000134352").unwrap(),
            lot: Lot::parse("B1").unwrap(),
            number,
        }
    }

    fn range(first: u32, count: u32) -> PackRange {
        PackRange { first, count }
    }

    fn plan(packs_per_case: u32, cases_per_pallet: Option<u32>) -> PackingPlan {
        PackingPlan::new(&mut Faults::new(), packs_per_case, cases_per_pallet).unwrap()
    }

    #[test]
    fn batch_is_cut_into_cases_and_pallets() {
        let plan = plan(100, Some(4));
        let cases = plan.cases(&[(run(0), vec![range(0, 1_000)])]).unwrap();
        assert_eq!(cases.len(), 10);
        assert_eq!(cases[9].packs, [(run(0), vec![range(900, 100)])]);
        assert_eq!(plan.pallets(10), [0..4, 4..8, 8..10]);
    }

    #[test]
    fn last_case_takes_what_is_left_and_cases_cross_runs() {
        let plan = plan(100, None);
        let free = [
            (run(0), vec![range(10, 50), range(70, 10)]),
            (run(1), vec![range(0, 90)]),
        ];
        let cases = plan.cases(&free).unwrap();
        assert_eq!(cases.len(), 2);
        assert_eq!(
            cases[0].packs,
            [
                (run(0), vec![range(10, 50), range(70, 10)]),
                (run(1), vec![range(0, 40)])
            ]
        );
        assert_eq!(cases[1].count, 50);
        assert!(plan.pallets(2).is_empty());
    }

    #[test]
    fn every_pack_is_in_one_case() {
        let free = [(run(0), vec![range(3, 997), range(2_000, 31)])];
        let cases = plan(17, Some(10)).cases(&free).unwrap();
        let positions: Vec<u32> = cases
            .iter()
            .flat_map(|case| &case.packs)
            .flat_map(|(_, ranges)| ranges)
            .flat_map(|range| range.first..range.end())
            .collect();
        let expected: Vec<u32> = (3..1_000).chain(2_000..2_031).collect();
        assert_eq!(positions, expected);
    }

    #[test]
    fn plan_out_of_bounds_is_refused() {
        for (packs, cases) in [(0, None), (32_769, None), (1, Some(0)), (1, Some(1_001))] {
            let mut faults = Faults::new();
            assert!(PackingPlan::new(&mut faults, packs, cases).is_none());
            assert!(faults.check().is_err());
        }
        assert!(
            plan(1, None)
                .cases(&[(run(0), vec![range(0, 1_001)])])
                .is_err()
        );
        assert!(plan(1, None).cases(&[]).is_err());
    }
}
