//! Products, lots and runs.

use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement, Value};
use theriac_gs1::{Gtin, Lot};
use theriac_ledger::action::{CloseLot, CommissionRun, RecallLot, RegisterProduct};
use theriac_ledger::identifier::PackKey;
use theriac_ledger::pack_set::PackRange;
use theriac_ledger::record::{PackPlace, PackStatus};

use super::FoldError;
use super::memory::Memory;
use super::span::{PackState, Span};
use super::statement::{insert_all, push_slots};
use super::step::Step;
use super::stock::Root;
use crate::codec;
use crate::entity::{lot, product, run};
use crate::error::StorageError;

/// Rows of the pack index in one statement: larger ones gain nothing.
const INDEX_ROWS: usize = 1_024;

/// States of a lot, as stored.
pub(crate) const OPEN: &str = "open";
pub(crate) const CLOSED: &str = "closed";
pub(crate) const RECALLED: &str = "recalled";

pub(super) async fn register_product(
    step: &mut Step<'_>,
    memory: &mut Memory,
    action: &RegisterProduct,
) -> Result<(), FoldError> {
    let owner = step.organisation(memory).await?;
    let row = product::Model {
        gtin: action.gtin.as_str().to_owned(),
        name: action.name.to_string(),
        strength: action.strength.to_string(),
        form: action.form.to_string(),
        pack_size: i64::from(action.pack_size),
        owner: codec::bytes(&owner.0),
        celsius_tenths_min: action.storage.map(|range| range.celsius_tenths_min),
        celsius_tenths_max: action.storage.map(|range| range.celsius_tenths_max),
        markets: codec::json(&action.markets),
        sequence: step.sequence.0,
    };
    insert_all::<product::Entity>(step.txn, vec![row]).await?;
    Ok(())
}

pub(super) async fn commission_run(
    step: &mut Step<'_>,
    memory: &mut Memory,
    action: &CommissionRun,
) -> Result<(), FoldError> {
    let count = u32::try_from(action.keys.len())
        .map_err(|_| step.inconsistent("the run is longer than any run"))?;
    write_lot(step, memory, action).await?;
    let run = memory.next_run(step.txn).await?;
    memory.put_run(run::Model {
        id: run,
        gtin: action.gtin.as_str().to_owned(),
        lot: action.lot.as_str().to_owned(),
        number: i32::from(action.number),
        count: codec::int(count, "a count")?,
        account: codec::bytes(&step.account.0),
        commissioned_at: codec::time(step.time)?,
        sequence: step.sequence.0,
    });
    memory.runs.insert(action.run(), run);
    let place = PackPlace::Account(step.account);
    let span = Span {
        first: 0,
        count,
        state: PackState {
            status: PackStatus::Active,
            since: step.time,
            place,
            by: step.account,
        },
    };
    memory.spans.begin(run, span);
    let root = Root::Account(step.account);
    let status = PackStatus::Active;
    memory.stock.add(root, &action.run(), status, count);
    // As many as `count`, which fits.
    let packs = action.keys.iter().zip(0i32..);
    let packs = packs.map(|(key, position)| (*key, run, position));
    memory.index(step.txn, packs).await?;
    step.link_packs(run, PackRange { first: 0, count }, Some(&place))?;
    step.link_lot(&action.gtin, &action.lot);
    Ok(())
}

async fn write_lot(
    step: &Step<'_>,
    memory: &mut Memory,
    action: &CommissionRun,
) -> Result<(), FoldError> {
    let runs = i32::from(action.number) + 1;
    let key = (
        action.gtin.as_str().to_owned(),
        action.lot.as_str().to_owned(),
    );
    if let Some(found) = memory.lots.get(step.txn, &key).await? {
        if found.runs + 1 != runs {
            return Err(step.inconsistent("the run does not follow the last one of its lot"));
        }
        memory.lots.change(&key, |row| row.runs = runs);
        return Ok(());
    }
    if runs != 1 {
        return Err(step.inconsistent("the first run of the lot is missing"));
    }
    let manufacturer = step.organisation(memory).await?;
    let row = lot::Model {
        gtin: key.0.clone(),
        lot: key.1.clone(),
        manufacturer: codec::bytes(&manufacturer.0),
        expiry: action.expiry.to_string(),
        manufactured: action.manufactured.to_string(),
        state: OPEN.to_owned(),
        recall_class: None,
        recalled_at: None,
        recall_notice: None,
        runs,
    };
    memory.lots.insert(key, row);
    Ok(())
}

pub(super) async fn close_lot(
    step: &mut Step<'_>,
    memory: &mut Memory,
    action: &CloseLot,
) -> Result<(), FoldError> {
    let key = find_lot(step, memory, &action.gtin, &action.lot).await?;
    memory
        .lots
        .change(&key, |row| CLOSED.clone_into(&mut row.state));
    step.link_lot(&action.gtin, &action.lot);
    Ok(())
}

pub(super) async fn recall_lot(
    step: &mut Step<'_>,
    memory: &mut Memory,
    action: &RecallLot,
) -> Result<(), FoldError> {
    let key = find_lot(step, memory, &action.gtin, &action.lot).await?;
    let recalled_at = codec::time(step.time)?;
    memory.lots.change(&key, |row| {
        RECALLED.clone_into(&mut row.state);
        row.recall_class = Some(i16::from(action.class as u8));
        row.recalled_at = Some(recalled_at);
        row.recall_notice = Some(codec::bytes(&action.notice));
    });
    step.link_lot(&action.gtin, &action.lot);
    Ok(())
}

/// The key of a lot, which is in memory afterwards.
async fn find_lot(
    step: &Step<'_>,
    memory: &mut Memory,
    gtin: &Gtin,
    lot: &Lot,
) -> Result<(String, String), FoldError> {
    let key = (gtin.as_str().to_owned(), lot.as_str().to_owned());
    match memory.lots.get(step.txn, &key).await? {
        Some(_) => Ok(key),
        None => Err(step.inconsistent("it names a lot that is not known")),
    }
}

/// Writes the index of packs: sorted by key, so that neighbours go to the same pages, and by hand-made
/// statements, because a query builder takes longer than the database.
pub(super) async fn index_packs(
    txn: &DatabaseTransaction,
    mut packs: Vec<(PackKey, i64, i32)>,
) -> Result<(), StorageError> {
    packs.sort_unstable();
    let backend = txn.get_database_backend();
    for rows in packs.chunks(INDEX_ROWS) {
        let mut sql = "INSERT INTO pack_index (pack_key, run, position) VALUES ".to_owned();
        push_slots(&mut sql, backend, rows.len(), 3);
        let values = rows.iter().flat_map(|(key, run, position)| {
            let key = Value::from(key.0.to_vec());
            [key, Value::from(*run), Value::from(*position)]
        });
        let statement = Statement::from_sql_and_values(backend, sql, values);
        txn.execute_raw(statement).await?;
    }
    Ok(())
}
