//! People who sign in.

use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};
use switchboard_model::{Timestamp, UserId};

use crate::{
    Conn, Row, StoreError, Tx, counters,
    fixed::{Fixed, hole},
};

const COLUMNS: [&str; 6] = ["id", "username", "password_hash", "role", "token_epoch", "created_at"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    pub id: UserId,
    pub username: String,
    /// Argon2id, in its own text form.
    pub password_hash: String,
    pub role: String,
    /// Tokens of an earlier epoch are no longer valid.
    pub token_epoch: i64,
    pub created_at: Timestamp,
}

/// A user to be made; the store chooses the id, 1 for the first.
#[derive(Clone, Debug)]
pub struct NewUser {
    pub username: String,
    pub password_hash: String,
    pub role: String,
    pub created_at: Timestamp,
}

/// Fails with [`StoreError::Conflict`] if the name is taken.
pub async fn insert(tx: &mut Tx, user: &NewUser) -> Result<UserId, StoreError> {
    let id = counters::next(tx, "users").await?;
    let insert = Query::insert()
        .into_table("users")
        .columns(COLUMNS)
        .values_panic([
            id.into(),
            user.username.as_str().into(),
            user.password_hash.as_str().into(),
            user.role.as_str().into(),
            0.into(),
            user.created_at.millis().into(),
        ])
        .take();
    tx.execute(&insert).await?;
    Ok(UserId(id))
}

pub async fn find(db: &impl Conn, id: UserId) -> Result<Option<UserRow>, StoreError> {
    static FIND: Fixed = Fixed::new(|dialect| dialect.build(&select().and_where(Expr::col("id").eq(hole())).take()));
    db.one_raw(FIND.with(db.dialect(), [id.0.into()])).await?.as_ref().map(read).transpose()
}

pub async fn find_by_name(db: &impl Conn, username: &str) -> Result<Option<UserRow>, StoreError> {
    one(db, select().and_where(Expr::col("username").eq(username))).await
}

/// A page of users by id, behind `after`.
pub async fn list(db: &impl Conn, after: UserId, limit: u64) -> Result<Vec<UserRow>, StoreError> {
    let page = select().and_where(Expr::col("id").gt(after.0)).order_by("id", Order::Asc).limit(limit).take();
    db.all(&page).await?.iter().map(read).collect()
}

/// A new password makes every token given out before invalid. Tells whether the user exists.
pub async fn set_password(tx: &mut Tx, id: UserId, password_hash: &str) -> Result<bool, StoreError> {
    let update = Query::update()
        .table("users")
        .value("password_hash", password_hash)
        .value("token_epoch", Expr::col("token_epoch").add(1))
        .and_where(Expr::col("id").eq(id.0))
        .take();
    Ok(tx.execute(&update).await? > 0)
}

pub async fn set_role(tx: &mut Tx, id: UserId, role: &str) -> Result<bool, StoreError> {
    let update = Query::update().table("users").value("role", role).and_where(Expr::col("id").eq(id.0)).take();
    Ok(tx.execute(&update).await? > 0)
}

/// Makes every token given out before invalid.
pub async fn revoke_tokens(tx: &mut Tx, id: UserId) -> Result<bool, StoreError> {
    let update = Query::update()
        .table("users")
        .value("token_epoch", Expr::col("token_epoch").add(1))
        .and_where(Expr::col("id").eq(id.0))
        .take();
    Ok(tx.execute(&update).await? > 0)
}

/// Deletes a user with sessions and keys.
pub async fn delete(tx: &mut Tx, id: UserId) -> Result<bool, StoreError> {
    let delete = Query::delete().from_table("users").and_where(Expr::col("id").eq(id.0)).take();
    Ok(tx.execute(&delete).await? > 0)
}

fn select() -> SelectStatement {
    Query::select().columns(COLUMNS).from("users").take()
}

async fn one(db: &impl Conn, select: &SelectStatement) -> Result<Option<UserRow>, StoreError> {
    db.one(select).await?.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Result<UserRow, StoreError> {
    Ok(UserRow {
        id: UserId(row.get("id")?),
        username: row.get("username")?,
        password_hash: row.get("password_hash")?,
        role: row.get("role")?,
        token_epoch: row.get("token_epoch")?,
        created_at: row.time("created_at")?,
    })
}
