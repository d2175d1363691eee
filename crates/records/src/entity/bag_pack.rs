//! Which bag a pack is in.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bag_packs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub pack_key: Vec<u8>,
    pub bag: String,
}

impl ActiveModelBehavior for ActiveModel {}
