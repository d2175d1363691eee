//! What this service means to put on the ledger.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "intents")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub number: i64,
    pub id: String,
    pub depends_on: Option<String>,
    pub kind: i32,
    pub body: Vec<u8>,
    pub details: Option<Vec<u8>>,
    pub state: String,
    pub transaction_id: Option<Vec<u8>>,
    pub signed: Option<Vec<u8>>,
    pub valid_until: Option<i64>,
    pub attempts: i32,
    pub error_code: Option<String>,
    pub error_detail: Option<String>,
    pub error_hint: Option<String>,
    pub error_status: Option<i32>,
    pub height: Option<i64>,
    pub position: Option<i32>,
    pub created_at: i64,
    pub updated_at: i64,
    pub caller: Option<String>,
    pub meaning: Option<String>,
    pub job: Option<String>,
    pub packs: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
