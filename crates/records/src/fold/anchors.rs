//! Digests of documents that a block puts on record.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use theriac_ledger::action::{AnchorDigest, AnchorKind};

use super::FoldError;
use super::statement::insert_all;
use super::step::Step;
use crate::codec;
use crate::entity::{anchor, exception_message};

pub(super) async fn anchor(step: &Step<'_>, action: &AnchorDigest) -> Result<(), FoldError> {
    if action.kind != AnchorKind::Document {
        return Ok(());
    }
    let (digest, account) = (codec::bytes(&action.digest), codec::bytes(&step.account.0));
    let row = anchor::Model {
        sequence: step.sequence.0,
        digest: digest.clone(),
        account: account.clone(),
        time: codec::time(step.time)?,
    };
    insert_all::<anchor::Entity>(step.txn, vec![row]).await?;
    // A message counts from where its own author first put it on record.
    exception_message::Entity::update_many()
        .col_expr(
            exception_message::Column::Sequence,
            Expr::value(step.sequence.0),
        )
        .col_expr(
            exception_message::Column::AnchoredAt,
            Expr::value(codec::time(step.time)?),
        )
        .filter(exception_message::Column::Digest.eq(digest))
        .filter(exception_message::Column::Author.eq(account))
        .filter(exception_message::Column::Sequence.is_null())
        .exec(step.txn)
        .await?;
    Ok(())
}
