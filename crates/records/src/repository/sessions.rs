//! Sessions of people. Only the digest of a session's token is stored.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use theriac_crypto::Digest;
use theriac_ledger::identifier::Timestamp;

use super::users::confirm;
use crate::entity::{session, user};
use crate::error::StorageError;
use crate::fold::statement::insert_all;
use crate::{Database, codec};

/// Sessions of one user: an older one ends where there would be more.
const SESSIONS_OF_USER_MAX: u64 = 32;

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// Its id: says nothing of its token.
    pub id: String,
    /// Digest of the token that its browser holds.
    pub token: Digest,
    /// For whom it acts.
    pub user: String,
    /// Who opened it with a password; another than `user` once a till was switched.
    pub opened_by: String,
    /// Whether a PIN ever handed it over: no password stands behind who acts in it since.
    pub by_pin: bool,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// When it ends, used or not.
    pub expires_at: Timestamp,
}

/// Opens a session for whoever was found to know the password of this hash; `false` where the person has
/// another password by now, or is kept out. Wrong PINs are forgotten. Sessions that are over by `idle_since`, or by now, are swept.
pub async fn open_session(
    db: &Database,
    new: &SessionRecord,
    password: &str,
    idle_since: Timestamp,
) -> Result<bool, StorageError> {
    let txn = db.begin().await?;
    if !confirm(&txn, &new.user, user::Column::Password, password).await? {
        return Ok(false);
    }
    let over = Condition::any()
        .add(session::Column::ExpiresAt.lte(codec::time(new.created_at)?))
        .add(session::Column::LastSeenAt.lt(codec::time(idle_since)?));
    session::Entity::delete_many()
        .filter(over)
        .exec(&txn)
        .await?;
    let oldest: Vec<String> = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .filter(session::Column::OpenedBy.eq(new.opened_by.as_str()))
        .order_by_desc(session::Column::LastSeenAt)
        .offset(SESSIONS_OF_USER_MAX - 1)
        .limit(SESSIONS_OF_USER_MAX)
        .into_tuple()
        .all(&txn)
        .await?;
    if !oldest.is_empty() {
        let surplus = session::Entity::delete_many().filter(session::Column::Id.is_in(oldest));
        surplus.exec(&txn).await?;
    }
    let row = session::Model {
        id: new.id.clone(),
        token: codec::bytes(&new.token),
        user: new.user.clone(),
        opened_by: new.opened_by.clone(),
        by_pin: new.by_pin,
        created_at: codec::time(new.created_at)?,
        last_seen_at: codec::time(new.last_seen_at)?,
        expires_at: codec::time(new.expires_at)?,
    };
    insert_all::<session::Entity>(&txn, vec![row]).await?;
    txn.commit().await?;
    Ok(true)
}

/// The session of a token.
pub async fn find_session(
    db: &Database,
    token: &Digest,
) -> Result<Option<SessionRecord>, StorageError> {
    let row = session::Entity::find()
        .filter(session::Column::Token.eq(codec::bytes(token)))
        .one(db.reader())
        .await?;
    row.map(record_of).transpose()
}

/// The session with an id.
pub async fn find_session_by_id(
    db: &Database,
    id: &str,
) -> Result<Option<SessionRecord>, StorageError> {
    let row = session::Entity::find_by_id(id).one(db.reader()).await?;
    row.map(record_of).transpose()
}

/// Remembers that a session was used.
pub async fn touch_session(db: &Database, id: &str, now: Timestamp) -> Result<(), StorageError> {
    session::Entity::update_many()
        .col_expr(session::Column::LastSeenAt, Expr::value(codec::time(now)?))
        .filter(session::Column::Id.eq(id))
        .exec(db.writer())
        .await?;
    Ok(())
}

/// To whom a session goes, and how it was checked.
#[derive(Debug, Clone, Copy)]
pub struct HandOver<'h> {
    /// The session's id.
    pub session: &'h str,
    /// For whom it acts from now on.
    pub user: &'h str,
    /// Hash of the PIN that was found to be right.
    pub pin: &'h str,
    /// Digest of its new token.
    pub token: &'h Digest,
}

/// What became of a session that was to change hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandedOver {
    /// It acts for the user, whose wrong PINs are forgotten.
    Done,
    /// The user has another PIN by now, or is kept out.
    Refused,
    /// The session has ended.
    Ended,
}

/// Lets a session act for another user from now on, under a new token.
pub async fn switch_session(db: &Database, to: HandOver<'_>) -> Result<HandedOver, StorageError> {
    let txn = db.begin().await?;
    if !confirm(&txn, to.user, user::Column::Pin, to.pin).await? {
        return Ok(HandedOver::Refused);
    }
    let outcome = session::Entity::update_many()
        .col_expr(session::Column::User, Expr::value(to.user))
        .col_expr(session::Column::ByPin, Expr::value(true))
        .col_expr(session::Column::Token, Expr::value(codec::bytes(to.token)))
        .filter(session::Column::Id.eq(to.session))
        .exec(&txn)
        .await?;
    if outcome.rows_affected == 0 {
        return Ok(HandedOver::Ended);
    }
    txn.commit().await?;
    Ok(HandedOver::Done)
}

/// Ends a session.
pub async fn end_session(db: &Database, id: &str) -> Result<(), StorageError> {
    session::Entity::delete_by_id(id).exec(db.writer()).await?;
    Ok(())
}

/// Ends every session that a user opened, or that acts for the user.
pub(super) async fn end_of_user(txn: &DatabaseTransaction, user: &str) -> Result<(), StorageError> {
    let of_user = Condition::any()
        .add(session::Column::User.eq(user))
        .add(session::Column::OpenedBy.eq(user));
    session::Entity::delete_many()
        .filter(of_user)
        .exec(txn)
        .await?;
    Ok(())
}

fn record_of(row: session::Model) -> Result<SessionRecord, StorageError> {
    Ok(SessionRecord {
        id: row.id,
        token: codec::digest(&row.token, "sessions.token")?,
        user: row.user,
        opened_by: row.opened_by,
        by_pin: row.by_pin,
        created_at: codec::timestamp(row.created_at, "sessions.created_at")?,
        last_seen_at: codec::timestamp(row.last_seen_at, "sessions.last_seen_at")?,
        expires_at: codec::timestamp(row.expires_at, "sessions.expires_at")?,
    })
}
