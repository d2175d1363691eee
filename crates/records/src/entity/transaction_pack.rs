//! Packs that a transaction named, and where it put them.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "transaction_packs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub run: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub first: i32,
    pub count: i32,
    pub place_kind: Option<i16>,
    pub place: Option<Vec<u8>>,
}

impl ActiveModelBehavior for ActiveModel {}
