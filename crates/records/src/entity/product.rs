//! Products.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "products")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub gtin: String,
    pub name: String,
    pub strength: String,
    pub form: String,
    pub pack_size: i64,
    pub owner: Vec<u8>,
    pub celsius_tenths_min: Option<i16>,
    pub celsius_tenths_max: Option<i16>,
    pub markets: String,
    pub sequence: i64,
}

impl ActiveModelBehavior for ActiveModel {}
