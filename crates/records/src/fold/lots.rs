//! Products, lots and runs.

use sea_orm::{
    ActiveModelTrait, ActiveValue, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, Statement, Value,
};
use theriac_ledger::action::{CloseLot, CommissionRun, RecallLot, RegisterProduct};
use theriac_ledger::identifier::PackKey;
use theriac_ledger::pack_set::PackRange;
use theriac_ledger::record::{PackPlace, PackStatus};

use super::packs::row_of;
use super::span::{PackState, Span};
use super::step::{Step, insert_all};
use super::{FoldError, Known};
use crate::codec;
use crate::entity::{lot, pack_span, product, run};
use crate::error::StorageError;

/// Rows of the pack index in one statement: larger ones gain nothing.
const INDEX_ROWS: usize = 1_024;

/// States of a lot, as stored.
pub(crate) const OPEN: &str = "open";
pub(crate) const CLOSED: &str = "closed";
pub(crate) const RECALLED: &str = "recalled";

pub(super) async fn register_product(
    step: &mut Step<'_>,
    action: &RegisterProduct,
) -> Result<(), FoldError> {
    let owner = step.organisation().await?;
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
    known: &mut Known,
    action: &CommissionRun,
) -> Result<(), FoldError> {
    let count = u32::try_from(action.keys.len())
        .map_err(|_| step.inconsistent("the run is longer than any run"))?;
    write_lot(step, action).await?;
    let row = run::ActiveModel {
        id: ActiveValue::NotSet,
        gtin: ActiveValue::Set(action.gtin.as_str().to_owned()),
        lot: ActiveValue::Set(action.lot.as_str().to_owned()),
        number: ActiveValue::Set(i32::from(action.number)),
        count: ActiveValue::Set(codec::int(count, "a count")?),
        account: ActiveValue::Set(codec::bytes(&step.account.0)),
        commissioned_at: ActiveValue::Set(codec::time(step.time)?),
        sequence: ActiveValue::Set(step.sequence.0),
    };
    let run = row.insert(step.txn).await?.id;
    known.runs.insert(action.run(), run);
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
    insert_all::<pack_span::Entity>(step.txn, vec![row_of(run, &span)?]).await?;
    index_packs(step.txn, run, &action.keys).await?;
    step.link_packs(run, PackRange { first: 0, count }, Some(&place))?;
    step.link_lot(&action.gtin, &action.lot);
    Ok(())
}

async fn write_lot(step: &Step<'_>, action: &CommissionRun) -> Result<(), FoldError> {
    let runs = i32::from(action.number) + 1;
    let key = (
        action.gtin.as_str().to_owned(),
        action.lot.as_str().to_owned(),
    );
    let found = lot::Entity::find_by_id(key.clone()).one(step.txn).await?;
    if let Some(found) = found {
        if found.runs + 1 != runs {
            return Err(step.inconsistent("the run does not follow the last one of its lot"));
        }
        let mut row = found.into_active_model();
        row.runs = ActiveValue::Set(runs);
        row.update(step.txn).await?;
        return Ok(());
    }
    if runs != 1 {
        return Err(step.inconsistent("the first run of the lot is missing"));
    }
    let manufacturer = step.organisation().await?;
    let row = lot::Model {
        gtin: key.0,
        lot: key.1,
        manufacturer: codec::bytes(&manufacturer.0),
        expiry: action.expiry.to_string(),
        manufactured: action.manufactured.to_string(),
        state: OPEN.to_owned(),
        recall_class: None,
        recalled_at: None,
        recall_notice: None,
        runs,
    };
    insert_all::<lot::Entity>(step.txn, vec![row]).await?;
    Ok(())
}

pub(super) async fn close_lot(step: &mut Step<'_>, action: &CloseLot) -> Result<(), FoldError> {
    let mut row = find_lot(step, action.gtin.as_str(), action.lot.as_str()).await?;
    row.state = ActiveValue::Set(CLOSED.to_owned());
    row.update(step.txn).await?;
    step.link_lot(&action.gtin, &action.lot);
    Ok(())
}

pub(super) async fn recall_lot(step: &mut Step<'_>, action: &RecallLot) -> Result<(), FoldError> {
    let mut row = find_lot(step, action.gtin.as_str(), action.lot.as_str()).await?;
    row.state = ActiveValue::Set(RECALLED.to_owned());
    row.recall_class = ActiveValue::Set(Some(i16::from(action.class as u8)));
    row.recalled_at = ActiveValue::Set(Some(codec::time(step.time)?));
    row.recall_notice = ActiveValue::Set(Some(codec::bytes(&action.notice)));
    row.update(step.txn).await?;
    step.link_lot(&action.gtin, &action.lot);
    Ok(())
}

async fn find_lot(step: &Step<'_>, gtin: &str, lot: &str) -> Result<lot::ActiveModel, FoldError> {
    lot::Entity::find_by_id((gtin.to_owned(), lot.to_owned()))
        .one(step.txn)
        .await?
        .map(IntoActiveModel::into_active_model)
        .ok_or_else(|| step.inconsistent("it names a lot that is not known"))
}

/// Writes the index of a run's packs: sorted by key, so that neighbours go to the same pages, and
/// by hand-made statements, because a query builder takes longer than the database.
async fn index_packs(
    txn: &DatabaseTransaction,
    run: i64,
    keys: &[PackKey],
) -> Result<(), StorageError> {
    let mut pairs: Vec<(&PackKey, u32)> = keys.iter().zip(0u32..).collect();
    pairs.sort_unstable();
    for rows in pairs.chunks(INDEX_ROWS) {
        let mut sql = String::with_capacity(80 + rows.len() * 16);
        sql.push_str("INSERT INTO pack_index (pack_key, run, position) VALUES ");
        let mut values = Vec::with_capacity(rows.len() * 2);
        for (number, (key, position)) in rows.iter().enumerate() {
            use std::fmt::Write as _;
            let comma = if number == 0 { "" } else { "," };
            let (key_slot, position_slot) = (number * 2 + 2, number * 2 + 3);
            write!(sql, "{comma}(${key_slot},$1,${position_slot})")
                .expect("writing to a string does not fail");
            values.push(Value::from(key.0.to_vec()));
            values.push(Value::from(codec::int(*position, "a position")?));
        }
        values.insert(0, Value::from(run));
        let statement = Statement::from_sql_and_values(txn.get_database_backend(), sql, values);
        txn.execute_raw(statement).await?;
    }
    Ok(())
}
