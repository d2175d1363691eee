//! Where labels are on a page.

use crate::error::GridError;

/// A4 (ISO 216), width and height in micrometres.
pub const A4: (u32, u32) = (210_000, 297_000);
/// US Letter, width and height in micrometres.
pub const LETTER: (u32, u32) = (215_900, 279_400);

/// 10 mm: below that no printer feeds paper, and no code fits.
const MIN_SIDE: u32 = 10_000;
/// 1 m: rolls are narrower, and pages shorter.
const MAX_SIDE: u32 = 1_000_000;

/// A grid of labels of one size. Lengths are micrometres.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    // Invariant: all labels are on the page, and there is at least one.
    page: (u32, u32),
    label: (u32, u32),
    first: (u32, u32),
    step: (u32, u32),
    columns: u32,
    rows: u32,
}

impl Grid {
    /// As many labels of a size as fit onto a page within a margin, without gaps, in the middle.
    ///
    /// # Errors
    ///
    /// [`GridError`].
    pub fn filling(page: (u32, u32), label: (u32, u32), margin: u32) -> Result<Self, GridError> {
        check_side("page", page)?;
        check_side("label", label)?;
        let free = |side: u32| side.saturating_sub(margin.saturating_mul(2));
        let fit = |side: u32, label: u32| free(side).checked_div(label).unwrap_or(0);
        let (columns, rows) = (fit(page.0, label.0), fit(page.1, label.1));
        let first = |side: u32, count: u32, label: u32| {
            side.saturating_sub(count.saturating_mul(label)) / 2
        };
        let first = (
            first(page.0, columns, label.0),
            first(page.1, rows, label.1),
        );
        Self::new(page, label, first, label, (columns, rows))
    }

    /// The grid of a sheet that is bought cut: the corner of the first label, how far it is from one label
    /// to the next, and how many columns and rows there are.
    ///
    /// # Errors
    ///
    /// [`GridError`].
    pub fn new(
        page: (u32, u32),
        label: (u32, u32),
        first: (u32, u32),
        step: (u32, u32),
        (columns, rows): (u32, u32),
    ) -> Result<Self, GridError> {
        check_side("page", page)?;
        check_side("label", label)?;
        if columns == 0 || rows == 0 {
            return Err(GridError::NoPlace);
        }
        if (columns > 1 && step.0 < label.0) || (rows > 1 && step.1 < label.1) {
            return Err(GridError::Overlap);
        }
        let end = |first: u32, count: u32, step: u32, label: u32| {
            let last = (count - 1).checked_mul(step)?;
            first.checked_add(last)?.checked_add(label)
        };
        let is_inside = |end: Option<u32>, side: u32| end.is_some_and(|end| end <= side);
        if !is_inside(end(first.0, columns, step.0, label.0), page.0)
            || !is_inside(end(first.1, rows, step.1, label.1), page.1)
        {
            return Err(GridError::OffPage);
        }
        Ok(Self {
            page,
            label,
            first,
            step,
            columns,
            rows,
        })
    }

    /// Width and height of a page.
    pub fn page(&self) -> (u32, u32) {
        self.page
    }

    /// Width and height of a label.
    pub fn label(&self) -> (u32, u32) {
        self.label
    }

    /// Labels on a page. Sides are bounded, so there are at most ten thousand.
    pub fn places(&self) -> usize {
        (self.columns as usize).saturating_mul(self.rows as usize)
    }

    /// Upper left corner of a place, counted row by row.
    pub(crate) fn corner(&self, place: usize) -> (u32, u32) {
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        let (column, row) = (place % self.columns, (place / self.columns) % self.rows);
        (
            self.first.0 + column * self.step.0,
            self.first.1 + row * self.step.1,
        )
    }
}

fn check_side(what: &'static str, sides: (u32, u32)) -> Result<(), GridError> {
    for given in [sides.0, sides.1] {
        if !(MIN_SIDE..=MAX_SIDE).contains(&given) {
            return Err(GridError::Side {
                what,
                given,
                min: MIN_SIDE,
                max: MAX_SIDE,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_filled_from_its_middle() {
        let grid = Grid::filling(A4, (60_000, 30_000), 8_000).unwrap();
        assert_eq!(grid.places(), 3 * 9);
        assert_eq!(grid.corner(0), (15_000, 13_500));
        assert_eq!(grid.corner(4), (75_000, 43_500));
        assert_eq!(grid.corner(26), (135_000, 253_500));
    }

    #[test]
    fn a_grid_that_leaves_its_page_overlaps_or_is_empty_is_refused() {
        let label = (60_000, 30_000);
        let grid = |first, step, count| Grid::new(A4, label, first, step, count);
        assert_eq!(grid((0, 0), label, (4, 1)).unwrap_err(), GridError::OffPage);
        assert_eq!(
            grid((0, 270_000), label, (1, 1)).unwrap_err(),
            GridError::OffPage
        );
        assert_eq!(
            grid((0, 0), (59_999, 30_000), (2, 1)).unwrap_err(),
            GridError::Overlap
        );
        assert_eq!(grid((0, 0), label, (0, 1)).unwrap_err(), GridError::NoPlace);
        assert_eq!(
            Grid::filling(A4, label, 105_000).unwrap_err(),
            GridError::NoPlace
        );
        assert!(matches!(
            Grid::filling(A4, (9_999, 30_000), 0),
            Err(GridError::Side { what: "label", .. })
        ));
        assert_eq!(
            grid((1, 1), (u32::MAX, u32::MAX), (3, 3)).unwrap_err(),
            GridError::OffPage
        );
    }
}
