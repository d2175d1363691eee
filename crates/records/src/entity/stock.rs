//! How many packs of a lot, in one status, are with an account or in an open shipment.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stock")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub root_kind: i16,
    #[sea_orm(primary_key, auto_increment = false)]
    pub root: Vec<u8>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub expiry: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub gtin: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub lot: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub status: i16,
    pub packs: i64,
}

impl ActiveModelBehavior for ActiveModel {}
