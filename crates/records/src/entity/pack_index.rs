//! From a pack key to its run and position.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pack_index")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub pack_key: Vec<u8>,
    pub run: i64,
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}
