//! Serial numbers of the runs that this service commissioned, one a line in production order.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "run_serials")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub intent: String,
    pub gtin: String,
    pub lot: String,
    pub number: i32,
    pub serials: String,
}

impl ActiveModelBehavior for ActiveModel {}
