//! Accounts.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Vec<u8>,
    pub organisation: Vec<u8>,
    pub gln: String,
    pub name: String,
    pub latitude: i32,
    pub longitude: i32,
    pub country: String,
    pub roles: String,
    pub state: String,
}

impl ActiveModelBehavior for ActiveModel {}
