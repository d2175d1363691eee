//! The file in which a packaging line names the packs of a batch.

use std::collections::BTreeSet;

use theriac_ledger::testing::{date, gtin, run_id};
use theriac_partner::batch_file::{BatchName, read_serials};

/// Reads a batch file. No serial comes out twice, lines are in order, and each is in the file.
pub(crate) fn batch_file(bytes: &[u8]) {
    let gtin = gtin("9506000", 1);
    let batch = BatchName {
        gtin,
        lot: run_id(gtin, "L1", 0).lot,
        expiry: date("2027-12-31"),
    };
    let Ok(rows) = read_serials(bytes, &batch, 2026) else {
        return;
    };
    let Ok(packs) = rows.finish() else { return };
    let serials: BTreeSet<_> = packs.iter().map(|pack| pack.serial).collect();
    assert_eq!(serials.len(), packs.len(), "a serial number twice");
    assert!(packs.windows(2).all(|pair| pair[0].line < pair[1].line));
    let line_ends = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r'));
    let lines = line_ends.count() + 1;
    let last = packs.last().map_or(0, |pack| pack.line);
    assert!(usize::try_from(last).is_ok_and(|last| last <= lines));
}
