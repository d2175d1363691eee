//! Transactions of the chain.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_transactions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    pub id: Vec<u8>,
    pub time: i64,
    pub signer: Vec<u8>,
    pub account: Vec<u8>,
    pub kind: String,
    pub summary: String,
    pub details: Option<Vec<u8>>,
}

impl ActiveModelBehavior for ActiveModel {}
