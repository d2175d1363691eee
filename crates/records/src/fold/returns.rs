//! Packs that come back: whoever receives a return must verify them before they count as saleable, so the read
//! model remembers with which shipment they came for as long as that account holds them.

use std::collections::BTreeSet;

use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect,
};
use theriac_ledger::action::Purpose;
use theriac_ledger::identifier::ShipmentId;
use theriac_ledger::pack_set::PackRange;

use super::FoldError;
use super::memory::Memory;
use super::packs::find_run;
use super::statement::insert_all;
use super::step::Step;
use crate::codec;
use crate::entity::{returned_pack, shipment};
use crate::error::StorageError;
use crate::pack_range::subtract;
use crate::repository::contents::{Container, descend_all};

/// After a shipment was received: what was in it has left the returns of its sender, and is a return of its
/// addressee where it came as one.
pub(super) async fn received(
    step: &Step<'_>,
    memory: &mut Memory,
    shipment: &shipment::Model,
) -> Result<(), FoldError> {
    let is_return = shipment.purpose == codec::word(&Purpose::Return);
    let parties = [&shipment.from_account, &shipment.to_account];
    let returning = returning(step.txn, memory).await?;
    if !is_return && !parties.iter().any(|account| returning.contains(*account)) {
        return Ok(());
    }
    if is_return {
        returning.insert(shipment.to_account.clone());
    }
    // What is inside is asked of the database.
    memory.write(step.txn).await?;
    let id = ShipmentId(codec::digest(&shipment.id, "shipments.id")?);
    let inside = descend_all(step.txn, vec![Container::Shipment(id)]).await?;
    let mut new = Vec::new();
    for span in &inside.spans {
        let run = find_run(step, memory, &span.run).await?;
        let range = span.range();
        for account in parties {
            forget(step.txn, account, run, range).await?;
        }
        if is_return {
            new.push(row(&shipment.to_account, run, range, &shipment.id)?);
        }
    }
    insert_all::<returned_pack::Entity>(step.txn, new).await?;
    Ok(())
}

/// The accounts that have got something back, perhaps more.
async fn returning<'m>(
    txn: &DatabaseTransaction,
    memory: &'m mut Memory,
) -> Result<&'m mut BTreeSet<Vec<u8>>, StorageError> {
    if memory.returning.is_none() {
        let found: Vec<Vec<u8>> = returned_pack::Entity::find()
            .select_only()
            .column(returned_pack::Column::Account)
            .distinct()
            .into_tuple()
            .all(txn)
            .await?;
        memory.returning = Some(found.into_iter().collect());
    }
    Ok(memory.returning.get_or_insert_default())
}

/// Takes packs out of an account's returns.
async fn forget<C: ConnectionTrait>(
    txn: &C,
    account: &[u8],
    run: i64,
    range: PackRange,
) -> Result<(), StorageError> {
    let end = codec::int(range.end(), "a position")?;
    let rows = returned_pack::Entity::find()
        .filter(returned_pack::Column::Account.eq(account))
        .filter(returned_pack::Column::Run.eq(run))
        .filter(returned_pack::Column::First.lt(end))
        .filter(
            Expr::col(returned_pack::Column::First)
                .add(Expr::col(returned_pack::Column::Count))
                .gt(codec::int(range.first, "a position")?),
        )
        .all(txn)
        .await?;
    for found in rows {
        let before = PackRange {
            first: codec::unsigned(found.first, "returned_packs.first")?,
            count: codec::unsigned(found.count, "returned_packs.count")?,
        };
        returned_pack::Entity::delete_by_id((found.account.clone(), run, found.first))
            .exec(txn)
            .await?;
        let left = subtract(before, &[range]);
        let left = left
            .into_iter()
            .map(|range| row(account, run, range, &found.shipment))
            .collect::<Result<Vec<_>, _>>()?;
        for row in left {
            use sea_orm::{ActiveModelTrait, IntoActiveModel};
            row.into_active_model().insert(txn).await?;
        }
    }
    Ok(())
}

fn row(
    account: &[u8],
    run: i64,
    range: PackRange,
    shipment: &[u8],
) -> Result<returned_pack::Model, StorageError> {
    Ok(returned_pack::Model {
        account: account.to_vec(),
        run,
        first: codec::int(range.first, "a position")?,
        count: codec::int(range.count, "a count")?,
        shipment: shipment.to_vec(),
    })
}
