//! Bringing the packs of a batch into being.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use theriac_gs1::{CalendarDate, Gtin, Lot, SerialNumber};
use theriac_http::problem::{Problem, ProblemCode};
use theriac_http::random::system_random;
use theriac_ledger::action::{ActionBody, CommissionRun};
use theriac_ledger::constants::{LOT_RUNS_MAX, RUN_PACKS_MAX};
use theriac_ledger::identifier::PackKey;
use theriac_records::repository::intents::find_last_open_run;
use theriac_records::repository::lots::{LotRecord, find_lot};
use theriac_records::repository::packs::find_locations;
use theriac_records::repository::products::find_product;
use utoipa::{IntoParams, ToSchema};

use super::{After, Desk, Plan, Planned, storage_problem};
use crate::batch_file::{
    BATCH_PACKS_MAX, BatchFileError, BatchLine, BatchName, BatchRows, read_serials,
};
use crate::faults::Faults;
use crate::offload::offload;
use crate::serials::new_serials;

/// A batch whose serial numbers are given here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchBody {
    /// The product.
    #[schema(example = "09506000134352")]
    pub gtin: String,
    /// The batch.
    #[schema(example = "B1")]
    pub lot: String,
    /// Last day of use, `YYYY-MM-DD`.
    #[schema(example = "2028-12-31")]
    pub expiry: String,
    /// Day of manufacture, `YYYY-MM-DD`.
    #[schema(example = "2026-11-01")]
    pub manufactured: String,
    /// How many packs, 1 to 100,000.
    pub count: u32,
}

/// A batch whose serial numbers are in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BatchQuery {
    /// The product.
    pub gtin: String,
    /// The batch.
    pub lot: String,
    /// Last day of use, `YYYY-MM-DD`.
    pub expiry: String,
    /// Day of manufacture, `YYYY-MM-DD`.
    pub manufactured: String,
}

/// Product, lot and dates of a batch.
pub(crate) struct Head {
    pub(crate) gtin: Gtin,
    pub(crate) lot: Lot,
    pub(crate) expiry: CalendarDate,
    pub(crate) manufactured: CalendarDate,
}

/// Plans a batch of `count` packs with new serial numbers.
///
/// # Errors
///
/// A problem that says what is wrong.
pub async fn commission(desk: &Desk, body: &BatchBody) -> Result<Plan, Problem> {
    let mut faults = Faults::new();
    let head = read_head(
        &mut faults,
        [&body.gtin, &body.lot, &body.expiry, &body.manufactured],
    );
    let count = usize::try_from(body.count).unwrap_or(usize::MAX);
    if !(1..=BATCH_PACKS_MAX).contains(&count) {
        let detail = format!("one call makes 1 to {BATCH_PACKS_MAX} packs, not {count}");
        faults.add("count", "out_of_bounds", detail);
    }
    let head = faults.finish(head)?;
    let first = check_batch(desk, &head).await?;
    offload(move || plan(&head, &first, &new_serials(count, &mut system_random()))).await
}

/// Plans a batch whose serial numbers a file names.
///
/// # Errors
///
/// A problem that says what is wrong; `batch_rows_refused` with every bad line.
pub async fn commission_file(
    desk: &Desk,
    query: &BatchQuery,
    file: Bytes,
) -> Result<Plan, Problem> {
    let mut faults = Faults::new();
    let head = read_head(
        &mut faults,
        [&query.gtin, &query.lot, &query.expiry, &query.manufactured],
    );
    let head = faults.finish(head)?;
    let name = BatchName {
        gtin: head.gtin,
        lot: head.lot,
        expiry: head.expiry,
    };
    let year = desk.year();
    let (rows, keys) = offload(move || {
        let rows = read_serials(&file, &name, year)?;
        let packs = rows.packs().iter();
        let keys: Vec<PackKey> = packs
            .map(|line| PackKey::new(&name.gtin, &line.serial))
            .collect();
        Ok::<_, BatchFileError>((rows, keys))
    })
    .await?;
    let lines = refuse_taken(desk, rows, &keys).await?.finish()?;
    let first = check_batch(desk, &head).await?;
    offload(move || {
        let serials: Vec<SerialNumber> = lines.iter().map(|line| line.serial).collect();
        plan(&head, &first, &serials)
    })
    .await
}

fn read_head(faults: &mut Faults, [gtin, lot, expiry, manufactured]: [&str; 4]) -> Option<Head> {
    let gtin = faults.gtin("gtin", gtin);
    let lot = faults.lot("lot", lot);
    let expiry = faults.date("expiry", expiry);
    let manufactured = faults.date("manufactured", manufactured);
    if let Some((expiry, manufactured)) = expiry.zip(manufactured) {
        check_dates(faults, expiry, manufactured);
    }
    Some(Head {
        gtin: gtin?,
        lot: lot?,
        expiry: expiry?,
        manufactured: manufactured?,
    })
}

fn check_dates(faults: &mut Faults, expiry: CalendarDate, manufactured: CalendarDate) {
    if manufactured > expiry {
        let detail =
            format!("the batch would expire on {expiry}, before it is made on {manufactured}");
        faults.add("manufactured", "date_invalid", detail);
    }
}

/// The next run of a batch.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Next {
    number: u16,
    /// The intent of the run before it, where that is not on the ledger yet.
    after: Option<String>,
}

/// Checks product and batch against what is on record; answers with the next run.
pub(crate) async fn check_batch(desk: &Desk, head: &Head) -> Result<Next, Problem> {
    let mut faults = Faults::new();
    let storage = |error| storage_problem(&error);
    let product = find_product(&desk.database, &head.gtin)
        .await
        .map_err(storage)?;
    match product {
        None => {
            let detail = format!("product {} is not registered; register it first", head.gtin);
            faults.add("gtin", "product_unknown", detail);
        }
        Some(product) if product.owner != desk.organisation => {
            let detail = format!(
                "product {} was registered by another organisation",
                head.gtin
            );
            faults.add("gtin", "product_not_own", detail);
        }
        Some(_) => {}
    }
    check_dates(&mut faults, head.expiry, head.manufactured);
    let today = i64::try_from(desk.clock.now_ms() / DAY_MS).unwrap_or(i64::MAX);
    if head.expiry.days_since_epoch() < today {
        let detail = format!("the batch has expired on {}", head.expiry);
        faults.add("expiry", "lot_expired", detail);
    }
    // Before the batch: what is settled in between is then in its record.
    let waiting = find_last_open_run(&desk.database, &head.gtin, &head.lot)
        .await
        .map_err(storage)?;
    let lot = find_lot(&desk.database, &head.gtin, &head.lot)
        .await
        .map_err(storage)?;
    if let Some(lot) = &lot {
        check_lot(&mut faults, head, lot);
    }
    faults.check()?;
    Ok(match waiting {
        Some((intent, number)) => Next {
            number: number.saturating_add(1),
            after: Some(intent),
        },
        None => Next {
            number: lot.map_or(0, |lot| lot.runs),
            after: None,
        },
    })
}

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

fn check_lot(faults: &mut Faults, head: &Head, lot: &LotRecord) {
    let Head {
        expiry,
        manufactured,
        ..
    } = head;
    if lot.expiry != *expiry {
        let detail = format!("batch {} has expiry {} on record", lot.lot, lot.expiry);
        faults.add("expiry", "expiry_differs", detail);
    }
    if lot.manufactured != *manufactured {
        let detail = format!(
            "batch {} was made on {}, by its record",
            lot.lot, lot.manufactured
        );
        faults.add("manufactured", "manufactured_differs", detail);
    }
    if lot.state != theriac_ledger::record::LotState::Open {
        let detail = format!(
            "batch {} is closed or recalled and takes no more packs",
            lot.lot
        );
        faults.add("lot", "lot_not_open", detail);
    }
}

/// Refuses the lines whose serial numbers a pack of the product has, in whatever batch.
async fn refuse_taken(
    desk: &Desk,
    mut rows: BatchRows,
    keys: &[PackKey],
) -> Result<BatchRows, Problem> {
    let found = find_locations(&desk.database, keys)
        .await
        .map_err(|error| storage_problem(&error))?;
    let taken: Vec<(BatchLine, Lot)> = rows
        .packs()
        .iter()
        .zip(keys)
        .filter_map(|(line, key)| Some((*line, found.get(key)?.run.lot)))
        .collect();
    for (BatchLine { line, serial }, lot) in taken {
        let detail = format!(
            "serial number {serial} is that of a pack of batch {lot}; a product's serial numbers are given once"
        );
        rows.refuse(line, "serial_taken", detail);
    }
    Ok(rows)
}

/// Cuts a batch into runs of which each waits for the one before.
pub(crate) fn plan(head: &Head, first: &Next, serials: &[SerialNumber]) -> Result<Plan, Problem> {
    let mut actions = Vec::new();
    for (index, part) in serials.chunks(RUN_PACKS_MAX).enumerate() {
        let number = u16::try_from(index)
            .ok()
            .and_then(|index| first.number.checked_add(index))
            .filter(|number| *number < LOT_RUNS_MAX);
        let Some(number) = number else {
            let detail = format!(
                "batch {} would have more than {LOT_RUNS_MAX} runs; each call makes at least one",
                head.lot
            );
            return Err(Problem::new(ProblemCode::InvalidInput, detail)
                .with_hint("give the remaining packs a batch number of their own"));
        };
        let keys: Vec<PackKey> = part
            .iter()
            .map(|serial| PackKey::new(&head.gtin, serial))
            .collect();
        let count = u32::try_from(keys.len()).unwrap_or(u32::MAX);
        let body = CommissionRun {
            gtin: head.gtin,
            lot: head.lot,
            number,
            expiry: head.expiry,
            manufactured: head.manufactured,
            keys: keys
                .try_into()
                .expect("a chunk is as long as a run at most"),
        };
        let words = format!(
            "bring {count} packs into being as run {number} of batch {} of product {}",
            head.lot, head.gtin
        );
        actions.push(Planned {
            after: match index.checked_sub(1) {
                Some(before) => Some(After::Planned(before)),
                None => first.after.clone().map(After::Stored),
            },
            serials: Some(part.to_vec()),
            ..Planned::new(ActionBody::CommissionRun(body), words)
        });
    }
    Ok(Plan { actions })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    fn head() -> Head {
        Head {
            gtin: Gtin::parse("09506000134352").unwrap(),
            lot: Lot::parse("B1").unwrap(),
            expiry: CalendarDate::new(2028, 12, 31).unwrap(),
            manufactured: CalendarDate::new(2026, 11, 1).unwrap(),
        }
    }

    #[test]
    fn large_batch_becomes_runs_in_a_chain() {
        let serials = new_serials(70_000, &mut ChaCha20Rng::seed_from_u64(1));
        let first = Next {
            number: 2,
            after: Some("before".to_owned()),
        };
        let plan = plan(&head(), &first, &serials).unwrap();
        let runs: Vec<_> = plan
            .actions
            .iter()
            .map(|action| match &action.body {
                ActionBody::CommissionRun(run) => (run.number, run.keys.len()),
                other => panic!("a run is commissioned, not {other:?}"),
            })
            .collect();
        assert_eq!(runs, [(2, 32_768), (3, 32_768), (4, 4_464)]);
        let after: Vec<_> = plan
            .actions
            .iter()
            .map(|action| action.after.clone().unwrap())
            .collect();
        let before = After::Stored("before".to_owned());
        assert_eq!(after, [before, After::Planned(0), After::Planned(1)]);
    }

    #[test]
    fn run_past_the_last_is_refused() {
        let serials = new_serials(1, &mut ChaCha20Rng::seed_from_u64(1));
        let first = Next {
            number: LOT_RUNS_MAX,
            after: None,
        };
        assert!(plan(&head(), &first, &serials).is_err());
    }

    #[test]
    fn batch_that_expires_before_it_is_made_is_refused() {
        let mut faults = Faults::new();
        let head = ["09506000134352", "B1", "2026-01-01", "2026-01-02"];
        read_head(&mut faults, head);
        let errors = faults.check().unwrap_err().body(None).errors;
        assert_eq!(errors[0].at, "manufactured");
    }
}
