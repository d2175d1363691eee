//! Notices of recalls that this service signed, whole.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recall_notices")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub intent: String,
    pub digest: Vec<u8>,
    pub notice: String,
}

impl ActiveModelBehavior for ActiveModel {}
