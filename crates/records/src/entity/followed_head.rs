//! Up to which block this database has followed the chain: one row.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "followed_head")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i16,
    pub height: i64,
    pub digest: Vec<u8>,
    pub parent: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
