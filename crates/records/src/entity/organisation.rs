//! Organisations.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organisations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Vec<u8>,
    pub legal_name: String,
    pub roles: String,
    pub licences: String,
    pub gs1_prefixes: String,
    pub standing: String,
    pub service_address: String,
}

impl ActiveModelBehavior for ActiveModel {}
