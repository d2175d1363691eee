//! Consecutive packs of a run in one state: maximal, disjoint, covering the run.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pack_spans")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub run: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub first: i32,
    pub count: i32,
    pub status: i16,
    pub since: i64,
    pub place_kind: i16,
    pub place: Vec<u8>,
    pub by: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
