//! Rows into tables, many to a statement.
//!
//! The statements are made by hand, for a query builder takes longer than the database; and they have few forms,
//! so that each is prepared once.

use std::fmt::Write as _;

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, IdenStatic as _, Iterable as _,
    ModelTrait, PrimaryKeyToColumn as _, Statement,
};

use crate::error::StorageError;

/// Rows of one statement, from the largest: SQLite takes 32,766 values, PostgreSQL 65,535.
const SIZES: [usize; 4] = [512, 64, 8, 1];

/// What to do with a row whose key is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Conflict {
    Refuse,
    Overwrite,
    Add,
}

/// Inserts rows.
pub(crate) async fn insert_all<E>(
    txn: &DatabaseTransaction,
    rows: Vec<E::Model>,
) -> Result<(), StorageError>
where
    E: EntityTrait,
    E::Model: ModelTrait<Entity = E>,
{
    write::<E>(txn, &rows, Conflict::Refuse).await
}

/// Writes rows, also over those with the same keys.
pub(super) async fn upsert_all<E>(
    txn: &DatabaseTransaction,
    rows: Vec<E::Model>,
) -> Result<(), StorageError>
where
    E: EntityTrait,
    E::Model: ModelTrait<Entity = E>,
{
    write::<E>(txn, &rows, Conflict::Overwrite).await
}

/// Writes rows, or adds their numbers to those of the rows with the same keys.
pub(super) async fn add_all<E>(
    txn: &DatabaseTransaction,
    rows: Vec<E::Model>,
) -> Result<(), StorageError>
where
    E: EntityTrait,
    E::Model: ModelTrait<Entity = E>,
{
    write::<E>(txn, &rows, Conflict::Add).await
}

async fn write<E>(
    txn: &DatabaseTransaction,
    rows: &[E::Model],
    conflict: Conflict,
) -> Result<(), StorageError>
where
    E: EntityTrait,
    E::Model: ModelTrait<Entity = E>,
{
    let mut rest = rows;
    for size in SIZES {
        if rest.len() < size {
            continue;
        }
        let backend = txn.get_database_backend();
        let sql = text::<E>(backend, size, conflict);
        while let Some((part, behind)) = rest.split_at_checked(size) {
            let values = part
                .iter()
                .flat_map(|row| E::Column::iter().map(|column| row.get(column)));
            let statement = Statement::from_sql_and_values(backend, sql.as_str(), values);
            txn.execute_raw(statement).await?;
            rest = behind;
        }
    }
    Ok(())
}

fn text<E: EntityTrait>(backend: DbBackend, rows: usize, conflict: Conflict) -> String {
    let columns: Vec<&str> = E::Column::iter().map(|column| column.as_str()).collect();
    let entity = E::default();
    let table = entity.table_name();
    let mut sql = format!("INSERT INTO {table} ({}) VALUES ", quoted(&columns));
    push_slots(&mut sql, backend, rows, columns.len());
    if conflict != Conflict::Refuse {
        let keys: Vec<&str> = E::PrimaryKey::iter()
            .map(|key| key.into_column().as_str())
            .collect();
        let others = columns.iter().filter(|column| !keys.contains(column));
        let others: Vec<String> = others
            .map(|column| {
                let before = if conflict == Conflict::Add {
                    format!("{table}.\"{column}\" + ")
                } else {
                    String::new()
                };
                format!("\"{column}\" = {before}excluded.\"{column}\"")
            })
            .collect();
        let (keys, others) = (quoted(&keys), others.join(","));
        write!(sql, " ON CONFLICT ({keys}) DO UPDATE SET {others}")
            .expect("writing to a string does not fail");
    }
    sql
}

/// Writes `(?,?),(?,?)`, or `($1,$2),($3,$4)`. SQLite looks for the name of each parameter that has one among all of
/// them, so that a thousand rows would take a thousand times as long.
pub(super) fn push_slots(sql: &mut String, backend: DbBackend, rows: usize, columns: usize) {
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ",(" });
        for column in 0..columns {
            sql.push_str(if column == 0 { "" } else { "," });
            if backend == DbBackend::Sqlite {
                sql.push('?');
            } else {
                let slot = row * columns + column + 1;
                write!(sql, "${slot}").expect("writing to a string does not fail");
            }
        }
        sql.push(')');
    }
}

fn quoted(columns: &[&str]) -> String {
    let quoted: Vec<String> = columns
        .iter()
        .map(|column| format!("\"{column}\""))
        .collect();
    quoted.join(",")
}
