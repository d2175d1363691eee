//! What packs and transactions take on the disk of one authority.

use std::ops::Bound;
use std::path::{Path, PathBuf};

use theriac_node::store::disk::{Disk as _, FjallDisk, Space};

use super::report::{Floor, Report};

/// Bytes of a pack.
const PACK_BYTES_FLOOR: f64 = 80.0;
const PACK_BYTES_AIM: f64 = 45.0;

/// Bytes of a transaction.
const TX_BYTES_FLOOR: f64 = 1_024.0;

/// What is kept of every pack for good; everything else is counted for transactions.
const OF_PACKS: [Space; 3] = [Space::Packs, Space::Lists, Space::Runs];

/// Reads what an authority that has stopped left in the folder of its chain.
pub(super) async fn measure(chain: PathBuf, report: &mut Report) -> anyhow::Result<()> {
    let each = tokio::task::spawn_blocking(move || read(&chain)).await??;
    report.floors.push(Floor::at_most(
        "disk of an authority for a pack, bytes",
        each.pack_bytes,
        PACK_BYTES_FLOOR,
        PACK_BYTES_AIM,
    ));
    report.floors.push(Floor::at_most(
        "disk of an authority for a transaction, bytes",
        each.transaction_bytes,
        TX_BYTES_FLOOR,
        TX_BYTES_FLOOR,
    ));
    report.note(
        "Disk: tables of an authority that was stopped, once its journals were empty. For a pack, the index and the \
         lists of identities; for a transaction, everything else.",
    );
    Ok(())
}

struct Each {
    pack_bytes: f64,
    transaction_bytes: f64,
}

/// Moves everything into tables first.
fn read(chain: &Path) -> anyhow::Result<Each> {
    let disk = FjallDisk::open(chain)?;
    let tables = disk.settle()?;
    let snapshot = disk.snapshot();
    let count = |space| -> anyhow::Result<f64> {
        let keys = snapshot.keys(space, Bound::Unbounded, Bound::Unbounded);
        let mut count = 0u32;
        for key in keys {
            key?;
            count += 1;
        }
        Ok(f64::from(count))
    };
    let bytes = |is_of_packs: bool| {
        let of_them = tables.iter();
        let of_them = of_them.filter(|(space, _)| OF_PACKS.contains(space) == is_of_packs);
        // Whole kilobytes: the figure of a bench, not of an account.
        let kilobytes: u64 = of_them.map(|(_, bytes)| bytes / 1_000).sum();
        f64::from(u32::try_from(kilobytes).unwrap_or(u32::MAX)) * 1_000.0
    };
    Ok(Each {
        pack_bytes: bytes(true) / count(Space::Packs)?.max(1.0),
        transaction_bytes: bytes(false) / count(Space::Transactions)?.max(1.0),
    })
}
